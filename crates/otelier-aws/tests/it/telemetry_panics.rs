//! A panic of telemetry changes neither the user's call nor the work on a message.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use otelier_aws::{AttemptRecording, OtelInterceptor};
use otelier_testing::Capture;

use crate::support::{QUEUE_URL, Reply, Service, builder, failure, json};

/// Panics in the hook that its field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Fields,
    Inject,
    Extract,
    Start,
    End,
    Nowhere,
}

fn reach(here: At, at: At) {
    assert!(here != at, "telemetry panics at {at:?}");
}

#[derive(Debug)]
struct Propagator(At, Vec<String>);

impl TextMapPropagator for Propagator {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        injector.set("traceparent", "half of it".to_owned());
        reach(At::Inject, self.0);
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        reach(At::Extract, self.0);
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        reach(At::Fields, self.0);
        FieldIter::new(&self.1)
    }
}

#[derive(Debug)]
struct Processor(At);

impl SpanProcessor for Processor {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {
        reach(At::Start, self.0);
    }

    fn on_end(&self, _span: SpanData) {
        reach(At::End, self.0);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn interceptor(at: At) -> OtelInterceptor {
    builder(&Capture::new())
        .with_propagator(Propagator(at, vec!["traceparent".to_owned()]))
        .with_tracer_provider(
            SdkTracerProvider::builder().with_span_processor(Processor(at)).build(),
        )
        .with_attempts(AttemptRecording::Spans)
        .build()
}

fn service() -> Service {
    Service::new(|_, request| match request.header("x-amz-target").unwrap() {
        "AmazonSQS.SendMessage" => json(r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#),
        "AmazonSQS.ReceiveMessage" => json(
            r#"{"Messages":[{"MessageId":"m-0","ReceiptHandle":"telemetry panics","Body":"hello"}]}"#,
        ),
        _ => failure(403, "AccessDenied"),
    })
}

const PLACES: [At; 6] = [At::Fields, At::Inject, At::Extract, At::Start, At::End, At::Nowhere];

#[tokio::test]
async fn a_panic_of_telemetry_changes_no_call() {
    for at in PLACES {
        let service = service();
        let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(at));

        let sent = sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await;
        assert_eq!(sent.unwrap().message_id(), Some("m-1"), "{at:?}");
        let failed = sqs.list_queues().send().await.unwrap_err().into_service_error();
        assert_eq!(failed.meta().code(), Some("AccessDenied"), "{at:?}");
        let received = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
        for message in otelier_aws::sqs::scoped(&received) {
            let body = message.process(|message| async { message.body().unwrap() }).await;
            assert_eq!(body, "hello", "{at:?}");
        }

        // A request is changed only when all of the context is there.
        if [At::Fields, At::Inject].contains(&at) {
            let bare = self::service();
            let sqs = aws_sdk_sqs::Client::new(&bare.config());
            sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await.unwrap();
            assert_eq!(service.seen()[0].json(), bare.only_request().json(), "{at:?}");
        }
    }
}

#[tokio::test]
async fn a_panic_of_telemetry_when_a_call_is_dropped() {
    for at in PLACES {
        let service = Service::new(|_, _| Reply::Never);
        let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(at));
        let mut call = Box::pin(sqs.send_message().queue_url(QUEUE_URL).message_body("x").send());
        assert!(futures_util::poll!(&mut call).is_pending());
        drop(call);
    }
}
