//! The export status of one signal: what was lost, said at once and then at most once a minute.
//!
//! It is shared by three sides. The exporter records the outcome of each request; the queue records
//! drops and panics; a flush takes what was lost since the last one, to return it as an error. A
//! loss is said at once, and while it goes on at most once per `INTERVAL`, with the total so far.
//! Recovery is said once, and only after a loss that was said. While the process ends no loss is
//! said here, since the flush of the guard reports it.
//!
//! Lines are built under the lock and written after it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::metrics::Meter;

use super::diagnosis::Diagnosis;
use super::loss_metrics::LossMetrics;
use super::shutdown::ShutdownSignal;
use super::splitting::Outcome;
use crate::config::{FileOutput, OtlpSettings, Signal};
use crate::diagnostics;

/// How often a loss that goes on is said.
const INTERVAL: Duration = Duration::from_secs(60);

/// Counts what one exporter of a signal delivers and loses, and says so.
pub(crate) struct ExportStatus {
    signal: Signal,
    /// Which of the exporters of the pipeline it is.
    number: usize,
    /// The endpoint as it is shown, and advice about reasons.
    diagnosis: Diagnosis,
    /// Where it is; `None` is a file.
    settings: Option<OtlpSettings>,
    /// Once it has begun, losses are counted but not said.
    shutdown: ShutdownSignal,
    /// Empty if metrics are off, and until the meter provider is built.
    metrics: OnceLock<LossMetrics>,
    /// Whether a line waits for somebody to read it.
    is_waiting: AtomicBool,
    /// Never held while a line is written.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Everything that was lost since the start.
    /// Never decreases.
    lost: u64,
    /// What was lost since the last flush, and why.
    unreported: Option<Unreported>,
    /// When a loss was said for the last time.
    said: Option<Instant>,
    /// Whether the last that was said is that telemetry does not arrive.
    said_failing: bool,
    /// When it was said for the last time that telemetry waits.
    said_waiting: Option<Instant>,
}

/// What the next flush returns.
#[derive(Debug)]
struct Unreported {
    /// Since the last flush; at least one.
    lost: u64,
    /// Only the last one, without secrets.
    reason: String,
}

/// A line for the user.
#[derive(Debug, PartialEq)]
enum Line {
    /// Written as a warning.
    Loss(String),
    /// Written as information.
    Recovery(String),
}

impl ExportStatus {
    /// `number` tells apart the exporters of a pipeline.
    pub(super) fn new(
        signal: Signal,
        settings: &OtlpSettings,
        number: usize,
        shutdown: ShutdownSignal,
    ) -> Arc<Self> {
        let diagnosis = Diagnosis::new(signal, settings);
        Self::with(signal, diagnosis, Some(settings.clone()), number, shutdown)
    }

    /// Of an exporter that writes a file.
    pub(super) fn of_file(
        signal: Signal,
        output: &FileOutput,
        number: usize,
        shutdown: ShutdownSignal,
    ) -> Arc<Self> {
        Self::with(signal, Diagnosis::of_file(signal, output), None, number, shutdown)
    }

    /// What both constructors have in common.
    fn with(
        signal: Signal,
        diagnosis: Diagnosis,
        settings: Option<OtlpSettings>,
        number: usize,
        shutdown: ShutdownSignal,
    ) -> Arc<Self> {
        Arc::new(Self {
            signal,
            number,
            diagnosis,
            settings,
            shutdown,
            metrics: OnceLock::new(),
            is_waiting: AtomicBool::new(false),
            state: Mutex::default(),
        })
    }

    /// Counts losses as metrics of `meter` from now on.
    /// Does nothing if that was set before.
    pub(crate) fn measure(&self, meter: &Meter) {
        let _ = self.metrics.set(LossMetrics::new(
            meter,
            self.signal,
            self.settings.as_ref(),
            self.number,
        ));
    }

    /// Everything that was lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lock().lost
    }

    /// What was lost since this was last asked, with the reason, and how much that is.
    /// A second call returns `None` until something is lost again.
    pub(crate) fn take_loss(&self) -> Option<String> {
        let Unreported { lost, reason } = self.lock().unreported.take()?;
        let items = count(self.signal, lost);
        Some(format!("{}: {reason}; {items} lost", self.diagnosis.endpoint()))
    }

    /// Notes what became of a request.
    ///
    /// A request that was accepted in full is what counts as recovery. One that was rejected in
    /// part is a loss.
    pub(super) fn record(&self, outcome: &Outcome) {
        let now = Instant::now();
        for (lost, failure) in &outcome.failed {
            let reason = self.with_advice(&failure.reason);
            self.measure_export(*lost as u64, &failure.error_type);
            self.lose(*lost as u64, reason, now);
        }
        if let Some(words) = &outcome.rejection {
            let reason = match outcome.rejected {
                0 => format!("accepted, with a remark: {}", self.diagnosis.repeat(words)),
                _ => format!("rejected in part: {}", self.diagnosis.repeat(words)),
            };
            self.measure_export(outcome.rejected as u64, "rejected");
            self.lose(outcome.rejected as u64, reason, now);
        } else if outcome.accepted > 0 && outcome.failed.is_empty() {
            self.say(self.recover());
        }
    }

    /// Notes that telemetry waits because of `reason`, and says it at most once a minute.
    /// Further calls do nothing until `end_waiting`.
    pub(super) fn begin_waiting(&self, reason: &str) {
        if self.is_waiting.swap(true, Ordering::AcqRel) {
            return;
        }
        let now = Instant::now();
        let mut state = self.lock();
        let is_due =
            state.said_waiting.is_none_or(|said| now.saturating_duration_since(said) >= INTERVAL);
        if is_due {
            state.said_waiting = Some(now);
            drop(state);
            let (signal, endpoint) = (self.signal, self.diagnosis.endpoint());
            diagnostics::warn(&format!("{signal} to {endpoint} wait: {reason}"));
        }
    }

    /// Notes that telemetry waits no more.
    pub(super) fn end_waiting(&self) {
        self.is_waiting.store(false, Ordering::Release);
    }

    /// Whether telemetry waits for something that may never come.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }

    /// Notes that `dropped` items found no room in a queue of `size`.
    /// `variable` is the one that makes the queue larger, if there is one.
    pub(super) fn record_dropped(&self, dropped: u64, size: usize, variable: Option<&str>) {
        if let Some(metrics) = self.metrics.get() {
            metrics.queue_full(dropped);
        }
        let mut reason =
            format!("the queue of {size} is full, because more ends than can be exported");
        if let Some(variable) = variable {
            reason += &format!("; {variable} makes it larger");
        }
        self.lose(dropped, reason, Instant::now());
    }

    /// Notes that `lost` items were still waiting when the pipeline ended.
    /// They may still be delivered after this, but the process does not wait for it.
    pub(super) fn record_unfinished(&self, lost: u64) {
        self.measure_export(lost, "timeout");
        self.lose(lost, "not finished in time".to_owned(), Instant::now());
    }

    /// Notes that `lost` items were in a batch whose export panicked.
    pub(super) fn record_panic(&self, lost: u64) {
        self.measure_export(lost, "panic");
        self.lose(lost, "the exporter panicked".to_owned(), Instant::now());
    }

    /// Does nothing where losses are not measured.
    fn measure_export(&self, lost: u64, error_type: &str) {
        if let Some(metrics) = self.metrics.get() {
            metrics.export_failed(lost, error_type);
        }
    }

    /// The advice is looked up by the reason as it came, since hiding secrets may change it.
    fn with_advice(&self, reason: &str) -> String {
        let words = self.diagnosis.repeat(reason);
        match self.diagnosis.advice(reason) {
            Some(advice) => format!("{words} ({advice})"),
            None => words,
        }
    }

    /// Counts a loss and says it if it is time to.
    fn lose(&self, lost: u64, reason: String, now: Instant) {
        let line = self.note_loss(lost, reason, now);
        self.say(line);
    }

    /// What to say, if anything. While the process ends nothing is said here, for the guard does.
    ///
    /// `now` is given so that tests need not wait.
    fn note_loss(&self, lost: u64, reason: String, now: Instant) -> Option<Line> {
        let mut state = self.lock();
        state.lost += lost;
        let is_due = state.said.is_none_or(|said| now.saturating_duration_since(said) >= INTERVAL);
        let line = (is_due && self.shutdown.deadline().is_none()).then(|| {
            state.said = Some(now);
            state.said_failing = true;
            let (signal, endpoint) = (self.signal, self.diagnosis.endpoint());
            let items = count(signal, state.lost);
            Line::Loss(format!("{signal} to {endpoint}: {reason}; {items} lost so far"))
        });
        // A remark without a loss is said, and is no failure of a flush.
        if lost > 0 {
            let before = state.unreported.take().map_or(0, |unreported| unreported.lost);
            state.unreported = Some(Unreported { lost: before + lost, reason });
        }
        line
    }

    /// The line that tells of a recovery, if a loss was the last that was said.
    fn recover(&self) -> Option<Line> {
        let mut state = self.lock();
        std::mem::take(&mut state.said_failing).then(|| {
            let (signal, endpoint) = (self.signal, self.diagnosis.endpoint());
            let items = count(signal, state.lost);
            Line::Recovery(format!("{signal} to {endpoint}: delivered again; {items} lost so far"))
        })
    }

    /// Writes a line at its level; not to be called under the lock.
    fn say(&self, line: Option<Line>) {
        match line {
            Some(Line::Loss(line)) => diagnostics::warn(&line),
            Some(Line::Recovery(line)) => diagnostics::info(&line),
            None => {}
        }
    }

    /// The numbers stay usable if a thread has panicked with the lock held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ExportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings have paths and headers that may be secret.
        f.debug_struct("ExportStatus")
            .field("signal", &self.signal)
            .field("endpoint", &self.diagnosis.endpoint())
            .finish_non_exhaustive()
    }
}

/// `1 span`, `2 log records`.
fn count(signal: Signal, number: u64) -> String {
    let noun = match signal {
        Signal::Traces => "span",
        Signal::Metrics => "data point",
        Signal::Logs => "log record",
    };
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::settings_of;
    use super::super::transport::{Failure, FailureKind};
    use super::*;

    fn status(variables: &[(&str, &str)]) -> (Arc<ExportStatus>, ShutdownSignal) {
        let shutdown = ShutdownSignal::default();
        let status =
            ExportStatus::new(Signal::Traces, &settings_of(variables), 0, shutdown.clone());
        (status, shutdown)
    }

    const ENDPOINT: [(&str, &str); 1] = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")];

    fn loss(text: &str) -> Option<Line> {
        Some(Line::Loss(format!("traces to http://c:4318/v1/traces: {text}")))
    }

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn losses_are_said_at_once_then_once_a_minute() {
        let (status, _) = status(&ENDPOINT);
        let start = Instant::now();
        let lose = |at| status.note_loss(2, "down".to_owned(), start + seconds(at));
        assert_eq!(lose(0), loss("down; 2 spans lost so far"));
        assert_eq!((lose(1), lose(59)), (None, None));
        assert_eq!(lose(60), loss("down; 8 spans lost so far"));
        assert_eq!(lose(119), None);
        assert_eq!(lose(120), loss("down; 12 spans lost so far"));
    }

    #[test]
    fn recovery_is_said_once() {
        let (status, _) = status(&ENDPOINT);
        assert_eq!(status.recover(), None);
        let start = Instant::now();
        status.note_loss(1, "down".to_owned(), start);
        let expected = "traces to http://c:4318/v1/traces: delivered again; 1 span lost so far";
        assert_eq!(status.recover(), Some(Line::Recovery(expected.to_owned())));
        assert_eq!(status.recover(), None);
        // One that comes and goes is not said twice a minute.
        assert_eq!(status.note_loss(1, "down".to_owned(), start + seconds(5)), None);
        assert_eq!(status.recover(), None);
    }

    #[test]
    fn flush_reports_what_was_lost_since_the_last() {
        let (status, _) = status(&ENDPOINT);
        assert_eq!(status.take_loss(), None);
        status.note_loss(1, "down".to_owned(), Instant::now());
        status.note_loss(2, "still down".to_owned(), Instant::now());
        let reason = "http://c:4318/v1/traces: still down; 3 spans lost";
        assert_eq!(status.take_loss().as_deref(), Some(reason));
        assert_eq!(status.take_loss(), None);
    }

    #[test]
    fn a_remark_is_said_and_fails_no_flush() {
        let (status, _) = status(&ENDPOINT);
        let remark = || "accepted, with a remark: use v2".to_owned();
        let said = status.note_loss(0, remark(), Instant::now());
        assert_eq!(said, loss("accepted, with a remark: use v2; 0 spans lost so far"));
        assert_eq!(status.take_loss(), None);
        status.note_loss(2, "down".to_owned(), Instant::now());
        status.note_loss(0, remark(), Instant::now());
        let reason = "http://c:4318/v1/traces: down; 2 spans lost";
        assert_eq!(status.take_loss().as_deref(), Some(reason));
    }

    #[test]
    fn shutdown_leaves_the_words_to_the_guard() {
        let (status, shutdown) = status(&ENDPOINT);
        shutdown.begin(Instant::now());
        assert_eq!(status.note_loss(1, "down".to_owned(), Instant::now()), None);
        assert!(status.take_loss().is_some());
    }

    #[test]
    fn outcomes_count_failed_rejected_and_dropped() {
        let (status, shutdown) = status(&ENDPOINT);
        shutdown.begin(Instant::now());
        status.record(&Outcome { accepted: 9, ..Outcome::default() });
        assert_eq!(status.take_loss(), None);
        let failure = Failure::new(FailureKind::Permanent, "400", "bad\nrequest");
        status.record(&Outcome { failed: vec![(4, failure)], ..Outcome::default() });
        let rejection = Some("too old".to_owned());
        status.record(&Outcome { rejected: 1, rejection, ..Outcome::default() });
        let reason = "http://c:4318/v1/traces: rejected in part: too old; 5 spans lost";
        assert_eq!(status.take_loss().as_deref(), Some(reason));
        status.record_dropped(3, 8, Some("OTEL_BSP_MAX_QUEUE_SIZE"));
        let reason = status.take_loss().unwrap();
        assert!(reason.contains("the queue of 8 is full") && reason.ends_with("3 spans lost"));
        status.record_unfinished(2);
        let reason = "http://c:4318/v1/traces: not finished in time; 2 spans lost";
        assert_eq!(status.take_loss().as_deref(), Some(reason));
    }
}
