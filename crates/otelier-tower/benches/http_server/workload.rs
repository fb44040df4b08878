//! One axum route with and without the layer, in each of the layer's states.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::{Capture, discarding_tracer_provider};
use otelier_tower::axum::OtelLayer;
use tower::layer::util::Identity;
use tower::{Layer, Service};

/// What stands around the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Bare,
    /// A layer that does nothing, as boxed by axum as any other: what the others are compared with.
    IdentityLayer,
    /// The layer in a program that has no provider.
    NoProvider,
    /// The layer with a sampler that drops everything, and no metrics.
    SampledOut,
    /// The layer with every span recorded, and no metrics.
    Traces,
    /// The layer with every span recorded, and metrics.
    TracesAndMetrics,
}

impl Mode {
    /// All of them, from the least to the most work.
    pub(crate) const ALL: [Self; 6] = [
        Self::Bare,
        Self::IdentityLayer,
        Self::NoProvider,
        Self::SampledOut,
        Self::Traces,
        Self::TracesAndMetrics,
    ];

    /// The application.
    pub(crate) fn app(self) -> Router {
        let app = Router::new().route("/users/{id}", get(|| async { "hello" }));
        let traced = |sampler| {
            OtelLayer::builder()
                .with_propagator(TraceContextPropagator::new())
                .with_tracer_provider(discarding_tracer_provider(sampler))
                .with_meter_provider(NoopMeterProvider::new())
        };
        match self {
            Self::Bare => app,
            Self::IdentityLayer => app.layer(Passing),
            Self::NoProvider => app.layer(OtelLayer::new()),
            Self::SampledOut => app.layer(traced(Sampler::AlwaysOff).build()),
            Self::Traces => app.layer(traced(Sampler::AlwaysOn).build()),
            Self::TracesAndMetrics => {
                let metrics = Capture::new().meter_provider();
                app.layer(traced(Sampler::AlwaysOn).with_meter_provider(metrics).build())
            }
        }
    }
}

/// A request as a client sends it through hyper: a host and a user agent.
pub(crate) fn request() -> Request<Body> {
    Request::get("/users/7")
        .header("host", "example.com")
        .header("user-agent", "curl/8.10.1")
        .body(Body::empty())
        .expect("a request")
}

/// Answers `request` and reads the body, all in one poll: nothing in the application waits.
pub(crate) fn answer(app: &mut Router, request: Request<Body>) -> Response<()> {
    let response = app.call(request).now_or_never().expect("ready").expect("infallible");
    let (head, body) = response.into_parts();
    body.collect().now_or_never().expect("ready").expect("a body");
    Response::from_parts(head, ())
}

/// A layer whose service only calls the one inside.
#[derive(Clone)]
struct Passing;

impl<S> Layer<S> for Passing {
    type Service = PassingService<S>;
    fn layer(&self, inner: S) -> PassingService<S> {
        PassingService(Identity::new().layer(inner))
    }
}

#[derive(Clone)]
struct PassingService<S>(S);

impl<S: Service<R>, R> Service<R> for PassingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }
    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}
