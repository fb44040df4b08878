//! From OTLP messages to the neutral model.
//!
//! The functions read every field that the model has and fail on nothing: what is malformed or
//! absent gets a value that stands out, such as the invalid id. Whether a message is valid is
//! decided by the receiver before.
//!
//! Scope and resource are copied into each item, so that an item says everything about itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceFlags, TraceId};
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::{self as metrics, ResourceMetrics, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{
    self as trace, ResourceSpans, SpanFlags, status::StatusCode,
};
use opentelemetry_sdk::metrics::Temporality;

use super::{
    Attributes, Dropped, Event, Exemplar, Link, LogRecord, MetricKind, MetricPoint, PointData,
    Scope, Span, Value,
};

/// In the order of the message.
pub(crate) fn spans(message: &[ResourceSpans]) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_resource in message {
        let resource = resource(of_resource.resource.as_ref());
        for of_scope in &of_resource.scope_spans {
            let scope = scope(of_scope.scope.as_ref(), &of_scope.schema_url);
            spans.extend(of_scope.spans.iter().map(|it| span(it, &scope, &resource)));
        }
    }
    spans
}

/// One for each data point, in the order of the message.
pub(crate) fn points(message: &[ResourceMetrics]) -> Vec<MetricPoint> {
    let mut points = Vec::new();
    for of_resource in message {
        let resource = resource(of_resource.resource.as_ref());
        for of_scope in &of_resource.scope_metrics {
            let scope = scope(of_scope.scope.as_ref(), &of_scope.schema_url);
            for metric in &of_scope.metrics {
                points.extend(points_of(metric, &scope, &resource));
            }
        }
    }
    points
}

/// In the order of the message.
pub(crate) fn logs(message: &[ResourceLogs]) -> Vec<LogRecord> {
    let mut records = Vec::new();
    for of_resource in message {
        let resource = resource(of_resource.resource.as_ref());
        for of_scope in &of_resource.scope_logs {
            let scope = scope(of_scope.scope.as_ref(), &of_scope.schema_url);
            records.extend(of_scope.log_records.iter().map(|it| LogRecord {
                event_name: it.event_name.clone(),
                body: it.body.as_ref().map_or(Value::Empty, value),
                severity: it.severity_number,
                severity_text: it.severity_text.clone(),
                attributes: attributes(&it.attributes),
                trace_id: trace_id(&it.trace_id),
                span_id: span_id(&it.span_id),
                scope: scope.clone(),
                resource: resource.clone(),
                time: time(it.time_unix_nano),
                observed: time(it.observed_time_unix_nano),
            }));
        }
    }
    records
}

/// The low eight bits of the flags are W3C trace flags; others say whether the parent is remote.
fn span(span: &trace::Span, scope: &Scope, resource: &Attributes) -> Span {
    let status = span.status.clone().unwrap_or_default();
    Span {
        trace_id: trace_id(&span.trace_id),
        span_id: span_id(&span.span_id),
        parent_span_id: (!span.parent_span_id.is_empty()).then(|| span_id(&span.parent_span_id)),
        parent_is_remote: span.flags & SpanFlags::ContextIsRemoteMask as u32 != 0,
        trace_flags: TraceFlags::new((span.flags & SpanFlags::TraceFlagsMask as u32) as u8),
        trace_state: span.trace_state.clone(),
        name: span.name.clone(),
        kind: match span.kind() {
            trace::span::SpanKind::Server => SpanKind::Server,
            trace::span::SpanKind::Client => SpanKind::Client,
            trace::span::SpanKind::Producer => SpanKind::Producer,
            trace::span::SpanKind::Consumer => SpanKind::Consumer,
            // The specification: unspecified is to be treated as internal.
            trace::span::SpanKind::Internal | trace::span::SpanKind::Unspecified => {
                SpanKind::Internal
            }
        },
        status: match status.code() {
            StatusCode::Unset => Status::Unset,
            StatusCode::Ok => Status::Ok,
            StatusCode::Error => Status::error(status.message),
        },
        attributes: attributes(&span.attributes),
        events: span
            .events
            .iter()
            .map(|it| Event {
                name: it.name.clone(),
                time: time(it.time_unix_nano),
                attributes: attributes(&it.attributes),
                dropped_attributes: it.dropped_attributes_count,
            })
            .collect(),
        links: span
            .links
            .iter()
            .map(|it| Link {
                trace_id: trace_id(&it.trace_id),
                span_id: span_id(&it.span_id),
                trace_state: it.trace_state.clone(),
                attributes: attributes(&it.attributes),
                dropped_attributes: it.dropped_attributes_count,
            })
            .collect(),
        dropped: Dropped {
            attributes: span.dropped_attributes_count,
            events: span.dropped_events_count,
            links: span.dropped_links_count,
        },
        scope: scope.clone(),
        resource: resource.clone(),
        start: time(span.start_time_unix_nano),
        end: time(span.end_time_unix_nano),
    }
}

/// A metric without data has no points.
fn points_of(metric: &metrics::Metric, scope: &Scope, resource: &Attributes) -> Vec<MetricPoint> {
    let temporality = match &metric.data {
        Some(Data::Sum(it)) => temporality(it.aggregation_temporality()),
        Some(Data::Histogram(it)) => temporality(it.aggregation_temporality()),
        Some(Data::ExponentialHistogram(it)) => temporality(it.aggregation_temporality()),
        Some(Data::Gauge(_) | Data::Summary(_)) | None => None,
    };
    let point =
        |kind, attrs: &[KeyValue], data, exemplars: &[metrics::Exemplar], start, end| MetricPoint {
            name: metric.name.clone(),
            description: metric.description.clone(),
            unit: metric.unit.clone(),
            kind,
            temporality,
            scope: scope.clone(),
            resource: resource.clone(),
            attributes: attributes(attrs),
            data,
            exemplars: exemplars.iter().map(exemplar).collect(),
            start: time(start),
            time: time(end),
        };
    let number = |kind, it: &metrics::NumberDataPoint| {
        let data = PointData::Number(match it.value {
            Some(metrics::number_data_point::Value::AsInt(value)) => Value::Int(value),
            Some(metrics::number_data_point::Value::AsDouble(value)) => Value::Double(value),
            None => Value::Empty,
        });
        point(kind, &it.attributes, data, &it.exemplars, it.start_time_unix_nano, it.time_unix_nano)
    };
    match &metric.data {
        None => Vec::new(),
        Some(Data::Gauge(it)) => {
            it.data_points.iter().map(|it| number(MetricKind::Gauge, it)).collect()
        }
        Some(Data::Sum(it)) => {
            let kind =
                if it.is_monotonic { MetricKind::Counter } else { MetricKind::UpDownCounter };
            it.data_points.iter().map(|it| number(kind, it)).collect()
        }
        Some(Data::Histogram(it)) => (it.data_points.iter())
            .map(|it| {
                let data = PointData::Histogram {
                    count: it.count,
                    sum: it.sum.unwrap_or_default(),
                    min: it.min,
                    max: it.max,
                    bounds: it.explicit_bounds.clone(),
                    bucket_counts: it.bucket_counts.clone(),
                };
                let (start, end) = (it.start_time_unix_nano, it.time_unix_nano);
                point(MetricKind::Histogram, &it.attributes, data, &it.exemplars, start, end)
            })
            .collect(),
        Some(Data::ExponentialHistogram(it)) => (it.data_points.iter())
            .map(|it| {
                let data = PointData::ExponentialHistogram {
                    count: it.count,
                    sum: it.sum.unwrap_or_default(),
                    min: it.min,
                    max: it.max,
                    scale: it.scale,
                    zero_count: it.zero_count,
                };
                let (start, end) = (it.start_time_unix_nano, it.time_unix_nano);
                point(
                    MetricKind::ExponentialHistogram,
                    &it.attributes,
                    data,
                    &it.exemplars,
                    start,
                    end,
                )
            })
            .collect(),
        Some(Data::Summary(it)) => (it.data_points.iter())
            .map(|it| {
                let data = PointData::Summary {
                    count: it.count,
                    sum: it.sum,
                    quantiles: it
                        .quantile_values
                        .iter()
                        .map(|it| (it.quantile, it.value))
                        .collect(),
                };
                let (start, end) = (it.start_time_unix_nano, it.time_unix_nano);
                point(MetricKind::Summary, &it.attributes, data, &[], start, end)
            })
            .collect(),
    }
}

/// An unspecified one counts as none.
fn temporality(temporality: metrics::AggregationTemporality) -> Option<Temporality> {
    match temporality {
        metrics::AggregationTemporality::Cumulative => Some(Temporality::Cumulative),
        metrics::AggregationTemporality::Delta => Some(Temporality::Delta),
        metrics::AggregationTemporality::Unspecified => None,
    }
}

fn exemplar(exemplar: &metrics::Exemplar) -> Exemplar {
    Exemplar {
        value: match exemplar.value {
            Some(metrics::exemplar::Value::AsInt(value)) => Value::Int(value),
            Some(metrics::exemplar::Value::AsDouble(value)) => Value::Double(value),
            None => Value::Empty,
        },
        attributes: attributes(&exemplar.filtered_attributes),
        trace_id: trace_id(&exemplar.trace_id),
        span_id: span_id(&exemplar.span_id),
    }
}

fn resource(resource: Option<&Resource>) -> Attributes {
    resource.map(|it| attributes(&it.attributes)).unwrap_or_default()
}

fn scope(scope: Option<&InstrumentationScope>, schema_url: &str) -> Scope {
    let scope = scope.cloned().unwrap_or_default();
    Scope {
        name: scope.name,
        version: scope.version,
        schema_url: schema_url.to_owned(),
        attributes: attributes(&scope.attributes),
    }
}

/// Marks a key that is there twice, so that a comparison of whole sets fails.
fn attributes(list: &[KeyValue]) -> Attributes {
    let mut attributes = Attributes::new();
    for entry in list {
        let value = entry.value.as_ref().map_or(Value::Empty, value);
        let key = match attributes.contains_key(&entry.key) {
            false => entry.key.clone(),
            true => format!("{} (duplicate)", entry.key),
        };
        attributes.insert(key, value);
    }
    attributes
}

fn value(value: &AnyValue) -> Value {
    match &value.value {
        None => Value::Empty,
        Some(any_value::Value::StringValue(value)) => Value::String(value.clone()),
        Some(any_value::Value::BoolValue(value)) => Value::Bool(*value),
        Some(any_value::Value::IntValue(value)) => Value::Int(*value),
        Some(any_value::Value::DoubleValue(value)) => Value::Double(*value),
        Some(any_value::Value::BytesValue(value)) => Value::Bytes(value.clone()),
        Some(any_value::Value::ArrayValue(array)) => {
            Value::Array(array.values.iter().map(self::value).collect())
        }
        Some(any_value::Value::KvlistValue(list)) => Value::Map(attributes(&list.values)),
        // The string table exists in the profiles signal only; elsewhere an index has nothing to
        // point into.
        Some(any_value::Value::StringValueStrindex(_)) => Value::Empty,
    }
}

/// An id of the wrong length becomes the invalid id, which no expectation matches.
fn trace_id(bytes: &[u8]) -> TraceId {
    bytes.try_into().map_or(TraceId::INVALID, TraceId::from_bytes)
}

fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
}

/// From nanoseconds since the epoch; 0 is the epoch itself.
fn time(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}
