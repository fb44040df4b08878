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

pub(super) struct Shared {
    pub(super) limits: Limits,
    state: Mutex<State>,
    arrivals: watch::Sender<u64>,
    stopped: watch::Receiver<bool>,
}

struct State {
    received: Received,
    next: VecDeque<Reply>,
    reply: Reply,
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

    pub(super) fn fail(&self, failure: String) {
        self.lock().received.failures.push(failure);
        self.notify();
    }

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

    pub(super) fn reset(&self) {
        self.lock().received = Received::default();
    }

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
