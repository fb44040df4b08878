//! Metric points: one per metric and attribute set.
//!
//! OTLP nests points below metrics, scopes and resources. Here each point carries all of that,
//! because tests look for points by name and attributes.

use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::metrics::Temporality;

use super::value::{Attributes, Scope, Value};

/// The state of one time series at the moment of collection, together with what identifies its
/// metric.
///
/// ```
/// use opentelemetry::metrics::MeterProvider as _;
/// use otelier_testing::Capture;
///
/// let capture = Capture::new();
/// capture.meter_provider().meter("doc").f64_gauge("load").build().record(0.5, &[]);
/// let points = capture.metrics();
/// assert_eq!((&*points[0].name, points[0].value()), ("load", Some(0.5)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricPoint {
    /// The metric's name.
    pub name: String,
    /// The metric's description.
    pub description: String,
    /// The metric's unit, such as `s`, `By` or `{request}`.
    pub unit: String,
    /// What kind of metric it is.
    pub kind: MetricKind,
    /// Whether it adds up over time; `None` for gauges and summaries.
    pub temporality: Option<Temporality>,
    /// The scope that produced it.
    pub scope: Scope,
    /// The attributes of the resource, such as `service.name`.
    pub resource: Attributes,
    /// The attributes of this time series.
    pub attributes: Attributes,
    /// What was measured.
    pub data: PointData,
    /// Examples of the measurements.
    pub exemplars: Vec<Exemplar>,
    /// When the aggregation began.
    pub start: SystemTime,
    /// When it was collected.
    pub time: SystemTime,
}

impl MetricPoint {
    /// The attribute `key`, if it is set.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// The value of a sum or a gauge.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match &self.data {
            PointData::Number(value) => value.as_f64(),
            _ => None,
        }
    }

    /// How many measurements a histogram or summary counted.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match &self.data {
            PointData::Number(_) => None,
            PointData::Histogram { count, .. }
            | PointData::ExponentialHistogram { count, .. }
            | PointData::Summary { count, .. } => Some(*count),
        }
    }

    /// The sum of all measurements of a histogram or summary.
    #[must_use]
    pub fn sum(&self) -> Option<f64> {
        match &self.data {
            PointData::Number(_) => None,
            PointData::Histogram { sum, .. }
            | PointData::ExponentialHistogram { sum, .. }
            | PointData::Summary { sum, .. } => Some(*sum),
        }
    }

    /// The explicit bucket boundaries of a histogram.
    #[must_use]
    pub fn bounds(&self) -> Option<&[f64]> {
        match &self.data {
            PointData::Histogram { bounds, .. } => Some(bounds),
            _ => None,
        }
    }
}

/// The kinds of metric that OTLP knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// The last value.
    Gauge,
    /// A sum that only grows, made by a counter.
    Counter,
    /// A sum that also shrinks, made by an up-down counter.
    UpDownCounter,
    /// A histogram with explicit bounds.
    Histogram,
    /// A histogram with exponential buckets.
    ExponentialHistogram,
    /// Quantiles that were computed elsewhere.
    Summary,
}

/// What one point says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PointData {
    /// The value of a sum or gauge: [`Value::Int`] or [`Value::Double`].
    Number(Value),
    /// A histogram with explicit bounds.
    #[allow(missing_docs, reason = "OTLP's own field names")]
    Histogram {
        count: u64,
        sum: f64,
        min: Option<f64>,
        max: Option<f64>,
        bounds: Vec<f64>,
        bucket_counts: Vec<u64>,
    },
    /// A histogram with exponential buckets.
    #[allow(missing_docs, reason = "OTLP's own field names")]
    ExponentialHistogram {
        count: u64,
        sum: f64,
        min: Option<f64>,
        max: Option<f64>,
        scale: i32,
        zero_count: u64,
    },
    /// Quantiles and their values.
    #[allow(missing_docs, reason = "OTLP's own field names")]
    Summary { count: u64, sum: f64, quantiles: Vec<(f64, f64)> },
}

/// One measurement kept as an example, with the span it was made in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// The measured value.
    pub value: Value,
    /// The attributes that the time series does not have.
    pub attributes: Attributes,
    /// The trace it was measured in.
    pub trace_id: TraceId,
    /// The span it was measured in.
    pub span_id: SpanId,
}
