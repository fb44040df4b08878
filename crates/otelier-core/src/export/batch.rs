//! A bounded queue whose items are exported in batches, on threads of its own.
//!
//! The SDK has batch processors too. They keep the number of dropped items to themselves, panic
//! when no thread can be started, and export one batch at a time.
//!
//! `push` appends to the queue under one lock and never waits for an export. When a full batch is
//! there it wakes a worker. A worker takes a batch under the lock, exports it without the lock, and
//! then notifies `progress`. The first worker lives until the queue is closed and also keeps the
//! schedule: once per `schedule_delay` it lets an incomplete batch go. Under load a worker starts
//! another one before it exports, up to `max_workers`; those end when they have had nothing to do
//! for one `schedule_delay`.
//!
//! A flush is a wait for a position: items are numbered in the order in which they leave the queue,
//! and the flush is over when `State::finished` has reached the number of the last item that was
//! queued when it began. Items that are queued later do not prolong it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use otelier_instrument::catch_panic;

use super::shutdown::{self, ShutdownSignal};
use super::status::ExportStatus;
use super::suppress_exporter_threads;

/// How many batches to one endpoint may be under way at once. One at a time would bound what a
/// service can export to a batch per answer of the endpoint.
pub(crate) const ENDPOINT_WORKERS: usize = 4;

/// How often a flush looks whether there is still something to wait for.
const LOOK: Duration = Duration::from_millis(100);

/// When items are exported, and how many may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchLimits {
    /// How many items may wait. Those that come when so many wait are dropped and counted.
    pub(crate) max_queue_size: usize,
    /// The most items of one batch. So many that wait start an export before the delay is over.
    pub(crate) max_export_batch_size: usize,
    /// The longest time that an item waits for others to fill its batch. Additional workers also
    /// end after so long without work.
    pub(crate) schedule_delay: Duration,
    /// The variable that makes the queue larger, if there is one.
    pub(crate) queue_variable: Option<&'static str>,
    /// How many batches may be under way at once. With one, batches keep their order.
    pub(crate) max_workers: usize,
}

/// The queue. Dropping it lets its threads export what is left, and end.
pub(crate) struct BatchQueue<T: Send + 'static> {
    /// Also held by each worker, so it lives on until the last of them has ended.
    shared: Arc<Shared<T>>,
    /// In a forked child the threads are missing, and what is queued is the parent's to export.
    process: u32,
}

/// What the queue and its workers have in common.
struct Shared<T> {
    limits: BatchLimits,
    /// The name of the threads.
    name: &'static str,
    /// Exports one batch, and blocks meanwhile. It notes by itself what was lost; only a panic is
    /// noted here.
    export: Box<dyn Fn(Vec<T>) + Send + Sync>,
    /// Where drops, panics and what was not finished in time are noted.
    status: Arc<ExportStatus>,
    /// Bounds every wait of a flush. Once its deadline has passed, workers end without another
    /// batch.
    shutdown: ShutdownSignal,
    state: Mutex<State<T>>,
    /// There is something to export, or to end for.
    work: Condvar,
    /// A batch was exported.
    progress: Condvar,
}

/// What changes, behind one mutex. Numbers of items count from the start of the queue and only
/// grow.
struct State<T> {
    /// The items that wait, the oldest first. The first of them has the number `taken`.
    queue: VecDeque<T>,
    /// How many items have ever left the queue for a batch.
    taken: u64,
    /// The batches under way: for each, what `taken` was before it.
    in_flight: Vec<u64>,
    /// Items up to this one are exported without waiting for a full batch.
    export_to: u64,
    /// How many items found no room since that was last said.
    dropped: u64,
    /// How many of them are being said.
    reporting: u64,
    /// Nothing is taken any more. Workers empty the queue and then end.
    closed: bool,
    /// How many threads run, or are being started.
    workers: usize,
    /// How many of them wait for work.
    idle: usize,
}

impl<T> State<T> {
    /// The number that the next item will have: a flush of what is here now waits for this.
    fn queued(&self) -> u64 {
        self.taken + self.queue.len() as u64
    }

    /// How many items, in the order of the queue, are exported or lost.
    fn finished(&self) -> u64 {
        self.in_flight.iter().copied().min().unwrap_or(self.taken)
    }
}

impl<T: Send + 'static> BatchQueue<T> {
    /// Starts the first thread, called `name`. Fails if the system allows none.
    pub(crate) fn start(
        name: &'static str,
        limits: BatchLimits,
        status: Arc<ExportStatus>,
        shutdown: ShutdownSignal,
        export: impl Fn(Vec<T>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let state = State {
            queue: VecDeque::new(),
            taken: 0,
            in_flight: Vec::new(),
            export_to: 0,
            dropped: 0,
            reporting: 0,
            closed: false,
            workers: 1,
            idle: 0,
        };
        let shared = Arc::new(Shared {
            limits,
            name,
            export: Box::new(export),
            status,
            shutdown,
            state: Mutex::new(state),
            work: Condvar::new(),
            progress: Condvar::new(),
        });
        Shared::spawn(&shared, true)?;
        Ok(Self { shared, process: std::process::id() })
    }

    /// Queues an item, or counts it as dropped. Never waits for an export.
    pub(crate) fn push(&self, item: T) {
        let shared = &*self.shared;
        let mut state = shared.lock();
        if state.closed {
            return;
        }
        if state.queue.len() >= shared.limits.max_queue_size {
            state.dropped += 1;
            return;
        }
        state.queue.push_back(item);
        let full_batch = state.queue.len().is_multiple_of(shared.limits.max_export_batch_size);
        drop(state);
        if full_batch {
            shared.work.notify_one();
        }
    }

    /// Exports what is queued by now.
    ///
    /// # Errors
    ///
    /// If items were lost meanwhile, or not all are exported when the time is up.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.finish(timeout, false)
    }

    /// Exports what is queued, and takes nothing more.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub(crate) fn shut_down(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.finish(timeout, true)
    }

    /// Waits until all that is queued now has left, for `timeout` at most and never past the
    /// deadline of the shutdown. With `close` nothing is accepted from now on. In a forked child
    /// there are no workers, so this returns at once without an error. + When the time is up, what
    /// is still pending is noted as lost, unless the queue was closed before: then the first call
    /// has done so. A loss of any item that happens meanwhile is an error too, also if the item was
    /// queued later.
    fn finish(&self, timeout: Duration, close: bool) -> Result<(), Unfinished> {
        let shared = &*self.shared;
        if self.process != std::process::id() {
            return Ok(());
        }
        let lost_before = shared.status.lost();
        let limit = shutdown::after(timeout);
        let mut state = shared.lock();
        let was_closed = state.closed;
        state.closed |= close;
        let target = state.queued();
        state.export_to = target;
        shared.work.notify_all();
        loop {
            // What was dropped is said by the thread, which may have found nothing else to do.
            let pending = target.saturating_sub(state.finished());
            if pending == 0 && state.dropped + state.reporting == 0 {
                break;
            }
            let now = Instant::now();
            // The deadline may be set while this waits.
            let limit = shared.shutdown.bound(limit);
            if now >= limit {
                let dropped = std::mem::take(&mut state.dropped);
                drop(state);
                if !was_closed {
                    shared.status.record_unfinished(pending + dropped);
                }
                return Err(Unfinished::Timeout);
            }
            // Before a shutdown nothing ends a wait for somebody to read a fifo.
            if !close && shared.status.is_waiting() {
                return Err(Unfinished::Waiting);
            }
            let waited = shared.progress.wait_timeout(state, (limit - now).min(LOOK));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        match shared.status.lost() - lost_before {
            0 => Ok(()),
            lost => Err(Unfinished::Lost(lost)),
        }
    }
}

/// Why not everything was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// The time was up.
    /// What is pending is noted as lost.
    Timeout,
    /// No process takes it yet, as with a fifo without a reader. It is not lost.
    Waiting,
    /// So many items are lost.
    Lost(u64),
}

/// Does not wait: the workers hold what they need.
impl<T: Send + 'static> Drop for BatchQueue<T> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl<T: Send + 'static> fmt::Debug for BatchQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchQueue").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Shared<T> {
    /// Starts a worker. The caller counts it in `State::workers`, before this if the queue is
    /// shared already, and takes it back if this fails.
    fn spawn(shared: &Arc<Self>, is_first: bool) -> io::Result<()> {
        let worker = Arc::clone(shared);
        thread::Builder::new().name(shared.name.to_owned()).spawn(move || {
            // Exporting makes no telemetry of its own.
            suppress_exporter_threads::mark();
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            worker.run(is_first);
        })?;
        Ok(())
    }

    /// Exports batch after batch. The first thread stays until the queue is closed; others help
    /// while there are full batches, and one of them waits for the next.
    fn run(self: &Arc<Self>, is_first: bool) {
        let mut due = shutdown::after(self.limits.schedule_delay);
        loop {
            let mut state = self.lock();
            while !self.has_work(&mut state, &mut due, is_first) {
                let wait = due.saturating_duration_since(Instant::now());
                if wait.is_zero() && !is_first {
                    state.workers -= 1;
                    return;
                }
                state.idle += 1;
                let waited = self.work.wait_timeout(state, wait);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                state.idle -= 1;
            }
            let dropped = state.dropped;
            let in_time = !self.shutdown.is_over();
            let size = state.queue.len().min(self.limits.max_export_batch_size);
            if (state.closed && size == 0 && dropped == 0) || !in_time {
                state.workers -= 1;
                return;
            }
            state.dropped = 0;
            state.reporting += dropped;
            let batch: Vec<T> = state.queue.drain(..size).collect();
            let first = state.taken;
            state.taken += size as u64;
            if size > 0 {
                state.in_flight.push(first);
            }
            // While this worker exports it cannot start another, so under load it does so before.
            let help = size == self.limits.max_export_batch_size
                && state.idle == 0
                && state.workers < self.limits.max_workers;
            if help {
                state.workers += 1;
            }
            drop(state);
            if help && Self::spawn(self, false).is_err() {
                self.lock().workers -= 1;
            }
            if dropped > 0 {
                let BatchLimits { max_queue_size, queue_variable, .. } = self.limits;
                self.status.record_dropped(dropped, max_queue_size, queue_variable);
                self.lock().reporting -= dropped;
            }
            if size > 0 && catch_panic(|| (self.export)(batch)).is_none() {
                self.status.record_panic(size as u64);
            }
            due = shutdown::after(self.limits.schedule_delay);
            if size > 0 {
                self.lock().in_flight.retain(|it| *it != first);
            }
            self.progress.notify_all();
        }
    }

    /// Whether there is a batch to export, or an end to come to. The first thread also keeps the
    /// schedule.
    fn has_work(&self, state: &mut State<T>, due: &mut Instant, is_first: bool) -> bool {
        if is_first && Instant::now() >= *due {
            state.export_to = state.queued();
            *due = shutdown::after(self.limits.schedule_delay);
        }
        state.closed
            || state.queue.len() >= self.limits.max_export_batch_size
            || state.export_to > state.taken
            || state.dropped > 0
    }

    /// No export runs under this lock, so a poisoned one still holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
