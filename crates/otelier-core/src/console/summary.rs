//! What a run comes to: a table of routes, and a line for each metric.
//!
//! Both work on rows, and not on what the SDK collects, so that what was received can be summed up
//! too.
//!
//! ```
//! # mod otelier { pub use otelier_core::*; }
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! use opentelemetry::trace::SpanKind;
//! use otelier::console::summary::routes;
//! use otelier::console::tree::{SpanRow, Style};
//!
//! let end = UNIX_EPOCH + Duration::from_millis(8);
//! let name = "GET /ping".to_owned();
//! let rows = [SpanRow { name, kind: SpanKind::Server, end, ..SpanRow::default() }];
//! assert_eq!(
//!     routes(&rows, Style { width: 60, color: false }),
//!     "\
//! ── routes · 1 route · 1 call ───────────────────────────────
//!    route      count  errors     p50     p95
//!    GET /ping      1       0  8.00ms  8.00ms
//! "
//! );
//! ```

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::trace::SpanKind;

use super::metrics::Unit;
use super::style::{Ink, Line, Style, rule};
use super::text;
use super::tree::SpanRow;

/// How many routes have a line.
///
/// Calls of further ones are only counted together: names that hold ids would fill the memory.
const MOST_ROUTES: usize = 256;
/// Of so many calls of a route, the last ones, the durations are kept.
const MOST_DURATIONS: usize = 1024;
/// Which of a route's values has its errors. Its cell is red unless it is zero.
const ERRORS: usize = 1;

/// Draws a table of the requests and messages that were served, by the names of their spans: how
/// many there were, how many failed, and the duration that half of them and 95 % of them took at
/// most.
///
/// Only spans of the kinds SERVER and CONSUMER count. Without any, this is empty.
#[must_use]
pub fn routes(spans: &[SpanRow], style: Style) -> String {
    let mut routes = Routes::default();
    for span in spans {
        routes.add(&span.service, &span.name, &span.kind, span.duration(), span.is_error());
    }
    routes.draw(style)
}

/// The calls of each route.
///
/// Spans are counted one by one as they end, and not kept. The memory is bounded by the number of
/// routes, whose names may come from anyone who sends requests, and by the number of durations of
/// each. The quantiles are those of the last calls; the counts are of all calls.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// In the order in which they were called first; at most `MOST_ROUTES`.
    routes: Vec<Route>,
    /// By service and name. The value is the place in `routes`.
    index: HashMap<(String, String), usize>,
    /// Calls of routes beyond the bound.
    ///
    /// They are in the number of calls, and have no errors and durations.
    others: u64,
}

/// What is known of the calls that have one service and one name.
#[derive(Debug)]
struct Route {
    service: String,
    name: String,
    /// All calls, those whose duration is no longer kept among them.
    count: u64,
    errors: u64,
    /// Of the last calls, in no order. At most `MOST_DURATIONS`; then each new one takes the place
    /// of the oldest.
    durations: Vec<Duration>,
}

impl Routes {
    /// Counts a span, if it is a call that was served. Spans of other kinds than SERVER and
    /// CONSUMER are left out. Once there are `MOST_ROUTES` routes, a call of a new one only adds to
    /// `others`.
    pub(super) fn add(
        &mut self,
        service: &str,
        name: &str,
        kind: &SpanKind,
        duration: Duration,
        is_error: bool,
    ) {
        if !matches!(kind, SpanKind::Server | SpanKind::Consumer) {
            return;
        }
        let key = (service.to_owned(), name.to_owned());
        let at = match self.index.get(&key) {
            Some(at) => *at,
            None if self.routes.len() >= MOST_ROUTES => {
                self.others += 1;
                return;
            }
            None => {
                let (service, name) = key.clone();
                self.routes.push(Route {
                    service,
                    name,
                    count: 0,
                    errors: 0,
                    durations: Vec::new(),
                });
                self.index.insert(key, self.routes.len() - 1);
                self.routes.len() - 1
            }
        };
        let route = &mut self.routes[at];
        match route.durations.len() {
            MOST_DURATIONS => route.durations[route.count as usize % MOST_DURATIONS] = duration,
            _ => route.durations.push(duration),
        }
        route.count += 1;
        route.errors += u64::from(is_error);
    }

    /// The table, with the routes in the order in which they were called first. Empty if there were
    /// none. The column for services is there if the routes are of several.
    pub(super) fn draw(&self, style: Style) -> String {
        let mut out = String::new();
        let Some(first) = self.routes.first() else { return out };
        let has_services = self.routes.iter().any(|route| route.service != first.service);
        let calls = self.routes.iter().map(|route| route.count).sum::<u64>() + self.others;
        let errors: u64 = self.routes.iter().map(|route| route.errors).sum();
        let mut facts = vec![
            (text::count(self.routes.len(), "route"), Ink::Plain),
            (text::count(calls as usize, "call"), Ink::Plain),
        ];
        if errors > 0 {
            facts.push((text::count(errors as usize, "error"), Ink::Red));
        }
        rule(&mut out, style, "routes", &facts, &[]);

        let names = self.routes.iter().map(|route| text::harmless(&route.name));
        let services = self.routes.iter().map(|route| text::harmless(&route.service));
        let names = Column::new("route", names.collect(), style.columns() * 2 / 5);
        let services = Column::new("service", services.collect(), style.columns() / 5);
        let head = ["count", "errors", "p50", "p95"].map(str::to_owned);
        let rows = self.routes.iter().map(Route::values);
        for (index, values) in std::iter::once(head).chain(rows).enumerate() {
            let is_head = index == 0;
            let mut line = Line::new(style);
            line.pad_to(3).push(&names.texts[index], if is_head { Ink::Dim } else { Ink::Bold });
            let mut column = 3 + names.width;
            if has_services {
                line.pad_to(column + 2).push(&services.texts[index], Ink::Dim);
                column += 2 + services.width;
            }
            for (at, (value, width)) in values.iter().zip([5, 6, 6, 6]).enumerate() {
                let ink = match () {
                    () if is_head => Ink::Dim,
                    () if at == ERRORS && value != "0" => Ink::Red,
                    () => Ink::Plain,
                };
                column += 2 + width;
                line.pad_to(column.saturating_sub(text::width(value))).push(value, ink);
            }
            line.finish(&mut out);
        }
        if self.others > 0 {
            let mut line = Line::new(style);
            let others =
                format!("and {} of other routes", text::count(self.others as usize, "call"));
            line.pad_to(3).push(&others, Ink::Dim).finish(&mut out);
        }
        out
    }
}

impl Route {
    /// The cells of its line: count, errors, p50, p95.
    fn values(&self) -> [String; 4] {
        let mut durations = self.durations.clone();
        durations.sort_unstable();
        // The nearest rank: a duration that was measured.
        let quantile = |percent: usize| {
            let rank = (durations.len() * percent).div_ceil(100).max(1);
            text::duration(durations.get(rank - 1).copied().unwrap_or_default())
        };
        [self.count.to_string(), self.errors.to_string(), quantile(50), quantile(95)]
    }
}

/// Texts of one width, the head first. Those that are longer are cut.
struct Column {
    texts: Vec<String>,
    width: usize,
}

impl Column {
    /// `most` is the most columns that it may take.
    fn new(head: &str, mut texts: Vec<String>, most: usize) -> Self {
        texts.insert(0, head.to_owned());
        let width = texts.iter().map(|text| text::width(text)).max().unwrap_or(0).min(most);
        for text in &mut texts {
            *text = text::fit(text, width);
        }
        Self { texts, width }
    }
}

/// A series of a metric, as [`metrics`] sums it up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MetricRow {
    /// The metric's name.
    pub name: String,
    /// The metric's unit.
    pub unit: String,
    /// The value of the series.
    pub value: MetricValue,
}

impl MetricRow {
    /// A series.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: impl Into<String>, value: MetricValue) -> Self {
        Self { name: name.into(), unit: unit.into(), value }
    }
}

/// The value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricValue {
    /// A counter, or a counter that also goes down.
    Sum(f64),
    /// The last value.
    Gauge(f64),
    /// How many measurements there were, and their sum.
    Histogram(u64, f64),
}

/// Draws a line for each metric: how many series it has, and the sum of a counter, the range of a
/// gauge, the number and mean of a histogram's measurements. Seconds and bytes are humanized.
///
/// Without any series, this is empty.
#[must_use]
pub fn metrics(series: &[MetricRow], style: Style) -> String {
    let mut out = String::new();
    let mut names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return out;
    }
    let facts = [
        (text::count(names.len(), "metric"), Ink::Plain),
        (format!("{} series", series.len()), Ink::Plain),
    ];
    rule(&mut out, style, "metrics", &facts, &[]);
    let shown = names.iter().map(|name| text::harmless(name)).collect();
    let shown = Column::new("", shown, style.columns() * 3 / 5);
    for (name, shown_name) in names.iter().zip(&shown.texts[1..]) {
        let of_metric: Vec<&MetricRow> = series.iter().filter(|it| it.name == *name).collect();
        let mut line = Line::new(style);
        line.pad_to(3).push(shown_name, Ink::Bold).pad_to(3 + shown.width + 2);
        line.push(&format!("{:>3} series", of_metric.len()), Ink::Dim).push("  ", Ink::Plain);
        line.push(&total(&of_metric), Ink::Plain).finish(&mut out);
    }
    out
}

/// The series of one metric as one value, in the unit of the first: the sum of sums, the range of
/// gauges, or the number and mean of measurements. If the kinds are mixed, gauges are shown before
/// histograms, and these before sums.
fn total(series: &[&MetricRow]) -> String {
    let unit = Unit(series.first().map_or("", |series| &series.unit));
    let (mut count, mut sum) = (0, 0.0);
    let mut gauges: Vec<f64> = Vec::new();
    for series in series {
        match series.value {
            MetricValue::Sum(value) => sum += value,
            MetricValue::Gauge(value) => gauges.push(value),
            MetricValue::Histogram(measured, value) => {
                count += measured;
                sum += value;
            }
        }
    }
    gauges.sort_by(f64::total_cmp);
    match (gauges.first(), gauges.last()) {
        (Some(least), Some(most)) if least == most => unit.show(*most),
        (Some(least), Some(most)) => format!("{} to {}", unit.show(*least), unit.show(*most)),
        _ if count > 0 => format!("n {count}  mean {}", unit.show(sum / count as f64)),
        _ => unit.show(sum),
    }
}

#[cfg(test)]
mod tests;
