//! What a line of versions recorded, as text that can be compared with that of another one.

use std::fmt::Write as _;

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

use crate::Result;

/// Providers, and what was recorded with them.
pub(crate) struct Telemetry {
    spans: InMemorySpanExporter,
    points: InMemoryMetricExporter,
    pub(crate) tracers: SdkTracerProvider,
    pub(crate) meters: SdkMeterProvider,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        let spans = InMemorySpanExporter::default();
        let points = InMemoryMetricExporter::default();
        let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        let reader = PeriodicReader::builder(points.clone()).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        Self { spans, points, tracers, meters }
    }

    /// How many spans have ended.
    pub(crate) fn ended(&self) -> usize {
        self.spans.get_finished_spans().map_or(0, |spans| spans.len())
    }

    /// Prints `=== line`, and a text for each span and each series of measurements. What cannot be
    /// the same, such as the port of a server, is `replaced`.
    pub(crate) fn print(&self, line: &str, replaced: &[(String, &str)]) -> Result {
        self.meters.force_flush()?;
        let spans = self.spans.get_finished_spans()?;
        let mut texts: Vec<String> = spans.iter().map(|span| shown(span, &spans)).collect();
        if let Some(last) = self.points.get_finished_metrics()?.last() {
            texts.extend(series(last));
        }
        texts.sort();
        println!("=== {line}");
        for mut text in texts {
            for (from, to) in replaced {
                text = text.replace(from, to);
            }
            println!("{text}");
        }
        Ok(())
    }
}

fn shown(span: &SpanData, all: &[SpanData]) -> String {
    let parent = all.iter().find(|it| it.span_context.span_id() == span.parent_span_id);
    let mut text = format!(
        "span {} | {:?} | {:?} | in {} | child of {} | events {} | links {}",
        span.name,
        span.span_kind,
        span.status,
        span.instrumentation_scope.name(),
        parent.map_or("nothing", |parent| &parent.name),
        span.events.len(),
        span.links.len(),
    );
    text += &attributes(&span.attributes);
    text
}

fn attributes<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> String {
    let show = |it: &KeyValue| match it.key.as_str() {
        // A client's port is another each time.
        "network.peer.port" => " | network.peer.port".to_owned(),
        key => format!(" | {key}={}", it.value),
    };
    let mut shown: Vec<String> = attributes.into_iter().map(show).collect();
    shown.sort();
    shown.concat()
}

/// A text for each series. Of pools there is no value: when a pool takes a connection back is its
/// own affair.
fn series(metrics: &ResourceMetrics) -> Vec<String> {
    let mut texts = Vec::new();
    for scope in metrics.scope_metrics() {
        for metric in scope.metrics() {
            let name = metric.name();
            let mut add = |what: &str, point: String| {
                let scope = scope.scope().name();
                texts.push(format!(
                    "metric {name} in {} | {what} | in {scope}{point}",
                    metric.unit()
                ));
            };
            match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                    for point in data.data_points() {
                        add(
                            "histogram",
                            counted(
                                name,
                                point.count(),
                                point.bounds(),
                                attributes(point.attributes()),
                            ),
                        );
                    }
                }
                AggregatedMetrics::U64(MetricData::Histogram(data)) => {
                    for point in data.data_points() {
                        add(
                            "histogram",
                            counted(
                                name,
                                point.count(),
                                point.bounds(),
                                attributes(point.attributes()),
                            ),
                        );
                    }
                }
                AggregatedMetrics::I64(MetricData::Sum(data)) => {
                    for point in data.data_points() {
                        add("sum", attributes(point.attributes()));
                    }
                }
                other => add("another kind", format!("{other:?}")),
            }
        }
    }
    texts
}

fn counted(
    name: &str,
    count: u64,
    bounds: impl IntoIterator<Item = f64>,
    attributes: String,
) -> String {
    let mut text = String::new();
    if !name.starts_with("db.client.connection.") {
        let _ = write!(text, " | count {count}");
    }
    let bounds: Vec<f64> = bounds.into_iter().collect();
    let _ = write!(text, " | bounds {bounds:?}");
    text + &attributes
}
