//! The metric points, to the attribute, and that gauges come back down.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get as on_get, post};
use futures_util::stream;
use http::{Request, StatusCode};
use otelier_testing::{Capture, assert_metric, assert_points, metric, point};
use tower::ServiceExt;

use crate::support::{answer, get, layer};

const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

fn app(capture: &Capture, experimental: bool) -> Router {
    Router::new()
        .route("/ok", on_get(|| async { "12345" }))
        .route("/bad", on_get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/never", on_get(|| async { std::future::pending::<()>().await }))
        .route("/panic", on_get(panics))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/ignore", post(|_: Body| async {}))
        .route(
            "/stream",
            on_get(|| async {
                Body::from_stream(stream::iter(
                    ["ab", "cde"].map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))),
                ))
            }),
        )
        .layer(layer(capture).with_experimental_telemetry(experimental).build())
}

async fn panics() {
    panic!("on purpose")
}

fn request_of(body: Body, path: &str) -> Request<Body> {
    Request::post(path).body(body).expect("a request")
}

fn chunked(chunks: &'static [&'static str]) -> Body {
    Body::from_stream(stream::iter(
        chunks.iter().map(|chunk| Ok::<_, Infallible>(Bytes::from(*chunk))),
    ))
}

#[tokio::test]
async fn the_duration_of_every_kind_of_end() {
    let capture = Capture::new();
    let app = app(&capture, false);
    answer(&app, get("/ok")).await;
    answer(&app, get("/ok")).await;
    answer(&app, get("/bad")).await;
    answer(&app, get("/nowhere")).await;
    tokio::spawn(app.clone().oneshot(get("/panic"))).await.expect_err("panics");
    let mut never = Box::pin(app.oneshot(get("/never")));
    assert!(futures_util::poll!(&mut never).is_pending());
    drop(never);

    let base = || {
        point()
            .attr("http.request.method", "GET")
            .attr("url.scheme", "http")
            .attr("network.protocol.version", "1.1")
    };
    assert_metric(
        &capture.metrics(),
        metric("http.server.request.duration")
            .histogram(SECONDS)
            .unit("s")
            .scope("otelier-tower")
            .points([
                base().attr("http.route", "/ok").attr("http.response.status_code", 200).count(2),
                base()
                    .attr("http.route", "/bad")
                    .attr("http.response.status_code", 500)
                    .attr("error.type", "500")
                    .count(1),
                base().attr("http.response.status_code", 404).count(1),
                base().attr("http.route", "/panic").attr("error.type", "panic").count(1),
                base().attr("http.route", "/never").attr("error.type", "cancelled").count(1),
            ]),
    );
    let plausible = |count| base().count(count);
    assert_points(
        &capture.metrics(),
        "http.server.request.duration",
        [
            plausible(2).attr("http.route", "/ok").attr("http.response.status_code", 200),
            plausible(1)
                .attr("http.route", "/bad")
                .attr("http.response.status_code", 500)
                .attr("error.type", "500"),
            plausible(1).attr("http.response.status_code", 404),
            plausible(1).attr("http.route", "/panic").attr("error.type", "panic"),
            plausible(1).attr("http.route", "/never").attr("error.type", "cancelled"),
        ],
    );
    for name in [
        "http.server.active_requests",
        "http.server.request.body.size",
        "http.server.response.body.size",
    ] {
        assert_points(&capture.metrics(), name, []);
    }
}

#[tokio::test]
async fn active_requests_rise_and_always_come_back_down() {
    let capture = Capture::new();
    let app = app(&capture, true);
    let active = |value: i64| {
        let metrics = capture.metrics();
        let point =
            point().attr("http.request.method", "GET").attr("url.scheme", "http").value(value);
        assert_metric(
            &metrics,
            metric("http.server.active_requests").up_down_counter().unit("{request}").point(point),
        );
    };

    let mut never = Box::pin(app.clone().oneshot(get("/never")));
    assert!(futures_util::poll!(&mut never).is_pending());
    active(1);
    let stream = app.clone().oneshot(get("/stream")).await.expect("infallible");
    active(2);
    drop(stream);
    active(1);
    tokio::spawn(app.clone().oneshot(get("/panic"))).await.expect_err("panics");
    answer(&app, get("/bad")).await;
    answer(&app, get("/ok")).await;
    drop(never);
    active(0);
}

#[tokio::test]
async fn body_sizes_count_what_was_sent() {
    let sizes = |capture: &Capture, name: &str, sum: f64| {
        let metrics = capture.metrics();
        let points: Vec<_> = metrics.iter().filter(|point| point.name == name).collect();
        assert_eq!(points.len(), 1, "{name}");
        assert_eq!((points[0].count(), points[0].sum()), (Some(1), Some(sum)), "{name}");
        assert_eq!(points[0].unit, "By");
    };
    let check = async |request: Request<Body>, received: f64, sent: f64| {
        let capture = Capture::new();
        answer(&app(&capture, true), request).await;
        sizes(&capture, "http.server.request.body.size", received);
        sizes(&capture, "http.server.response.body.size", sent);
        let span = &capture.spans()[0];
        assert_eq!(span.attribute("http.request.body.size"), Some(&(received as i64).into()));
        assert_eq!(span.attribute("http.response.body.size"), Some(&(sent as i64).into()));
    };
    check(get("/ok"), 0.0, 5.0).await;
    check(get("/stream"), 0.0, 5.0).await;
    check(request_of(Body::from("1234"), "/echo"), 4.0, 4.0).await;
    check(request_of(chunked(&["ab", "c"]), "/echo"), 3.0, 3.0).await;
    check(request_of(chunked(&["ab", "c"]), "/ignore"), 0.0, 0.0).await;
    check(Request::head("/stream").body(Body::empty()).expect("a request"), 0.0, 0.0).await;
}

#[tokio::test]
async fn dropped_stream_counts_what_was_read() {
    use http_body_util::BodyExt;
    let capture = Capture::new();
    let mut body =
        app(&capture, true).oneshot(get("/stream")).await.expect("infallible").into_body();
    body.frame().await.expect("a frame").expect("data");
    drop(body);
    let span = &capture.spans()[0];
    assert_eq!(span.attribute("http.response.body.size"), Some(&2.into()));
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
}
