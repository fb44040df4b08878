//! What `init` returns: it keeps telemetry going while it lives, and delivers the rest when it is
//! dropped.
//!
//! A guard owns nothing but a share of the pipeline: the pipeline is also known to `current`, for
//! `exit`, the signal handler and `process_exit`, for a guard that is never dropped.
//! Whichever of them ends it first does the work. In a forked child the guard ends nothing, because
//! the threads that export exist in the parent only.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::config::{Choice as _, LogFormat, LogLevel, Settings};
use crate::error::{ExportError, InitError};
use crate::pipeline::Pipeline;
use crate::{current, diagnostics, process_exit};

/// A guard that is dropped this soon after `init`, before any span or log record, was not kept.
const TOO_SOON: Duration = Duration::from_millis(100);
/// A program that is there this long after such a guard was dropped goes on without telemetry; one
/// whose `main` returns an error ends long before.
const GOES_ON: Duration = Duration::from_millis(50);

/// Keeps telemetry going; hold it until the end of `main`.
///
/// Dropping it delivers what is pending and shuts everything down, within five seconds at most even
/// if nothing answers. That works with and without a tokio runtime, from inside one of any flavor
/// too: the calling thread does the waiting, and nothing it waits for needs that thread or its
/// runtime.
///
/// Two places lose telemetry:
///
/// - `let _ = init()` drops the guard at once, and nothing is recorded from then on. A warning says
///   so, unless the program ends at once. Bind it to a name: `let _otel = init()`. Clippy's
///   `let_underscore_must_use` finds such lines.
/// - A `static` is never dropped. On Unix what is pending is delivered all the same when the
///   process exits; elsewhere it is lost. Keep the guard in `main`; in tests use
///   [`init_shared`](crate::init_shared).
///
/// `std::process::exit` and an abort drop nothing either. On Unix what is pending is delivered at
/// `std::process::exit` all the same; [`exit`](crate::exit) does so everywhere. After an abort the
/// last seconds are missing.
/// On Linux, SIGTERM and SIGINT are handled;
/// [`Builder::with_signal_handler`](crate::Builder::with_signal_handler) says how.
#[derive(Debug)]
#[must_use = "telemetry ends when the guard is dropped: bind it to a name such as `_otel` for all \
              of \
              `main`; `_` drops it at once, and a `static` loses what was recorded last"]
pub struct Guard {
    /// Shared with what ends it without the guard.
    pipeline: Arc<Pipeline>,
    /// Kept for the crate that sets up a subscriber.
    log_lines: LogLines,
    /// Kept for who can do without all that calls the API.
    switched_off: bool,
    /// When the guard was made.
    since: Instant,
}

/// What was set about the lines that a program logs. Read by a crate that sets up a subscriber of
/// `tracing`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLines {
    /// `RUST_LOG`: the directives of a filter.
    pub directives: Option<String>,
    /// `OTEL_LOG_LEVEL`, as the name of a level or `off`: what is shown where there are no
    /// directives.
    pub level: &'static str,
    /// `OTELIER_LOG_FORMAT`; `None` is what suits the terminal.
    pub format: Option<LogFormat>,
    /// `OTELIER_PANIC_HOOK`: whether panics become log records.
    pub panic_hook: bool,
}

impl LogLines {
    /// `LogLevel::None` becomes `off`, the word of a filter of `tracing`.
    fn of(settings: &Settings) -> Self {
        Self {
            directives: settings.log_lines.directives.value.clone(),
            level: match settings.log_level.value {
                LogLevel::None => "off",
                level => level.name(),
            },
            format: settings.log_lines.format.value,
            panic_hook: settings.log_lines.panic_hook.value,
        }
    }
}

impl Guard {
    /// Registers the pipeline for `exit`, signals and the end of the process.
    pub(crate) fn new(pipeline: Pipeline, settings: &Settings) -> Self {
        let pipeline = Arc::new(pipeline);
        current::set(&pipeline);
        process_exit::end_at_exit(&pipeline);
        let switched_off = settings.switched_off.value;
        Self { pipeline, log_lines: LogLines::of(settings), switched_off, since: Instant::now() }
    }

    /// Whether nothing was set up, not even propagators: `OTELIER_SWITCH_OFF`.
    #[must_use]
    pub fn is_switched_off(&self) -> bool {
        self.switched_off
    }

    /// What was set about the lines that the program logs.
    #[must_use]
    pub fn log_lines(&self) -> &LogLines {
        &self.log_lines
    }

    /// Exports what is pending, and waits for it five seconds at most.
    ///
    /// # Errors
    ///
    /// Lists the signals of which an export has failed since the last flush, each with the reason.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// # fn main() -> Result<(), otelier::InitError> {
    /// let otel = otelier::init()?;
    /// // Before a pause in which the process may be frozen or killed:
    /// if let Err(error) = otel.force_flush() {
    ///     eprintln!("{error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn force_flush(&self) -> Result<(), ExportError> {
        self.pipeline.force_flush()
    }

    /// Does what dropping the guard does, and returns how it went.
    ///
    /// # Errors
    ///
    /// Lists the signals of which an export has failed since the last flush, each with the reason.
    pub fn shutdown(self) -> Result<(), ExportError> {
        self.end()
    }

    /// The provider of tracers, which is also the global one. It does nothing when traces are off.
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.pipeline.tracer_provider
    }

    /// The provider of meters, which the global one is made of. It does nothing when metrics are
    /// off.
    ///
    /// A panic in a callback of an instrument ends the collection of all metrics, without a word of
    /// the SDK. The global provider, `opentelemetry::global::meter_provider()`, catches it and goes
    /// on; this one does not.
    #[must_use]
    pub fn meter_provider(&self) -> &SdkMeterProvider {
        &self.pipeline.meter_provider
    }

    /// The provider of loggers, for a bridge from a logging library; there is no global one. It
    /// does nothing when logs are off.
    #[must_use]
    pub fn logger_provider(&self) -> &SdkLoggerProvider {
        &self.pipeline.logger_provider
    }

    /// Whether it is dropped as `let _ = init()` does.
    fn is_not_kept(&self) -> bool {
        !self.pipeline.is_ending() && self.pipeline.is_unused() && self.since.elapsed() < TOO_SOON
    }

    /// Does the work once; what later calls return is up to the pipeline.
    fn end(&self) -> Result<(), ExportError> {
        self.pipeline.end()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let is_not_kept = self.is_not_kept();
        if self.pipeline.is_forked() {
            // What is pending is the parent's to deliver, and so are the threads that would.
            std::mem::forget(Arc::clone(&self.pipeline));
        } else if let Err(error) = self.end() {
            diagnostics::warn(&error.to_string());
        }
        if is_not_kept {
            warn_if_the_program_goes_on();
        }
    }
}

/// Says that the guard was not kept, unless the process is about to end: an error at the start of
/// `main` drops it just as soon.
fn warn_if_the_program_goes_on() {
    let warn = || {
        diagnostics::warn(
            "the guard was dropped right after `init`, before any span or log record, and \
             telemetry ends with it; bind it to a name such as `_otel` until the end of `main`, \
             for `_` drops it at once",
        );
    };
    let later = move || {
        thread::sleep(GOES_ON);
        warn();
    };
    if thread::Builder::new().name("otelier-guard".to_owned()).spawn(later).is_err() {
        warn();
    }
}

/// Never dropped, since tests have no common end. The lock is held during `init`, so that two tests
/// do not both run it.
static SHARED: Mutex<Option<Arc<Guard>>> = Mutex::new(None);

/// A part in the one guard of a process, for tests. [`init_shared`](crate::init_shared) returns it.
///
/// Dropping it exports what is pending. It does not shut telemetry down, since other tests may go
/// on.
#[derive(Debug)]
#[must_use = "what is pending is exported when this is dropped: bind it to a name such as `_otel`"]
pub struct SharedGuard(Arc<Guard>);

impl SharedGuard {
    /// The shared guard of this process, made by `init` if there is none.
    ///
    /// An error of `init` is returned, and the next call tries again.
    pub(crate) fn get_or_init(
        init: impl FnOnce() -> Result<Guard, InitError>,
    ) -> Result<Self, InitError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let guard = match &*shared {
            Some(guard) => Arc::clone(guard),
            None => Arc::clone(shared.insert(Arc::new(init()?))),
        };
        Ok(Self(guard))
    }
}

impl Deref for SharedGuard {
    type Target = Guard;

    fn deref(&self) -> &Guard {
        &self.0
    }
}

impl Drop for SharedGuard {
    fn drop(&mut self) {
        if let Err(error) = self.0.force_flush() {
            diagnostics::warn(&error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_can_be_sent_and_shared() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Guard>();
        check::<SharedGuard>();
    }
}
