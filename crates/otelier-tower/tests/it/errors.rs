//! Errors that a handler reports, attributes of the user's own, and the trace id in a response.

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get as on_get;
use http::{HeaderName, Request, StatusCode};
use opentelemetry::KeyValue;
use otelier_testing::{Capture, assert_tree};
use otelier_tower::axum::record_error;
use tower::ServiceExt;

use crate::support::{answer, answered, assert_duration, expected, get, layer, server_span};

struct AppError(std::io::Error, StatusCode);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        record_error(&self.0);
        self.1.into_response()
    }
}

fn failing(capture: &Capture, status: StatusCode) -> Router {
    let handler = move || async move {
        tokio::task::yield_now().await;
        Err::<(), _>(AppError(std::io::Error::other("no store, password=S3CRET"), status))
    };
    let layer = layer(capture).with_logger_provider(capture.logger_provider()).build();
    Router::new().route("/a", on_get(handler)).layer(layer)
}

#[tokio::test]
async fn reported_error_is_on_the_server_span() {
    let capture = Capture::new();
    answer(&failing(&capture, StatusCode::INTERNAL_SERVER_ERROR), get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 500)
            .error_described("500", "no store, password=****"),
    );
    let (span, logs) = (server_span(&capture), capture.logs());
    let [log] = &logs[..] else { panic!("one record: {logs:?}") };
    assert_eq!((&*log.event_name, log.severity), ("http.server.request.exception", 17));
    assert_eq!((log.trace_id, log.span_id), (span.trace_id, span.span_id));
    assert_eq!(log.attribute("exception.type"), Some(&"std::io::error::Error".into()));
    assert_eq!(log.attribute("exception.message"), Some(&"no store, password=****".into()));
    assert_eq!(log.attributes.len(), 2);
}

#[tokio::test]
async fn status_of_the_response_decides_whether_it_failed() {
    let capture = Capture::new();
    answer(&failing(&capture, StatusCode::NOT_FOUND), get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a").attr("http.route", "/a").attr("http.response.status_code", 404),
    );
    assert_eq!(capture.logs().len(), 1);
}

#[tokio::test]
async fn inner_layer_leaves_the_error_to_the_outer_one() {
    let capture = Capture::new();
    let app = failing(&capture, StatusCode::INTERNAL_SERVER_ERROR).layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    let span = server_span(&capture);
    assert_eq!(span.attribute("error.type"), Some(&"500".into()));
}

#[tokio::test]
async fn error_outside_of_a_request_goes_nowhere() {
    let capture = Capture::new();
    record_error("planted");
    answer(&failing(&capture, StatusCode::BAD_GATEWAY), get("/a")).await;
    record_error("planted");
    assert!(!capture.export_text().contains("planted"));
}

#[tokio::test]
async fn attributes_of_the_users_own_are_added() {
    let capture = Capture::new();
    let layer = layer(&capture)
        .with_span_attributes_from_request(|request| {
            [
                KeyValue::new("path_length", request.uri.path().len() as i64),
                KeyValue::new("http.route", "planted"),
            ]
        })
        .with_span_attributes_from_response(|response| {
            [KeyValue::new("is_ok", response.status.is_success())]
        })
        .with_metric_attributes_from_request(|_| [KeyValue::new("tenant", "blue")])
        .with_metric_attributes_from_response(|_| -> [KeyValue; 0] { panic!("on purpose") })
        .build();
    let app = Router::new().route("/a", on_get(|| async { "hello" })).layer(layer);
    answer(&app, get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 200)
            .attr("path_length", 2)
            .attr("is_ok", true),
    );
    assert_duration(&capture, answered("/a").attr("tenant", "blue"));
}

#[tokio::test]
async fn attributes_of_the_response_are_on_its_metrics() {
    let capture = Capture::new();
    let layer = layer(&capture)
        .with_metric_attributes_from_response(|response| {
            let cache = response.headers.get("x-cache").and_then(|it| it.to_str().ok());
            cache.map(|cache| KeyValue::new("cache", cache.to_owned()))
        })
        .build();
    let handler = || async { [("x-cache", "hit")] };
    let app = Router::new().route("/a", on_get(handler)).layer(layer);
    answer(&app, get("/a")).await;
    assert_duration(&capture, answered("/a").attr("cache", "hit"));
    assert!(!server_span(&capture).attributes.contains_key("cache"));
}

#[tokio::test]
async fn response_names_its_trace_if_asked_to() {
    for (name, own) in [("x-trace-id", false), ("traceresponse", false), ("x-trace-id", true)] {
        let capture = Capture::new();
        let header = HeaderName::from_static(name);
        let handler = move || async move { if own { [(name, "own")] } else { [("x-a", "b")] } };
        let app = Router::new()
            .route("/a", on_get(handler))
            .layer(layer(&capture).with_trace_response_header(header).build());
        let response = answer(&app, get("/a")).await;
        let span = server_span(&capture);
        let expected = match (name, own) {
            (_, true) => "own".to_owned(),
            ("x-trace-id", _) => span.trace_id.to_string(),
            _ => format!("00-{}-{}-01", span.trace_id, span.span_id),
        };
        assert_eq!(response.headers()[name], expected, "{name}");
    }
    let capture = Capture::new();
    let app = Router::new().route("/a", on_get(|| async { "x" })).layer(layer(&capture).build());
    let request: Request<Body> = get("/a");
    let response = app.oneshot(request).await.expect("infallible");
    assert!(!response.headers().contains_key("x-trace-id"), "off by default");
}
