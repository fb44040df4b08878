//! What the middleware costs in allocations, beyond the future that every middleware is boxed in.
// A helper of tests fails by panicking.
#![allow(clippy::expect_used)]

use futures_util::FutureExt as _;
use http::Extensions;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::Sampler;
use otelier_reqwest::OtelMiddleware;
use otelier_testing::Capture;
use reqwest::{Method, Request, Response, Url};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};

/// Answers at once, so that what is left to count is the middleware in front of it.
struct Answer;

#[async_trait::async_trait]
impl Middleware for Answer {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        let mut response = http::Response::new("");
        // What was injected is given back, for the test to see.
        *response.headers_mut() = request.headers().clone();
        Ok(response.into())
    }
}

/// Does nothing, as a middleware does it.
struct Identity;

#[async_trait::async_trait]
impl Middleware for Identity {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        next.run(request, extensions).await
    }
}

/// How often a request through `middleware` allocates, once everything is warm.
fn allocations(middleware: impl Middleware) -> u64 {
    let client = ClientBuilder::new(reqwest::Client::new()).with(middleware).with(Answer).build();
    let send = || {
        let url = Url::parse("http://example.com/hello?a=b").expect("a URL");
        let sent = client.execute(Request::new(Method::GET, url)).now_or_never();
        sent.expect("an answer at once").expect("a response")
    };
    // The first fills tables, and now and then one looks whether there are global providers by now.
    (0..8).map(|_| allocation_counter::measure(|| drop(send())).count_total).min().expect("eight")
}

#[test]
fn no_allocation_without_recording() {
    let identity = allocations(Identity);
    let noop = OtelMiddleware::builder()
        .with_tracer_provider(NoopTracerProvider::new())
        .with_meter_provider(NoopMeterProvider::new())
        .with_propagator(Capture::new().propagator());
    assert_eq!(allocations(noop.build()), identity);
    assert_eq!(allocations(OtelMiddleware::new()), identity, "no global provider");
}

#[test]
fn exact_allocations_while_recording() {
    let identity = allocations(Identity);
    let cost = |capture: &Capture| {
        let middleware = OtelMiddleware::builder()
            .with_tracer_provider(capture.tracer_provider())
            .with_meter_provider(capture.meter_provider())
            .with_propagator(TextMapCompositePropagator::new(Vec::new()));
        allocations(middleware.build()) - identity
    };
    let metrics_alone = Capture::builder().without_traces().build();
    let sampled_out = Capture::builder().with_sampler(Sampler::AlwaysOff).build();

    // Four of them count the attempts, in the extensions that attempts share.
    assert_eq!([cost(&metrics_alone), cost(&sampled_out)], [7, 8]);
}
