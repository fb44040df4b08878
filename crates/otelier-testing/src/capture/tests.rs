//! Capture in memory: what is seen, when, and what a switched-off signal leaves.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags,
    TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use std::collections::HashMap;
use std::time::SystemTime;

use super::*;
use crate::{MetricKind, PointData, Scope, Value, assert_points, assert_tree, point, span};

fn remote() -> SpanContext {
    SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        true,
        TraceState::from_key_value([("vendor", "x")]).unwrap(),
    )
}

#[test]
fn ended_span_is_visible_with_every_field() {
    let capture = Capture::new();
    let scope = InstrumentationScope::builder("lib")
        .with_version("1.2")
        .with_schema_url("https://s")
        .build();
    let tracer = capture.tracer_provider().tracer_with_scope(scope);
    let parent = Context::new().with_remote_span_context(remote());
    let before = SystemTime::now();
    let mut span = tracer
        .span_builder("GET /")
        .with_kind(SpanKind::Server)
        .with_links(vec![Link::new(remote(), vec![KeyValue::new("l", 1)], 0)])
        .start_with_context(&tracer, &parent);
    span.set_attribute(KeyValue::new("k", "v"));
    span.add_event("e", vec![KeyValue::new("ek", true)]);
    span.set_status(Status::error("broken"));
    assert_eq!((capture.spans().len(), capture.open_spans()), (0, 1));

    let own = span.span_context().clone();
    span.end();
    assert_eq!((capture.spans().len(), capture.open_spans()), (1, 0));
    let span = capture.span("GET /");
    assert_eq!(span.context().span_id(), own.span_id());
    assert_eq!(span.trace_id, remote().trace_id());
    assert_eq!(span.parent_span_id, Some(remote().span_id()));
    assert!(span.parent_is_remote);
    assert_eq!((span.trace_flags, span.trace_state.as_str()), (TraceFlags::SAMPLED, "vendor=x"));
    assert_eq!(
        (span.kind.clone(), span.status.clone()),
        (SpanKind::Server, Status::error("broken"))
    );
    assert_eq!(span.attributes, [("k".to_owned(), "v".into())].into());
    assert_eq!(span.events[0].name, "e");
    assert_eq!(span.events[0].attributes, [("ek".to_owned(), true.into())].into());
    assert_eq!(
        (span.links[0].trace_id, span.links[0].span_id),
        (remote().trace_id(), remote().span_id())
    );
    assert_eq!(span.links[0].attributes, [("l".to_owned(), 1.into())].into());
    let scope = Scope {
        name: "lib".into(),
        version: "1.2".into(),
        schema_url: "https://s".into(),
        ..Default::default()
    };
    assert_eq!(span.scope, scope);
    assert_eq!(span.resource, [("service.name".to_owned(), "test".into())].into());
    let times = [before, span.start, span.end, SystemTime::now()];
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_key_set_twice_is_kept_twice() {
    let capture = Capture::new();
    let mut span = capture.tracer_provider().tracer("t").start("s");
    span.set_attribute(KeyValue::new("k", 1));
    span.set_attribute(KeyValue::new("k", 2));
    span.end();
    assert_tree(&capture.spans(), crate::span("s").attr("k", 1).attr("k (duplicate)", 2));
}

#[test]
fn captures_are_separate_and_can_be_emptied() {
    let (one, other) = (Capture::new(), Capture::new());
    one.tracer_provider().tracer("t").in_span("a", |_| ());
    assert!(other.spans().is_empty());
    assert_eq!(one.take_spans().len(), 1);
    assert!(one.spans().is_empty());
    one.tracer_provider().tracer("t").in_span("b", |_| ());
    one.reset();
    assert!(one.spans().is_empty());
}

#[test]
#[should_panic(expected = "expected exactly one span \"b\", but captured:\n[INTERNAL] a")]
fn a_missing_span_lists_the_captured_ones() {
    let capture = Capture::new();
    capture.tracer_provider().tracer("t").in_span("a", |_| ());
    let _ = capture.span("b");
}

#[test]
fn metrics_are_collected_when_asked_for_and_cumulative() {
    let capture = Capture::new();
    let meter = capture.meter_provider().meter("m");
    assert!(capture.metrics().is_empty());

    let histogram = meter
        .f64_histogram("h")
        .with_unit("s")
        .with_description("d")
        .with_boundaries(vec![0.1, 1.0])
        .build();
    histogram.record(0.5, &[KeyValue::new("k", "v")]);
    meter.i64_up_down_counter("u").build().add(-2, &[]);
    meter.u64_counter("c").build().add(2, &[]);
    meter.f64_gauge("g").build().record(1.5, &[]);
    for count in 1..=2 {
        let points = capture.metrics();
        let names: Vec<_> = points.iter().map(|it| (it.name.as_str(), it.kind)).collect();
        let expected = [
            ("c", MetricKind::Counter),
            ("g", MetricKind::Gauge),
            ("h", MetricKind::Histogram),
            ("u", MetricKind::UpDownCounter),
        ];
        assert_eq!(names, expected);
        let sum = count as f64 * 0.5;
        let data = PointData::Histogram {
            count,
            sum,
            min: Some(0.5),
            max: Some(0.5),
            bounds: vec![0.1, 1.0],
            bucket_counts: vec![0, count, 0],
        };
        assert_eq!(points[2].data, data);
        assert_eq!((points[2].unit.as_str(), points[2].description.as_str()), ("s", "d"));
        assert_eq!((points[2].count(), points[2].sum()), (Some(count), Some(sum)));
        assert_eq!((points[3].value(), points[3].scope.name.as_str()), (Some(-2.0), "m"));
        histogram.record(0.5, &[KeyValue::new("k", "v")]);
    }

    // The last collection is at shutdown and stays.
    capture.meter_provider().shutdown().unwrap();
    assert_points(&capture.metrics(), "h", [point().attr("k", "v").count(3).sum(1.5)]);
}

#[test]
fn delta_temporality_reports_each_measurement_once() {
    let capture = Capture::builder().with_temporality(Temporality::Delta).build();
    capture.meter_provider().meter("m").u64_counter("c").build().add(2, &[]);
    assert_points(&capture.metrics(), "c", [point().value(2)]);
    assert_points(&capture.metrics(), "c", []);
}

#[test]
fn logs_carry_their_span() {
    let capture = Capture::new();
    let logger = capture.logger_provider().logger("l");
    let tracer = capture.tracer_provider().tracer("t");
    tracer.in_span("s", |_| {
        let mut record = logger.create_log_record();
        record.set_body(AnyValue::from("hello"));
        record.set_severity_number(Severity::Warn);
        record.set_severity_text("WARN");
        record.set_event_name("greeting");
        record.add_attribute("k", 1);
        logger.emit(record);
    });
    let (span, logs) = (capture.span("s"), capture.logs());
    let [log] = logs.as_slice() else { panic!("one record, not {logs:?}") };
    assert_eq!((log.trace_id, log.span_id), (span.trace_id, span.span_id));
    assert_eq!(
        (&log.body, log.severity, log.severity_text.as_str()),
        (&"hello".into(), 13, "WARN")
    );
    assert_eq!((log.event_name.as_str(), log.scope.name.as_str()), ("greeting", "l"));
    assert_eq!(log.attribute("k"), Some(&Value::Int(1)));
    assert_eq!(log.resource, span.resource);
}

#[test]
fn each_signal_can_be_off() {
    let capture = Capture::builder().without_traces().without_metrics().without_logs().build();
    let span = capture.tracer_provider().tracer("t").start("s");
    assert!(!span.is_recording() && !span.span_context().is_valid());
    drop(span);
    capture.meter_provider().meter("m").u64_counter("c").build().add(1, &[]);
    let logger = capture.logger_provider().logger("l");
    logger.emit(logger.create_log_record());
    assert!(
        capture.spans().is_empty() && capture.metrics().is_empty() && capture.logs().is_empty()
    );
}

#[test]
fn a_sampler_decides_and_the_resource_is_kept() {
    let capture = Capture::builder().with_sampler(Sampler::AlwaysOff).build();
    capture.tracer_provider().tracer("t").in_span("s", |_| ());
    assert!(capture.spans().is_empty());

    let resource = Resource::builder_empty().with_attribute(KeyValue::new("a", "b")).build();
    let capture = Capture::builder().with_resource(resource).build();
    capture.tracer_provider().tracer("t").in_span("s", |_| ());
    capture.meter_provider().meter("m").u64_counter("c").build().add(1, &[]);
    assert_eq!(capture.span("s").resource, [("a".to_owned(), "b".into())].into());
    assert_eq!(capture.metrics()[0].resource, [("a".to_owned(), "b".into())].into());
}

#[test]
fn spans_can_be_captured_inside_an_executor() {
    let capture = Capture::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        capture.tracer_provider().tracer("t").in_span("s", |_| ());
        capture.meter_provider().meter("m").u64_counter("c").build().add(1, &[]);
        assert_eq!((capture.spans().len(), capture.metrics().len()), (1, 1));
    });
}

#[test]
fn the_propagator_speaks_trace_context_and_baggage() {
    let propagator = Capture::new().propagator();
    let cx = Context::new()
        .with_remote_span_context(remote())
        .with_baggage(vec![KeyValue::new("user", "me")]);
    let mut carrier = HashMap::new();
    propagator.inject_context(&cx, &mut carrier);
    assert_eq!(carrier["traceparent"], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(carrier["baggage"], "user=me");
    let back = propagator.extract(&carrier);
    assert_eq!(back.span().span_context(), &remote());

    let capture = Capture::new();
    capture
        .tracer_provider()
        .tracer("t")
        .span_builder("s")
        .start_with_context(&capture.tracer_provider().tracer("t"), &back);
    assert_tree(&capture.spans(), span("s").remote_parent(remote()));
}

#[test]
fn text_has_what_any_signal_captured() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("t");
    tracer.in_span("s", |cx| cx.span().set_attribute(KeyValue::new("k", "a \"planted\" secret")));
    let counter = capture.meter_provider().meter("m").u64_counter("c").build();
    counter.add(1, &[KeyValue::new("k", "in a metric")]);
    let logger = capture.logger_provider().logger("l");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::Bytes(Box::new(b"in a log".to_vec())));
    logger.emit(record);
    let text = capture.export_text();
    for planted in ["a \"planted\" secret", "in a metric", "in a log"] {
        assert!(text.contains(planted), "{planted} is not in {text}");
    }
}
