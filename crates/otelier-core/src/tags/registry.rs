//! Which spans have tags, from the moment that tags are added until the span has ended.
//!
//! The life of an entry: `add` makes one for the current span; `started` gives each span below it a
//! share of the same list, so children cost a pointer as long as no tags are added to them; `ended`
//! only notes that a span is over. Entries of ended spans are kept until `MOST_ENDED` others have
//! ended, because a spawned task may start spans below a span that is over.
//!
//! The context itself does not carry the tags, because `add` changes what is current for code that
//! has the context already, and contexts do not change.
//!
//! All of it is behind one lock, which is held for a few operations on the map. A program that
//! never adds a tag never takes it.
//!
//! A span finds the tags of its parent when it starts, by the parent's identity: so tags go
//! wherever the context goes, and a context without tags costs nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};
use opentelemetry::{Key, KeyValue};

use super::MOST;

/// Spans that have ended and are still remembered, for work that outlives the span it belongs to.
const MOST_ENDED: usize = 1024;
/// Spans that have tags at the same time. There are more only if spans are never ended, or if they
/// are those of a provider that is not Otelier's.
const MOST_SPANS: usize = 65_536;

/// A span in this process: ids are unique enough for that, also across providers.
type Identity = (TraceId, SpanId);
/// The tags of a span, under the keys of their attributes. Shared with its children until one of
/// them adds its own.
type Tags = Arc<Vec<KeyValue>>;

/// Spans that have tags, and those of them that are over.
#[derive(Debug, Default)]
struct Registry {
    /// An empty list is of a span whose tags were detached.
    spans: HashMap<Identity, Tags>,
    /// In the order in which they ended; each is still in `spans`.
    ended: VecDeque<Identity>,
}

/// `None` until the first tags are added.
static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

/// Whether tags were ever added: as long as not, spans are not looked up.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// A panic elsewhere does not end the tags: a poisoned lock is used as it is.
fn lock() -> MutexGuard<'static, Option<Registry>> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the span is found by.
fn identity(span: &SpanContext) -> Identity {
    (span.trace_id(), span.span_id())
}

/// Adds `tags` to what is started under `span`. `too_many` is called with the key of each for which
/// there is no room. It runs without the lock, since a warning may go through code of the program.
///
/// Tags of the parent that `span` has are kept, and do not change on the parent. If there are too
/// many spans with tags, nothing is added and nothing is said.
pub(super) fn add(span: &SpanContext, tags: Vec<KeyValue>, mut too_many: impl FnMut(&str)) {
    let mut skipped: Vec<Key> = Vec::new();
    {
        let mut registry = lock();
        let registry = registry.get_or_insert_default();
        if registry.spans.len() >= MOST_SPANS && !registry.spans.contains_key(&identity(span)) {
            return;
        }
        let known = registry.spans.entry(identity(span)).or_default();
        let known = Arc::make_mut(known);
        for tag in tags {
            match known.iter().position(|other| other.key == tag.key) {
                Some(at) => known[at].value = tag.value,
                None if known.len() < MOST => known.push(tag),
                None => skipped.push(tag.key),
            }
        }
        IS_USED.store(true, Ordering::Release);
    }
    for key in skipped {
        let prefix = super::LUMIGO_EXECUTION_TAG_PREFIX;
        too_many(key.as_str().strip_prefix(prefix).unwrap_or(key.as_str()));
    }
}

/// Ends the tags of `span`. The entry stays and is empty, so that later tags begin anew. Spans that
/// were started before keep theirs.
pub(super) fn detach(span: &SpanContext) {
    if IS_USED.load(Ordering::Acquire)
        && let Some(registry) = &mut *lock()
        && let Some(tags) = registry.spans.get_mut(&identity(span))
    {
        *tags = Tags::default();
    }
}

/// `span` starts under `parent`: the tags that it is to have. They are noted for the spans below
/// it, unless there are too many spans with tags; then it has them itself and its children do not.
/// `None` if there are none.
pub(crate) fn started(span: &SpanContext, parent: &SpanContext) -> Option<Tags> {
    if !IS_USED.load(Ordering::Acquire) {
        return None;
    }
    let mut registry = lock();
    let registry = registry.as_mut()?;
    let tags = Arc::clone(registry.spans.get(&identity(parent))?);
    if tags.is_empty() || registry.spans.len() >= MOST_SPANS {
        return (!tags.is_empty()).then_some(tags);
    }
    registry.spans.insert(identity(span), Arc::clone(&tags));
    Some(tags)
}

/// `span` has ended. Its tags are forgotten once `MOST_ENDED` others with tags have ended after it.
pub(crate) fn ended(span: &SpanContext) {
    if !IS_USED.load(Ordering::Acquire) {
        return;
    }
    let mut registry = lock();
    let Some(registry) = registry.as_mut() else { return };
    if registry.spans.contains_key(&identity(span)) {
        registry.ended.push_back(identity(span));
        if registry.ended.len() > MOST_ENDED
            && let Some(oldest) = registry.ended.pop_front()
        {
            registry.spans.remove(&oldest);
        }
    }
}

#[cfg(test)]
pub(super) fn remembered() -> usize {
    lock().as_ref().map_or(0, |registry| registry.spans.len())
}
