//! When and how a request ends: with its body, on failure, and when the client disconnects.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::WebSocketUpgrade;
use axum::routing::{any, get as on_get};
use futures_util::{StreamExt, stream};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use otelier_testing::{Capture, assert_tree};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use crate::support::{
    answer, eventually, expected, get, layer, read_until, send, serve, server_span,
};

/// Two chunks with `pause` before each.
fn slow_body(pause: Duration) -> Body {
    Body::from_stream(stream::iter(["a", "b"]).then(move |chunk| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(Bytes::from(chunk))
    }))
}

#[tokio::test]
async fn a_stream_is_timed_to_its_end() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { slow_body(Duration::from_millis(150)) }))
        .layer(layer(&capture).build());

    let started = std::time::Instant::now();
    let response = app.oneshot(get("/a")).await.expect("infallible");
    assert_eq!(capture.open_spans(), 1, "the body is not read yet");
    response.into_body().collect().await.expect("a body");

    let span = server_span(&capture);
    assert!(span.duration() >= Duration::from_millis(300), "{:?}", span.duration());
    let durations = capture.metrics();
    let point = durations
        .iter()
        .find(|point| point.name == "http.server.request.duration")
        .expect("a point");
    let most = started.elapsed().as_secs_f64();
    let sum = point.sum().expect("a histogram");
    assert!((0.3..=most).contains(&sum), "{sum} of {most}");
}

#[tokio::test]
async fn body_of_known_size_is_unchanged() {
    let capture = Capture::new();
    let app =
        Router::new().route("/a", on_get(|| async { "known" })).layer(layer(&capture).build());
    let response = app.oneshot(get("/a")).await.expect("infallible");
    assert_eq!(server_span(&capture).attribute("http.response.status_code"), Some(&200.into()));
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "known");
}

#[tokio::test]
async fn stream_ends_with_its_last_frame() {
    // hyper does not poll a body again that says it is over, and neither does this test.
    let capture = Capture::new();
    let handler = || async {
        Body::new(http_body_util::StreamBody::new(stream::iter([Ok::<_, Infallible>(
            http_body::Frame::data(Bytes::from_static(b"all")),
        )])))
    };
    let app = Router::new().route("/a", on_get(handler)).layer(layer(&capture).build());
    let address = serve(app).await;
    let mut socket = send(address, "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    read_until(&mut socket, "0\r\n\r\n").await;
    eventually("the span ends", || capture.spans().len() == 1).await;
    assert_eq!(server_span(&capture).attribute("error.type"), None);
}

#[tokio::test]
async fn a_head_request_is_no_abort() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { slow_body(Duration::from_secs(60)) }))
        .layer(layer(&capture).build());
    let address = serve(app).await;
    let mut socket = send(address, "HEAD /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    read_until(&mut socket, "\r\n\r\n").await;
    let span = server_span(&capture);
    assert_eq!(span.name, "HEAD /a");
    assert_eq!(span.attribute("error.type"), None);
}

#[tokio::test]
async fn a_client_that_leaves_a_slow_handler() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .layer(layer(&capture).build());
    let address = serve(app).await;

    let socket = send(address, "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    eventually("the request arrives", || capture.open_spans() == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(socket);
    eventually("the span ends", || capture.spans().len() == 1).await;

    let span = server_span(&capture);
    let took = span.duration();
    assert!(took >= Duration::from_millis(100), "{took:?}");
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("server.port", 80)
            .attr("client.address", "127.0.0.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr_any("network.peer.port")
            .error("cancelled"),
    );
}

#[tokio::test]
async fn a_client_that_leaves_a_stream() {
    let capture = Capture::new();
    let endless = || async {
        Body::from_stream(stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"tick"))
        }))
    };
    let app = Router::new().route("/a", on_get(endless)).layer(layer(&capture).build());
    let address = serve(app).await;
    let mut socket = send(address, "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    read_until(&mut socket, "tick").await;
    drop(socket);
    eventually("the span ends", || capture.spans().len() == 1).await;

    let span = server_span(&capture);
    assert_eq!(span.attribute("http.response.status_code"), Some(&200.into()));
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
}

#[tokio::test]
async fn a_body_dropped_early() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { slow_body(Duration::ZERO) }))
        .layer(layer(&capture).build());
    drop(app.oneshot(get("/a")).await.expect("infallible"));
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 200)
            .error("cancelled"),
    );
}

#[tokio::test]
async fn a_body_that_fails() {
    let capture = Capture::new();
    let failing = || async {
        Body::from_stream(stream::iter([
            Ok(Bytes::from_static(b"some")),
            Err(std::io::Error::other("secret detail")),
        ]))
    };
    let app = Router::new().route("/a", on_get(failing)).layer(layer(&capture).build());
    let body = app.oneshot(get("/a")).await.expect("infallible").into_body();
    body.collect().await.expect_err("the body fails");
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 200)
            .error("axum_core::error::Error"),
    );
}

async fn panics() -> &'static str {
    tokio::task::yield_now().await;
    panic!("secret detail")
}

#[tokio::test]
async fn a_panic_that_nobody_catches() {
    let capture = Capture::new();
    let app = Router::new().route("/a", on_get(panics)).layer(layer(&capture).build());
    tokio::spawn(app.oneshot(get("/a"))).await.expect_err("the task panics");
    assert_tree(&capture.spans(), expected("GET /a", "/a").attr("http.route", "/a").error("panic"));
}

#[tokio::test]
async fn a_panic_that_is_caught_further_out() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(panics))
        .layer(layer(&capture).build())
        .layer(CatchPanicLayer::new());
    assert_eq!(answer(&app, get("/a")).await.status(), 500);
    assert_tree(&capture.spans(), expected("GET /a", "/a").attr("http.route", "/a").error("panic"));
}

#[tokio::test]
async fn panic_caught_further_in_is_500() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(panics))
        .layer(CatchPanicLayer::new())
        .layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 500)
            .error("500"),
    );
}

#[tokio::test]
async fn a_panic_in_a_body() {
    let capture = Capture::new();
    let bomb = || async {
        Body::from_stream(stream::once(async {
            if true {
                panic!("secret detail");
            }
            Ok::<_, Infallible>(Bytes::new())
        }))
    };
    let app = Router::new().route("/a", on_get(bomb)).layer(layer(&capture).build());
    let body = app.oneshot(get("/a")).await.expect("infallible").into_body();
    tokio::spawn(async { body.collect().await.map(drop) }).await.expect_err("the task panics");
    assert_eq!(server_span(&capture).attribute("error.type"), Some(&"panic".into()));
}

#[tokio::test]
async fn a_panic_in_the_call_itself() {
    let capture = Capture::new();
    let service = tower::service_fn(
        |_: Request<Body>| -> std::future::Ready<Result<http::Response<Body>, Infallible>> {
            panic!("secret detail")
        },
    );
    let service = tower::Layer::layer(&layer(&capture).build(), service);
    tokio::spawn(service.oneshot(get("/a"))).await.expect_err("the task panics");
    assert_tree(&capture.spans(), expected("GET", "/a").error("panic"));
}

#[tokio::test]
async fn a_future_dropped_before_its_first_poll() {
    let capture = Capture::new();
    let mut app = Router::new().route("/a", on_get(|| async {})).layer(layer(&capture).build());
    let service = tower::Service::<Request<Body>>::call(&mut app, get("/a"));
    drop(service);
    let errors: Vec<_> =
        capture.spans().into_iter().map(|span| span.attribute("error.type").cloned()).collect();
    assert!(errors.iter().all(|error| *error == Some("cancelled".into())), "{errors:?}");
    assert_eq!(capture.open_spans(), 0);
}

#[tokio::test]
async fn upgrade_ends_and_carries_its_context() {
    let capture = Capture::new();
    let tracer = opentelemetry::trace::TracerProvider::tracer(&capture.tracer_provider(), "user");
    let chat = move |upgrade: WebSocketUpgrade| async move {
        let tracer = tracer.clone();
        upgrade.on_upgrade(otelier_tower::axum::carry_context(move |_socket| async move {
            drop(opentelemetry::trace::Tracer::start(&tracer, "chat"));
        }))
    };
    let app = Router::new().route("/chat", any(chat)).layer(layer(&capture).build());
    let address = serve(app).await;
    let mut socket = send(
        address,
        "GET /chat HTTP/1.1\r\nhost: example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await;
    read_until(&mut socket, "\r\n\r\n").await;
    eventually("the upgrade's work", || capture.spans().len() == 2).await;
    assert_tree(
        &capture.spans(),
        expected("GET /chat", "/chat")
            .attr("http.route", "/chat")
            .attr("http.response.status_code", 101)
            .attr("client.address", "127.0.0.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr_any("network.peer.port")
            .child(otelier_testing::span("chat")),
    );
}

#[tokio::test]
async fn bodiless_responses_end_at_once() {
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED] {
        let capture = Capture::new();
        let app = Router::new()
            .route(
                "/a",
                on_get(move || async move { (status, slow_body(Duration::from_secs(60))) }),
            )
            .layer(layer(&capture).build());
        drop(app.oneshot(get("/a")).await.expect("infallible"));
        assert_eq!(server_span(&capture).attribute("error.type"), None, "{status}");
    }
}

#[tokio::test]
async fn every_method_is_answered_as_before() {
    let capture = Capture::new();
    let plain = Router::new().route("/a", on_get(|| async { "ok" }));
    let traced = plain.clone().layer(layer(&capture).build());
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST] {
        let request =
            || Request::builder().method(&method).uri("/a").body(Body::empty()).expect("a request");
        let (plain, traced) = (answer(&plain, request()).await, answer(&traced, request()).await);
        assert_eq!(
            (plain.status(), plain.headers()),
            (traced.status(), traced.headers()),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_followed_too() {
    let capture = Capture::new();
    let router = Router::new().route("/a", on_get(|| async { slow_body(Duration::ZERO) }));
    // As a layer that compresses or limits does it, between this one and the router.
    let other = tower::ServiceBuilder::new().map_response(|response: http::Response<Body>| {
        response.map(|body| http_body_util::Limited::new(body, 1))
    });
    let service = tower::Layer::layer(&layer(&capture).build(), other.service(router));
    let response: http::Response<Body> = service.oneshot(get("/a")).await.expect("infallible");
    response.into_body().collect().await.expect_err("more than one byte");
    assert_eq!(server_span(&capture).attribute("error.type"), Some(&"_OTHER".into()));
}
