//! The thread that writes: neither a slow terminal nor drawing holds up the code that is being
//! traced.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many drawings may wait for the terminal before new ones are dropped.
const CAPACITY: usize = 1024;

type Draw = Box<dyn FnOnce() -> String + Send>;

/// Writes what it is given, in order, on a thread of its own. The thread ends with the last clone.
#[derive(Clone)]
pub(super) struct Output(Arc<Handle>);

struct Handle(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    submitted: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Draw>,
    /// All that were ever queued, and all that were ever written.
    submitted: u64,
    written: u64,
    dropped: u64,
    closed: bool,
}

impl Output {
    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            submitted: Condvar::new(),
            written: Condvar::new(),
        });
        let worker = Arc::clone(&shared);
        let spawned = thread::Builder::new()
            .name("otelier-console".to_owned())
            .spawn(move || worker.run(writer));
        if spawned.is_err() {
            // Without a thread nothing is drawn; the traced program runs on.
            shared.lock().closed = true;
        }
        Self(Arc::new(Handle(shared)))
    }

    /// Queues a drawing; never waits for the terminal.
    pub(super) fn submit(&self, draw: impl FnOnce() -> String + Send + 'static) {
        let shared = &self.0.0;
        let mut state = shared.lock();
        if state.closed {
            return;
        }
        if state.queue.len() >= CAPACITY {
            state.dropped += 1;
            return;
        }
        state.queue.push_back(Box::new(draw));
        state.submitted += 1;
        shared.submitted.notify_one();
    }

    /// Waits until everything queued so far is written. Returns whether that came to pass within
    /// `timeout`.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let shared = &self.0.0;
        let state = shared.lock();
        let target = state.submitted;
        let pending = |state: &mut State| state.written < target && !state.closed;
        let waited = shared.written.wait_timeout_while(state, timeout, pending);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.written >= target || state.closed
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.submitted.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut writer: impl Write) {
        let mut broken = false;
        while let Some((draw, dropped)) = self.next() {
            // A drawing that panics is lost, and the thread is not.
            let mut text = catch_unwind(AssertUnwindSafe(draw)).unwrap_or_default();
            if dropped > 0 {
                text.push_str(&format!("(the terminal is too slow: {dropped} not shown)\n"));
            }
            if !broken {
                let written = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
                // The reader of the pipe has gone (`service | head`): that is no fault of the
                // service.
                broken = written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
            }
            self.lock().written += 1;
            self.written.notify_all();
        }
    }

    fn next(&self) -> Option<(Draw, u64)> {
        let idle = |state: &mut State| state.queue.is_empty() && !state.closed;
        let state = self.submitted.wait_while(self.lock(), idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let draw = state.queue.pop_front()?;
        Some((draw, std::mem::take(&mut state.dropped)))
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}
