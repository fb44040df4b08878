//! The context: in, inside and out.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use http::{Extensions, HeaderMap};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{FutureExt, SpanContext, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::{Capture, Span, assert_tree, span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::otelier_reqwest::{DisablePropagation, OtelMiddleware};
use super::reqwest::{self, Request, Response};
use super::reqwest_middleware::{ClientBuilder, Middleware, Next, RequestBuilder, Result};
use super::support::{Below, Server, client, otel};

#[tokio::test]
async fn span_is_child_of_current_one() {
    let (server, capture) = (Server::start().await, Capture::new());
    let tracer = capture.tracer_provider().tracer("test");
    let cx = Context::current_with_span(tracer.start("outer"));

    let request = client(otel(&capture).build()).get(server.url("/hello"));
    request.send().with_context(cx.clone()).await.expect("a response");

    cx.span().end();
    assert_tree(
        &capture.spans(),
        span("outer").root().child(server.answered("GET", "/hello", 200)),
    );
}

#[tokio::test]
async fn the_span_is_the_current_one_below() {
    let (server, capture) = (Server::start().await, Capture::new());
    let seen = Arc::new(Mutex::new(None));
    let sees = Arc::clone(&seen);
    let tracer = capture.tracer_provider().tracer("test");
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(Tells)
        .with(Below(move || {
            *sees.lock().expect("lock") = Some(Context::current().span().span_context().clone());
            tracer.in_span("inner", |_| None)
        }))
        .build();

    http.get(server.url("/hello")).send().await.expect("a response");

    let sent = server.answered("GET", "/hello", 200);
    assert_tree(&capture.spans(), sent.root().child(span("inner")));
    assert_eq!(seen.lock().expect("lock").as_ref(), Some(&capture.span("GET").context()));
    assert_eq!(server.seen()[0]["x-current"], capture.span("GET").span_id.to_string());
    assert_eq!(Context::current().span().span_context(), &SpanContext::empty_context());
}

/// A middleware that works before it returns its future, as `async_trait` never does.
struct Tells;

impl Middleware for Tells {
    fn handle<'this, 'extensions, 'next, 'call>(
        &'this self,
        mut request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> BoxFuture<'call, Result<Response>>
    where
        'this: 'call,
        'extensions: 'call,
        'next: 'call,
    {
        let current = Context::current().span().span_context().span_id().to_string();
        request.headers_mut().insert("x-current", current.parse().expect("a value"));
        next.run(request, extensions)
    }
}

#[tokio::test]
async fn it_nests_with_spans_of_tracing() {
    #[tracing::instrument(skip_all)]
    async fn outer(request: RequestBuilder) {
        request.send().await.expect("a response");
    }
    let (server, capture) = (Server::start().await, Capture::new());
    let layer = tracing_opentelemetry::layer()
        .with_tracer(capture.tracer_provider().tracer("test"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
        // Below it, the events of hyper would be on the spans too.
        .with_filter(LevelFilter::INFO);
    let _default = tracing_subscriber::registry().with(layer).set_default();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(Below(|| {
            let _entered = tracing::info_span!("inner").entered();
            None
        }))
        .build();

    outer(http.get(server.url("/hello"))).await;

    let sent = server.answered("GET", "/hello", 200).child(span("inner"));
    assert_tree(&capture.spans(), span("outer").root().child(sent));
}

#[tokio::test]
async fn context_and_baggage_go_out() {
    let (server, capture) = (Server::start().await, Capture::new());
    let cx = Context::current_with_baggage([KeyValue::new("tenant", "7")]);

    let request = client(otel(&capture).build()).get(server.url("/hello"));
    request.send().with_context(cx).await.expect("a response");

    let expected =
        [("baggage", "tenant=7"), ("traceparent", &traceparent_of(&capture.span("GET"), "01"))];
    assert_eq!(fields(&server), expected.map(owned));
}

#[tokio::test]
async fn an_unsampled_context_goes_out_too() {
    let server = Server::start().await;
    let capture = Capture::builder().with_sampler(Sampler::AlwaysOff).build();

    client(otel(&capture).build()).get(server.url("/hello")).send().await.expect("a response");

    assert_eq!(capture.spans(), []);
    let [(name, value)] = fields(&server).try_into().expect("one field");
    assert_eq!(name, "traceparent");
    assert!(value.ends_with("-00"), "{value}");
}

#[tokio::test]
async fn the_span_replaces_what_was_in_the_headers() {
    let (server, capture) = (Server::start().await, Capture::new());

    let http = client(otel(&capture).build());
    let request = http
        .get(server.url("/hello"))
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("tracestate", "of=another")
        .header("baggage", "by=hand");
    request.send().await.expect("a response");

    let expected =
        [("baggage", "by=hand"), ("traceparent", &traceparent_of(&capture.span("GET"), "01"))];
    assert_eq!(fields(&server), expected.map(owned));
}

#[tokio::test]
async fn propagation_can_be_turned_off_for_a_request() {
    let (server, capture) = (Server::start().await, Capture::new());
    let by_hand = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    let http = client(otel(&capture).build());
    let request = http.get(server.url("/hello")).header(by_hand.0, by_hand.1);
    request.with_extension(DisablePropagation).send().await.expect("a response");

    assert_eq!(fields(&server), [owned(by_hand)]);
    assert_tree(&capture.spans(), server.answered("GET", "/hello", 200));
}

#[tokio::test]
async fn without_providers_the_current_context_goes_out() {
    let (server, capture) = (Server::start().await, Capture::new());
    let tracer = capture.tracer_provider().tracer("test");
    let middleware = OtelMiddleware::builder().with_propagator(capture.propagator()).build();

    let request = client(middleware).get(server.url("/hello"));
    let cx = Context::current_with_span(tracer.start("outer"));
    request.send().with_context(cx.clone()).await.expect("a response");

    cx.span().end();
    let expected = ("traceparent", &*traceparent_of(&capture.span("outer"), "01"));
    assert_eq!(fields(&server), [owned(expected)]);
    assert_tree(&capture.spans(), span("outer"));
}

#[tokio::test]
async fn request_without_providers_is_unchanged() {
    let server = Server::start().await;
    let by_hand = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    let request =
        client(OtelMiddleware::new()).get(server.url("/hello")).header(by_hand.0, by_hand.1);
    let response = request.send().await.expect("a response");

    assert_eq!(response.text().await.expect("text"), "hello");
    assert_eq!(fields(&server), [owned(by_hand)]);
}

fn traceparent_of(span: &Span, flags: &str) -> String {
    format!("00-{}-{}-{flags}", span.trace_id, span.span_id)
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The propagation fields of the only request, by name.
fn fields(server: &Server) -> Vec<(String, String)> {
    let [headers]: [HeaderMap; 1] = server.seen().try_into().expect("one request");
    let names = ["traceparent", "tracestate", "baggage"];
    let mut fields: Vec<_> = headers
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, value)| owned((name.as_str(), value.to_str().expect("text"))))
        .collect();
    fields.sort();
    fields
}
