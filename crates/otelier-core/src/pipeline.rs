//! The three providers of a process, and how they are flushed and shut down in time.
//!
//! `assembly` builds everything from the settings and the components of the code. What wraps the
//! user's processors and samplers is in the files beside it: `processors` is the single processor
//! that the SDK sees, with `limits`, `log_limits`, `log_masking`, `skip_export` and
//! `context_attributes`; `sampler` and `endpoint_filter` decide what is recorded; `views` is for
//! metrics.
//!
//! A flush or shutdown must end in time, whatever a processor does. The SDK has no such bound, so
//! each signal is flushed on a thread of its own, and the caller waits for reports on a channel.
//! What has not reported when the time is up is named in the error and left behind. The OTLP
//! exporters keep the same deadline by themselves, so normally every signal reports what it has
//! lost.

mod assembly;
mod context_attributes;
mod disabled;
mod endpoint_filter;
mod limits;
mod log_limits;
mod log_masking;
mod log_record;
mod processors;
mod sampler;
mod skip_export;
mod views;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

pub(crate) use self::assembly::{Components, Step, set_sampler};
use crate::config::{Settings, Signal};
use crate::error::ExportError;
use crate::export::{ExportStatus, SharedExport};

/// How long a flush or shutdown may take for all signals together. Five seconds are promised; the
/// rest is for threads to be scheduled.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);
/// The timeout for the SDK: so long that none of its timers ends before ours.
const NO_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after the deadline a signal may take to say what it did not finish.
const REPORT_TIME: Duration = Duration::from_millis(250);

/// The providers of a process, with what is needed to end them in time.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) tracer_provider: SdkTracerProvider,
    pub(crate) meter_provider: SdkMeterProvider,
    pub(crate) logger_provider: SdkLoggerProvider,
    /// The signals that go anywhere, each with its exporters. The providers of the others do
    /// nothing.
    signals: Vec<(Signal, Vec<Arc<ExportStatus>>)>,
    /// Dropping it ends the runtime of gRPC, so it lives as long as the providers.
    export: SharedExport,
    /// In a forked child there is nothing to end: the threads stayed with the parent.
    /// The id of the process that built the pipeline.
    process: u32,
    /// Whether there was any span or log record, or the program has begun to wait for its end.
    used: Arc<AtomicBool>,
    /// Whether it was ended. Locked while it ends, so that every other call that ends it waits.
    ended: Mutex<bool>,
}

impl Pipeline {
    /// Providers that record nothing and cost nothing.
    /// Flushing and ending them succeeds at once, as there are no signals.
    pub(crate) fn disabled() -> Self {
        Self {
            tracer_provider: disabled::tracer_provider(),
            meter_provider: disabled::meter_provider(),
            logger_provider: disabled::logger_provider(),
            signals: Vec::new(),
            export: SharedExport::default(),
            process: std::process::id(),
            used: Arc::default(),
            ended: Mutex::default(),
        }
    }

    /// Builds what `settings` ask for. An exporter that cannot be built is left out with a warning.
    pub(crate) fn build(settings: &Settings, components: Components, resource: Resource) -> Self {
        let assembled = assembly::assemble(settings, components, resource);
        Self {
            tracer_provider: assembled.tracer_provider,
            meter_provider: assembled.meter_provider,
            logger_provider: assembled.logger_provider,
            signals: assembled.signals,
            export: assembled.export,
            process: std::process::id(),
            used: assembled.used,
            ended: Mutex::default(),
        }
    }

    /// Whether there was no span and no log record, though one of them goes somewhere.
    /// A guard that is dropped too soon warns of it. Metrics do not count.
    pub(crate) fn is_unused(&self) -> bool {
        let is_seen = self.is_on(Signal::Traces) || self.is_on(Signal::Logs);
        is_seen && !self.used.load(Ordering::Relaxed)
    }

    /// Whether the telemetry of any signal goes anywhere.
    pub(crate) fn has_signals(&self) -> bool {
        !self.signals.is_empty()
    }

    /// The program waits for a signal to stop: it is a service, also if no request comes before
    /// that.
    #[cfg(feature = "signal")]
    pub(crate) fn mark_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Whether anything takes the telemetry of `signal`.
    pub(crate) fn is_on(&self, signal: Signal) -> bool {
        self.signals.iter().any(|(on, _)| *on == signal)
    }

    /// Whether this is a child of the process that built the pipeline.
    pub(crate) fn is_forked(&self) -> bool {
        self.process != std::process::id()
    }

    /// Exports what is pending.
    ///
    /// Takes 4 seconds at most, and a moment more for reports. What was lost since the last flush
    /// is an error too. In a forked child this does nothing.
    pub(crate) fn force_flush(self: &Arc<Self>) -> Result<(), ExportError> {
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        self.in_parallel(deadline, |pipeline, signal| match signal {
            Signal::Traces => pipeline.tracer_provider.force_flush(),
            Signal::Metrics => pipeline.meter_provider.force_flush(),
            Signal::Logs => pipeline.logger_provider.force_flush(),
        })
    }

    /// Exports what is pending and ends the pipeline. A call that is not the first waits for the
    /// first and has nothing to report.
    ///
    /// Takes 4 seconds at most, as a flush does. What is recorded later is lost.
    pub(crate) fn end(self: &Arc<Self>) -> Result<(), ExportError> {
        // A child may be forked while another thread holds the lock.
        if self.is_forked() {
            return Ok(());
        }
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if *ended {
            return Ok(());
        }
        *ended = true;
        self.shutdown()
    }

    /// Whether it was ended. `false` while another thread is ending it: `end` waits for that one.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended.try_lock().is_ok_and(|ended| *ended)
    }

    /// Whether it was ended, or another thread is ending it.
    pub(crate) fn is_ending(&self) -> bool {
        // It is locked only by who ends it.
        self.is_ended() || matches!(self.ended.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Begins the deadline of the exporters first, so that retries that wait are made at once.
    fn shutdown(self: &Arc<Self>) -> Result<(), ExportError> {
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        self.export.shutdown.begin(deadline);
        self.in_parallel(deadline, |pipeline, signal| {
            let result = match signal {
                Signal::Traces => pipeline.tracer_provider.shutdown_with_timeout(NO_TIMEOUT),
                Signal::Metrics => pipeline.meter_provider.shutdown_with_timeout(NO_TIMEOUT),
                Signal::Logs => pipeline.logger_provider.shutdown_with_timeout(NO_TIMEOUT),
            };
            // Somebody who ended a provider by hand has got its result.
            if matches!(result, Err(OTelSdkError::AlreadyShutdown)) { Ok(()) } else { result }
        })
    }

    /// Runs `operation` for every signal, each on a thread of its own, and waits for all of them
    /// but not for ever.
    ///
    /// The SDK waits without bound in places, and one signal after the other. The caller may be the
    /// only thread of a tokio runtime, so nothing here depends on that.
    ///
    /// The error names each signal that failed, in the order of signals, and says whether it was
    /// for lack of time. A signal whose thread panicked reports nothing, which is a failure as
    /// well.
    fn in_parallel(
        self: &Arc<Self>,
        deadline: Instant,
        operation: fn(&Self, Signal) -> OTelSdkResult,
    ) -> Result<(), ExportError> {
        if self.is_forked() {
            return Ok(());
        }
        let (sender, reports) = mpsc::channel();
        let mut waiting = Vec::new();
        let mut without_thread = Vec::new();
        for (signal, exporters) in &self.signals {
            let (signal, exporters) = (*signal, exporters.clone());
            let (pipeline, sender) = (Arc::clone(self), sender.clone());
            let work = move || {
                let result = operation(&pipeline, signal);
                // Before the report, so that no thread that has reported keeps the pipeline alive.
                drop(pipeline);
                // The receiver is gone when the time was up.
                let _ = sender.send((signal, Report::new(&exporters, result, deadline)));
            };
            let name = format!("otelier-{signal}");
            waiting.push(signal);
            if std::thread::Builder::new().name(name).spawn(work).is_err() {
                without_thread.push(signal);
            }
        }
        // Where no thread can be started the caller does the work, after the threads have begun.
        for (signal, exporters) in &self.signals {
            if without_thread.contains(signal) {
                let report = Report::new(exporters, operation(self, *signal), deadline);
                let _ = sender.send((*signal, report));
            }
        }
        drop(sender);
        let mut failures = Vec::new();
        let mut timed_out = false;
        let mut reason = "a processor or exporter panicked".to_owned();
        let patience = deadline + REPORT_TIME;
        while !waiting.is_empty() {
            match reports.recv_timeout(patience.saturating_duration_since(Instant::now())) {
                Ok((signal, report)) => {
                    waiting.retain(|other| *other != signal);
                    timed_out |= report.timed_out;
                    failures.extend(report.failure.map(|reason| (signal, reason)));
                }
                Err(RecvTimeoutError::Timeout) => {
                    timed_out = true;
                    reason = format!("not finished within {SHUTDOWN_TIMEOUT:?}");
                    break;
                }
                // All threads are gone, and not all of them have reported.
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        failures.extend(waiting.into_iter().map(|signal| (signal, reason.clone())));
        failures.sort();
        if failures.is_empty() { Ok(()) } else { Err(ExportError { failures, timed_out }) }
    }
}

/// How the flush or shutdown of one signal went.
struct Report {
    /// What was lost according to the exporters, or else the error of the SDK.
    failure: Option<String>,
    /// Whether it failed after the deadline.
    timed_out: bool,
}

impl Report {
    /// Takes the losses out of the exporters. Several exporters are joined with `; `.
    fn new(exporters: &[Arc<ExportStatus>], result: OTelSdkResult, deadline: Instant) -> Self {
        let timed_out = result.is_err() && Instant::now() >= deadline;
        let losses: Vec<String> = exporters.iter().filter_map(|it| it.take_loss()).collect();
        let failure = match losses.is_empty() {
            true => result.err().map(|error| error.to_string()),
            false => Some(losses.join("; ")),
        };
        Self { failure, timed_out }
    }
}

#[cfg(test)]
mod tests;
