//! The three providers of a process, and how they are flushed and shut down in time.

mod assembly;
mod disabled;
mod limits;
mod log_limits;
mod processors;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

pub(crate) use self::assembly::Components;
use crate::config::{Settings, Signal};
use crate::error::ExportError;
use crate::export::{ExportRuntime, Health};

/// How long a flush or shutdown may take for all signals together. What is promised is five seconds; the rest is for
/// threads to be scheduled.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// The providers of a process, with what is needed to end them in time.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) tracer_provider: SdkTracerProvider,
    pub(crate) meter_provider: SdkMeterProvider,
    pub(crate) logger_provider: SdkLoggerProvider,
    /// The signals that go anywhere; the providers of the others do nothing.
    signals: Vec<(Signal, Arc<Health>)>,
    runtime: Mutex<Option<ExportRuntime>>,
}

impl Pipeline {
    /// Providers that record nothing and cost nothing.
    pub(crate) fn disabled() -> Self {
        Self {
            tracer_provider: disabled::tracer_provider(),
            meter_provider: disabled::meter_provider(),
            logger_provider: disabled::logger_provider(),
            signals: Vec::new(),
            runtime: Mutex::new(None),
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
            runtime: Mutex::new(assembled.runtime),
        }
    }

    /// Whether anything takes the telemetry of `signal`.
    pub(crate) fn is_on(&self, signal: Signal) -> bool {
        self.signals.iter().any(|(on, _)| *on == signal)
    }

    /// Exports what is pending.
    pub(crate) fn force_flush(self: &Arc<Self>) -> Result<(), ExportError> {
        self.in_parallel(|pipeline, signal| match signal {
            Signal::Traces => pipeline.tracer_provider.force_flush(),
            Signal::Metrics => pipeline.meter_provider.force_flush(),
            Signal::Logs => pipeline.logger_provider.force_flush(),
        })
    }

    /// Exports what is pending and ends the pipeline.
    pub(crate) fn shutdown(self: &Arc<Self>) -> Result<(), ExportError> {
        let result = self.in_parallel(|pipeline, signal| {
            let result = match signal {
                Signal::Traces => pipeline.tracer_provider.shutdown_with_timeout(PATIENCE),
                Signal::Metrics => pipeline.meter_provider.shutdown_with_timeout(PATIENCE),
                Signal::Logs => pipeline.logger_provider.shutdown_with_timeout(PATIENCE),
            };
            // Somebody who ended a provider by hand has got its result.
            if matches!(result, Err(OTelSdkError::AlreadyShutdown)) { Ok(()) } else { result }
        });
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if result.as_ref().is_err_and(ExportError::is_timeout) {
            // An export that is still under way would panic without its runtime.
            std::mem::forget(runtime);
        }
        result
    }

    /// Runs `operation` for every signal, each on a thread of its own, and waits for all of them but not for ever.
    ///
    /// The SDK waits without bound in places, and one signal after the other. The caller may be the only thread of a
    /// tokio runtime, so nothing here depends on that.
    fn in_parallel(
        self: &Arc<Self>,
        operation: fn(&Self, Signal) -> OTelSdkResult,
    ) -> Result<(), ExportError> {
        let deadline = Instant::now() + PATIENCE;
        let (sender, results) = mpsc::channel();
        let mut waiting = Vec::new();
        let mut failures = Vec::new();
        for (signal, health) in &self.signals {
            let (signal, health) = (*signal, Arc::clone(health));
            let (pipeline, sender) = (Arc::clone(self), sender.clone());
            let spawned =
                std::thread::Builder::new().name(format!("otelier-{signal}")).spawn(move || {
                    let result = operation(&pipeline, signal);
                    // Last of all, so that the pipeline is not kept alive by a thread that has reported.
                    drop(pipeline);
                    let failure = health
                        .take_failures()
                        .or_else(|| result.err().map(|error| error.to_string()));
                    // The receiver is gone when the time was up.
                    let _ = sender.send((signal, failure));
                });
            match spawned {
                Ok(_) => waiting.push(signal),
                Err(error) => failures.push((signal, format!("no thread: {error}"))),
            }
        }
        drop(sender);
        let mut timed_out = false;
        while !waiting.is_empty() {
            match results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((signal, failure)) => {
                    waiting.retain(|other| *other != signal);
                    failures.extend(failure.map(|reason| (signal, reason)));
                }
                Err(error) => {
                    timed_out = error == RecvTimeoutError::Timeout;
                    break;
                }
            }
        }
        let reason = match timed_out {
            true => format!("not finished within {PATIENCE:?}"),
            // All threads are gone, and not all of them have reported.
            false => "a processor or exporter panicked".to_owned(),
        };
        failures.extend(waiting.into_iter().map(|signal| (signal, reason.clone())));
        failures.sort();
        if failures.is_empty() { Ok(()) } else { Err(ExportError { failures, timed_out }) }
    }
}

#[cfg(test)]
mod tests;
