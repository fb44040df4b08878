//! Metrics, as a table with a line for each series.
//!
//! A collection is turned into text of cells while the SDK lends it, and drawn on the thread of
//! `Output`. There are no numbers in a `Table` any more: each kind of aggregation has become an
//! attribute cell, a value cell and, for histograms, a shape. So drawing has one case only.
//!
//! Metrics are cumulative, so a value is that of everything since the start. A series whose value
//! is as it was in the table before is left out (`changes`). Values of counters and gauges are
//! exact unless the unit is seconds or bytes. Quantiles of histograms are estimates from their
//! buckets, and exponential histograms have none.

mod changes;

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use self::changes::Changes;
use super::style::{Ink, Line, Style, rule};
use super::{Console, FLUSH_TIMEOUT, service_name, text};

/// Writes each collection of metrics to the console as a table.
///
/// Under each metric's name, kind and unit stands a line per series: its attributes (the last part
/// of their keys) and its value; for a histogram the count, the mean, an estimate of the median and
/// of the 99th percentile, and the shape of the distribution. Seconds and bytes are humanized.
/// Values are cumulative. What is as it was in the table before is left out, and so is a table
/// without a change.
#[derive(Debug)]
pub struct ConsoleMetricExporter {
    /// Where the tables go, shared with the other exporters.
    console: Console,
    changes: Changes,
}

impl ConsoleMetricExporter {
    /// Writes to `console`.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self { console: console.clone(), changes: Changes::default() }
    }
}

impl PushMetricExporter for ConsoleMetricExporter {
    /// Never fails: what the terminal cannot take is dropped and counted by `Output`. Instruments
    /// without a series are left out, and a collection without any is not drawn.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let service = service_name(metrics.resource());
        let mut tables: Vec<_> = metrics
            .scope_metrics()
            .flat_map(ScopeMetrics::metrics)
            .map(|metric| {
                let unit = Unit(metric.unit());
                let (kind, series) = match metric.data() {
                    AggregatedMetrics::F64(data) => series(data, unit),
                    AggregatedMetrics::U64(data) => series(data, unit),
                    AggregatedMetrics::I64(data) => series(data, unit),
                };
                Table {
                    name: metric.name().to_owned(),
                    kind,
                    unit: metric.unit().to_owned(),
                    series,
                }
            })
            .collect();
        let unchanged = self.changes.retain(&mut tables);
        if !tables.is_empty() {
            let (style, now) = (self.console.style, SystemTime::now());
            self.console.output.submit(move || draw(&tables, unchanged, &service, now, style));
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.console.flush(FLUSH_TIMEOUT)
    }

    /// The SDK has collected and exported once more before it calls this.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.console.flush(timeout)
    }

    /// The reader of the tables sees totals, without having to add up.
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// One metric, ready to be drawn.
///
/// It owns its texts, as it is drawn after the SDK has taken the collection back.
struct Table {
    name: String,
    /// `counter`, `up/down`, `gauge` or `histogram`.
    kind: &'static str,
    unit: String,
    /// At least one; those of an instrument in the order in which the SDK has them.
    series: Vec<Series>,
}

/// One series: its attributes, its value, and the shape of a histogram.
struct Series {
    /// `method=GET route=/ping`; empty for a series without attributes.
    attributes: String,
    /// The value, or count, mean and quantiles.
    value: String,
    /// A bar for each bucket; empty unless it is a histogram.
    shape: String,
}

/// The three types that the SDK measures in.
///
/// So that what follows is written once for all of them.
trait Number: Copy + Display {
    /// Large whole numbers lose digits, which does not show where three digits are drawn.
    fn to_f64(self) -> f64;
}

macro_rules! impl_number {
    ($($number:ty),*) => {$(
        impl Number for $number {
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}
impl_number!(f64, u64, i64);

/// The word for the instrument, and its series.
fn series<T: Number>(data: &MetricData<T>, unit: Unit<'_>) -> (&'static str, Vec<Series>) {
    match data {
        MetricData::Gauge(gauge) => {
            let points =
                gauge.data_points().map(|point| (labels(point.attributes()), point.value()));
            ("gauge", points.map(|point| plain(point, unit)).collect())
        }
        MetricData::Sum(sum) => {
            let points = sum.data_points().map(|point| (labels(point.attributes()), point.value()));
            let kind = if sum.is_monotonic() { "counter" } else { "up/down" };
            (kind, points.map(|point| plain(point, unit)).collect())
        }
        MetricData::Histogram(histogram) => {
            let points = histogram.data_points().map(|point| {
                let (bounds, counts): (Vec<_>, Vec<_>) =
                    (point.bounds().collect(), point.bucket_counts().collect());
                let buckets = Buckets {
                    bounds: &bounds,
                    counts: &counts,
                    min: point.min().map(Number::to_f64),
                    max: point.max().map(Number::to_f64),
                };
                let mut value = summary(point.count(), point.sum().to_f64(), unit);
                for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                    if let Some(quantile) = buckets.quantile(share) {
                        value.push_str(&format!("  {name} {}", unit.show(quantile)));
                    }
                }
                Series { attributes: labels(point.attributes()), value, shape: shape(&counts) }
            });
            ("histogram", points.collect())
        }
        MetricData::ExponentialHistogram(histogram) => {
            let points = histogram.data_points().map(|point| {
                let counts: Vec<_> = point.positive_bucket().counts().collect();
                Series {
                    attributes: labels(point.attributes()),
                    value: summary(point.count() as u64, point.sum().to_f64(), unit),
                    shape: shape(&counts),
                }
            });
            ("histogram", points.collect())
        }
    }
}

/// A series with one number. Humanized for seconds and bytes, and otherwise with all its digits.
fn plain<T: Number>((attributes, value): (String, T), unit: Unit<'_>) -> Series {
    let value = match unit.0 {
        "s" | "By" => unit.show(value.to_f64()),
        _ => value.to_string(),
    };
    Series { attributes, value, shape: String::new() }
}

/// The count and the mean of a histogram; no mean without measurements.
fn summary(count: u64, sum: f64, unit: Unit<'_>) -> String {
    match count {
        0 => "n 0".to_owned(),
        _ => format!("n {count}  mean {}", unit.show(sum / count as f64)),
    }
}

/// `method=GET route=/ping`: the namespaces would fill the line, and the values say what they are
/// of. Only the last segment of each key is shown. Sorted, so that a series looks the same in each
/// table.
fn labels<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut labels: Vec<_> = attributes
        .map(|kv| {
            let key = kv.key.as_str();
            let name = key.rsplit('.').next().unwrap_or(key);
            format!("{}={}", text::harmless(name), text::harmless(&kv.value.as_str()))
        })
        .collect();
    labels.sort_unstable();
    labels.join(" ")
}

/// A unit, which decides how values are shown.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a>(pub(super) &'a str);

impl Unit<'_> {
    /// `12.3ms` for `s`, `1.50MiB` for `By`, and otherwise three digits without a unit, which the
    /// head of the table names. Seconds that are negative or no number are shown as a number.
    pub(super) fn show(self, value: f64) -> String {
        match self.0 {
            "s" => match Duration::try_from_secs_f64(value) {
                Ok(duration) => text::duration(duration),
                Err(_) => format!("{}s", text::digits(value)),
            },
            "By" => bytes(value),
            _ => text::digits(value),
        }
    }
}

/// Whole bytes below a kibibyte, and otherwise three digits in the largest binary unit that fits,
/// up to `TiB`. Negative values keep their sign.
fn bytes(value: f64) -> String {
    /// Each is 1024 of the one before it. Larger values are shown in the last one.
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1023.5 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{}B", scaled.round()),
        _ => format!("{}{}", text::digits(scaled), UNITS[unit]),
    }
}

/// The buckets of a histogram: one more than there are bounds.
struct Buckets<'a> {
    /// The upper bounds, ascending; the last bucket has none.
    bounds: &'a [f64],
    /// Measurements in each bucket.
    counts: &'a [u64],
    /// The least measurement, if the aggregation records it.
    min: Option<f64>,
    /// The greatest measurement, if the aggregation records it.
    max: Option<f64>,
}

impl Buckets<'_> {
    /// The value below which `share` of all lie, supposing that each bucket is filled evenly.
    /// Between `min` and `max` where they are known. `None` without measurements.
    ///
    /// The first bucket begins at `min`, or at 0 without it; the last one ends at `max`, or where
    /// it begins.
    fn quantile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = share * total as f64;
        let mut below = 0.0;
        for (index, count) in self.counts.iter().map(|count| *count as f64).enumerate() {
            if count > 0.0 && below + count >= rank {
                let lower = index.checked_sub(1).and_then(|index| self.bounds.get(index).copied());
                let lower = lower.or(self.min).unwrap_or(0.0);
                let upper = self.bounds.get(index).copied().or(self.max).unwrap_or(lower);
                let value = lower + (upper - lower) * ((rank - below) / count);
                return Some(value.max(self.min.unwrap_or(value)).min(self.max.unwrap_or(value)));
            }
            below += count;
        }
        self.max
    }
}

/// The distribution as a row of bars, from the first bucket that holds anything to the last. The
/// highest bar is the fullest bucket; a bucket that holds anything has a bar at least, and an empty
/// one a space. Empty if nothing was measured.
fn shape(counts: &[u64]) -> String {
    /// From an eighth of a line's height to all of it.
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let filled = |count: &u64| *count > 0;
    let (Some(first), Some(last)) =
        (counts.iter().position(filled), counts.iter().rposition(filled))
    else {
        return String::new();
    };
    let counts = &counts[first..=last];
    let most = counts.iter().copied().max().unwrap_or(1) as f64;
    let bar = |count: &u64| match *count {
        0 => ' ',
        count => BARS[((count as f64 / most * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    counts.iter().map(bar).collect()
}

/// The tables of one collection, below a rule with the service and the time. Values begin at one
/// column in all of them; attributes are cut so that values and shapes fit, but keep 12 columns.
fn draw(
    tables: &[Table],
    unchanged: usize,
    service: &str,
    now: SystemTime,
    style: Style,
) -> String {
    /// Shapes of more buckets are cut.
    const WIDEST_SHAPE: usize = 20;
    /// Attributes are indented by two columns against the metric's name.
    const LABELS_AT: usize = 5;
    let width = style.columns();
    let series = || tables.iter().flat_map(|table| &table.series);
    let value = series().map(|series| text::width(&series.value)).max().unwrap_or(0);
    let shape =
        series().map(|series| text::width(&series.shape)).max().unwrap_or(0).min(WIDEST_SHAPE);
    let labels = series().map(|series| text::width(&series.attributes)).max().unwrap_or(0);
    let labels = labels.min(width.saturating_sub(LABELS_AT + value + shape + 4).max(12));

    let mut out = String::new();
    let mut facts = vec![
        (text::count(tables.len(), "instrument"), Ink::Plain),
        (format!("{} series", series().count()), Ink::Plain),
    ];
    if unchanged > 0 {
        facts.push((format!("{unchanged} as before"), Ink::Dim));
    }
    if !service.is_empty() {
        facts.insert(0, (text::fit(&text::harmless(service), 24), Ink::Cyan));
    }
    rule(&mut out, style, "metrics", &facts, &[&text::time_of_day(now)]);
    for table in tables {
        let mut line = Line::new(style);
        line.pad_to(3).push(&text::harmless(&table.name), Ink::Bold);
        line.push("  ", Ink::Plain).push(table.kind, Ink::Dim);
        line.push("  ", Ink::Plain).push(&text::harmless(&table.unit), Ink::Dim);
        line.finish(&mut out);
        for series in &table.series {
            let mut line = Line::new(style);
            line.pad_to(LABELS_AT).push(&text::fit(&series.attributes, labels), Ink::Plain);
            let start = LABELS_AT + if labels > 0 { labels + 2 } else { 0 };
            line.pad_to(start).push(&series.value, Ink::Green);
            line.pad_to(start + value + 2).push(&text::fit(&series.shape, shape), Ink::Cyan);
            line.finish(&mut out);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests;
