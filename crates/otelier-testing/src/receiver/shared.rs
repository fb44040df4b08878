//! What both servers share: the record of requests, the replies to give, the files to write.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::HeaderMap;
use tokio::sync::watch;

use super::file::Files;
use super::{Message, Protocol, Received, Reply, Request, stop_of};

/// The largest messages that are taken, in bytes after decompression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) grpc: usize,
    pub(super) http: usize,
}

impl Default for Limits {
    /// As a collector has them: 4 MiB by gRPC, 20 MiB by HTTP.
    fn default() -> Self {
        Self { grpc: 4 << 20, http: 20 << 20 }
    }
}

/// Lives as long as the servers or the handle of the receiver.
pub(super) struct Shared {
    pub(super) limits: Limits,
    state: Mutex<State>,
    /// Counts requests and failures, to wake those that wait for one.
    arrivals: watch::Sender<u64>,
    /// Ends the delay of answers that are held back.
    stopped: watch::Receiver<bool>,
}

/// What the lock guards. It is never held across an `await`.
struct State {
    received: Received,
    /// For the next requests, one each, before `reply` applies.
    next: VecDeque<Reply>,
    /// For all other requests.
    reply: Reply,
    /// `None` if no directory was given.
    files: Option<Files>,
}

impl Shared {
    pub(super) fn new(
        limits: Limits,
        files: Option<Files>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let state = State {
            received: Received::default(),
            next: VecDeque::new(),
            reply: Reply::accept(),
            files,
        };
        Self { limits, state: Mutex::new(state), arrivals: watch::Sender::new(0), stopped }
    }

    /// Records a request and returns, when it is time to answer, the answer.
    pub(super) async fn receive(
        &self,
        protocol: Protocol,
        headers: HeaderMap,
        message: Message,
    ) -> Reply {
        let reply = self.record(protocol, headers, message);
        let wait = async {
            if reply.hang {
                std::future::pending::<()>().await;
            }
            if let Some(delay) = reply.delay {
                tokio::time::sleep(delay).await;
            }
        };
        tokio::select! {
            biased;
            () = wait => reply,
            // Whatever is still owed would only hold up the end.
            () = stop_of(self.stopped.clone()) => Reply::status(503),
        }
    }

    /// Records a request that is refused, whatever the replies say.
    pub(super) fn refuse(&self, protocol: Protocol, headers: HeaderMap, message: Message) {
        let request = Request { protocol, headers, message, accepted: false };
        self.lock().received.requests.push(Arc::new(request));
        self.notify();
    }

    /// Records what could not be taken as a request.
    pub(super) fn fail(&self, failure: String) {
        self.lock().received.failures.push(failure);
        self.notify();
    }

    /// A copy of the list; the requests themselves are shared.
    pub(super) fn received(&self) -> Received {
        self.lock().received.clone()
    }

    /// Changes with each request.
    pub(super) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    pub(super) fn respond_with(&self, reply: Reply) {
        self.lock().reply = reply;
    }

    pub(super) fn respond_once(&self, reply: Reply) {
        self.lock().next.push_back(reply);
    }

    /// Keeps the replies that were set and the files.
    pub(super) fn reset(&self) {
        self.lock().received = Received::default();
    }

    /// Picks the reply and records the request by it. A file that cannot be written is a failure,
    /// but changes no reply.
    fn record(&self, protocol: Protocol, headers: HeaderMap, message: Message) -> Reply {
        let mut state = self.lock();
        let reply = state.next.pop_front().unwrap_or_else(|| state.reply.clone());
        let accepted = reply.accepts();
        if accepted
            && let Some(files) = &mut state.files
            && let Err(error) = files.write(&message)
        {
            state.received.failures.push(format!("cannot write to a file: {error}"));
        }
        state.received.requests.push(Arc::new(Request { protocol, headers, message, accepted }));
        drop(state);
        self.notify();
        reply
    }

    fn notify(&self) {
        self.arrivals.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }
}
