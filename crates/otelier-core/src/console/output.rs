//! The thread that writes: neither a slow terminal nor drawing holds up the code that is being
//! traced.
//!
//! The three exporters only turn what they get into rows and hand it over: `spans` and `logs` meet
//! in `waiting`, which holds what belongs to a trace that is not complete; `tree`, `metrics` and
//! `logs` draw with the lines of `style` and the texts of `text`; this file has the thread that
//! writes.
//!
//! The parts that draw hand over closures, and not text: what a drawing costs is paid on this
//! thread, and the traced code only pushes onto a queue. The queue is bounded by the number of
//! drawings, so a terminal that is stopped costs a bounded amount of memory; what comes beyond it
//! is counted, and the count is shown with the next drawing.
//!
//! `Output` is cloned by each exporter of a `Console`. The thread holds `Shared` itself and not
//! `Handle`, so that the drop of the last clone can close the queue while the thread still runs;
//! the thread then writes what is queued and ends. It is never joined.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many drawings may wait for the terminal before new ones are dropped.
const CAPACITY: usize = 1024;

/// Makes the text of one drawing, with its line feeds. It runs on the writing thread.
type Draw = Box<dyn FnOnce() -> String + Send>;

/// Writes what it is given, in order, on a thread of its own. The thread ends with the last clone.
#[derive(Clone)]
pub(super) struct Output(Arc<Handle>);

/// Closes the queue when it is dropped, which is when the last clone of `Output` is dropped.
struct Handle(Arc<Shared>);

/// What the writing thread and the clones of `Output` share.
struct Shared {
    state: Mutex<State>,
    /// The thread waits here for a drawing, or for the end.
    submitted: Condvar,
    /// `flush` waits here; notified after each drawing.
    written: Condvar,
}

/// The queue and its counters, behind one lock.
#[derive(Default)]
struct State {
    /// Drawings that the thread has not taken yet; at most `CAPACITY`.
    queue: VecDeque<Draw>,
    /// All that were ever queued, and all that were ever written.
    submitted: u64,
    written: u64,
    /// Drawings that found the queue full since the thread last took one.
    dropped: u64,
    /// Nothing is queued any more: the last clone is gone, or there is no thread.
    closed: bool,
}

impl Output {
    /// Starts the thread, which owns `writer` until it ends.
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

    /// Queues a drawing; never waits for the terminal. If the queue is full, the drawing is dropped
    /// and counted; without a thread it is dropped and not counted.
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
    /// `timeout`. `true` also if there is no thread, when nothing is ever written.
    ///
    /// What is queued while this waits does not make it wait longer: the target is fixed at the
    /// start.
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
    /// A panic elsewhere does not stop the output: a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the thread does: draws and writes until the queue is closed and empty.
    ///
    /// After the first error of a closed pipe nothing is written any more, but the drawings are
    /// still taken and counted, so that `flush` does not wait for its whole time. Other errors of
    /// writing are ignored, and the next drawing is tried again.
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

    /// Waits for the next drawing; returns it with the number of those that were dropped since the
    /// last one. `None` is the end: the queue is closed and empty.
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
