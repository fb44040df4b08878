//! Makes trace and span ids.
//!
//! They are random, and a trace id can be distinguished from one of another process, so that it is
//! sent with W3C's flag for random ids: see [`otelier_propagation::trace_id`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use otelier_propagation::trace_id;

/// Random ids that [`trace_id::is_local`] recognizes.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// The SDK's own generator.
    random: RandomIdGenerator,
    /// Becomes `true` with the first span, recorded or not.
    used: Arc<AtomicBool>,
}

impl Ids {
    /// `used` is shared with the pipeline, which reads it.
    pub(crate) fn new(used: Arc<AtomicBool>) -> Self {
        Self { random: RandomIdGenerator::default(), used }
    }
}

impl IdGenerator for Ids {
    /// Replaces the first bytes of a random id by a checksum of the others.
    fn new_trace_id(&self) -> TraceId {
        trace_id::local(self.random.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        // Looks before it writes, so that threads do not contend for the flag.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        self.random.new_span_id()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_recognized_and_differ() {
        let ids = Ids::default();
        let made: HashSet<TraceId> = (0..1000).map(|_| ids.new_trace_id()).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|id| trace_id::is_local(*id)));
        let flipped = made.iter().map(|id| TraceId::from(u128::from_be_bytes(id.to_bytes()) ^ 1));
        assert_eq!(flipped.filter(|id| trace_id::is_local(*id)).count(), 0);
    }

    #[test]
    fn the_last_twelve_bytes_are_random() {
        let ids = Ids::default();
        let made: Vec<[u8; 16]> = (0..200).map(|_| ids.new_trace_id().to_bytes()).collect();
        for at in 0..16 {
            let values: HashSet<u8> = made.iter().map(|bytes| bytes[at]).collect();
            // Of 200 draws from 256 about 139 differ.
            assert!(values.len() > 90, "byte {at} has {} values", values.len());
        }
    }
}
