//! Scenarios about what is recorded, and where it is written.

use std::io::Read as _;

use opentelemetry::trace::{Link, Span as _, SpanKind, TraceContextExt as _, TraceId, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::child::{tell, tell_result, work};

/// Runs `scenario` if it is one of these.
pub(super) fn run(scenario: &str) -> bool {
    match scenario {
        "skipped" => {
            let guard = otelier_core::init().unwrap();
            skipped();
            tell_result(guard.shutdown());
        }
        "partly-recorded" => {
            let guard = otelier_core::builder().with_sampler(ByName).init().unwrap();
            for name in ["dropped", "recorded", "sampled"] {
                global::tracer("test").start(name).end();
            }
            tell_result(guard.shutdown());
        }
        "filtered" => {
            let guard = otelier_core::init().unwrap();
            requests();
            tell_result(guard.shutdown());
        }
        "span-and-wait" => {
            let guard = otelier_core::init().unwrap();
            global::tracer("test").start("ended").end();
            // Until the parent closes the pipe. Nothing is flushed before.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            tell_result(guard.shutdown());
        }
        "reporting" => {
            let lock_file = include_str!("../../../../../Cargo.lock");
            let guard = otelier_core::builder().with_lock_file(lock_file).init().unwrap();
            work(&guard);
            // Until the parent has the report, which nothing here waits for.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            tell_result(guard.shutdown());
        }
        "panicking-callback" => {
            let guard = otelier_core::init().unwrap();
            let meter = global::meter("test");
            let gauge = meter.u64_observable_gauge("depth");
            gauge.with_callback(|_| panic!("S3CRET, on purpose")).build();
            meter.u64_observable_counter("beside").with_callback(|it| it.observe(1, &[])).build();
            for _ in 0..3 {
                tell_result(guard.force_flush());
            }
            tell_result(guard.shutdown());
        }
        "numbered-spans" => {
            let guard = otelier_core::init().unwrap();
            numbered_spans();
            tell_result(guard.shutdown());
        }
        "numbered-spans-when-told" => {
            let guard = otelier_core::init().unwrap();
            // Opened for writing when the parent opens it for reading.
            drop(std::fs::OpenOptions::new().write(true).open(std::env::var("READY").unwrap()));
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            numbered_spans();
            tell_result(guard.shutdown());
        }
        "flush-and-wait" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            tell_result(guard.force_flush());
            // Until the parent closes the pipe.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            tell_result(guard.shutdown());
        }
        "skipped-tags" => {
            let guard = otelier_core::init().unwrap();
            global::tracer("test").in_span("work", |_| skipped_tags());
            tell_result(guard.shutdown());
        }
        "many-skipped-tags" => {
            let guard = otelier_core::init().unwrap();
            otelier_core::tags::add((0..300).map(|number| (format!("a.{number}"), 1)));
            tell_result(guard.shutdown());
        }
        "killed" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            tell_result(guard.force_flush());
            // Nothing may come from the end.
            std::process::exit(0);
        }
        _ => return false,
    }
    true
}

/// So many as the environment says.
fn numbered_spans() {
    for number in 0..std::env::var("SPANS").unwrap().parse::<u32>().unwrap() {
        let mut span = global::tracer("test").start(format!("span {number}"));
        span.set_attribute(KeyValue::new("text", "x".repeat(500)));
        span.end();
    }
    tell("went on", "yes");
}

/// A request with a child and a call, each called by its path.
fn requests() {
    let tracer = global::tracer("test");
    for path in ["/health", "/orders"] {
        let server = tracer
            .span_builder(path)
            .with_kind(SpanKind::Server)
            .with_attributes([KeyValue::new("url.path", path)])
            .start(&tracer);
        let cx = Context::new().with_span(server);
        tracer.start_with_context(format!("child of {path}"), &cx).end();
    }
    for url in ["http://c/health", "http://c/orders"] {
        let client = tracer.span_builder(url).with_kind(SpanKind::Client);
        client.with_attributes([KeyValue::new("url.full", url)]).start(&tracer).end();
    }
}

/// Each tag that is outside of the limits several times, on the current span and for others.
fn skipped_tags() {
    let long = "S3CRET".repeat(12);
    let long_key = "k".repeat(51);
    for _ in 0..3 {
        for (key, value) in
            [("", "x"), ("a.b", "x"), (&*long_key, "x"), ("long", &*long), ("blank", " ")]
        {
            otelier_core::tags::add([(key.to_owned(), value.to_owned())]);
            otelier_core::tags::set_on_current([(key.to_owned(), value.to_owned())]);
        }
        let none = opentelemetry::Value::Array(Vec::<i64>::new().into());
        otelier_core::tags::add([("none", none)]);
        otelier_core::tags::add((0..52).map(|number| (format!("key{number:02}"), number)));
    }
}

/// A parent that is exported, and three children that are not; each has a child that is.
fn skipped() {
    let tracer = global::tracer("test");
    let parent = Context::new().with_span(tracer.start_with_context("parent", &Context::new()));
    for (name, key, value) in [
        ("own", "otelier.skip_export", true),
        ("theirs", "SKIP_EXPORT", true),
        ("not marked", "otelier.skip_export", false),
    ] {
        let cx = parent.with_span(tracer.start_with_context(name, &parent));
        tracer.start_with_context(format!("child of {name}"), &cx).end();
        cx.span().set_attribute(KeyValue::new(key, value));
    }
    let cx = parent.with_span(tracer.start_with_context("current", &parent));
    let attached = cx.attach();
    otelier_core::skip_export();
    drop(attached);
}

/// Records a span that is called so without sampling it.
#[derive(Clone, Debug)]
struct ByName;

impl ShouldSample for ByName {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: match name {
                "dropped" => SamplingDecision::Drop,
                "recorded" => SamplingDecision::RecordOnly,
                _ => SamplingDecision::RecordAndSample,
            },
            attributes: Vec::new(),
            trace_state: Default::default(),
        }
    }
}
