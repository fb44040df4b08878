//! The route, wherever the layer and the router stand to each other.

use axum::Router;
use axum::routing::get as on_get;
use otelier_testing::{Capture, ExpectedSpan, assert_tree};
use tower::{Layer, ServiceExt};

use crate::support::{answer, expected, get, layer};

async fn check(capture: &Capture, app: Router, path: &str, span: ExpectedSpan) {
    answer(&app, get(path)).await;
    assert_tree(&capture.spans(), span);
}

fn routed(route: &str, path: &str) -> ExpectedSpan {
    expected(&format!("GET {route}"), path)
        .attr("http.route", route)
        .attr("http.response.status_code", 200)
}

fn unrouted(path: &str, status: i64) -> ExpectedSpan {
    expected("GET", path).attr("http.response.status_code", status)
}

fn users() -> Router {
    Router::new().route("/users/{id}", on_get(|| async { "user" }))
}

#[tokio::test]
async fn a_layer_on_the_router() {
    let capture = Capture::new();
    let app = users().layer(layer(&capture).build());
    check(&capture, app, "/users/7", routed("/users/{id}", "/users/7")).await;
}

#[tokio::test]
async fn a_nested_router_below_the_layer() {
    let capture = Capture::new();
    let app = Router::new().nest("/api", users()).layer(layer(&capture).build());
    check(&capture, app, "/api/users/7", routed("/api/users/{id}", "/api/users/7")).await;
}

#[tokio::test]
async fn nested_layer_sees_whole_path() {
    let capture = Capture::new();
    let app = Router::new().nest("/api", users().layer(layer(&capture).build()));
    check(&capture, app, "/api/users/7", routed("/api/users/{id}", "/api/users/7")).await;
}

#[tokio::test]
async fn a_layer_on_both_routers_opens_one_span() {
    let capture = Capture::new();
    let app = Router::new()
        .nest("/api", users().layer(layer(&capture).build()))
        .layer(layer(&capture).build());
    check(&capture, app, "/api/users/7", routed("/api/users/{id}", "/api/users/7")).await;
}

#[tokio::test]
async fn nested_service_without_layer_has_no_route() {
    let capture = Capture::new();
    let app = Router::new().nest_service("/svc", users()).layer(layer(&capture).build());
    check(&capture, app, "/svc/users/7", unrouted("/svc/users/7", 200)).await;
}

#[tokio::test]
async fn nested_layer_reports_route_to_outer_one() {
    let capture = Capture::new();
    let inner = users().layer(layer(&capture).build());
    let app = Router::new().nest_service("/svc", inner).layer(layer(&capture).build());
    check(&capture, app, "/svc/users/7", routed("/svc/users/{id}", "/svc/users/7")).await;
}

#[tokio::test]
async fn outer_layer_gets_route_from_inner_one() {
    let capture = Capture::new();
    let app = layer(&capture).build().layer(users().layer(layer(&capture).build()));
    let response = app.oneshot(get("/users/7")).await.expect("infallible");
    assert_eq!(response.status(), 200);
    assert_tree(&capture.spans(), routed("/users/{id}", "/users/7"));
}

#[tokio::test]
async fn outer_layer_alone_has_no_route() {
    let capture = Capture::new();
    let app = layer(&capture).build().layer(users());
    app.oneshot(get("/users/7")).await.expect("infallible");
    assert_tree(&capture.spans(), unrouted("/users/7", 200));
}

#[tokio::test]
async fn the_route_is_found_behind_a_buffer() {
    let capture = Capture::new();
    let inner = users().layer(layer(&capture).build());
    let buffered = tower::buffer::Buffer::new(inner, 4);
    let app = layer(&capture).build().layer(buffered);
    let response = app.oneshot(get("/users/7")).await.expect("answered");
    assert_eq!(response.status(), 200);
    assert_tree(&capture.spans(), routed("/users/{id}", "/users/7"));
}

#[tokio::test]
async fn nothing_found() {
    let capture = Capture::new();
    let app = users().layer(layer(&capture).build());
    check(&capture, app, "/nowhere", unrouted("/nowhere", 404)).await;
}

#[tokio::test]
async fn a_fallback() {
    let capture = Capture::new();
    let app = users().fallback(|| async { "fallback" }).layer(layer(&capture).build());
    check(&capture, app, "/nowhere", unrouted("/nowhere", 200)).await;
}

#[tokio::test]
async fn a_method_that_is_not_allowed() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/users/{id}", axum::routing::post(|| async { "created" }))
        .layer(layer(&capture).build());
    let span = expected("GET /users/{id}", "/users/7")
        .attr("http.route", "/users/{id}")
        .attr("http.response.status_code", 405);
    check(&capture, app, "/users/7", span).await;
}

#[tokio::test]
async fn no_route_is_ever_empty() {
    for (path, route) in [("/svc", "/svc"), ("/svc/", "/svc/"), ("/", "/")] {
        let capture = Capture::new();
        let root = || Router::new().route("/", on_get(|| async { "root" }));
        let app = root().nest_service("/svc", root().layer(layer(&capture).build()));
        check(&capture, app.layer(layer(&capture).build()), path, routed(route, path)).await;
    }
}

#[tokio::test]
async fn retry_between_two_layers_is_one_request() {
    #[derive(Clone)]
    struct Twice;
    impl
        tower::retry::Policy<
            http::Request<String>,
            http::Response<axum::body::Body>,
            std::convert::Infallible,
        > for Twice
    {
        type Future = std::future::Ready<()>;
        fn retry(
            &mut self,
            _: &mut http::Request<String>,
            result: &mut Result<http::Response<axum::body::Body>, std::convert::Infallible>,
        ) -> Option<Self::Future> {
            let failed = result.as_ref().is_ok_and(|response| response.status().is_server_error());
            failed.then(|| std::future::ready(()))
        }
        fn clone_request(
            &mut self,
            request: &http::Request<String>,
        ) -> Option<http::Request<String>> {
            Some(request.clone())
        }
    }
    let capture = Capture::new();
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let flaky = std::sync::Arc::new(move || {
        match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => http::StatusCode::SERVICE_UNAVAILABLE,
            _ => http::StatusCode::OK,
        }
    });
    let inner = Router::new().route("/a/{b}", on_get(move || std::future::ready(flaky())));
    let inner = inner.layer(layer(&capture).build());
    // The retry's requests do not have axum's body, which the layer for axum asks for.
    let outer = otelier_tower::OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider());
    let app = outer.build().layer(tower::retry::Retry::new(Twice, inner));
    let request = get("/a/1").map(|_| String::new());
    assert_eq!(app.oneshot(request).await.expect("infallible").status(), 200);
    assert_tree(&capture.spans(), routed("/a/{b}", "/a/1"));
}

/// Answers with what `inner` answers to two requests that have its own extensions.
async fn batch(inner: Router, request: axum::extract::Request) -> String {
    let mut answers = String::new();
    for path in ["/users/7", "/orders/7"] {
        let mut sub_request = get(path);
        *sub_request.extensions_mut() = request.extensions().clone();
        let response = inner.clone().oneshot(sub_request).await.expect("infallible");
        answers.push_str(response.status().as_str());
    }
    answers
}

#[tokio::test]
async fn sub_requests_leave_the_route_of_their_handler() {
    let capture = Capture::new();
    let inner = Router::new()
        .route("/users/{id}", on_get(|| async { "user" }))
        .route("/orders/{id}", on_get(|| async { "order" }))
        .layer(layer(&capture).build());
    let handler = move |request| batch(inner, request);
    let routes = Router::new().route("/batch", on_get(handler)).layer(layer(&capture).build());
    // The outer layer does not know the route, so that one is reported to it from further in.
    let app = layer(&capture).build().layer(routes);

    let response = app.oneshot(get("/batch")).await.expect("infallible");

    let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body");
    assert_eq!(body.to_bytes(), "200200");
    assert_tree(&capture.spans(), routed("/batch", "/batch"));
}

#[tokio::test]
async fn sub_requests_give_unrouted_handler_no_route() {
    let capture = Capture::new();
    let inner = Router::new()
        .route("/users/{id}", on_get(|| async { "user" }))
        .route("/orders/{id}", on_get(|| async { "order" }))
        .layer(layer(&capture).build());
    let handler = move |request| batch(inner, request);
    let app = layer(&capture).build().layer(Router::new().fallback(on_get(handler)));
    app.oneshot(get("/batch")).await.expect("infallible");
    assert_tree(&capture.spans(), unrouted("/batch", 200));
}
