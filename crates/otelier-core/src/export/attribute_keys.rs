//! Leaves attributes out of metrics, as views ask for, and puts together what is then the same.
//!
//! The SDK keeps attributes by exact keys only. Source:
//! <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#stream-configuration>.
//!
//! Views write into `AttributeKeys` when an instrument is made; the exporter of metrics calls
//! `apply` on each request, after the SDK has collected. So the SDK still counts by all attributes,
//! and its limits of cardinality apply to these. When attributes are left out, several points of a
//! stream may have the same attributes, which OTLP does not allow: `merge` makes one of them. How
//! two points become one depends on the aggregation: sums and histograms are added, of gauges the
//! latest is kept.
//!
//! Exponential histograms may have different scales. Both are brought to the coarser one first:
//! each step down joins two neighboring buckets.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
};

use crate::config::IncludeExclude;

/// The keys that are kept, for the streams of metrics that keep some only. Views fill it when
/// instruments are made.
///
/// The key of the map is the name of the meter and the name of the stream. Clones share the map.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeKeys(Arc<RwLock<HashMap<(String, String), IncludeExclude>>>);

impl AttributeKeys {
    /// Keeps only `keys` in the metric `name` of the meter `scope`.
    /// A later call for the same stream replaces the keys.
    pub(crate) fn keep(&self, scope: &str, name: &str, keys: &IncludeExclude) {
        let mut streams = self.0.write().unwrap_or_else(PoisonError::into_inner);
        streams.insert((scope.to_owned(), name.to_owned()), keys.clone());
    }

    /// Leaves out what is not kept.
    ///
    /// Costs nothing where no view leaves out keys. Summaries are not touched; the SDK makes none.
    pub(super) fn apply(&self, request: &mut ExportMetricsServiceRequest) {
        let streams = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if streams.is_empty() {
            return;
        }
        let scopes = request.resource_metrics.iter_mut().flat_map(|it| &mut it.scope_metrics);
        for scope in scopes {
            let name = scope.scope.as_ref().map(|scope| scope.name.clone()).unwrap_or_default();
            for metric in &mut scope.metrics {
                let key = (name.clone(), metric.name.clone());
                let (Some(keys), Some(data)) = (streams.get(&key), metric.data.as_mut()) else {
                    continue;
                };
                match data {
                    Data::Sum(data) => merge(&mut data.data_points, keys, add_numbers),
                    Data::Gauge(data) => merge(&mut data.data_points, keys, keep_latest),
                    Data::Histogram(data) => merge(&mut data.data_points, keys, add_histograms),
                    Data::ExponentialHistogram(data) => {
                        merge(&mut data.data_points, keys, add_exponential_histograms);
                    }
                    Data::Summary(_) => {}
                }
            }
        }
    }
}

/// A point of a metric, with the attributes by which it is told apart.
/// It lets `merge` be written once for all types of points.
trait Point {
    /// For changing them in place.
    fn attributes(&mut self) -> &mut Vec<KeyValue>;
}

/// All types of points have their attributes in a field of the same name.
macro_rules! points {
    ($($point:ty),+) => {
        $(impl Point for $point {
            fn attributes(&mut self) -> &mut Vec<KeyValue> {
                &mut self.attributes
            }
        })+
    };
}

points!(NumberDataPoint, HistogramDataPoint, ExponentialHistogramDataPoint);

/// Leaves attributes out, and adds each point to the first one with the same attributes.
///
/// Points are the same if they have the same attributes in any order. The order of the points stays
/// that of their first. `add` puts its second argument into its first.
fn merge<P: Point>(points: &mut Vec<P>, keys: &IncludeExclude, add: fn(&mut P, P)) {
    let mut places: HashMap<Vec<Vec<u8>>, usize> = HashMap::new();
    let mut merged: Vec<P> = Vec::new();
    for mut point in std::mem::take(points) {
        point.attributes().retain(|attribute| keys.matches(&attribute.key));
        let mut identity: Vec<Vec<u8>> =
            point.attributes().iter().map(prost::Message::encode_to_vec).collect();
        identity.sort();
        match places.get(&identity).and_then(|place| merged.get_mut(*place)) {
            Some(first) => add(first, point),
            None => {
                places.insert(identity, merged.len());
                merged.push(point);
            }
        }
    }
    *points = merged;
}

/// The whole time of both; zero is an unknown start.
/// So an unknown start stays unknown.
fn span(start: &mut u64, end: &mut u64, other: (u64, u64)) {
    *start = (*start).min(other.0);
    *end = (*end).max(other.1);
}

/// Integers stay integers and do not overflow; with one number in floating point the sum is one
/// too. Exemplars of both are kept.
/// The time of the result covers both.
fn add_numbers(sum: &mut NumberDataPoint, other: NumberDataPoint) {
    let times = (other.start_time_unix_nano, other.time_unix_nano);
    span(&mut sum.start_time_unix_nano, &mut sum.time_unix_nano, times);
    sum.exemplars.extend(other.exemplars);
    sum.value = match (sum.value, other.value) {
        (Some(Value::AsInt(a)), Some(Value::AsInt(b))) => Some(Value::AsInt(a.saturating_add(b))),
        (Some(a), Some(b)) => Some(Value::AsDouble(double(a) + double(b))),
        (a, b) => a.or(b),
    };
}

/// Large integers lose precision.
fn double(value: Value) -> f64 {
    match value {
        Value::AsDouble(value) => value,
        Value::AsInt(value) => value as f64,
    }
}

/// Of two with the same time the second is kept.
fn keep_latest(gauge: &mut NumberDataPoint, other: NumberDataPoint) {
    if other.time_unix_nano >= gauge.time_unix_nano {
        *gauge = other;
    }
}

/// Joins two values; where only one is there, it is the result.
fn both<T: Copy>(a: Option<T>, b: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (a, b) => a.or(b),
    }
}

/// The minimum and maximum are those of both.
/// Counts do not overflow. Exemplars of both are kept.
fn add_histograms(sum: &mut HistogramDataPoint, other: HistogramDataPoint) {
    let times = (other.start_time_unix_nano, other.time_unix_nano);
    span(&mut sum.start_time_unix_nano, &mut sum.time_unix_nano, times);
    sum.exemplars.extend(other.exemplars);
    sum.count = sum.count.saturating_add(other.count);
    sum.sum = both(sum.sum, other.sum, |a, b| a + b);
    sum.min = both(sum.min, other.min, f64::min);
    sum.max = both(sum.max, other.max, f64::max);
    // All points of a stream have the same boundaries.
    for (count, more) in sum.bucket_counts.iter_mut().zip(other.bucket_counts) {
        *count = count.saturating_add(more);
    }
}

/// The result has the smaller scale of the two.
fn add_exponential_histograms(
    sum: &mut ExponentialHistogramDataPoint,
    mut other: ExponentialHistogramDataPoint,
) {
    let times = (other.start_time_unix_nano, other.time_unix_nano);
    span(&mut sum.start_time_unix_nano, &mut sum.time_unix_nano, times);
    sum.exemplars.append(&mut other.exemplars);
    sum.count = sum.count.saturating_add(other.count);
    sum.sum = both(sum.sum, other.sum, |a, b| a + b);
    sum.min = both(sum.min, other.min, f64::min);
    sum.max = both(sum.max, other.max, f64::max);
    sum.zero_count = sum.zero_count.saturating_add(other.zero_count);
    sum.zero_threshold = sum.zero_threshold.max(other.zero_threshold);
    let scale = sum.scale.min(other.scale);
    let steps = |from: i32| u32::try_from(from - scale).unwrap_or(0).min(31);
    let (own, others) = (steps(sum.scale), steps(other.scale));
    sum.positive = add_buckets(sum.positive.take(), own, other.positive, others);
    sum.negative = add_buckets(sum.negative.take(), own, other.negative, others);
    sum.scale = scale;
}

/// Adds the buckets of one sign. Each is first made coarser by its number of steps. The result
/// reaches from the lowest bucket of both to the highest; those between that neither has are zero.
/// `None` is the same as no buckets.
fn add_buckets(
    a: Option<Buckets>,
    a_steps: u32,
    b: Option<Buckets>,
    b_steps: u32,
) -> Option<Buckets> {
    let (a, b) = (a.map(|a| coarser(&a, a_steps)), b.map(|b| coarser(&b, b_steps)));
    match (a, b) {
        (Some(a), Some(b)) if a.bucket_counts.is_empty() => Some(b),
        (Some(mut a), Some(b)) if !b.bucket_counts.is_empty() => {
            let end =
                |buckets: &Buckets| i64::from(buckets.offset) + buckets.bucket_counts.len() as i64;
            let (offset, end) = (a.offset.min(b.offset), end(&a).max(end(&b)));
            let length = usize::try_from(end - i64::from(offset)).unwrap_or(0);
            let mut counts = vec![0_u64; length];
            for buckets in [&a, &b] {
                let skip = usize::try_from(buckets.offset - offset).unwrap_or(0);
                for (count, more) in counts.iter_mut().skip(skip).zip(&buckets.bucket_counts) {
                    *count = count.saturating_add(*more);
                }
            }
            a.offset = offset;
            a.bucket_counts = counts;
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

/// The same counts in buckets that are two to the power of `steps` times as many old ones wide.
///
/// Zero steps change nothing. The shift rounds down for negative offsets too, as the buckets need
/// it.
fn coarser(buckets: &Buckets, steps: u32) -> Buckets {
    let offset = buckets.offset >> steps;
    let mut counts: Vec<u64> = Vec::new();
    for (at, count) in (buckets.offset..).zip(&buckets.bucket_counts) {
        let place = usize::try_from((at >> steps) - offset).unwrap_or(0);
        if counts.len() <= place {
            counts.resize(place + 1, 0);
        }
        if let Some(sum) = counts.get_mut(place) {
            *sum = sum.saturating_add(*count);
        }
    }
    Buckets { offset, bucket_counts: counts }
}

#[cfg(test)]
mod tests;
