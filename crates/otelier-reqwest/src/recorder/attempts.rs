//! How often a request was sent, and by which recorder it is being sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// Distinguishes the recorders of one client: one may stand before a retry and another behind it,
/// and both see the same attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecorderId(usize);

impl RecorderId {
    pub(super) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Which request value an attempt sends. A retry sends a clone of a request, which is another
/// value; two recorders without a retry between them see the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestIdentity(usize);

impl RequestIdentity {
    /// The identity of the request that owns `part`, which must stay where it is while the request
    /// is moved: something on the heap, such as the text of the URL.
    #[must_use]
    pub fn of<T: ?Sized>(part: &T) -> Self {
        Self(std::ptr::from_ref(part).cast::<()>().addr())
    }
}

/// The attempts to send a request, by all recorders of a client. Kept where all attempts find it:
/// in the extensions that a client's middlewares share.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    /// Most clients have one recorder, which then costs no allocation.
    first: Option<Entry>,
    others: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    recorder: RecorderId,
    /// Attempts since the last one that succeeded.
    failed: u32,
    request: RequestIdentity,
    in_flight: Weak<InFlight>,
}

/// Lives as long as an attempt. The address of a request alone would not do: it may be that of
/// another request later.
#[derive(Debug)]
pub(super) struct InFlight;

impl Attempts {
    /// How many attempts of `recorder` have failed since the last success. An attempt counts as
    /// failed until it succeeds: it may be dropped on the way.
    pub(super) fn failed(&self, recorder: RecorderId) -> u32 {
        self.all().find(|entry| entry.recorder == recorder).map_or(0, |entry| entry.failed)
    }

    /// Whether a recorder is sending this very request.
    pub(super) fn is_in_flight(&self, request: RequestIdentity) -> bool {
        self.all().any(|entry| entry.request == request && entry.in_flight.strong_count() > 0)
    }

    /// Counts one more attempt, which is in flight until the returned value is dropped.
    pub(super) fn begin(
        &mut self,
        recorder: RecorderId,
        request: RequestIdentity,
    ) -> Arc<InFlight> {
        let attempt = Arc::new(InFlight);
        let in_flight = Arc::downgrade(&attempt);
        match self.entry(recorder) {
            Some(entry) => {
                entry.failed = entry.failed.saturating_add(1);
                entry.request = request;
                entry.in_flight = in_flight;
            }
            None => self.add(Entry { recorder, failed: 1, request, in_flight }),
        }
        attempt
    }

    /// Starts to count anew: what is sent with these extensions from now on is another request.
    pub(super) fn succeed(&mut self, recorder: RecorderId) {
        if let Some(entry) = self.entry(recorder) {
            entry.failed = 0;
        }
    }

    fn add(&mut self, entry: Entry) {
        match &self.first {
            None => self.first = Some(entry),
            Some(_) => self.others.push(entry),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        self.first.iter().chain(&self.others)
    }

    fn entry(&mut self, recorder: RecorderId) -> Option<&mut Entry> {
        self.first.iter_mut().chain(&mut self.others).find(|entry| entry.recorder == recorder)
    }
}
