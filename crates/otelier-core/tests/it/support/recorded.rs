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
        "numbered-spans" => {
            let guard = otelier_core::init().unwrap();
            for number in 0..std::env::var("SPANS").unwrap().parse::<u32>().unwrap() {
                let mut span = global::tracer("test").start(format!("span {number}"));
                span.set_attribute(KeyValue::new("text", "x".repeat(500)));
                span.end();
            }
            tell("went on", "yes");
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
