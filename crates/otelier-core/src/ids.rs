//! Makes trace and span ids, and recognizes the trace ids that this process made.
//!
//! W3C Trace Context has a flag for trace ids whose last seven bytes are random. The service that
//! starts a trace sets it, one that continues it passes it on. The SDK has no place for it: a
//! propagator sees a span context, and not whether its trace was started here or received. So an id
//! made here says it itself: its first four bytes are a checksum of the other twelve, with a key
//! that each process draws. The other twelve stay random, which is more than the flag asks for. Of
//! ids from elsewhere one in 2³² looks like one of ours, and would be sent with the flag.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#random-trace-id-flag>.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// The flag for a trace id with a random part.
pub(crate) const RANDOM: TraceFlags = TraceFlags::new(0x02);

const CHECKSUM: usize = 4;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Random ids that [`is_ours`] recognizes.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        let mut bytes = self.0.new_trace_id().to_bytes();
        let checksum = checksum(&bytes);
        bytes[..CHECKSUM].copy_from_slice(&checksum);
        TraceId::from_bytes(bytes)
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Whether this process made `id`.
pub(crate) fn is_ours(id: TraceId) -> bool {
    let bytes = id.to_bytes();
    bytes[..CHECKSUM] == checksum(&bytes)
}

fn checksum(id: &[u8; 16]) -> [u8; CHECKSUM] {
    let hash = KEY.hash_one(&id[CHECKSUM..]).to_ne_bytes();
    [hash[0], hash[1], hash[2], hash[3]]
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
        assert!(made.iter().all(|id| is_ours(*id)));
        let flipped = made.iter().map(|id| TraceId::from(u128::from_be_bytes(id.to_bytes()) ^ 1));
        assert_eq!(flipped.filter(|id| is_ours(*id)).count(), 0);
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
