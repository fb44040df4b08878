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
pub(super) const MOST_SPANS: usize = 65_536;

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

/// So many spans have tags that no further one can have any.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManySpans;

impl Registry {
    /// Whether `span` has an entry, or may have one.
    fn has_room_for(&self, span: &SpanContext) -> bool {
        self.spans.len() < MOST_SPANS || self.spans.contains_key(&identity(span))
    }

    /// Adds `tags` to what is started under `span`. Gives the keys of those for which there is no
    /// room. Tags of the parent that `span` has are kept, and do not change on the parent.
    fn add(&mut self, span: &SpanContext, tags: Vec<KeyValue>) -> Result<Vec<Key>, TooManySpans> {
        if !self.has_room_for(span) {
            return Err(TooManySpans);
        }
        let known = Arc::make_mut(self.spans.entry(identity(span)).or_default());
        let mut skipped = Vec::new();
        for tag in tags {
            match known.iter().position(|other| other.key == tag.key) {
                Some(at) => known[at].value = tag.value,
                None if known.len() < MOST => known.push(tag),
                None => skipped.push(tag.key),
            }
        }
        Ok(skipped)
    }

    /// `span` starts under `parent`: the tags that it is to have, and whether spans below it will
    /// find them.
    fn start(
        &mut self,
        span: &SpanContext,
        parent: &SpanContext,
    ) -> Option<(Tags, Result<(), TooManySpans>)> {
        let tags = Arc::clone(self.spans.get(&identity(parent))?);
        if tags.is_empty() {
            return None;
        }
        if !self.has_room_for(span) {
            return Some((tags, Err(TooManySpans)));
        }
        self.spans.insert(identity(span), Arc::clone(&tags));
        Some((tags, Ok(())))
    }

    /// `span` has ended.
    fn end(&mut self, span: &SpanContext) {
        if self.spans.contains_key(&identity(span)) {
            self.ended.push_back(identity(span));
            if self.ended.len() > MOST_ENDED
                && let Some(oldest) = self.ended.pop_front()
            {
                self.spans.remove(&oldest);
            }
        }
    }
}

/// Adds `tags` to what is started under `span`. Gives the keys of those for which there is no room,
/// for the caller to warn about without the lock: a warning may go through code of the program.
pub(super) fn add(span: &SpanContext, tags: Vec<KeyValue>) -> Result<Vec<Key>, TooManySpans> {
    let mut registry = lock();
    let added = registry.get_or_insert_default().add(span, tags);
    IS_USED.store(true, Ordering::Release);
    added
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

/// `span` starts under `parent`: the tags that it is to have, `None` if there are none. They are
/// noted for the spans below it; if too many spans have tags, that is said and only it has them.
pub(crate) fn started(span: &SpanContext, parent: &SpanContext) -> Option<Tags> {
    if !IS_USED.load(Ordering::Acquire) {
        return None;
    }
    let (tags, noted) = lock().as_mut()?.start(span, parent)?;
    if noted == Err(TooManySpans) {
        super::warn_of_too_many_spans();
    }
    Some(tags)
}

/// `span` has ended. Its tags are forgotten once `MOST_ENDED` others with tags have ended after it.
pub(crate) fn ended(span: &SpanContext) {
    if IS_USED.load(Ordering::Acquire)
        && let Some(registry) = &mut *lock()
    {
        registry.end(span);
    }
}

/// Whether `span` has an entry. Tests share the registry, so none of them counts its entries.
#[cfg(test)]
pub(super) fn remembers(span: &SpanContext) -> bool {
    lock().as_ref().is_some_and(|registry| registry.spans.contains_key(&identity(span)))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{TraceFlags, TraceState};

    use super::*;

    fn span(id: u64) -> SpanContext {
        let (trace, id) = (TraceId::from(1), SpanId::from(id));
        SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE)
    }

    #[test]
    fn too_many_spans_are_reported_and_their_own_tags_kept() {
        let tag = || vec![KeyValue::new("a", 1)];
        let mut registry = Registry::default();
        for id in 1..MOST_SPANS as u64 {
            assert_eq!(registry.add(&span(id), tag()), Ok(vec![]));
        }
        let (last, over, beyond) = (span(70_000), span(70_001), span(70_002));
        assert_eq!(registry.start(&last, &span(1)), Some((tag().into(), Ok(()))));
        assert_eq!(registry.add(&over, tag()), Err(TooManySpans));
        assert_eq!(registry.start(&over, &last), Some((tag().into(), Err(TooManySpans))));
        assert_eq!(registry.start(&beyond, &over), None);
        // Those that have tags may have more, and room comes back when spans end.
        assert_eq!(registry.add(&last, vec![KeyValue::new("b", 2)]), Ok(vec![]));
        for id in 1..=MOST_ENDED as u64 + 1 {
            registry.end(&span(id));
        }
        assert_eq!(registry.add(&over, tag()), Ok(vec![]));
        assert_eq!(registry.spans.len(), MOST_SPANS);
    }
}
