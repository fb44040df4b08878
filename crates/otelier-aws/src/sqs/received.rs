//! Remembers which call brought a message, for as long as it may matter and in bounded space.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use aws_sdk_sqs::types::Message;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use otelier_instrument::semconv::aws::{AwsOperation, ReceiveOrigin};
use otelier_instrument::semconv::messaging::MessageProcessor;

use crate::interceptor::Shared;
use otelier_instrument::catch_panic;

use super::carrier::MessageCarrier;

/// How many messages are remembered; the oldest is forgotten first. A message that is worked on after so many others were
/// received has no receive span for a parent, and is otherwise treated as any.
const REMEMBERED: usize = 8192;

/// The call that brought a message.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) origin: Option<ReceiveOrigin>,
    pub(super) processor: MessageProcessor,
}

/// Ends the operation of a call that brought `messages`, and remembers it for them.
pub(crate) fn end(mut operation: AwsOperation, messages: &[Message], shared: &Arc<Shared>) {
    let processor = &shared.processor;
    operation.set_received(messages.len());
    for message in messages {
        let cx = catch_panic(|| processor.extract(&Context::new(), &MessageCarrier::of(message)));
        if let Some(cx) = cx {
            operation.add_message_link(cx.span().span_context().clone(), message.message_id());
        }
    }
    let origin = operation.end_receive();
    let handles = messages.iter().filter_map(Message::receipt_handle);
    REGISTRY.lock().remember(handles, &Arc::new(Received { origin, processor: processor.clone() }));
}

/// The call that brought `message`, if an instrumented client made it and it was not long ago.
pub(super) fn of(message: &Message) -> Option<Arc<Received>> {
    REGISTRY.lock().recall(message.receipt_handle()?)
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

#[derive(Debug, Default)]
struct Registry(Mutex<Entries>);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By the hash of the receipt handle, which is another each time a message is received. The handle itself is long, and a
/// key to the message.
#[derive(Debug, Default)]
struct Entries {
    hasher: RandomState,
    by_handle: HashMap<u64, Arc<Received>>,
    oldest_first: VecDeque<u64>,
}

impl Entries {
    fn remember<'a>(&mut self, handles: impl Iterator<Item = &'a str>, received: &Arc<Received>) {
        for handle in handles {
            let key = self.hasher.hash_one(handle);
            if self.by_handle.insert(key, Arc::clone(received)).is_none() {
                self.oldest_first.push_back(key);
            }
            if self.oldest_first.len() > REMEMBERED
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.by_handle.remove(&oldest);
            }
        }
    }

    fn recall(&self, handle: &str) -> Option<Arc<Received>> {
        self.by_handle.get(&self.hasher.hash_one(handle)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use otelier_instrument::{Providers, scope};

    use super::*;

    #[test]
    fn forgets_the_oldest_and_nothing_grows() {
        let mut entries = Entries::default();
        let received = Arc::new(Received {
            origin: None,
            processor: MessageProcessor::new(scope!(), Providers::default()),
        });
        let handles: Vec<String> = (0..REMEMBERED + 3).map(|n| format!("handle-{n}")).collect();
        for _ in 0..2 {
            entries.remember(handles.iter().map(String::as_str), &received);
            assert_eq!(
                (entries.by_handle.len(), entries.oldest_first.len()),
                (REMEMBERED, REMEMBERED)
            );
            assert!(entries.recall("handle-2").is_none());
            assert!(entries.recall("handle-3").is_some());
        }
    }
}
