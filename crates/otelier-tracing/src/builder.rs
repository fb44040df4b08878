//! `init` and its settings: a pipeline, and a subscriber in front of it.
//!
//! `init` sets up the pipeline first, as only that can fail. Then it builds a subscriber of three
//! layers: a filter, lines on standard error, and the layer that exports. A subscriber that is
//! already there is left as it is, and a warning says so: a program may have set up its own on
//! purpose.
//!
//! What is wrong with the filter is said after the subscriber is set, as a line and a log record.

use std::fmt;

use otelier_core::{Guard, InitError, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::layer::LayerBuilder;
use crate::{format, panic_hook};

/// Sets telemetry up from the environment, and a global subscriber of `tracing` that feeds it.
///
/// The same as [`builder`]`().`[`init`](Builder::init)`()`.
///
/// # Errors
///
/// Fails only if telemetry was set up before. A subscriber that is already there stays, and a
/// warning says what to do.
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

/// Starts with the settings of the environment, to which code can add.
///
/// ```no_run
/// # mod otelier {
/// #     pub use otelier_core::*;
/// #     pub mod tracing { pub use otelier_core::LogFormat; pub use otelier_tracing::*; }
/// # }
/// # fn main() -> Result<(), otelier::InitError> {
/// let _otel = otelier::tracing::builder()
///     .with_telemetry(otelier::builder().with_service_name("checkout"))
///     .with_filter("info,sqlx=warn")
///     .with_format(otelier::tracing::LogFormat::Json)
///     .with_span_fields(["user.id"])
///     .init()?;
/// # Ok(())
/// # }
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Settings in code. What is set here beats the environment, which beats the defaults.
#[derive(Default)]
#[must_use = "nothing happens before `init` is called"]
pub struct Builder {
    /// `None` is `otelier_core::builder()`, which reads the environment.
    telemetry: Option<otelier_core::Builder>,
    /// Directives; `None` leaves them to the environment. They are parsed by `init`.
    filter: Option<String>,
    /// `None` leaves it to the environment, which may leave it to the terminal.
    format: Option<LogFormat>,
    /// What spans and log records carry besides the usual.
    layer: LayerBuilder,
    /// `None` leaves it to the environment.
    panic_hook: Option<bool>,
}

impl Builder {
    /// The settings of the pipeline.
    pub fn with_telemetry(mut self, telemetry: otelier_core::Builder) -> Self {
        self.telemetry = Some(telemetry);
        self
    }

    /// Which spans and events are recorded at all, as directives of [`EnvFilter`]. The variable is
    /// `RUST_LOG`.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// How lines on standard error look. The variable is `OTELIER_LOG_FORMAT`.
    pub fn with_format(mut self, format: LogFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// The fields of spans that the log records of events within them carry as attributes; none by
    /// default, since a span's fields may hold what should not be repeated.
    pub fn with_span_fields<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.layer = self.layer.with_span_fields(names);
        self
    }

    /// What else spans record, as [`LayerBuilder`] has it: fields for log records, places in the
    /// code, threads, busy times. It replaces [`with_span_fields`](Self::with_span_fields).
    ///
    /// ```
    /// # mod otelier {
    /// #     pub mod tracing { pub use otelier_tracing::*; }
    /// # }
    /// let layer = otelier::tracing::layer_builder().with_location(true);
    /// let builder = otelier::tracing::builder().with_layer(layer);
    /// ```
    pub fn with_layer(mut self, layer: LayerBuilder) -> Self {
        self.layer = layer;
        self
    }

    /// Whether each panic becomes a log record, with its place, on the span that was current. The
    /// hook that was there before still runs. The variable is `OTELIER_PANIC_HOOK`.
    pub fn with_panic_hook(mut self, enabled: bool) -> Self {
        self.panic_hook = Some(enabled);
        self
    }

    /// Sets everything up.
    ///
    /// # Errors
    ///
    /// As [`otelier_core::Builder::init`].
    pub fn init(self) -> Result<Guard, InitError> {
        let guard = self.telemetry.unwrap_or_else(otelier_core::builder).init()?;
        let logging = guard.log_lines();

        let (filter, wrong) =
            filter(self.filter.or_else(|| logging.directives.clone()), logging.level);
        let (format, color) = format::default_of_terminal();
        let format = self.format.or(logging.format).unwrap_or(format);
        let subscriber = tracing_subscriber::registry()
            .with(filter)
            .with(format::lines(format, color, std::io::stderr))
            .with(self.layer.build());
        // Also directs the records of the `log` crate to `tracing`.
        if subscriber.try_init().is_err() {
            tracing::warn!(
                target: "otelier",
                "a global subscriber or logger is already there, so none was set: add \
                 `otelier_tracing::layer()` to it"
            );
        }
        if let Some(wrong) = wrong {
            tracing::warn!(target: "otelier", "{wrong}");
        }
        if self.panic_hook.unwrap_or(logging.panic_hook) {
            panic_hook::install();
        }
        Ok(guard)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("filter", &self.filter)
            .field("format", &self.format)
            .field("layer", &self.layer)
            .finish_non_exhaustive()
    }
}

/// The filter of `directives`, or of `level`; and what is wrong with the directives.
fn filter(directives: Option<String>, level: &'static str) -> (EnvFilter, Option<String>) {
    let Some(directives) = directives else { return (EnvFilter::new(level), None) };
    match EnvFilter::builder().parse(&directives) {
        Ok(filter) => (filter, None),
        // The value is not shown: a token pasted into the wrong variable must not reach a log.
        Err(_) => {
            let wrong = format!("RUST_LOG: expected directives of a filter; using {level}");
            (EnvFilter::new(level), Some(wrong))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_beat_the_level() {
        let (filter, wrong) = filter(Some("warn,shop=debug".to_owned()), "info");
        assert_eq!((filter.to_string(), wrong), ("shop=debug,warn".to_owned(), None));
    }

    #[test]
    fn wrong_directives_leave_the_level() {
        let (filter, wrong) = filter(Some("shop=s3cret=x".to_owned()), "info");
        assert_eq!(filter.to_string(), "info");
        let expected = "RUST_LOG: expected directives of a filter; using info";
        assert_eq!(wrong.as_deref(), Some(expected));
    }
}
