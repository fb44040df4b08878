//! What the receiver keeps of each request, and views over all of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::metrics::Temporality;

use crate::model::{self, LogRecord, MetricPoint, Span};
use crate::{draw_tree, otlp_json};

/// The OTLP transport of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// `grpc`
    Grpc,
    /// `http/protobuf`
    HttpProtobuf,
    /// `http/json`
    HttpJson,
}

/// An export request as it arrived.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Spans.
    Traces(ExportTraceServiceRequest),
    /// Metrics.
    Metrics(ExportMetricsServiceRequest),
    /// Log records.
    Logs(ExportLogsServiceRequest),
}

impl Message {
    /// As one line of OTLP/JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        otlp_json::to_value(self).to_string()
    }
}

/// One request: its message, and how it came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The transport.
    pub protocol: Protocol,
    /// The HTTP headers or gRPC metadata, as they were sent.
    pub headers: HeaderMap,
    /// The message, with every field.
    pub message: Message,
    /// Whether the receiver was to accept it. If not, it may come again.
    pub accepted: bool,
}

impl Request {
    /// The header or metadata entry `name`, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Everything received until one moment.
///
/// Prints as counts, what could not be read, and the spans as trees.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Shared, so that a snapshot costs one count for each request.
    pub(super) requests: Vec<Arc<Request>>,
    /// Problems in words, in the order in which they occurred.
    pub(super) failures: Vec<String>,
}

impl Received {
    /// Every request, refused ones included, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> &[Arc<Request>] {
        &self.requests
    }

    /// What could not be taken as an export: unknown paths, bodies that do not decode, files that
    /// cannot be written.
    #[must_use]
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// The messages of the accepted requests.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.requests.iter().filter(|it| it.accepted).map(|it| &it.message)
    }

    /// All spans of the accepted requests.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let of = |it: &Message| match it {
            Message::Traces(it) => model::spans(&it.resource_spans),
            _ => Vec::new(),
        };
        self.messages().flat_map(of).collect()
    }

    /// The metric points of the accepted requests: of a cumulative series the latest, of others
    /// all.
    #[must_use]
    pub fn points(&self) -> Vec<MetricPoint> {
        let mut latest = HashMap::new();
        let mut points: Vec<Option<MetricPoint>> = Vec::new();
        for point in self.all_points() {
            if point.temporality != Some(Temporality::Delta) {
                let series = format!(
                    "{} {:?} {:?} {:?} {:?} {:?}",
                    point.name,
                    point.kind,
                    point.unit,
                    point.scope,
                    point.resource,
                    point.attributes
                );
                if let Some(earlier) = latest.insert(series, points.len()) {
                    points[earlier] = None;
                }
            }
            points.push(Some(point));
        }
        points.into_iter().flatten().collect()
    }

    /// The metric points of all accepted requests, each as often as it was exported.
    #[must_use]
    pub fn all_points(&self) -> Vec<MetricPoint> {
        let of = |it: &Message| match it {
            Message::Metrics(it) => model::points(&it.resource_metrics),
            _ => Vec::new(),
        };
        self.messages().flat_map(of).collect()
    }

    /// All log records of the accepted requests.
    #[must_use]
    pub fn logs(&self) -> Vec<LogRecord> {
        let of = |it: &Message| match it {
            Message::Logs(it) => model::logs(&it.resource_logs),
            _ => Vec::new(),
        };
        self.messages().flat_map(of).collect()
    }

    /// Every message, also of refused requests, as text: names, keys, values, resources, scopes,
    /// descriptions, both as OTLP/JSON and unescaped, bytes decoded. For a test that searches it
    /// for a planted secret.
    ///
    /// Headers are left out: an exporter's own credentials belong there.
    #[must_use]
    pub fn export_text(&self) -> String {
        otlp_json::to_text(self.requests.iter().map(|it| &it.message))
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = self.spans();
        let refused = self.requests.iter().filter(|it| !it.accepted).count();
        let (requests, points, logs) =
            (self.requests.len(), self.points().len(), self.logs().len());
        let totals = format!("{} spans, {points} metric points, {logs} log records", spans.len());
        write!(f, "{requests} requests ({refused} refused): {totals}")?;
        for failure in &self.failures {
            write!(f, "\nfailure: {failure}")?;
        }
        if !spans.is_empty() {
            write!(f, "\n{}", draw_tree(&spans))?;
        }
        Ok(())
    }
}
