//! OpenTelemetry for Rust services: one line in `main`, one layer or wrapper per library.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _otel = otelier::init()?; // its drop delivers what is pending
//!
//!     Ok(())
//! }
//! ```
//!
//! # Integrations
//!
//! Each is a feature named after its library, none is on by default, `full` is all of them.
//!
//! | feature | what you add |
//! |---|---|
//! | `axum` | `.layer(otelier::axum::OtelLayer::new())` on the outer router |
//! | `axum-0_7` | `.layer(otelier::axum_0_7::OtelLayer::new())`, for axum 0.7; not part of `full` |
//! | `tower` | `otelier::tower::OtelLayer::new()` around any service of HTTP requests |
//! | `tower-0_4` | the same around services of tower 0.4, whose timeouts it tells from other errors; not part of `full` |
//! | `reqwest` | `.with(otelier::reqwest::OtelMiddleware::new())` on a `reqwest_middleware::ClientBuilder` |
//! | `reqwest-0_12` | the same, `otelier::reqwest_0_12::OtelMiddleware`, for reqwest 0.12; not part of `full` |
//! | `aws` | `otelier::aws::client!(aws_sdk_s3, &sdk_config)` in place of `aws_sdk_s3::Client::new(&sdk_config)` |
//! | `aws-sqs`, `aws-sns`, `aws-dynamodb`, `aws-s3` | the same `otelier::aws::client!`, with what these services have of their own, such as context in messages |
//! | `mongodb` | `otelier::mongodb::instrument(options)` around a client's options |
//! | `mongodb-2_8` | the same, `otelier::mongodb_2_8::instrument(options)`, for version 2.8 of the driver; not part of `full` |
//! | `tracing` | `otelier::tracing::init()` in place of `otelier::init()`: a subscriber of `tracing` too, with logs |
//! | `mysql` | `otelier::mysql::Pool::new(opts)` in place of `mysql_async::Pool::new(opts)` |
//! | `mysql_async-0_36` | the same, `otelier::mysql_0_36::Pool`, for mysql_async 0.36; not part of `full` |
//!
//! <!-- libraries:begin -->
//! | library | from | feature | signals | semantic conventions |
//! |---|---|---|---|---|
//! | `axum` | 0.8.0 | `axum` | traces, metrics | HTTP: stable |
//! | `axum` | 0.7.0 | `axum-0_7` | traces, metrics | HTTP: stable |
//! | `tower` | 0.5.2 | `tower` | traces, metrics | HTTP: stable |
//! | `tower` | 0.4.0 | `tower-0_4` | traces, metrics | HTTP: stable |
//! | `reqwest` | 0.13.5 | `reqwest` | traces, metrics | HTTP: stable |
//! | `reqwest-middleware` | 0.5.0 | `reqwest` | traces, metrics | HTTP: stable |
//! | `reqwest` | 0.12.25 | `reqwest-0_12` | traces, metrics | HTTP: stable |
//! | `reqwest-middleware` | 0.3.1 | `reqwest-0_12` | traces, metrics | HTTP: stable |
//! | `aws-sdk-*` | 1.1.0 | `aws` | traces, metrics | AWS SDK, RPC: in development |
//! | `aws-sdk-sqs` | 1.24.0 | `aws-sqs` | traces, metrics | messaging: in development |
//! | `aws-sdk-sns` | 1.1.0 | `aws-sns` | traces, metrics | messaging: in development |
//! | `aws-sdk-dynamodb` | 1.1.0 | `aws-dynamodb` | traces, metrics | database: stable |
//! | `aws-sdk-s3` | 1.1.0 | `aws-s3` | traces, metrics | AWS SDK: in development |
//! | `mongodb` | 3.0.0 | `mongodb` | traces, metrics | database: stable; MongoDB, pool metrics: in development |
//! | `mongodb` | 2.8.0 | `mongodb-2_8` | traces, metrics | database: stable; MongoDB, pool metrics: in development |
//! | `mysql_async` | 0.37.1 | `mysql` | traces, metrics | database: stable; pool metrics: in development |
//! | `mysql_async` | 0.36.0 | `mysql_async-0_36` | traces, metrics | database: stable; pool metrics: in development |
//! <!-- libraries:end -->
//!
//! Every one of them also has a `builder()`, for choices that differ from `init()`'s and for
//! providers of its own. All of them may be built before `init()`: they look for the pipeline until
//! it is there. Without one they pass everything through.
//!
//! # Pages
//!
//! - [Without a line of code: `cargo otelier`](https://github.com/otelier/otelier/blob/main/docs/zero-code.md)
//! - [The first trace in three minutes](https://github.com/otelier/otelier/blob/main/docs/first-trace.md)
//! - [A whole service: axum, tracing, logs, graceful shutdown](https://github.com/otelier/otelier/blob/main/docs/axum-service.md)
//! - [Coming from another crate](https://github.com/otelier/otelier/blob/main/docs/coming-from.md)
//! - [Coming from Lumigo's Python distribution](https://github.com/otelier/otelier/blob/main/docs/from-lumigo-python.md)
//! - [Backends: endpoints and headers](https://github.com/otelier/otelier/blob/main/docs/backends.md)
//! - [The configuration file](https://github.com/otelier/otelier/blob/main/docs/configuration-file.md)
//! - [Testing your own telemetry](https://github.com/otelier/otelier/blob/main/docs/testing.md)
//! - [Several versions of opentelemetry](https://github.com/otelier/otelier/blob/main/docs/opentelemetry-versions.md)
//! - [Versions that were tested](https://github.com/otelier/otelier/blob/main/docs/versions.md)
//! - [What is not covered yet, and what works beside Otelier](https://github.com/otelier/otelier/blob/main/docs/coverage.md)
//!
//! # The guard
//!
//! What [`init`] returns keeps telemetry going. Bind it to a name, `_otel` for example, that lives
//! as long as `main`: to `_` it would be dropped at once, and in a `static` never, so that what was
//! recorded last would be lost. It works with and without a tokio runtime, and its drop waits five
//! seconds at most.
//!
//! Telemetry is set up once per process. Tests run side by side in one, so each of them calls
//! [`init_shared`]: the first call sets telemetry up, and the end of each test exports what is
//! pending.
//!
//! ```no_run
//! # fn main() -> Result<(), otelier::InitError> {
//! // In each test:
//! let _otel = otelier::init_shared()?;
//! // … the work of the test …
//! # Ok(())
//! # }
//! ```
//!
//! # The OpenTelemetry API
//!
//! Spans and metrics of your own are made with the crate `opentelemetry`. It is re-exported here in
//! the version that the integrations use, for two versions in one program do not see each other:
//!
//! ```
//! use otelier::opentelemetry::global;
//! use otelier::opentelemetry::trace::Tracer;
//!
//! global::tracer("shop").in_span("price the basket", |_cx| { /* … */ });
//! ```
//!
//! Processors, samplers, readers and exporters of your own are written against `opentelemetry_sdk`,
//! which is re-exported as well: [`Builder`] takes them.
//!
//! # Spans of your own, and errors that travel
//!
//! [`span`] runs a future or a closure under a span, which records the error that it returns. So an
//! error that `?` carries through several of them shows on each. [`tags`] put what a program says
//! of its work on every span of that work. What is spawned keeps its context by [`carry_context`]:
//!
//! ```
//! # async fn send_mail() -> Result<(), std::io::Error> { Ok(()) }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), std::io::Error> {
//! otelier::tags::add([("customer", "42")]);
//! otelier::span("send mail", send_mail()).await?;
//! tokio::spawn(otelier::carry_context(send_mail()));
//! # Ok(())
//! # }
//! ```
//!
//! # Configuration
//!
//! [`init`] reads the environment variables that OpenTelemetry defines; [`builder`] sets the same
//! in code, and code beats the environment. The module [`configuration`] lists every variable with
//! its default, and [`config`] tells which settings are in force and where each came from.
//!
//! With `OTEL_TRACES_EXPORTER=none` no trace is started: the context of a request is passed on as
//! it came, and the next service starts the trace if there is none.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "axum-0_7")]
pub mod axum_0_7;
#[cfg(feature = "mongodb")]
pub mod mongodb;
#[cfg(feature = "mongodb-2_8")]
pub mod mongodb_2_8;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(feature = "mysql_async-0_36")]
pub mod mysql_0_36;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "reqwest-0_12")]
pub mod reqwest_0_12;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;

pub use opentelemetry;
pub use opentelemetry_sdk;
#[cfg(feature = "signal")]
pub use otelier_core::shutdown_signal;
#[doc(inline)]
pub use otelier_core::{
    Builder, Compression, Config, ConfigCheck, ConfigEntry, ConfigProblem, Delivered, Delivery,
    Environment, ExportError, Exporter, Guard, InitError, OtlpExporter, Propagator, Protocol, Run,
    SharedGuard, Signal, Spanned, Spans, SpansBuilder, Work, builder, carry_context,
    check_config_file, config, configuration, context_from_environment, context_to_command, exit,
    init, init_shared, propagation, record_error, run, skip_export, span, tags,
};
