//! What a message that is worked on points to, and how the work ends, against captured telemetry.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use otelier_testing::{
    Capture, ExpectedSpan, assert_metric, assert_tree, assert_trees, link_to, metric, point, span,
};

use crate::{ErrorType, Operation, Providers, enter, scope};

use super::*;

fn processor(capture: &Capture) -> MessageProcessor {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    MessageProcessor::new(scope!(), providers)
}

fn remote(n: u64) -> SpanContext {
    let (trace, span) = (TraceId::from(u128::from(n)), SpanId::from(n));
    SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
}

fn request(parent: &SpanContext, link: Option<SpanContext>) -> ProcessRequest<'static> {
    ProcessRequest {
        system: MessagingSystem::AwsSqs,
        origin: None,
        message_id: Some("m-1"),
        parent: Context::new().with_remote_span_context(parent.clone()),
        link,
    }
}

/// The span of a message of which nobody knows where it came from.
fn processed(parent: &SpanContext) -> ExpectedSpan {
    span("process")
        .consumer()
        .scope("otelier-instrument")
        .remote_parent(parent.clone())
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "process")
        .attr("messaging.operation.type", "process")
        .attr("messaging.message.id", "m-1")
}

#[test]
fn a_link_that_tells_nothing_is_left_out() {
    let parent = remote(1);
    for (link, expected) in [
        (Some(remote(2)), processed(&parent).link(link_to(&remote(2)))),
        (Some(parent.clone()), processed(&parent)),
        (Some(SpanContext::NONE), processed(&parent)),
        (None, processed(&parent)),
    ] {
        let capture = Capture::new();
        processor(&capture).start(request(&parent, link)).end();
        assert_trees(&capture.spans(), [expected]);
    }
}

#[test]
fn work_that_is_dropped_or_fails_has_failed() {
    for error in ["cancelled", "Broken"] {
        let capture = Capture::new();
        let work = processor(&capture).start(request(&remote(1), None));
        match error {
            "cancelled" => drop(work),
            error => work.fail(ErrorType::from_static(error)),
        }
        assert_tree(&capture.spans(), processed(&remote(1)).error(error));
        let point = point()
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", "process")
            .attr("error.type", error)
            .count(1);
        assert_metric(
            &capture.metrics(),
            metric("messaging.process.duration").unit("s").point(point),
        );
    }
}

#[test]
fn the_span_is_current_in_the_work() {
    let capture = Capture::new();
    let mut slot = Some(processor(&capture).start(request(&remote(1), None)));
    let current = enter(&mut slot, || Context::map_current(|cx| cx.span().span_context().clone()));
    drop(slot);
    assert_eq!(current.span_id(), capture.span("process").span_id);
}

#[test]
fn where_nobody_records_the_parents_context_is_passed_on() {
    let capture = Capture::builder().without_traces().without_metrics().build();
    let work = processor(&capture).start(request(&remote(1), Some(remote(2))));
    assert_eq!(work.context().span().span_context().trace_id(), remote(1).trace_id());
    work.end();
    assert_trees(&capture.spans(), []);
}
