//! OTLP/JSON as the specification has it.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    Summary, SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
    number_data_point, summary_data_point::ValueAtQuantile,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use serde_json::json;

use super::*;

fn any(value: any_value::Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn key_value(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), ..Default::default() }
}

fn attribute() -> Vec<KeyValue> {
    vec![key_value("k", any_value::Value::IntValue(i64::MIN))]
}

fn resource() -> Option<Resource> {
    Some(Resource { attributes: attribute(), dropped_attributes_count: 1, entity_refs: Vec::new() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "lib".into(),
        version: "1".into(),
        attributes: attribute(),
        dropped_attributes_count: 2,
    })
}

fn traces() -> ExportTraceServiceRequest {
    use any_value::Value as Any;
    let attributes = vec![
        key_value("string", Any::StringValue("\"".into())),
        key_value("bool", Any::BoolValue(false)),
        key_value("int", Any::IntValue(9_007_199_254_740_993)),
        key_value("double", Any::DoubleValue(1.0)),
        key_value("bytes", Any::BytesValue(b"hunter2".to_vec())),
        key_value(
            "array",
            Any::ArrayValue(ArrayValue {
                values: vec![any(Any::IntValue(1)), AnyValue { value: None }],
            }),
        ),
        key_value("map", Any::KvlistValue(KeyValueList { values: attribute() })),
    ];
    let span = Span {
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        trace_state: "a=b".into(),
        parent_span_id: vec![0xef; 8],
        flags: 0x301,
        name: "s".into(),
        kind: span::SpanKind::Server as i32,
        start_time_unix_nano: u64::MAX - 1,
        end_time_unix_nano: u64::MAX,
        attributes,
        dropped_attributes_count: 3,
        events: vec![span::Event {
            time_unix_nano: 4,
            name: "e".into(),
            attributes: attribute(),
            dropped_attributes_count: 5,
        }],
        dropped_events_count: 6,
        links: vec![span::Link {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            trace_state: "c=d".into(),
            attributes: attribute(),
            dropped_attributes_count: 7,
            flags: 0x100,
        }],
        dropped_links_count: 8,
        status: Some(Status { message: "m".into(), code: 2 }),
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: resource(),
            scope_spans: vec![ScopeSpans {
                scope: scope(),
                spans: vec![span],
                schema_url: "u".into(),
            }],
            schema_url: "v".into(),
        }],
    }
}

fn metrics() -> ExportMetricsServiceRequest {
    let temporality = AggregationTemporality::Cumulative as i32;
    let exemplars = vec![Exemplar {
        filtered_attributes: attribute(),
        time_unix_nano: 1,
        span_id: vec![0xcd; 8],
        trace_id: vec![0xab; 16],
        value: Some(exemplar::Value::AsInt(2)),
    }];
    let number = |value| NumberDataPoint {
        attributes: attribute(),
        start_time_unix_nano: 3,
        time_unix_nano: 4,
        exemplars: exemplars.clone(),
        flags: 1,
        value: Some(value),
    };
    let histogram = HistogramDataPoint {
        attributes: attribute(),
        start_time_unix_nano: 3,
        time_unix_nano: 4,
        count: 5,
        sum: Some(6.5),
        bucket_counts: vec![7, 8],
        explicit_bounds: vec![0.5],
        exemplars: exemplars.clone(),
        flags: 0,
        min: None,
        max: Some(9.0),
    };
    let exponential = ExponentialHistogramDataPoint {
        attributes: attribute(),
        start_time_unix_nano: 3,
        time_unix_nano: 4,
        count: 5,
        sum: None,
        scale: -1,
        zero_count: 6,
        positive: Some(Buckets { offset: -2, bucket_counts: vec![7] }),
        negative: None,
        flags: 0,
        exemplars: vec![],
        min: Some(1.0),
        max: None,
        zero_threshold: 0.25,
    };
    let summary = SummaryDataPoint {
        attributes: attribute(),
        start_time_unix_nano: 3,
        time_unix_nano: 4,
        count: 5,
        sum: 6.0,
        quantile_values: vec![ValueAtQuantile { quantile: 0.5, value: 7.0 }],
        flags: 0,
    };
    let metric = |name: &str, data| Metric {
        name: name.to_owned(),
        description: "d".into(),
        unit: "s".into(),
        metadata: vec![],
        data: Some(data),
    };
    let metrics = vec![
        metric(
            "g",
            Data::Gauge(Gauge {
                data_points: vec![number(number_data_point::Value::AsDouble(1.5))],
            }),
        ),
        metric(
            "s",
            Data::Sum(Sum {
                data_points: vec![number(number_data_point::Value::AsInt(i64::MAX))],
                aggregation_temporality: temporality,
                is_monotonic: true,
            }),
        ),
        metric(
            "h",
            Data::Histogram(Histogram {
                data_points: vec![histogram],
                aggregation_temporality: temporality,
            }),
        ),
        metric(
            "e",
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![exponential],
                aggregation_temporality: AggregationTemporality::Delta as i32,
            }),
        ),
        metric("q", Data::Summary(Summary { data_points: vec![summary] })),
    ];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: resource(),
            scope_metrics: vec![ScopeMetrics { scope: scope(), metrics, schema_url: "u".into() }],
            schema_url: "v".into(),
        }],
    }
}

fn logs() -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: 1,
        observed_time_unix_nano: 2,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: None,
        attributes: attribute(),
        dropped_attributes_count: 3,
        flags: 1,
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        event_name: "n".into(),
    };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: resource(),
            scope_logs: vec![ScopeLogs {
                scope: scope(),
                log_records: vec![record],
                schema_url: "u".into(),
            }],
            schema_url: "v".into(),
        }],
    }
}

#[test]
fn every_message_survives_the_way_there_and_back() {
    let text = Message::Traces(traces()).to_json();
    assert_eq!(from_slice::<ExportTraceServiceRequest>(text.as_bytes()).unwrap(), traces());
    let text = Message::Metrics(metrics()).to_json();
    assert_eq!(from_slice::<ExportMetricsServiceRequest>(text.as_bytes()).unwrap(), metrics());
    let text = Message::Logs(logs()).to_json();
    assert_eq!(from_slice::<ExportLogsServiceRequest>(text.as_bytes()).unwrap(), logs());
    assert!(!text.contains('\n'));
}

#[test]
fn spans_are_written_by_the_rules() {
    let attributes = json!([{ "key": "k", "value": { "intValue": "-9223372036854775808" } }]);
    let expected = json!({ "resourceSpans": [{
        "resource": { "attributes": attributes, "droppedAttributesCount": 1 },
        "scopeSpans": [{
            "scope": { "name": "lib", "version": "1", "attributes": attributes, "droppedAttributesCount": 2 },
            "spans": [{
                "traceId": "abababababababababababababababab",
                "spanId": "cdcdcdcdcdcdcdcd",
                "traceState": "a=b",
                "parentSpanId": "efefefefefefefef",
                "flags": 0x301,
                "name": "s",
                "kind": 2,
                "startTimeUnixNano": "18446744073709551614",
                "endTimeUnixNano": "18446744073709551615",
                "attributes": [
                    { "key": "string", "value": { "stringValue": "\"" } },
                    { "key": "bool", "value": { "boolValue": false } },
                    { "key": "int", "value": { "intValue": "9007199254740993" } },
                    { "key": "double", "value": { "doubleValue": 1.0 } },
                    { "key": "bytes", "value": { "bytesValue": "aHVudGVyMg==" } },
                    { "key": "array", "value": { "arrayValue": { "values": [{ "intValue": "1" }, {}] } } },
                    { "key": "map", "value": { "kvlistValue": { "values": attributes } } },
                ],
                "droppedAttributesCount": 3,
                "events": [{
                    "timeUnixNano": "4", "name": "e", "attributes": attributes, "droppedAttributesCount": 5,
                }],
                "droppedEventsCount": 6,
                "links": [{
                    "traceId": "01010101010101010101010101010101",
                    "spanId": "0202020202020202",
                    "traceState": "c=d",
                    "attributes": attributes,
                    "droppedAttributesCount": 7,
                    "flags": 0x100,
                }],
                "droppedLinksCount": 8,
                "status": { "message": "m", "code": 2 },
            }],
            "schemaUrl": "u",
        }],
        "schemaUrl": "v",
    }]});
    let mut found = to_value(&Message::Traces(traces()));
    prune(&mut found);
    assert_eq!(found, expected);
}

#[test]
fn metrics_are_written_by_the_rules() {
    let mut found = to_value(&Message::Metrics(metrics()));
    prune(&mut found);
    let metrics = &found["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let attributes = json!([{ "key": "k", "value": { "intValue": "-9223372036854775808" } }]);
    let exemplars = json!([{
        "filteredAttributes": attributes,
        "timeUnixNano": "1",
        "spanId": "cdcdcdcdcdcdcdcd",
        "traceId": "abababababababababababababababab",
        "asInt": "2",
    }]);
    let common = json!({ "attributes": attributes, "startTimeUnixNano": "3", "timeUnixNano": "4" });
    let point = |own: Value| {
        let mut point = common.as_object().unwrap().clone();
        point.extend(own.as_object().unwrap().clone());
        point
    };
    let heading = |name: &str, kind: &str, data: Value| json!({ "name": name, "description": "d", "unit": "s", kind: data });
    let gauge = point(json!({ "exemplars": exemplars, "flags": 1, "asDouble": 1.5 }));
    assert_eq!(metrics[0], heading("g", "gauge", json!({ "dataPoints": [gauge] })));
    let sum = point(json!({ "exemplars": exemplars, "flags": 1, "asInt": "9223372036854775807" }));
    let sum = json!({ "dataPoints": [sum], "aggregationTemporality": 2, "isMonotonic": true });
    assert_eq!(metrics[1], heading("s", "sum", sum));
    let histogram = point(json!({
        "count": "5", "sum": 6.5, "bucketCounts": ["7", "8"], "explicitBounds": [0.5], "exemplars": exemplars,
        "max": 9.0,
    }));
    let histogram = json!({ "dataPoints": [histogram], "aggregationTemporality": 2 });
    assert_eq!(metrics[2], heading("h", "histogram", histogram));
    let exponential = point(json!({
        "count": "5", "scale": -1, "zeroCount": "6", "positive": { "offset": -2, "bucketCounts": ["7"] },
        "min": 1.0, "zeroThreshold": 0.25,
    }));
    let exponential = json!({ "dataPoints": [exponential], "aggregationTemporality": 1 });
    assert_eq!(metrics[3], heading("e", "exponentialHistogram", exponential));
    let summary = point(json!({
        "count": "5", "sum": 6.0, "quantileValues": [{ "quantile": 0.5, "value": 7.0 }],
    }));
    assert_eq!(metrics[4], heading("q", "summary", json!({ "dataPoints": [summary] })));
}

#[test]
fn log_records_are_written_by_the_rules() {
    let mut found = to_value(&Message::Logs(logs()));
    prune(&mut found);
    let expected = json!({
        "timeUnixNano": "1",
        "observedTimeUnixNano": "2",
        "severityNumber": 9,
        "severityText": "INFO",
        "attributes": [{ "key": "k", "value": { "intValue": "-9223372036854775808" } }],
        "droppedAttributesCount": 3,
        "flags": 1,
        "traceId": "abababababababababababababababab",
        "spanId": "cdcdcdcdcdcdcdcd",
        "eventName": "n",
    });
    assert_eq!(found["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0], expected);
}

/// Takes out what JSON may as well leave out: empty lists and zeros of plain fields.
fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|key, it| match it {
                Value::Array(values) => !values.is_empty(),
                Value::Number(number) => key.ends_with("Value") || number.as_f64() != Some(0.0),
                _ => true,
            });
        }
        Value::Array(values) => values.iter_mut().for_each(prune),
        _ => {}
    }
}

#[test]
fn nothing_is_null_and_no_number_is_lost() {
    let span = Span {
        attributes: vec![
            key_value("k", any_value::Value::DoubleValue(f64::NAN)),
            KeyValue { key: "empty".into(), value: None, ..Default::default() },
        ],
        ..Default::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..Default::default() }];
    let text = Message::Traces(ExportTraceServiceRequest { resource_spans }).to_json();
    assert!(
        text.contains(
            r#""attributes":[{"key":"k","value":{"doubleValue":"NaN"}},{"key":"empty"}]"#
        ),
        "{text}"
    );
    assert!(!text.contains("null"), "{text}");
}

#[test]
fn numbers_are_read_to_their_last_digit() {
    for number in ["3.555925461020691e-69", "0.1", "5e-324", "1.7976931348623157e308"] {
        let attributes = format!(r#"[{{"key":"k","value":{{"doubleValue":{number}}}}}]"#);
        let json = format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":{attributes}}}}}]}}"#);
        let read = from_slice::<ExportTraceServiceRequest>(json.as_bytes()).unwrap();
        let value = read.resource_spans[0].resource.as_ref().unwrap().attributes[0].value.clone();
        let expect = any_value::Value::DoubleValue(number.parse().unwrap());
        assert_eq!(value.unwrap().value, Some(expect), "{number}");
    }
}

#[test]
fn text_shows_what_json_hides() {
    let text = to_text([Message::Traces(traces()), Message::Logs(logs())].iter());
    assert!(text.contains("\n\"\n") && text.contains("\nhunter2\n"), "{text}");
    assert!(text.contains(r#""eventName":"n""#), "{text}");
}

#[test]
fn the_neutral_model_has_what_the_messages_say() {
    use crate::model::{self, PointData};
    let span = model::spans(&traces().resource_spans).remove(0);
    assert_eq!(span.attributes["bytes"], crate::Value::Bytes(b"hunter2".to_vec()));
    assert_eq!(span.attributes["array"].to_string(), "[1, (empty)]");
    assert_eq!(span.attributes["map"].to_string(), "{k = -9223372036854775808}");
    assert!(span.parent_is_remote && span.parent_span_id.is_some());

    let points = model::points(&metrics().resource_metrics);
    assert_eq!(points[0].exemplars[0].value, crate::Value::Int(2));
    assert_eq!(points[0].exemplars[0].trace_id, span.trace_id);
    assert_eq!(points[0].exemplars[0].span_id, span.span_id);
    let exponential = PointData::ExponentialHistogram {
        count: 5,
        sum: 0.0,
        min: Some(1.0),
        max: None,
        scale: -1,
        zero_count: 6,
    };
    assert_eq!(points[3].data, exponential);
    assert_eq!(
        points[4].data,
        PointData::Summary { count: 5, sum: 6.0, quantiles: vec![(0.5, 7.0)] }
    );

    let log = model::logs(&logs().resource_logs).remove(0);
    assert_eq!((log.body, log.severity, log.trace_id), (crate::Value::Empty, 9, span.trace_id));
}
