//! Tables, exactly as they appear.

use super::*;

const STYLE: Style = Style { width: 80, color: false };

#[track_caller]
fn check(drawn: &str, expected: &str) {
    assert_eq!(drawn, expected.strip_prefix('\n').unwrap(), "\n{drawn}");
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn routes_have_counts_errors_and_quantiles() {
    let mut routes = Routes::default();
    for millis in 1..=100 {
        routes.add("api", "GET /ping", &SpanKind::Server, ms(millis), millis % 50 == 0);
    }
    routes.add("api", "process orders", &SpanKind::Consumer, ms(7), false);
    // Neither was served here.
    routes.add("api", "GET", &SpanKind::Client, ms(1), true);
    routes.add("api", "inner", &SpanKind::Internal, ms(1), true);
    check(
        &routes.draw(STYLE),
        "
── routes · 2 routes · 101 calls · 2 errors ────────────────────────────────────
   route           count  errors     p50     p95
   GET /ping         100       2  50.0ms  95.0ms
   process orders      1       0  7.00ms  7.00ms
",
    );
    assert_eq!(Routes::default().draw(STYLE), "");
}

#[test]
fn services_are_named_if_there_are_several() {
    let mut routes = Routes::default();
    routes.add("shop-api", "POST /orders", &SpanKind::Server, ms(31), true);
    routes.add("shop\u{1b}[2J", "POST /shipments", &SpanKind::Server, ms(1), false);
    check(
        &routes.draw(STYLE),
        "
── routes · 2 routes · 2 calls · 1 error ───────────────────────────────────────
   route            service        count  errors     p50     p95
   POST /orders     shop-api           1       1  31.0ms  31.0ms
   POST /shipments  shop\\u{1b}[2J      1       0  1.00ms  1.00ms
",
    );
}

#[test]
fn errors_are_red_and_quantiles_are_not() {
    let mut routes = Routes::default();
    routes.add("api", "GET /", &SpanKind::Server, ms(1), true);
    let drawn = routes.draw(Style { width: 60, color: true });
    let last = drawn.lines().last().unwrap();
    assert_eq!(
        last,
        "   \u{1b}[1mGET /\u{1b}[0m      1       \u{1b}[38;5;160m1\u{1b}[0m  1.00ms  1.00ms"
    );
}

#[test]
fn past_their_bounds_calls_are_only_counted() {
    let mut routes = Routes::default();
    for name in 0..MOST_ROUTES + 3 {
        routes.add("api", &name.to_string(), &SpanKind::Server, ms(1), false);
    }
    // The durations of the last calls are kept, and those of the first are not.
    for _ in 0..MOST_DURATIONS + 10 {
        routes.add("api", "0", &SpanKind::Server, ms(1), false);
    }
    for _ in 0..MOST_DURATIONS {
        routes.add("api", "0", &SpanKind::Server, ms(9), false);
    }
    assert_eq!(routes.routes[0].durations, [ms(9); MOST_DURATIONS]);
    let drawn = routes.draw(STYLE);
    assert!(drawn.ends_with("\n   and 3 calls of other routes\n"), "{drawn}");
    assert!(drawn.starts_with("── routes · 256 routes · 2317 calls ─"), "{drawn}");
}

#[test]
fn metrics_have_a_line_each() {
    use MetricValue::{Gauge, Histogram, Sum};
    let series = [
        MetricRow::new("jobs", "{job}", Sum(2.0)),
        MetricRow::new("http.server.request.duration", "s", Histogram(3, 0.03)),
        MetricRow::new("http.server.request.duration", "s", Histogram(1, 0.05)),
        MetricRow::new("jobs", "{job}", Sum(3.0)),
        MetricRow::new("memory", "By", Gauge(1024.0)),
        MetricRow::new("queue", "", Gauge(1.0)),
        MetricRow::new("queue", "", Gauge(4.0)),
        MetricRow::new("unused", "s", Histogram(0, 0.0)),
    ];
    check(
        &metrics(&series, STYLE),
        "
── metrics · 5 metrics · 8 series ──────────────────────────────────────────────
   http.server.request.duration    2 series  n 4  mean 20.0ms
   jobs                            2 series  5.00
   memory                          1 series  1.00KiB
   queue                           2 series  1.00 to 4.00
   unused                          1 series  0ns
",
    );
    assert_eq!(metrics(&[], STYLE), "");
}
