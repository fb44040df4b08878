//! Points that are told apart by fewer attributes.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope};
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, ResourceMetrics, ScopeMetrics, Sum};

use super::*;

fn attributes(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    let attribute = |(key, value): &(&str, &str)| KeyValue {
        key: (*key).to_owned(),
        value: Some(AnyValue { value: Some(Any::StringValue((*value).to_owned())) }),
        ..Default::default()
    };
    pairs.iter().map(attribute).collect()
}

fn number(pairs: &[(&str, &str)], value: i64, time: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(pairs),
        value: Some(Value::AsInt(value)),
        start_time_unix_nano: time,
        time_unix_nano: time + 1,
        ..Default::default()
    }
}

fn request(metrics: Vec<(&str, Data)>) -> ExportMetricsServiceRequest {
    let metrics = metrics.into_iter().map(|(name, data)| Metric {
        name: name.to_owned(),
        data: Some(data),
        ..Default::default()
    });
    let scope = InstrumentationScope { name: "meter".to_owned(), ..Default::default() };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope),
                metrics: metrics.collect(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    }
}

fn sum(points: Vec<NumberDataPoint>) -> Data {
    Data::Sum(Sum { data_points: points, aggregation_temporality: 2, is_monotonic: true })
}

#[test]
fn points_with_the_same_attributes_are_one() {
    let keys = AttributeKeys::default();
    let kept = IncludeExclude { included: vec!["http.*".to_owned()], excluded: Vec::new() };
    for name in ["summed", "measured"] {
        keys.keep("meter", name, &kept);
    }
    let points = || {
        vec![
            number(&[("http.route", "/a"), ("user", "1")], 2, 10),
            number(&[("user", "2"), ("http.route", "/a")], 3, 5),
            number(&[("http.route", "/b"), ("user", "1")], 4, 7),
        ]
    };
    let mut found = request(vec![
        ("summed", sum(points())),
        ("measured", Data::Gauge(Gauge { data_points: points() })),
        ("other", sum(points())),
    ]);
    keys.apply(&mut found);
    let a = NumberDataPoint { time_unix_nano: 11, ..number(&[("http.route", "/a")], 5, 5) };
    let b = number(&[("http.route", "/b")], 4, 7);
    let latest = number(&[("http.route", "/a")], 2, 10);
    let expected = request(vec![
        ("summed", sum(vec![a, b.clone()])),
        ("measured", Data::Gauge(Gauge { data_points: vec![latest, b] })),
        ("other", sum(points())),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn histograms_add_up_bucket_by_bucket() {
    let point = |counts: [u64; 3], sum, min, max| HistogramDataPoint {
        count: counts.iter().sum(),
        sum: Some(sum),
        min: Some(min),
        max: Some(max),
        bucket_counts: counts.to_vec(),
        explicit_bounds: vec![1.0, 2.0],
        ..Default::default()
    };
    let mut all = point([1, 0, 2], 7.0, 0.5, 4.0);
    add_histograms(&mut all, point([0, 3, 1], 8.0, 1.5, 3.0));
    assert_eq!(all, point([1, 3, 3], 15.0, 0.5, 4.0));
}

#[test]
fn exponential_histograms_take_the_coarser_scale() {
    let point = |scale, offset, counts: &[u64]| ExponentialHistogramDataPoint {
        scale,
        count: counts.iter().sum(),
        positive: Some(Buckets { offset, bucket_counts: counts.to_vec() }),
        ..Default::default()
    };
    // Of scale 1 two buckets each are one of scale 0: -3 and -2 are -2 and -1, 1 is 0.
    let mut all = point(1, -3, &[1, 2, 4, 8, 16]);
    add_exponential_histograms(&mut all, point(0, 1, &[32]));
    assert_eq!(all, point(0, -2, &[1, 6, 24, 32]));
    let mut empty = point(0, 0, &[]);
    add_exponential_histograms(&mut empty, point(1, 4, &[1, 1, 1]));
    assert_eq!(empty, point(0, 2, &[2, 1]));
}
