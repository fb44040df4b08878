//! Execution tags and baggage on the spans of a pipeline.

use std::collections::BTreeMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{Span as _, SpanContext, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SimpleSpanProcessor};

use super::*;
use crate::config::{Code, Environment, Settings};
use crate::pipeline::{Components, Pipeline};

struct Recorded {
    pipeline: Pipeline,
    exporter: InMemorySpanExporter,
}

impl Recorded {
    fn new(variables: &[(&str, &str)]) -> Self {
        const OFF: [(&str, &str); 3] = [
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ];
        let environment: Environment = OFF.iter().chain(variables).copied().collect();
        let (settings, _) = Settings::resolve(&Code::default(), &environment).unwrap();
        let exporter = InMemorySpanExporter::default();
        let processor = SimpleSpanProcessor::new(exporter.clone());
        let components =
            Components { span_processors: vec![Box::new(processor)], ..Components::default() };
        let resource = Resource::builder_empty().build();
        Self { pipeline: Pipeline::build(&settings, components, resource), exporter }
    }

    fn tracer(&self) -> SdkTracer {
        self.pipeline.tracer_provider.tracer("test")
    }

    /// The attributes of the span `name`, as `key=value` with commas between them.
    fn attributes(&self, name: &str) -> String {
        let spans = self.exporter.get_finished_spans().unwrap();
        let span = spans.iter().find(|span| span.name == name).expect("such a span");
        let attributes: BTreeMap<_, _> = span
            .attributes
            .iter()
            .map(|it| {
                (it.key.as_str().replace("lumigo.execution_tags.", "#"), it.value.to_string())
            })
            .collect();
        let pairs = attributes.iter().map(|(key, value)| format!("{key}={value}"));
        pairs.collect::<Vec<_>>().join(",")
    }
}

#[test]
fn tags_are_on_spans_started_afterwards_and_below() {
    let recorded = Recorded::new(&[]);
    let tracer = recorded.tracer();
    tracer.in_span("request", |_| {
        tracer.in_span("before", |_| ());
        add([("user", "42")]);
        tracer.in_span("child", |_| {
            add([("step", 1)]);
            tracer.in_span("grandchild", |_| ());
        });
        tracer.in_span("beside", |_| ());
    });
    tracer.in_span("next request", |_| ());
    for (name, expected) in [
        ("request", ""),
        ("before", ""),
        ("child", "#user=42"),
        ("grandchild", "#step=1,#user=42"),
        ("beside", "#user=42"),
        ("next request", ""),
    ] {
        assert_eq!(recorded.attributes(name), expected, "{name}");
    }
}

#[test]
fn later_tags_replace_the_same_key_and_keep_others() {
    let recorded = Recorded::new(&[]);
    let tracer = recorded.tracer();
    tracer.in_span("request", |_| {
        add([("user", "1"), ("team", "blue")]);
        add([("user", "2")]);
        tracer.in_span("child", |_| ());
        detach();
        tracer.in_span("detached", |_| tracer.in_span("below", |_| ()));
        add([("user", "3")]);
        tracer.in_span("again", |_| detach());
        tracer.in_span("beside", |_| ());
    });
    for (name, expected) in [
        ("child", "#team=blue,#user=2"),
        ("detached", ""),
        ("below", ""),
        ("again", "#user=3"),
        ("beside", "#user=3"),
    ] {
        assert_eq!(recorded.attributes(name), expected, "{name}");
    }
}

#[test]
fn values_of_each_kind_are_tags() {
    let recorded = Recorded::new(&[]);
    recorded.tracer().in_span("span", |_| {
        set_on_current([("n", 7)]);
        set_on_current([("f", 0.5)]);
        set_on_current([("b", true)]);
        set_on_current([("a", Value::Array(vec![1_i64, 2].into()))]);
        set_on_current([("s", "x")]);
        add([("not", "here")]);
        recorded.tracer().in_span("child", |_| ());
    });
    assert_eq!(recorded.attributes("span"), "#a=[1,2],#b=true,#f=0.5,#n=7,#s=x");
    assert_eq!(recorded.attributes("child"), "#not=here");
}

#[test]
fn tags_and_attributes_of_the_user_are_left_alone() {
    let recorded = Recorded::new(&[("LUMIGO_TRACER_TOKEN", "t_0123456789")]);
    recorded.tracer().in_span("span", |cx| {
        add([("password", "mine")]);
        set_on_current([("token", "password=mine")]);
        cx.span().set_attribute(KeyValue::new("api.key", "https://a:b@h/?token=mine"));
        recorded.tracer().in_span("child", |_| ());
    });
    assert_eq!(
        recorded.attributes("span"),
        "#token=password=mine,api.key=https://a:b@h/?token=mine"
    );
    assert_eq!(recorded.attributes("child"), "#password=mine");
}

#[test]
fn tags_outside_of_the_limits_are_skipped() {
    let (key_50, key_51) = ("k".repeat(50), "k".repeat(51));
    let (value_70, value_71) = ("ü".repeat(70), "ü".repeat(71));
    let strings = |texts: &[&str]| {
        let texts = texts.iter().map(|text| text.to_string().into());
        Value::Array(Array::String(texts.collect()))
    };
    for (key, value, is_tag) in [
        ("user", Value::from("42"), true),
        (&*key_50, Value::from(value_70.clone()), true),
        (&*key_51, Value::from("x"), false),
        ("k1", Value::from(value_71.clone()), false),
        ("a.b", Value::from("x"), false),
        ("", Value::from("x"), false),
        ("  ", Value::from("x"), false),
        ("k2", Value::from(" "), false),
        ("k3", strings(&[]), false),
        ("k4", strings(&["a", &value_71]), false),
        ("k5", strings(&["a", "b"]), true),
        ("k6", Value::Array(Array::I64(Vec::new())), false),
        ("k7", Value::from(1), true),
    ] {
        assert_eq!(problem(key, &value).is_none(), is_tag, "{key} {value:?}");
    }
    let recorded = Recorded::new(&[]);
    let tracer = recorded.tracer();
    tracer.in_span("request", |_| {
        add((0..60).map(|n| (format!("key{n:02}"), n)));
        tracer.in_span("child", |_| ());
    });
    let attributes = recorded.attributes("child");
    assert_eq!(attributes.split(',').count(), 50);
    assert!(attributes.contains("#key49=49") && !attributes.contains("key50"), "{attributes}");
}

#[test]
fn tags_go_where_the_context_goes() {
    let recorded = Recorded::new(&[]);
    let tracer = recorded.tracer();
    let request = tracer.start("request");
    let cx = Context::new().with_span(request);
    let task = {
        let _attached = cx.clone().attach();
        add([("user", "42")]);
        let tracer = tracer.clone();
        async move { tracer.in_span("in the task", |_| ()) }.with_current_context()
    };
    // The task outlives the span that it belongs to.
    cx.span().end();
    std::thread::spawn(|| {
        let mut task = std::pin::pin!(task);
        let waker = std::task::Waker::noop();
        assert!(task.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready());
    })
    .join()
    .unwrap();
    assert_eq!(recorded.attributes("in the task"), "#user=42");
}

#[test]
fn ended_spans_are_forgotten_in_the_end() {
    let recorded = Recorded::new(&[]);
    let tracer = recorded.tracer();
    let mut spans = Vec::new();
    for _ in 0..3000 {
        tracer.in_span("request", |cx| {
            add([("user", "42")]);
            spans.push(cx.span().span_context().clone());
            assert!(registry::remembers(&spans[spans.len() - 1]));
        });
        recorded.exporter.reset();
    }
    // Those that have ended after another test's spans may be gone too.
    let forgotten = &spans[..3000 - 1024];
    assert!(!forgotten.iter().any(registry::remembers));
}

#[test]
fn nothing_happens_without_a_recorded_span() {
    add([("user", "42")]);
    set_on_current([("user", "42")]);
    detach();
    let recorded = Recorded::new(&[("OTEL_TRACES_SAMPLER", "always_off")]);
    recorded.tracer().in_span("dropped", |cx| {
        add([("user", "42")]);
        set_on_current([("user", "42")]);
        assert!(cx.span().span_context().is_valid());
        assert!(!registry::remembers(cx.span().span_context()));
    });
    assert!(!registry::remembers(&SpanContext::NONE));
}

#[test]
fn allowed_baggage_becomes_attributes() {
    let recorded =
        Recorded::new(&[("OTELIER_BAGGAGE_SPAN_ATTRIBUTES", "tenant, api_key,absent,own")]);
    let tracer = recorded.tracer();
    let cx = Context::new().with_baggage([
        KeyValue::new("tenant", "blue"),
        KeyValue::new("api_key", "S3CRET"),
        KeyValue::new("own", "from outside"),
        KeyValue::new("other", "x"),
    ]);
    let builder = tracer.span_builder("request").with_attributes([KeyValue::new("own", "mine")]);
    builder.start_with_context(&tracer, &cx).end();
    tracer.start("without").end();
    assert_eq!(recorded.attributes("request"), "api_key=****,own=mine,tenant=blue");
    assert_eq!(recorded.attributes("without"), "");

    let none = Recorded::new(&[]);
    none.tracer().start_with_context("request", &cx).end();
    assert_eq!(none.attributes("request"), "");
}
