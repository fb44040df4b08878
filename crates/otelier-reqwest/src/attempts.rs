//! How often a request was sent, kept in the extensions that all attempts share.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Extensions;

/// Tells the middlewares of one client apart: one may stand before a retry middleware and another behind it, and they
/// see the same extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MiddlewareId(usize);

impl MiddlewareId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The attempts that were started so far, by middleware.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Vec<(MiddlewareId, u32)>);

impl Attempts {
    /// How often `id` has sent this request before.
    pub(crate) fn before(extensions: &Extensions, id: MiddlewareId) -> u32 {
        let attempts =
            extensions.get::<Self>().and_then(|Self(all)| all.iter().find(|(of, _)| *of == id));
        attempts.map_or(0, |(_, count)| *count)
    }

    /// Counts one more attempt of `id`. When it starts, not when it ends: it may be given up on the way.
    pub(crate) fn count(extensions: &mut Extensions, id: MiddlewareId) {
        let Self(all) = extensions.get_or_insert_default::<Self>();
        match all.iter_mut().find(|(of, _)| *of == id) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => all.push((id, 1)),
        }
    }
}
