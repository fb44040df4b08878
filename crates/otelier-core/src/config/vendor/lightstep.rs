//! Lightstep.
//!
//! The token goes into a header of its own, without a word before it. There is a choice of
//! protocols, and gRPC is the first of them. No dependencies are reported.

use otelier_instrument::semconv::resource as key;

use super::super::choices::{Protocol, Signal};
use super::Vendor;

/// It takes all signals under one address. The name and the version of the service have variables
/// of their own.
pub(super) const LIGHTSTEP: Vendor = Vendor {
    name: "lightstep",
    preset: "preset lightstep",
    token: "LS_ACCESS_TOKEN",
    header: ("lightstep-access-token", ""),
    address: "https://ingest.lightstep.com:443",
    protocols: &[Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson],
    endpoints: &[],
    signals: &[Signal::Traces, Signal::Metrics, Signal::Logs],
    logs_on_request: false,
    dependencies: None,
    wants_environ: false,
    variables: &[
        ("LS_SERVICE_NAME", key::SERVICE_NAME),
        ("LS_SERVICE_VERSION", key::SERVICE_VERSION),
    ],
    attributes: Vec::new,
};
