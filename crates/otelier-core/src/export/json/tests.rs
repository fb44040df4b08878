//! Numbers that are not finite, and fields that are absent, wherever they stand.

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue as Attribute};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, number_data_point,
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use serde_json::{Value, json};

use super::*;

fn written(message: &impl Serialize) -> Value {
    serde_json::from_slice(&to_vec(message).unwrap()).unwrap()
}

fn any(value: Any) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attribute(value: AnyValue) -> Vec<Attribute> {
    vec![Attribute { key: "k".to_owned(), value: Some(value), ..Default::default() }]
}

#[test]
fn non_finite_attributes_are_strings() {
    let nan = || any(Any::DoubleValue(f64::NAN));
    let array = ArrayValue {
        values: [f64::INFINITY, f64::NEG_INFINITY, 1.5].map(|it| any(Any::DoubleValue(it))).into(),
    };
    let span = Span {
        attributes: attribute(nan()),
        events: vec![Event {
            attributes: attribute(any(Any::ArrayValue(array))),
            ..Event::default()
        }],
        links: vec![Link { attributes: attribute(nan()), ..Link::default() }],
        ..Span::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let written = written(&request);
    let span = &written["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    let value = |of: &Value| of["attributes"][0]["value"].clone();
    assert_eq!(value(span), json!({"doubleValue": "NaN"}));
    assert_eq!(value(&span["links"][0]), json!({"doubleValue": "NaN"}));
    let values = json!([
        {"doubleValue": "Infinity"}, {"doubleValue": "-Infinity"}, {"doubleValue": 1.5}
    ]);
    assert_eq!(value(&span["events"][0]), json!({"arrayValue": {"values": values}}));
}

#[test]
fn attributes_of_measurements_are_strings_too() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(exporter.clone()).build())
        .build();
    let nan = KeyValue::new("n", f64::NAN);
    provider.meter("m").f64_gauge("gauge").build().record(1.5, &[nan]);
    provider.force_flush().unwrap();
    let batches = exporter.get_finished_metrics().unwrap();
    let written = written(&ExportMetricsServiceRequest::from(&batches[0]));
    let metric = &written["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
    let point = &metric["gauge"]["dataPoints"][0];
    assert_eq!(point["asDouble"], 1.5);
    assert_eq!(point["attributes"][0]["value"], json!({"doubleValue": "NaN"}));
}

#[test]
fn non_finite_measurements_are_strings() {
    let exponential = ExponentialHistogramDataPoint {
        zero_threshold: f64::INFINITY,
        sum: Some(f64::NAN),
        ..Default::default()
    };
    let explicit = HistogramDataPoint {
        explicit_bounds: vec![1.0, f64::INFINITY],
        min: Some(f64::NEG_INFINITY),
        ..Default::default()
    };
    let number = NumberDataPoint {
        value: Some(number_data_point::Value::AsDouble(f64::NEG_INFINITY)),
        ..Default::default()
    };
    let metric = |data| Metric { data: Some(data), ..Default::default() };
    let metrics = vec![
        metric(Data::ExponentialHistogram(ExponentialHistogram {
            data_points: vec![exponential],
            ..Default::default()
        })),
        metric(Data::Histogram(Histogram { data_points: vec![explicit], ..Default::default() })),
        metric(Data::Gauge(Gauge { data_points: vec![number] })),
    ];
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics { metrics, ..Default::default() }],
            ..Default::default()
        }],
    };
    let written = written(&request);
    let metrics = &written["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let exponential = &metrics[0]["exponentialHistogram"]["dataPoints"][0];
    assert_eq!(exponential["zeroThreshold"], "Infinity");
    assert_eq!(exponential["sum"], "NaN");
    let explicit = &metrics[1]["histogram"]["dataPoints"][0];
    assert_eq!(explicit["explicitBounds"], json!([1.0, "Infinity"]));
    assert_eq!(metrics[2]["gauge"]["dataPoints"][0]["asDouble"], "-Infinity");
    assert_eq!((&explicit["min"], explicit.get("max")), (&json!("-Infinity"), None));
}

#[test]
fn absent_fields_are_left_out() {
    let span = Span { attributes: attribute(AnyValue { value: None }), ..Span::default() };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let text = String::from_utf8(to_vec(&request).unwrap()).unwrap();
    assert!(!text.contains("null"), "{text}");
    let span = &written(&request)["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["attributes"][0], json!({"key": "k", "value": {}}));
    assert_eq!(span.get("status"), None);
}
