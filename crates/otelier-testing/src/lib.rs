//! Tools for the tests of Otelier: in-memory capture, assertions and a real OTLP receiver.
//!
//! ```
//! use opentelemetry::KeyValue;
//! use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
//! use otelier_testing::{Capture, assert_tree, span};
//!
//! let capture = Capture::new();
//! let tracer = capture.tracer_provider().tracer("example");
//! let mut server = tracer.span_builder("GET /ping").with_kind(SpanKind::Server).start(&tracer);
//! server.set_attribute(KeyValue::new("http.response.status_code", 200));
//! server.end();
//!
//! assert_tree(&capture.spans(), span("GET /ping").server().attr("http.response.status_code", 200));
//! ```
//!
//! [`Capture`] gives providers to hand to whatever is under test, so that tests need no globals and
//! run in parallel; [`discarding_tracer_provider`] one that forgets, for benchmarks.
//! [`assert_tree`] and [`assert_metric`] compare *whole* trees, attribute sets and metrics: an
//! unexpected attribute is a failure.
//!
//! [`OtlpReceiver`] is a real OTLP server, for tests of exporting and of whole processes. The
//! binary `otelier-receiver` is the same as a program.
#![cfg_attr(docsrs, feature(doc_cfg))]
// A helper for tests fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod assert;
mod capture;
mod discard;
mod model;
mod otlp_json;
mod receiver;

pub use assert::{
    Expected, ExpectedEvent, ExpectedLink, ExpectedMetric, ExpectedPoint, ExpectedSpan, Mismatch,
    any, assert_metric, assert_points, assert_tree, assert_trees, check_metric, check_trees,
    draw_tree, event, link_to, matching, metric, point, span,
};
pub use capture::{Capture, CaptureBuilder};
pub use discard::discarding_tracer_provider;
pub use model::{
    Attributes, Dropped, Event, Exemplar, Link, LogRecord, MetricKind, MetricPoint, PointData,
    Scope, Span, Value,
};
pub use receiver::{
    Message, OtlpReceiver, OtlpReceiverBuilder, Protocol, Received, Reply, Request, WaitError,
};
