//! Lumigo.
//!
//! The names and values are those of Lumigo's other distributions, so that a service keeps its
//! variables when it changes to this one. Logs need `OTELIER_ENABLE_LOGS` or its alias, because
//! Lumigo's other distributions send none by default either.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::super::choices::{Protocol, Signal};
use super::Vendor;
use crate::resource::VERSION;

/// It takes traces, and logs on request, over HTTP with protobuf; it takes no metrics. The
/// addresses of both signals can be replaced, for example by those of a collector.
pub(super) const LUMIGO: Vendor = Vendor {
    name: "lumigo",
    preset: "preset lumigo",
    token: "LUMIGO_TRACER_TOKEN",
    header: ("authorization", "LumigoToken "),
    address: "https://ga-otlp.lumigo-tracer-edge.golumigo.com",
    protocols: &[Protocol::HttpProtobuf],
    endpoints: &[(Signal::Traces, "LUMIGO_ENDPOINT"), (Signal::Logs, "LUMIGO_LOGS_ENDPOINT")],
    signals: &[Signal::Traces, Signal::Logs],
    logs_on_request: true,
    dependencies: Some("https://ga-otlp.lumigo-tracer-edge.golumigo.com/v1/dependencies"),
    wants_environ: true,
    variables: &[],
    attributes,
};

/// The version of this distribution and the web framework, by which Lumigo shows a service. A
/// program without axum has the word that Lumigo has for an unknown one.
fn attributes() -> Vec<KeyValue> {
    let framework = if cfg!(feature = "framework-axum") { "axum" } else { "Unknown" };
    vec![
        KeyValue::new(key::LUMIGO_DISTRO_VERSION, VERSION),
        KeyValue::new(key::FRAMEWORK, framework),
    ]
}
