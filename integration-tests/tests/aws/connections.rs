//! The HTTP client that the SDK takes by itself, where a configuration has none.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use aws_types::SdkConfig;
use opentelemetry::Context as Cx;
use opentelemetry::trace::{SpanId, TraceContextExt as _};
use otelier_testing::{assert_tree, span};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::instrument::WithSubscriber;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::{Aws, on_both_runtimes, only, traced};

on_both_runtimes!(works_as_without_telemetry, sees_the_span_of_the_call);

fn without_http_client(config: SdkConfig) -> SdkConfig {
    let mut builder = config.into_builder();
    builder.set_http_client(None);
    builder.build()
}

/// Whether the SDK has an HTTP client. It depends on the features of its crates, and so on what
/// else is built.
async fn has_default(config: &SdkConfig) -> bool {
    match aws_sdk_sqs::Client::new(config).list_queues().send().await {
        Ok(_) => true,
        Err(error) => {
            assert!(format!("{error:?}").contains("No HTTP client"), "{error:?}");
            false
        }
    }
}

async fn works_as_without_telemetry(aws: &Aws) {
    let config = without_http_client(aws.config());
    let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
    let (sent, spans) =
        traced(sqs.send_message().queue_url(&aws.queue_url).message_body("hello").send()).await;
    let expected = match has_default(&config).await {
        true => {
            sent.expect("the queue takes messages");
            aws.send_span()
        }
        false => {
            sent.expect_err("it is not sent");
            aws.on_queue("send", "send", "SendMessage").producer().error("dispatch_failure")
        }
    };
    assert_tree(&spans, span("test").child(expected));
}

/// The spans that are current when the HTTP client says something.
#[derive(Clone, Debug, Default)]
struct Current(Arc<Mutex<Vec<SpanId>>>);

impl<S: Subscriber> Layer<S> for Current {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("aws_smithy_http_client") {
            let current = Cx::map_current(|cx| cx.span().span_context().span_id());
            self.0.lock().expect("no panic").push(current);
        }
    }
}

/// A server that speaks no HTTP, about which the client complains in the midst of a call.
async fn sees_the_span_of_the_call(aws: &Aws) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 16]).await;
            let _ = connection.write_all(b"nonsense\r\n\r\n").await;
        }
    });

    let own = aws.config_of(&endpoint);
    let mut configs = vec![own.clone()];
    if has_default(&without_http_client(aws.config())).await {
        configs.push(without_http_client(own));
    }
    for config in configs {
        let current = Current::default();
        let subscriber = tracing_subscriber::registry().with(current.clone());
        let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
        let call = sqs.delete_message().queue_url(&aws.queue_url).receipt_handle("handle").send();
        let (outcome, spans) = traced(call.with_subscriber(subscriber)).await;
        outcome.expect_err("that was no answer");
        let call = only(&spans, "delete ").span_id();
        let seen = current.0.lock().expect("no panic");
        assert!(seen.contains(&call), "{seen:?}");
    }
    server.abort();
}
