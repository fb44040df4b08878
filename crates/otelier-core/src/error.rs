//! What can go wrong: at start, and when telemetry is delivered.

use std::fmt;

use crate::config::Signal;

/// Why [`init`](crate::init) or [`Builder::init`](crate::Builder::init) did not set anything up.
///
/// Only what was asked for in code is an error. Whatever is wrong in the environment is a warning,
/// and the default is used.
///
/// ```
/// # use otelier_core as otelier;
/// # // Nothing listens where this is tested.
/// # let off = || [("OTEL_SDK_DISABLED", "true")].into_iter().collect();
/// # let init = || otelier::builder().with_environment(off()).init();
/// let _otel = init().expect("the first call sets telemetry up");
/// let error = init().expect_err("there is one pipeline in a process");
/// assert!(error.is_already_initialized());
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InitError(InitErrorKind);

/// The two cases, private so that more can be added.
#[derive(Debug, thiserror::Error)]
enum InitErrorKind {
    /// There is one pipeline in the life of a process.
    #[error(
        "telemetry is already initialized in this process; keep the one guard until the end of \
         `main`, \
         and use `init_shared` in tests"
    )]
    AlreadyInitialized,
    /// A value in code that cannot be used; the value itself is not shown, as it may be a secret.
    #[error("the {setting} set in code is invalid: expected {expected}")]
    Invalid { setting: &'static str, expected: &'static str },
}

impl InitError {
    /// For a second `init`.
    pub(crate) fn already_initialized() -> Self {
        Self(InitErrorKind::AlreadyInitialized)
    }

    /// `setting` is what it is called in code; both words complete the message.
    pub(crate) fn invalid(setting: &'static str, expected: &'static str) -> Self {
        Self(InitErrorKind::Invalid { setting, expected })
    }

    /// Telemetry was initialized before in this process, whether or not that guard still lives.
    ///
    /// Code that may come second can go on after this error: what it records goes to the pipeline
    /// that is there.
    #[must_use]
    pub fn is_already_initialized(&self) -> bool {
        matches!(self.0, InitErrorKind::AlreadyInitialized)
    }

    /// A value given to the [`Builder`](crate::Builder) cannot be used.
    ///
    /// What the error says names the setting, and what is expected of it. Telemetry is not set up.
    #[must_use]
    pub fn is_invalid_setting(&self) -> bool {
        matches!(self.0, InitErrorKind::Invalid { .. })
    }
}

/// What was not delivered by [`Guard::force_flush`](crate::Guard::force_flush) or
/// [`Guard::shutdown`](crate::Guard::shutdown), by signal.
///
/// ```no_run
/// # use otelier_core as otelier;
/// # fn main() -> Result<(), otelier::InitError> {
/// let otel = otelier::init()?;
/// if let Err(error) = otel.shutdown() {
///     for (signal, reason) in error.failures() {
///         eprintln!("{signal} were not delivered: {reason}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    /// At most one entry for a signal, with the reasons of all of its exporters.
    pub(crate) failures: Vec<(Signal, String)>,
    /// Whether the time was up before all signals were finished.
    pub(crate) timed_out: bool,
}

impl ExportError {
    /// The signals that were not delivered in full, each with the reason.
    ///
    /// In the order of the signals: traces, metrics, logs.
    pub fn failures(&self) -> impl Iterator<Item = (Signal, &str)> {
        self.failures.iter().map(|(signal, reason)| (*signal, reason.as_str()))
    }

    /// At least one signal was not finished when the time was up.
    ///
    /// What was pending may have been delivered all the same, or may be lost.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.timed_out
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("telemetry was not delivered in full: ")?;
        for (index, (signal, reason)) in self.failures.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{signal}: {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ExportError {}
