//! Whole metrics compared point by point.
//!
//! A metric is a name with points. What all of its points share, such as the unit, is compared
//! once; several values of it are joined by a bar, which no expectation equals. Points are paired
//! in any order.
//!
//! `assert_points` adds what the semantic conventions say of the name, so that no test has to
//! repeat units and boundaries. The sum of a histogram depends on time, so that only its
//! plausibility is checked: this finds milliseconds that are recorded as seconds.

use std::collections::BTreeSet;

use super::attributes::{self, ExpectedAttributes, attribute_setters};
use super::conventions;
use super::diff::{Diff, Mismatch};
use super::pairing::pair;
use crate::model::{MetricKind, MetricPoint, PointData, Value};

/// Asserts that the metric `name` has exactly these points, in any order; none asserts that there
/// is no such metric.
///
/// Checked without being asked for: kind, unit and bucket boundaries of a metric that the semantic
/// conventions define; and of each histogram in seconds whose sum is not
/// [stated](ExpectedPoint::sum_between), that its sum is more than zero and no more than its
/// measurements can have taken since its aggregation began.
///
/// ```should_panic
/// use otelier_testing::{assert_points, point};
///
/// # let capture = otelier_testing::Capture::new();
/// assert_points(
///     &capture.metrics(),
///     "http.server.request.duration",
///     [point().attr("http.request.method", "GET").attr("url.scheme", "http").count(1)],
/// );
/// ```
///
/// # Panics
/// If it has others, with the difference line by line.
#[track_caller]
pub fn assert_points(
    points: &[MetricPoint],
    name: impl Into<String>,
    expected: impl IntoIterator<Item = ExpectedPoint>,
) {
    let name = name.into();
    let mut expected = metric(name.clone()).points(expected);
    if let (Some(convention), false) = (conventions::of(&name), expected.points.is_empty()) {
        expected = expected.kind(convention.kind).unit(convention.unit);
        expected.bounds = convention.bounds.map(<[f64]>::to_vec);
    }
    if points.iter().any(|it| it.name == name && it.unit == "s" && it.sum().is_some()) {
        for point in &mut expected.points {
            point.sum = point.sum.or(Some(Sum::Plausible));
        }
    }
    assert_metric(points, expected);
}

/// Asserts that there is exactly this metric: kind, unit and bounds as far as they are given, and
/// all points.
///
/// # Panics
/// If it differs, with the difference line by line.
#[track_caller]
pub fn assert_metric(points: &[MetricPoint], expected: ExpectedMetric) {
    if let Err(mismatch) = check_metric(points, expected) {
        panic!("{mismatch}");
    }
}

/// Like [`assert_metric`] without the panic.
///
/// # Errors
/// The difference.
///
/// ```
/// use otelier_testing::{Capture, check_metric, metric, point};
///
/// let capture = Capture::new();
/// let difference = check_metric(&capture.metrics(), metric("jobs").point(point())).unwrap_err();
/// assert!(difference.to_string().contains("metric jobs"));
/// ```
pub fn check_metric(points: &[MetricPoint], expected: ExpectedMetric) -> Result<(), Mismatch> {
    let captured: Vec<_> = points.iter().filter(|it| it.name == expected.name).collect();
    let mut diff = Diff::default();
    match (expected.points.is_empty(), captured.is_empty()) {
        (false, true) => {
            diff.missing(0, format!("metric {}", expected.name));
            let names: BTreeSet<_> = points.iter().map(|it| it.name.as_str()).collect();
            diff.unexpected(0, format!("no such metric, only {names:?}"));
        }
        (true, false) => diff.unexpected(0, format!("metric {}", expected.name)),
        _ => diff.same(0, format!("metric {}", expected.name)),
    }
    if !captured.is_empty() {
        let all = |of: fn(&MetricPoint) -> String| {
            captured
                .iter()
                .map(|it| of(it))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(" | ")
        };
        let mut compare = |label: &str,
                           expected: Option<String>,
                           of: fn(&MetricPoint) -> String| {
            if let Some(expected) = expected {
                diff.compare(1, &format!("{label}: {expected}"), &format!("{label}: {}", all(of)));
            }
        };
        compare("kind", expected.kind.map(|it| format!("{it:?}")), |it| format!("{:?}", it.kind));
        compare("unit", expected.unit.map(|it| format!("{it:?}")), |it| format!("{:?}", it.unit));
        compare("scope", expected.scope, |it| it.scope.name.clone());
        compare("bounds", expected.bounds.map(|it| format!("{it:?}")), |it| match it.bounds() {
            Some(bounds) => format!("{bounds:?}"),
            None => "none".to_owned(),
        });
    }
    compare_points(&expected.points, &captured, &mut diff);
    diff.finish("metrics")
}

/// Expects a metric of this name, without points unless set.
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::metrics::MeterProvider as _;
/// use otelier_testing::{Capture, assert_metric, metric, point};
///
/// let capture = Capture::new();
/// let jobs = capture.meter_provider().meter("doc").u64_counter("jobs").with_unit("{job}").build();
/// jobs.add(2, &[KeyValue::new("kind", "mail")]);
/// assert_metric(
///     &capture.metrics(),
///     metric("jobs").counter().unit("{job}").point(point().attr("kind", "mail").value(2)),
/// );
/// ```
pub fn metric(name: impl Into<String>) -> ExpectedMetric {
    ExpectedMetric {
        name: name.into(),
        kind: None,
        unit: None,
        scope: None,
        bounds: None,
        points: Vec::new(),
    }
}

/// A metric as it is expected; made by [`metric`].
///
/// ```
/// use otelier_testing::{metric, point};
///
/// let expected = metric("queue.wait")
///     .histogram([0.1, 1.0, 10.0])
///     .unit("s")
///     .scope("worker")
///     .point(point().attr("queue", "mail").count(3).sum_between(0.2, 3.0));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ExpectedMetric {
    /// Points of other names are ignored.
    name: String,
    /// `None` accepts any, also several kinds under one name.
    kind: Option<MetricKind>,
    unit: Option<String>,
    scope: Option<String>,
    /// Of a histogram's buckets. `None`, here as in the others, checks nothing.
    bounds: Option<Vec<f64>>,
    /// All of them: other points are unexpected. None at all expects that there is no such metric.
    points: Vec<ExpectedPoint>,
}

impl ExpectedMetric {
    /// Expects this kind.
    pub fn kind(mut self, kind: MetricKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Expects a histogram with these bounds.
    pub fn histogram(mut self, bounds: impl IntoIterator<Item = f64>) -> Self {
        self.bounds = Some(bounds.into_iter().collect());
        self.kind(MetricKind::Histogram)
    }

    /// Expects a counter.
    pub fn counter(self) -> Self {
        self.kind(MetricKind::Counter)
    }

    /// Expects an up-down counter.
    pub fn up_down_counter(self) -> Self {
        self.kind(MetricKind::UpDownCounter)
    }

    /// Expects a gauge.
    pub fn gauge(self) -> Self {
        self.kind(MetricKind::Gauge)
    }

    /// Expects this unit.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Expects the instrumentation scope of this name.
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scope = Some(name.into());
        self
    }

    /// Expects one more point. The order of points does not matter.
    pub fn point(mut self, point: ExpectedPoint) -> Self {
        self.points.push(point);
        self
    }

    /// Expects these points too. The order of points does not matter.
    pub fn points(mut self, points: impl IntoIterator<Item = ExpectedPoint>) -> Self {
        self.points.extend(points);
        self
    }
}

/// Expects a point without attributes, whatever its value, unless set.
///
/// ```
/// use otelier_testing::{any, point};
///
/// let gauge = point().attr("pool.name", any()).value(3);
/// let histogram = point().attr("http.request.method", "GET").count(2);
/// ```
pub fn point() -> ExpectedPoint {
    ExpectedPoint { attributes: ExpectedAttributes::default(), value: None, count: None, sum: None }
}

/// A metric point as it is expected; made by [`point`].
///
/// ```
/// use otelier_testing::{matching, point};
///
/// let expected = point()
///     .attr("db.system.name", "mysql")
///     .attr("server.port", matching("a port", |it| it.as_int().is_some_and(|port| port > 0)))
///     .count(1)
///     .any_sum();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ExpectedPoint {
    attributes: ExpectedAttributes,
    /// Of a sum or gauge; `None` accepts any.
    value: Option<attributes::Expected>,
    /// Of a histogram; `None` accepts any.
    count: Option<u64>,
    /// Of a histogram; `None` accepts any.
    sum: Option<Sum>,
}

/// What is expected of the sum of a histogram's measurements.
#[derive(Clone, Copy, Debug)]
enum Sum {
    /// Anything.
    Any,
    /// Of seconds: more than none, and no more than can have passed.
    Plausible,
    /// Within these limits, both included.
    Between(f64, f64),
}

impl Sum {
    /// A `Plausible` sum of anything but seconds is accepted.
    fn accepts(self, point: &MetricPoint) -> bool {
        match self {
            Self::Any => true,
            Self::Between(least, most) => {
                point.sum().is_some_and(|sum| (least..=most).contains(&sum))
            }
            Self::Plausible => match (point.sum(), point.count()) {
                (Some(sum), Some(count)) if point.unit == "s" => {
                    let passed = point.time.duration_since(point.start).unwrap_or_default();
                    (count == 0 || sum > 0.0) && sum <= count as f64 * passed.as_secs_f64()
                }
                _ => true,
            },
        }
    }
}

impl ExpectedPoint {
    attribute_setters!();

    /// Expects this value of a sum or gauge.
    pub fn value(mut self, value: impl Into<attributes::Expected>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Expects this many measurements in a histogram.
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Expects this sum of a histogram's measurements.
    pub fn sum(self, sum: f64) -> Self {
        self.sum_between(sum, sum)
    }

    /// Expects a sum of a histogram's measurements within these limits, both included.
    pub fn sum_between(mut self, least: f64, most: f64) -> Self {
        self.sum = Some(Sum::Between(least, most));
        self
    }

    /// Accepts any sum of a histogram's measurements: for those that began before their aggregation
    /// did.
    pub fn any_sum(mut self) -> Self {
        self.sum = Some(Sum::Any);
        self
    }

    /// One line for the values, then the attributes below it.
    fn compare(&self, captured: &MetricPoint) -> Diff {
        let mut diff = Diff::default();
        let found = summary(&captured.data);
        match self.accepts(captured) {
            true => diff.same(1, found),
            false => {
                diff.missing(1, self.summary());
                diff.unexpected(1, found);
            }
        }
        self.attributes.compare(&captured.attributes, 2, &mut diff);
        diff
    }

    /// Whether the values are as expected, attributes aside.
    fn accepts(&self, captured: &MetricPoint) -> bool {
        let number = match &captured.data {
            PointData::Number(value) => Some(value),
            _ => None,
        };
        self.value.as_ref().is_none_or(|it| number.is_some_and(|value| it.accepts(value)))
            && self.count.is_none_or(|it| captured.count() == Some(it))
            && self.sum.is_none_or(|it| it.accepts(captured))
    }

    /// The line for what is expected of the values.
    fn summary(&self) -> String {
        let mut text = String::from("point");
        if let Some(value) = &self.value {
            text += &format!(" value {value}");
        }
        if let Some(count) = self.count {
            text += &format!(" count {count}");
        }
        match self.sum {
            Some(Sum::Between(least, most)) if least == most => {
                text += &format!(" sum {}", Value::Double(least));
            }
            Some(Sum::Between(least, most)) => text += &format!(" sum {least} to {most}"),
            Some(Sum::Plausible) => text += " sum above 0, below the time that passed",
            Some(Sum::Any) | None => {}
        }
        text
    }
}

/// The line for the captured values.
fn summary(data: &PointData) -> String {
    match data {
        PointData::Number(value) => format!("point value {value}"),
        PointData::Histogram { count, sum, .. }
        | PointData::ExponentialHistogram { count, sum, .. }
        | PointData::Summary { count, sum, .. } => {
            format!("point count {count} sum {}", Value::Double(*sum))
        }
    }
}

/// Pairs points and adds the lines of the pairs, then what is missing and what is unexpected.
fn compare_points(expected: &[ExpectedPoint], captured: &[&MetricPoint], diff: &mut Diff) {
    let diffs: Vec<Vec<Diff>> = expected
        .iter()
        .map(|expected| captured.iter().map(|it| expected.compare(it)).collect())
        .collect();
    let partners = pair(&diffs);
    for (index, expected) in expected.iter().enumerate() {
        match partners[index] {
            Some(partner) => diff.append(diffs[index][partner].clone()),
            None => {
                diff.missing(1, expected.summary());
                expected.attributes.draw(2, diff);
            }
        }
    }
    for (index, point) in captured.iter().enumerate() {
        if !partners.contains(&Some(index)) {
            diff.unexpected(1, summary(&point.data));
            attributes::draw(&point.attributes, 2, diff);
        }
    }
}
