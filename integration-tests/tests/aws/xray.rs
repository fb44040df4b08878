//! The context of a message in AWS's own field, by the propagator of X-Ray.

use aws_sdk_sqs::types::MessageSystemAttributeName;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use otelier::aws::OtelInterceptor;
use otelier::aws::sqs::scoped;
use otelier_core::propagation::XrayPropagator;
use otelier_testing::{any, assert_tree, link_to, span};

use crate::support::{Aws, on_both_runtimes, only, traced, work};

on_both_runtimes!(alone, beside_trace_context);

async fn alone(aws: &Aws) {
    through_the_queue(aws, XrayPropagator::new(), &[]).await;
}

async fn beside_trace_context(aws: &Aws) {
    let both = TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()) as Box<dyn TextMapPropagator + Send + Sync>,
        Box::new(XrayPropagator::new()),
    ]);
    through_the_queue(aws, both, &["traceparent"]).await;
}

/// Sends a message, receives and processes it. `attributes` are the names of its attributes.
async fn through_the_queue(
    aws: &Aws,
    propagator: impl TextMapPropagator + Send + Sync + 'static,
    attributes: &[&str],
) {
    let interceptor = OtelInterceptor::builder().with_propagator(propagator).build();
    let sqs = otelier::aws::client!(aws_sdk_sqs, &aws.config(), interceptor);

    let call = sqs.send_message().queue_url(&aws.queue_url).message_body("hello");
    let (output, sent) = traced(call.send()).await;
    output.expect("the queue takes messages");
    assert_tree(&sent, span("test").child(aws.send_span()));
    let producer = only(&sent, "send ");

    let (message, received) = traced(async {
        let output = sqs.receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
        let message = scoped(&output).get(0).expect("a message");
        message.process(|message| async { work(message.clone()) }).await
    })
    .await;

    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    let process = aws.process_span().link(link_to(&producer)).child(span("work"));
    assert_tree(&received, span("test").child(poll.child(process)));
    let header =
        message.attributes().and_then(|it| it.get(&MessageSystemAttributeName::AwsTraceHeader));
    assert_eq!(header, XrayPropagator::header_value(&producer).as_ref());
    let names = message.message_attributes.unwrap_or_default();
    assert_eq!(names.keys().collect::<Vec<_>>(), attributes);
}
