//! The SDK side of Otelier: configuration, resource, export, propagators and shutdown.
//!
//! One line at the start of `main` sets up traces, metrics and logs from the environment:
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _otel = otelier_core::init()?; // dropped at the end: flushes and shuts down
//!
//!     Ok(())
//! }
//! ```
//!
//! # Configuration
//!
//! Everything follows the variables that OpenTelemetry defines, `OTEL_SERVICE_NAME`,
//! `OTEL_EXPORTER_OTLP_ENDPOINT` and so on. The same settings can be made in code with [`builder`]; code beats the
//! environment, which beats the defaults. A bad value in the environment is never an error: it is warned about once,
//! by the name of its variable, and the default is used. [`InitError`] is for what was asked for in code.
//!
//! | variables | meaning |
//! |---|---|
//! | `OTEL_SDK_DISABLED` | `true`: no telemetry, context is still propagated |
//! | `OTELIER_SWITCH_OFF` | `true`: nothing at all, integrations pass through |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | what the service is called, and what describes it |
//! | `OTEL_{TRACES,METRICS,LOGS}_EXPORTER` | `otlp` (default), `console`, a list of them, or `none` |
//! | `OTEL_EXPORTER_OTLP_{ENDPOINT,PROTOCOL,HEADERS,TIMEOUT,COMPRESSION}` | where and how; each also per signal, as in `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` |
//! | `OTEL_EXPORTER_OTLP_{CERTIFICATE,CLIENT_CERTIFICATE,CLIENT_KEY,INSECURE}` | TLS; each also per signal |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | which traces are recorded |
//! | `OTEL_PROPAGATORS` | see [`propagation`] |
//! | `OTEL_BSP_*`, `OTEL_BLRP_*` | batches of spans and of log records |
//! | `OTEL_METRIC_EXPORT_{INTERVAL,TIMEOUT}` | when metrics are exported |
//! | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative` (default), `delta` or `lowmemory` |
//! | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram` (default) or `base2_exponential_bucket_histogram`, for every exporter |
//! | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | the proxy to an HTTP endpoint, in either case; never to this machine, nor with gRPC |
//! | `OTEL_SPAN_{ATTRIBUTE,EVENT,LINK}_COUNT_LIMIT`, `OTEL_{EVENT,LINK}_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT` | how much a span keeps |
//! | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | the characters of a span's string attributes, 2048 by default |
//! | `OTEL_LOGRECORD_ATTRIBUTE_{VALUE_LENGTH,COUNT}_LIMIT` | the same for log records; no limit on the length by default |
//! | `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` | the methods that are reported by name |
//! | `OTEL_INSTRUMENTATION_HTTP_{CLIENT,SERVER}_CAPTURE_{REQUEST,RESPONSE}_HEADERS` | headers to record |
//! | `OTEL_INSTRUMENTATION_HTTP_{CLIENT,SERVER}_EMIT_EXPERIMENTAL_TELEMETRY` | `true`: active requests and body sizes too |
//! | `OTELIER_SQS_PARENT` | `receive` (default) or `producer`: whose child a message's span is |
//! | `OTELIER_AUTO_FILTER_EMPTY_SQS` | `true` (default): a poll that brings no message, and does not fail, leaves no span |
//! | `OTELIER_REDUCED_MONGO_INSTRUMENTATION` | `true` (default): `hello`, `ping` and their like leave no trace |
//! | `NO_COLOR`, `COLUMNS` | how `console` draws: without colours, and how wide |
//! | `OTEL_LOG_LEVEL` | `none`, `error`, `warn`, `info` (default) or `debug`: our own diagnostics |
//!
//! # Delivery
//!
//! Exporters run on threads of their own, whether there is a tokio runtime or not, and never trace themselves. The
//! [`Guard`] delivers what is pending when it is dropped, within five seconds at most.

mod builder;
mod catch_panic;
mod config;
pub mod console;
mod diagnostics;
mod error;
mod export;
mod guard;
mod ids;
mod pipeline;
pub mod propagation;
mod resource;

pub use crate::builder::{Builder, builder, init};
pub use crate::config::env::Environment;
pub use crate::config::{Compression, Exporter, OtlpExporter, Propagator, Protocol, Signal};
pub use crate::error::{ExportError, InitError};
pub use crate::guard::Guard;
