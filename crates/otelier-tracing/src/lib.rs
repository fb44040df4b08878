//! Otelier for programs that use [`tracing`](https://docs.rs/tracing): one line sets up telemetry
//! *and* a subscriber.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _otel = otelier_tracing::init()?; // as `otelier::init()`, and a global subscriber
//!
//!     tracing::info!(port = 8080, "listening");
//!     Ok(())
//! }
//! ```
//!
//! # What it does
//!
//! - **Spans** of `tracing` become OpenTelemetry spans. They nest under Otelier's spans, and
//!   Otelier's nest under them.
//! - **Events** become OTLP log records, with the ids of the span that is current. An event is
//!   exported once: it is no span event as well. Records of the `log` crate are events too.
//! - **Lines** go to standard error, as `pretty`, `compact` or `json` text. Within a span each line
//!   has its ids.
//!
//! # What is recorded of an event
//!
//! | of the event | in the log record |
//! |---|---|
//! | level | severity number and text |
//! | target | the instrumentation scope's name |
//! | `message` | body; the values of sensitive keys in `key=value` and `key: value`, and in URLs, are masked |
//! | a name given with `name:` | event name |
//! | other fields | attributes; those whose key is [sensitive](otelier_instrument::masking) are masked |
//! | a field that is an error | `exception.message`, and with its causes `exception.stacktrace` |
//! | fields of the spans around it | attributes, only those that [`Builder::with_span_fields`] names |
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/logs/data-model/> and
//! <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.
//!
//! The fields of a span are its attributes, masked in the same way. An unsigned integer is text
//! there, because `tracing-opentelemetry` 0.34 has no other form for it; `count = count as i64` is
//! a number. Where a span stands in the code, its thread and its busy times are recorded if
//! [`LayerBuilder`] is told to.
//!
//! # Settings
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `RUST_LOG` | the level of `OTEL_LOG_LEVEL`, which is `info` | what is recorded at all, as directives of [`EnvFilter`] |
//! | `OTELIER_LOG_FORMAT` | `pretty` on a terminal, else `compact` | `pretty`, `compact`, `json`, or `none` for no lines |
//! | `OTELIER_PANIC_HOOK` | `false` | `true` records each panic as a log record |
//!
//! # A subscriber of your own
//!
//! [`layer`] is for a subscriber that you build yourself. It can be filtered like any other layer:
//!
//! ```no_run
//! use tracing_subscriber::prelude::*;
//! use tracing_subscriber::{EnvFilter, fmt};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let _otel = otelier_core::init()?;
//! tracing_subscriber::registry()
//!     .with(fmt::layer())
//!     .with(otelier_tracing::layer().with_filter(EnvFilter::new("info")))
//!     .init();
//! # Ok(())
//! # }
//! ```
//!
//! # What is never exported
//!
//! Events and spans of Otelier, of the OpenTelemetry SDK, and of the exporters' own threads: they
//! would cause more of themselves. They are still written as lines.
//!
//! # Features
//!
//! `grpc`, `signal` and `tls-ring` are on by default. They and `tls` and `tls-aws-lc` are those of
//! `otelier-core`.
//!
//! [`EnvFilter`]: tracing_subscriber::EnvFilter

mod builder;
mod fields;
mod format;
mod layer;
mod logs;
mod masked;
mod own;
mod panic_hook;
mod tracer;

pub use builder::{Builder, builder, init};
pub use layer::{LayerBuilder, layer, layer_builder};
