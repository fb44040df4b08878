//! Spans of `tracing` and of the OpenTelemetry API nest both ways.

use futures_util::{StreamExt as _, stream};
use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use otelier_testing::{Capture, ExpectedSpan, assert_tree, span};
use otelier_tracing::layer_builder;
use tracing::Instrument as _;

use crate::support::subscribe;

/// A span of the OpenTelemetry API around `work`, as integrations make them.
async fn with_api_span<T>(
    capture: &Capture,
    name: &'static str,
    work: impl Future<Output = T>,
) -> T {
    let tracer = capture.tracer_provider().tracer("api");
    let cx = Context::current_with_span(tracer.start(name));
    let output = work.with_context(cx.clone()).await;
    cx.span().end();
    output
}

#[tracing::instrument(skip_all)]
async fn load(capture: &Capture) {
    tokio::task::yield_now().await;
    with_api_span(capture, "query", async {
        tokio::task::yield_now().await;
        tracing::info!("in query");
    })
    .await;
}

async fn handle(capture: Capture) {
    let inner = capture.clone();
    with_api_span(&capture, "request", async move {
        load(&inner).await;
        // What is spawned takes the span of `tracing` along.
        let spawned = inner.clone();
        let task = async move { with_api_span(&spawned, "send", std::future::ready(())).await };
        tokio::spawn(task.instrument(tracing::info_span!("spawned"))).await.unwrap();
        tokio::select! {
            () = std::future::pending::<()>().instrument(tracing::info_span!("loser")) => {}
            () = load(&inner) => {}
        }
    })
    .await;
}

fn expected() -> ExpectedSpan {
    let load = || span("load").child(span("query"));
    span("request")
        .root()
        .children([load(), load(), span("loser")])
        .child(span("spawned").child(span("send")))
}

#[tokio::test(flavor = "current_thread")]
async fn both_kinds_of_spans_nest_on_one_thread() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    handle(capture.clone()).await;
    assert_tree(&capture.spans(), expected());
    let queries: Vec<_> = capture.spans().into_iter().filter(|it| it.name == "query").collect();
    let logs = capture.logs();
    assert!(logs.iter().map(|it| it.span_id).eq(queries.iter().map(|it| it.span_id)), "{logs:?}");
}

#[test]
fn both_kinds_of_spans_nest_across_threads() {
    let capture = Capture::new();
    let layer = layer_builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_logger_provider(capture.logger_provider())
        .build();
    use tracing_subscriber::layer::SubscriberExt as _;
    let subscriber: tracing::Dispatch = tracing_subscriber::registry().with(layer).into();
    let on_thread = subscriber.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(move || {
            // The thread keeps it to its end.
            std::mem::forget(tracing::dispatcher::set_default(&on_thread));
        })
        .build()
        .unwrap();
    let _subscriber = tracing::dispatcher::set_default(&subscriber);
    for _ in 0..20 {
        let task = runtime.spawn(handle(capture.clone()));
        runtime.block_on(task).unwrap();
        assert_tree(&capture.take_spans(), expected());
    }
}

/// The futures of a stream's items are polled in turn, so that their spans alternate on one thread.
#[tokio::test]
async fn items_of_a_stream_keep_their_spans_apart() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    let item = |number: i64| {
        let capture = capture.clone();
        async move { load(&capture).await }.instrument(tracing::info_span!("item", number))
    };
    let items = stream::iter([1, 2, 3, 4]).map(item).buffer_unordered(3);
    with_api_span(&capture, "export", items.collect::<Vec<()>>()).await;
    let item =
        |number: i64| span("item").attr("number", number).child(span("load").child(span("query")));
    assert_tree(&capture.spans(), span("export").root().children([1, 2, 3, 4].map(item)));
}

#[test]
fn manually_entered_span_is_the_parent() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    let tracer = capture.tracer_provider().tracer("api");
    {
        let _entered = tracing::info_span!("job", number = 7).entered();
        tracer.in_span("step", |_| tracing::info_span!("detail").in_scope(|| ()));
    }
    let expected = span("job").root().attr("number", 7).child(span("step").child(span("detail")));
    assert_tree(&capture.spans(), expected);
}
