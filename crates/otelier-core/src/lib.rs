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
//! `OTEL_EXPORTER_OTLP_ENDPOINT` and so on; [`configuration`] lists each one with its default. The
//! same settings can be made in code with [`builder`]; code beats the environment, which beats the
//! defaults. A bad value in the environment is never an error: it is warned about once, by the name
//! of its variable, and the default is used. [`InitError`] is for what was asked for in code.
//!
//! `OTEL_CONFIG_FILE` names a file in OpenTelemetry's declarative configuration, which takes the
//! place of the other variables and can say more than they: [`check_config_file`] explains one, and
//! the page [Configuration file] has all of it.
//!
//! [Configuration file]: https://github.com/otelier/otelier/blob/main/docs/configuration-file.md
//!
//! One line at start says which signals go where, or what switched them off. [`config`] and
//! `OTELIER_DEBUG=true` show every setting with its origin.
//!
//! # Resource
//!
//! Everything that is exported carries `service.*`, `telemetry.*`, and what detectors find. They
//! run side by side at start, within two seconds; where there is no cloud, no network is used.
//!
//! | detector | attributes |
//! |---|---|
//! | `process` | `process.pid`, `.creation.time`, `.executable.name`, `.runtime.*`; never the command line |
//! | `host`, `os` | `host.name`, `.arch`, `.id` (not in containers); `os.type`, `.name`, `.version`, `.description` |
//! | `container`, `k8s` | `container.id`; `k8s.pod.uid`, `k8s.namespace.name` |
//! | `ecs` | `cloud.*`, `aws.ecs.*`, `aws.log.*`, `container.name`, `container.id` |
//! | `ec2`, `eks` | `cloud.*`, `host.*`; `k8s.cluster.name`, `aws.eks.cluster.arn` |
//! | `lambda` | `cloud.*`, `faas.*`, `aws.log.group.names` |
//! | `environ` | `process.environ`: the environment, masked, 2048 characters at most; only on request |
//!
//! [`OTELIER_RESOURCE_DETECTORS`](configuration::OTELIER_RESOURCE_DETECTORS) chooses them. An
//! attribute that two of them find is that of the first in this order: `ecs`, `lambda`, `eks`,
//! `ec2`, `k8s`, `container`, `process`, `host`, `os`. What the environment or code sets beats them
//! all.
//!
//! # Backends
//!
//! Telemetry goes to any OTLP endpoint. A token of a vendor is a preset of address, protocol and
//! headers, which [`OTELIER_BACKEND`](configuration::OTELIER_BACKEND) can also name:
//! [`LUMIGO_TRACER_TOKEN`](configuration::LUMIGO_TRACER_TOKEN),
//! [`LS_ACCESS_TOKEN`](configuration::LS_ACCESS_TOKEN). The token is sent to the vendor's address
//! only, and to another one if `OTELIER_BACKEND` names the vendor.
//!
//! Lumigo is also told, once and in the background, which dependencies the program has, unless
//! [`OTELIER_REPORT_DEPENDENCIES`](configuration::OTELIER_REPORT_DEPENDENCIES) says `false` or
//! traces go to another address than Lumigo's own. Their names and versions come from an executable
//! that `cargo auditable build` made, or from [`Builder::with_lock_file`]; without either nothing
//! is sent. Packages of the program's own, and attributes of its process, are never in it.
//!
//! # Delivery
//!
//! Exporters run on threads of their own, whether there is a tokio runtime or not, and never trace
//! themselves. The [`Guard`] delivers what is pending when it is dropped, within five seconds at
//! most.
//!
//! On Linux a process that SIGTERM or SIGINT ends delivers what is pending first, with the exit
//! status that it has without Otelier; [`Builder::with_signal_handler`] says when. On other systems
//! it waits for `shutdown_signal()`. [`exit`] is for what would be `std::process::exit`.
//!
//! A short program gives its work to [`run`]: a span around it, and everything delivered before it
//! returns. [`context_from_environment`] and [`context_to_command`] carry context between
//! processes.
//!
//! What does not arrive is counted and said, as a warning that names the endpoint and the reason:
//! the first time at once, then once a minute. Without a `tracing` subscriber it goes to standard
//! error. [`Guard::force_flush`] and [`Guard::shutdown`] return it as an error. As metrics it is
//! counted by `otel.sdk.exporter.{span,log,metric_data_point}.exported` and, when a queue was full,
//! `otel.sdk.processor.{span,log}.processed`, each with an `error.type`; what arrives is not
//! counted.
//!
//! # Features
//!
//! | feature | meaning |
//! |---|---|
//! | `grpc` (default) | OTLP over gRPC |
//! | `signal` (default) | `shutdown_signal()`; on Linux SIGTERM and SIGINT deliver what is pending |
//! | `prometheus` | [`Exporter::Prometheus`]: metrics at `/metrics`, for Prometheus |
//! | `tokio-metrics` | [`Builder::with_tokio_metrics`] |
//! | `tls-ring` (default) | endpoints with https; cryptography by `ring` |
//! | `tls-aws-lc` | the same by `aws-lc-rs`, also if `tls-ring` is on |
//! | `tls` | endpoints with https, by the provider that the program installs in `rustls` |
//! | `framework-axum` | the resource at Lumigo says `axum`; turned on by the facade's feature `axum` |
//!
//! A provider that the program has installed with `CryptoProvider::install_default` is used in any
//! case. None of the features turns on a provider of `rustls`, so that your own
//! `rustls::ClientConfig::builder()` finds what it would find without Otelier. Certificates are
//! verified by the authorities of the platform, or by those of Mozilla where it has none.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod catch_panic;
mod child_process;
mod config;
pub mod configuration;
pub mod console;
mod contained_callbacks;
mod current;
mod dependencies;
mod diagnostics;
mod error;
mod exit;
mod export;
mod globals;
mod guard;
mod ids;
mod pipeline;
mod process_exit;
mod resource;
mod run;
mod runtime_metrics;
mod second_version;
#[cfg(feature = "signal")]
mod signal;
mod skip_export;
pub mod tags;
mod work;

pub use crate::builder::{Builder, builder, init, init_shared};
pub use crate::child_process::{context_from_environment, context_to_command};
pub use crate::config::env::Environment;
pub use crate::config::{
    Compression, Config, ConfigCheck, ConfigEntry, ConfigProblem, Exporter, LogFormat,
    OtlpExporter, Propagator, Protocol, Signal, check_config_file, config,
};
pub use crate::current::{logger_provider, tracer_provider};
pub use crate::error::{ExportError, InitError};
pub use crate::exit::exit;
pub use crate::guard::{Guard, LogLines, SharedGuard};
#[doc(hidden)]
pub use crate::run::deliver;
pub use crate::run::{Delivered, Delivery, Run, run};
#[cfg(feature = "signal")]
pub use crate::signal::{note_handled_signal, shutdown_signal};
pub use crate::skip_export::skip_export;
pub use crate::work::{
    Asynchronous, Closure, SpanStart, Spanned, Spans, SpansBuilder, Work, record_error, span,
};
/// Makes a future run, wherever it is polled, in the context that is current now.
///
/// For what is spawned, which does not inherit the context:
///
/// ```
/// # use otelier_core as otelier;
/// # async fn send_mail() {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// tokio::spawn(otelier::carry_context(send_mail()));
/// # }
/// ```
#[doc(inline)]
pub use otelier_instrument::kit::carry_future as carry_context;
pub use otelier_propagation as propagation;
