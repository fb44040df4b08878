//! The assertions: what they accept, and the difference they print.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};

use super::*;
use crate::{Capture, MetricPoint, Span};

/// A server span with two children, one of which failed.
fn request() -> Vec<Span> {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("lib");
    let mut server = tracer.span_builder("GET /ping").with_kind(SpanKind::Server).start(&tracer);
    server.set_attribute(KeyValue::new("http.request.method", "GET"));
    server.set_attribute(KeyValue::new("http.response.status_code", 200));
    server.set_attribute(KeyValue::new("server.port", 41234));
    let cx = Context::new().with_span(server);
    for (name, failed) in [("make answer", false), ("store", true)] {
        let mut child = tracer.start_with_context(name, &cx);
        child.set_attribute(KeyValue::new("length", 12));
        if failed {
            child.set_attribute(KeyValue::new("error.type", "timeout"));
            child.set_status(Status::error("took too long"));
        }
        child.end();
    }
    cx.span().end();
    capture.spans()
}

fn expected() -> ExpectedSpan {
    span("GET /ping")
        .server()
        .root()
        .scope("lib")
        .service("test")
        .attr("http.request.method", "GET")
        .attr("http.response.status_code", 200)
        .attr_any("server.port")
        .children([
            span("store").error_described("timeout", "took too long").attr("length", 12),
            span("make answer")
                .attr("length", matching("at least 10", |it| it.as_int() >= Some(10))),
        ])
}

fn trees(spans: &[Span], expected: impl IntoIterator<Item = ExpectedSpan>) -> String {
    check_trees(spans, expected).map_or_else(|it| it.to_string(), |()| "same".to_owned())
}

#[test]
fn tree_equality_ignores_order_of_siblings() {
    assert_tree(&request(), expected());
}

#[test]
fn a_difference_prints_the_whole_tree_with_marks() {
    let wrong = span("GET /ping")
        .server()
        .attr("http.request.method", "POST")
        .attr("http.route", "/ping")
        .attr("http.response.status_code", 200)
        .error("500")
        .child(
            span("make answer")
                .attr("length", matching("an even dozen", |it| it.as_str() == Some("12"))),
        )
        .child(span("fetch").client().attr("url.full", any()));
    let text = r#"span trees differ (- expected, + captured):
  [SERVER] GET /ping
-     status: Error
+     status: Unset
-     error.type = "500"
-     http.request.method = "POST"
+     http.request.method = "GET"
      http.response.status_code = 200
-     http.route = "/ping"
+     server.port = 41234
      [INTERNAL] make answer
-         length = (an even dozen)
+         length = 12
-     [CLIENT] fetch
-         url.full = (any)
+     [INTERNAL] store
+         status: Error "took too long"
+         error.type = "timeout"
+         length = 12"#;
    assert_eq!(trees(&request(), [wrong]), text);
}

#[test]
#[should_panic(expected = "+ [SERVER] GET /ping")]
fn no_tree_means_no_span() {
    assert_trees(&request(), []);
}

#[test]
fn missing_trees_are_printed() {
    let text =
        "span trees differ (- expected, + captured):\n- [CLIENT] GET\n-     url.full = (any)";
    assert_eq!(trees(&[], [span("GET").client().attr_any("url.full")]), text);
    assert_eq!(draw_tree(&[]), "(no spans)");
}

#[test]
fn every_part_of_a_span_counts() {
    let spans = request();
    for (wrong, line) in [
        (expected().client(), "- [CLIENT] GET /ping\n+ [SERVER] GET /ping"),
        (expected().scope("other"), "-     scope: other\n+     scope: lib"),
        (expected().service("other"), "-     service: \"other\"\n+     service: \"test\""),
        (expected().status(Status::Ok), "-     status: Ok\n+     status: Unset"),
        (
            expected().attr("server.port", "41234"),
            "-     server.port = \"41234\"\n+     server.port = 41234",
        ),
        (expected().no_attr("server.port"), "+     server.port = 41234"),
        (expected().event(event("e").attr("k", 1)), "-     event: e\n-         k = 1"),
        (
            expected().link(link_to(&SpanContext::NONE)),
            "-     link: 00000000000000000000000000000000 0",
        ),
        (expected().child(span("more")), "-     [INTERNAL] more"),
        (expected().remote_parent(SpanContext::NONE), "+     parent: none"),
    ] {
        let text = trees(&spans, [wrong]);
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn a_subset_allows_more_but_not_what_is_excluded() {
    let open =
        || span("GET /ping").server().attr("http.request.method", "GET").subset().any_children();
    assert_tree(&request(), open());
    let text = trees(&request(), [open().no_attr("server.port").attr("missing", 1)]);
    let expected = r#"span trees differ (- expected, + captured):
  [SERVER] GET /ping
      http.request.method = "GET"
      http.response.status_code = 200
-     missing = 1
+     server.port = 41234"#;
    assert_eq!(text, expected);
}

#[test]
fn the_description_of_an_error_counts_unless_said_otherwise() {
    let capture = Capture::new();
    let mut failed = capture.tracer_provider().tracer("t").start("s");
    failed.set_status(Status::error("why"));
    failed.end();
    let text = trees(&capture.spans(), [span("s").status(Status::error(""))]);
    assert!(text.ends_with("-     status: Error\n+     status: Error \"why\""), "{text}");
    assert_tree(&capture.spans(), span("s").status(Status::error("")).any_description());
}

#[test]
fn events_and_links_are_compared_in_order() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("t");
    let mut target = tracer.start("target");
    target.end();
    let target = target.span_context().clone();
    let linked = vec![Link::new(target.clone(), vec![KeyValue::new("l", 1)], 0)];
    let mut source = tracer.span_builder("source").with_links(linked).start(&tracer);
    source.add_event("first", vec![KeyValue::new("e", 1)]);
    source.add_event("second", vec![]);
    source.end();
    let spans = [capture.span("source")];

    let right =
        || span("source").link(link_to(&target).attr("l", 1)).event(event("first").attr("e", 1));
    assert_tree(&spans, right().event(event("second")));
    let text = trees(&spans, [right()]);
    let link = format!("link: {} {}", target.trace_id(), target.span_id());
    let expected = format!(
        "span trees differ (- expected, + captured):\n  [INTERNAL] source\n      event: \
         first\n          e = 1\n\
         +     event: second\n      {link}\n          l = 1"
    );
    assert_eq!(text, expected);
    let text =
        trees(&spans, [span("source").event(event("second")).event(event("first")).any_links()]);
    let order = "-     event: second\n+     event: first\n+         e = 1\n-     event: \
                 first\n+     event: second";
    assert!(text.ends_with(order), "{text}");
    assert_tree(&spans, span("source").any_events().any_links());
}

#[test]
fn loose_expectations_leave_strict_ones_their_span() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("t");
    for value in [1, 2] {
        let mut span = tracer.start("s");
        span.set_attribute(KeyValue::new("k", value));
        span.end();
    }
    assert_trees(&capture.spans(), [span("s").attr_any("k"), span("s").attr("k", 1)]);

    let counter = capture.meter_provider().meter("m").u64_counter("c").build();
    counter.add(1, &[KeyValue::new("k", 1)]);
    counter.add(1, &[KeyValue::new("k", 2)]);
    assert_points(&capture.metrics(), "c", [point().attr_any("k"), point().attr("k", 1)]);
}

#[test]
fn duplicate_spans_and_parent_cycles_are_shown() {
    let mut spans = request();
    spans.push(spans[0].clone());
    assert!(trees(&spans, [expected()]).contains("+     [INTERNAL] make answer"));

    let mut ring = vec![request().remove(0)];
    ring[0].parent_span_id = Some(ring[0].span_id);
    assert!(trees(&ring, []).contains("+ [INTERNAL] make answer"));
}

#[test]
fn spans_are_drawn_as_a_tree() {
    let text = r#"[SERVER] GET /ping
    http.request.method = "GET"
    http.response.status_code = 200
    server.port = 41234
    [INTERNAL] make answer
        length = 12
    [INTERNAL] store
        status: Error "took too long"
        error.type = "timeout"
        length = 12"#;
    assert_eq!(draw_tree(&request()), text);
}

fn durations() -> Vec<MetricPoint> {
    let capture = Capture::new();
    let meter = capture.meter_provider().meter("lib");
    let histogram =
        meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![0.1, 1.0]).build();
    histogram.record(0.5, &[KeyValue::new("method", "GET")]);
    histogram.record(0.25, &[KeyValue::new("method", "GET")]);
    histogram.record(2.0, &[KeyValue::new("method", "GET"), KeyValue::new("error.type", "500")]);
    meter.i64_up_down_counter("active").build().add(0, &[]);
    capture.metrics()
}

fn duration() -> ExpectedMetric {
    metric("duration").unit("s").histogram([0.1, 1.0]).scope("lib").points([
        point().attr("method", "GET").attr("error.type", "500").count(1).sum(2.0),
        point().attr("method", "GET").count(2).sum_between(0.7, 0.8),
    ])
}

fn metrics(expected: ExpectedMetric) -> String {
    check_metric(&durations(), expected).map_or_else(|it| it.to_string(), |()| "same".to_owned())
}

#[test]
fn metric_equality_ignores_order_of_points() {
    assert_metric(&durations(), duration());
    assert_points(&durations(), "active", [point().value(0)]);
    assert_points(&durations(), "nothing", []);
}

#[test]
fn a_different_metric_prints_what_differs() {
    let wrong = metric("duration")
        .unit("ms")
        .counter()
        .point(point().attr("method", "GET").count(3))
        .point(point().attr("method", "PUT").attr_any("error.type").count(1).sum_between(0.0, 1.0));
    let text = r#"metrics differ (- expected, + captured):
  metric duration
-     kind: Counter
+     kind: Histogram
-     unit: "ms"
+     unit: "s"
-     point count 3
+     point count 2 sum 0.75
          method = "GET"
-     point count 1 sum 0 to 1
+     point count 1 sum 2.0
          error.type = "500"
-         method = "PUT"
+         method = "GET""#;
    assert_eq!(metrics(wrong), text);
}

#[test]
fn missing_and_unexpected_points_and_metrics_are_printed() {
    let text = r#"metrics differ (- expected, + captured):
- metric size
+ no such metric, only {"active", "duration"}
-     point value 1
-         k = (any)"#;
    assert_eq!(metrics(metric("size").point(point().attr_any("k").value(1))), text);

    let text = r#"metrics differ (- expected, + captured):
+ metric active
+     point value 0"#;
    assert_eq!(metrics(metric("active")), text);
}

#[test]
fn every_part_of_a_metric_counts() {
    for (wrong, lines) in [
        (duration().histogram([1.0]), "-     bounds: [1.0]\n+     bounds: [0.1, 1.0]"),
        (duration().scope("other"), "-     scope: other\n+     scope: lib"),
        (duration().gauge(), "-     kind: Gauge\n+     kind: Histogram"),
        (
            metric("active").up_down_counter().point(point().value(1)),
            "-     point value 1\n+     point value 0",
        ),
        (metric("active").point(point().value(0.0)), "-     point value 0.0\n+     point value 0"),
        (metric("active").point(point().count(0)), "-     point count 0\n+     point value 0"),
        (duration().point(point()), "-     point"),
    ] {
        let text = metrics(wrong);
        assert!(text.contains(lines), "{lines}\nis not in\n{text}");
    }
}

/// Records `seconds` into a histogram and asserts a point without stating its sum.
fn assert_recorded(name: &'static str, unit: &'static str, bounds: &[f64], seconds: f64) {
    let capture = Capture::new();
    let histogram = capture
        .meter_provider()
        .meter("lib")
        .f64_histogram(name)
        .with_unit(unit)
        .with_boundaries(bounds.to_vec())
        .build();
    // Something has to pass between the start of the aggregation and its collection.
    let started = std::time::Instant::now();
    while started.elapsed() < std::time::Duration::from_micros(200) {}
    histogram.record(seconds, &[]);
    assert_points(&capture.metrics(), name, [point().count(1)]);
}

fn panics(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(work).expect_err("an assertion fails");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

const DATABASE: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

#[test]
fn a_conventional_metric_passes_without_details() {
    assert_recorded("db.client.operation.duration", "s", &DATABASE, 0.0001);
    assert_recorded("own.duration", "s", &[7.0], 0.0001);
    assert_recorded("own.size", "By", &[7.0], 100.0);
}

#[test]
fn unit_and_bounds_of_conventional_metrics_count() {
    let name = "db.client.operation.duration";
    let difference = panics(|| assert_recorded(name, "ms", &DATABASE, 0.0001));
    assert!(
        difference.contains("unit: \"s\"") && difference.contains("unit: \"ms\""),
        "{difference}"
    );
    let difference = panics(|| assert_recorded(name, "s", &[0.001, 0.005], 0.0001));
    assert!(difference.contains("bounds: [0.001, 0.005, 0.01"), "{difference}");
}

#[test]
fn impossible_durations_are_found() {
    for seconds in [0.0, 3600.0] {
        let difference = panics(|| assert_recorded("own.duration", "s", &[7.0], seconds));
        assert!(difference.contains("sum above 0, below the time that passed"), "{difference}");
    }
}

#[test]
fn dropped_parts_of_a_span_count() {
    let mut spans = request();
    let root = spans.iter_mut().find(|it| it.parent_span_id.is_none()).unwrap();
    root.dropped.events = 2;
    let difference = trees(&spans, [expected()]);
    assert!(difference.contains("dropped: 0 attributes, 2 events, 0 links"), "{difference}");
    assert_eq!(trees(&spans, [expected().dropped(0, 2, 0)]), "same");
}
