//! Recognizes the trace ids that this process made.
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

use opentelemetry::trace::{TraceFlags, TraceId};

/// The flag of W3C Trace Context Level 2 for a trace id whose last seven bytes are random.
pub const RANDOM: TraceFlags = TraceFlags::new(0x02);

const CHECKSUM: usize = 4;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Returns `id` with its first four bytes replaced, so that [`is_local`] recognizes it in this
/// process.
///
/// An id generator applies it to a random id. [`TraceContextPropagator`] sends a trace id that was
/// made so with the flag [`RANDOM`].
///
/// ```
/// # mod otelier { pub use otelier_propagation as propagation; }
/// use opentelemetry::trace::TraceId;
/// use otelier::propagation::trace_id;
///
/// let drawn = TraceId::from_hex("0af7651916cd43dd8448eb211c80319c")?;
/// let id = trace_id::local(drawn);
/// assert!(trace_id::is_local(id));
/// assert_eq!(id.to_bytes()[4..], drawn.to_bytes()[4..]);
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
///
/// [`TraceContextPropagator`]: crate::TraceContextPropagator
#[must_use]
pub fn local(id: TraceId) -> TraceId {
    let mut bytes = id.to_bytes();
    let checksum = checksum(&bytes);
    bytes[..CHECKSUM].copy_from_slice(&checksum);
    TraceId::from_bytes(bytes)
}

/// Returns whether `id` was made by [`local`] in this process.
#[must_use]
pub fn is_local(id: TraceId) -> bool {
    let bytes = id.to_bytes();
    bytes[..CHECKSUM] == checksum(&bytes)
}

fn checksum(id: &[u8; 16]) -> [u8; CHECKSUM] {
    let hash = KEY.hash_one(&id[CHECKSUM..]).to_ne_bytes();
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_from_elsewhere_are_not_local() {
        // Ids that differ in each byte, so that no constant could be their checksum.
        for seed in 1..=1000_u128 {
            let elsewhere =
                TraceId::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            let id = local(elsewhere);
            assert!(is_local(id), "{id}");
            let changed = TraceId::from(u128::from_be_bytes(id.to_bytes()) ^ 1);
            assert!(!is_local(changed), "{changed} keeps the first bytes of {id}");
        }
    }
}
