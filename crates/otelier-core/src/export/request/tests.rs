//! Splitting keeps every item, its scope and its resource.

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, NumberDataPoint};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::*;

fn scope(name: &str) -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: name.to_owned(), ..Default::default() })
}

fn resource(dropped: u32) -> Option<Resource> {
    Some(Resource { dropped_attributes_count: dropped, ..Default::default() })
}

fn traces() -> ExportRequest {
    let spans = |names: &[&str]| {
        names.iter().map(|name| Span { name: (*name).to_owned(), ..Default::default() }).collect()
    };
    let scope_spans = |name: &str, names: &[&str]| ScopeSpans {
        scope: scope(name),
        spans: spans(names),
        schema_url: "s".to_owned(),
    };
    let resource_spans = |number, scope_spans| ResourceSpans {
        resource: resource(number),
        scope_spans,
        schema_url: "r".to_owned(),
    };
    ExportRequest::Traces(ExportTraceServiceRequest {
        resource_spans: vec![
            resource_spans(1, vec![scope_spans("x", &["a", "b"]), scope_spans("y", &["c"])]),
            resource_spans(2, vec![scope_spans("z", &["d", "e"])]),
        ],
    })
}

fn metrics() -> ExportRequest {
    let metric = |name: &str, data| Metric {
        name: name.to_owned(),
        unit: "s".to_owned(),
        data: Some(data),
        ..Default::default()
    };
    let numbers = |flags: &[u32]| {
        let point = |&flags| NumberDataPoint { flags, ..Default::default() };
        flags.iter().map(point).collect::<Vec<_>>()
    };
    let histogram = Histogram {
        data_points: vec![HistogramDataPoint { count: 9, ..Default::default() }],
        aggregation_temporality: 2,
    };
    let sum =
        Sum { data_points: numbers(&[1, 2, 3]), aggregation_temporality: 1, is_monotonic: true };
    ExportRequest::Metrics(ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: resource(1),
            schema_url: String::new(),
            scope_metrics: vec![ScopeMetrics {
                scope: scope("x"),
                schema_url: String::new(),
                metrics: vec![
                    metric("sum", Data::Sum(sum)),
                    metric("histogram", Data::Histogram(histogram)),
                    metric("gauge", Data::Gauge(Gauge { data_points: numbers(&[4]) })),
                ],
            }],
        }],
    })
}

fn logs() -> ExportRequest {
    let records =
        (0..3).map(|number| LogRecord { severity_number: number, ..Default::default() }).collect();
    ExportRequest::Logs(ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: resource(1),
            schema_url: String::new(),
            scope_logs: vec![ScopeLogs {
                scope: scope("x"),
                schema_url: String::new(),
                log_records: records,
            }],
        }],
    })
}

/// Splits until every request has one item.
fn split_all(mut request: ExportRequest) -> Vec<ExportRequest> {
    match request.split_off_half() {
        None => vec![request],
        Some(second) => [split_all(request), split_all(second)].concat(),
    }
}

#[test]
fn first_half_is_kept() {
    let mut first = traces();
    let second = first.split_off_half().unwrap();
    assert_eq!((first.items(), second.items()), (3, 2));
    let (ExportRequest::Traces(first), ExportRequest::Traces(second)) = (first, second) else {
        panic!("another signal");
    };
    let ExportRequest::Traces(whole) = traces() else { panic!("another signal") };
    assert_eq!(first.resource_spans, whole.resource_spans[..1]);
    assert_eq!(second.resource_spans, whole.resource_spans[1..]);
}

#[test]
fn single_items_keep_scope_and_resource() {
    let requests = split_all(traces());
    let described: Vec<_> = requests
        .iter()
        .map(|request| {
            let ExportRequest::Traces(request) = request else { panic!("another signal") };
            let [resource] = &request.resource_spans[..] else { panic!("{request:?}") };
            let [scope] = &resource.scope_spans[..] else { panic!("{request:?}") };
            let [span] = &scope.spans[..] else { panic!("{request:?}") };
            assert_eq!((&*resource.schema_url, &*scope.schema_url), ("r", "s"));
            let number = resource.resource.as_ref().unwrap().dropped_attributes_count;
            (number, &*scope.scope.as_ref().unwrap().name, &*span.name)
        })
        .collect();
    let expected = [(1, "x", "a"), (1, "x", "b"), (1, "y", "c"), (2, "z", "d"), (2, "z", "e")];
    assert_eq!(described, expected);
}

#[test]
fn metrics_split_between_data_points() {
    let requests = split_all(metrics());
    let metrics: Vec<Metric> = requests
        .into_iter()
        .map(|request| {
            let ExportRequest::Metrics(request) = request else { panic!("another signal") };
            request.resource_metrics[0].scope_metrics[0].metrics[0].clone()
        })
        .collect();
    let names: Vec<&str> = metrics.iter().map(|metric| &*metric.name).collect();
    assert_eq!(names, ["sum", "sum", "sum", "histogram", "gauge"]);
    for (metric, flags) in metrics.iter().zip(1..=3) {
        assert_eq!(metric.unit, "s");
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
        assert_eq!((sum.data_points.len(), sum.data_points[0].flags), (1, flags));
    }
    let Some(Data::Histogram(histogram)) = &metrics[3].data else { panic!("{metrics:?}") };
    assert_eq!((histogram.aggregation_temporality, histogram.data_points[0].count), (2, 9));
}

#[test]
fn logs_split_too() {
    let severities: Vec<i32> = split_all(logs())
        .into_iter()
        .map(|request| {
            let ExportRequest::Logs(request) = request else { panic!("another signal") };
            assert_eq!(request.resource_logs[0].scope_logs[0].scope, scope("x"));
            request.resource_logs[0].scope_logs[0].log_records[0].severity_number
        })
        .collect();
    assert_eq!(severities, [0, 1, 2]);
}

#[test]
fn empty_requests_are_not_split() {
    let mut request = ExportRequest::Traces(ExportTraceServiceRequest::default());
    assert_eq!((request.items(), request.split_off_half()), (0, None));
}
