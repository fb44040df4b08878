//! Remembers which call received a message, by the message's receipt handle, in bounded space.
//!
//! A message is a value of the SDK that has no room for anything of ours, so it does not tell which
//! client received it.
//!
//! The memory is one for the process, behind a lock that is held only while handles are stored or
//! looked up. It is shared by all clients, because code that processes a message need not know
//! which client received it. A message that is received again has a new handle, so an entry is
//! never wrong, only useless once its message was processed.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use otelier_instrument::semconv::messaging::{MessageProcessor, MessageSource};

/// How many messages are remembered. The oldest is forgotten first: it then has no receive span,
/// and is otherwise processed like any other.
const CAPACITY: usize = 8192;

/// The call that received a message.
#[derive(Debug)]
pub(super) struct Receipt {
    /// `None` if the call was not recorded.
    pub(super) source: Option<MessageSource>,
    /// That of the client, so that the `process` span goes where the client records.
    pub(super) processor: MessageProcessor,
}

/// Empty until the first message was received by a recorded call.
static RECEIPTS: LazyLock<Mutex<Receipts>> = LazyLock::new(Mutex::default);

/// Remembers `receipt` for the messages with these handles.
pub(super) fn remember<'a>(handles: impl Iterator<Item = &'a str>, receipt: Receipt) {
    lock().remember(handles, &Arc::new(receipt));
}

/// The call that received the message with this handle, if it is remembered.
pub(super) fn find(handle: &str) -> Option<Arc<Receipt>> {
    lock().find(handle)
}

fn lock() -> MutexGuard<'static, Receipts> {
    RECEIPTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keyed by the hash of the handle: the handle itself is long, and who has it can delete the
/// message.
#[derive(Debug, Default)]
struct Receipts {
    /// Seeded for each process, so that handles cannot be chosen to collide.
    hasher: RandomState,
    by_handle: HashMap<u64, Arc<Receipt>>,
    /// The keys of `by_handle`, each once, in the order in which they came.
    oldest_first: VecDeque<u64>,
}

impl Receipts {
    fn remember<'a>(&mut self, handles: impl Iterator<Item = &'a str>, receipt: &Arc<Receipt>) {
        for handle in handles {
            let key = self.hasher.hash_one(handle);
            if self.by_handle.insert(key, Arc::clone(receipt)).is_none() {
                self.oldest_first.push_back(key);
            }
            if self.oldest_first.len() > CAPACITY
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.by_handle.remove(&oldest);
            }
        }
    }

    fn find(&self, handle: &str) -> Option<Arc<Receipt>> {
        self.by_handle.get(&self.hasher.hash_one(handle)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use otelier_instrument::{Providers, integration};

    use super::*;

    #[test]
    fn forgets_the_oldest_and_stays_bounded() {
        let mut receipts = Receipts::default();
        let receipt = Arc::new(Receipt {
            source: None,
            processor: MessageProcessor::new(integration!("aws-sqs"), Providers::default()),
        });
        let handles: Vec<String> = (0..CAPACITY + 3).map(|n| format!("handle-{n}")).collect();
        for _ in 0..2 {
            receipts.remember(handles.iter().map(String::as_str), &receipt);
            assert_eq!(
                (receipts.by_handle.len(), receipts.oldest_first.len()),
                (CAPACITY, CAPACITY)
            );
            assert!(receipts.find("handle-2").is_none());
            assert!(receipts.find("handle-3").is_some());
        }
    }
}
