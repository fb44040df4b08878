//! What a hook of a server records, through the functions that a library calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use otelier_testing::{Capture, ExpectedSpan, assert_tree, metric, point, span};

use super::*;
use crate::body::ObserveBody as _;
use crate::message::{Response, ServerRequest};
use crate::test_support::{Fields, Unread, providers};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// As [`AXUM`], with the providers of `capture`.
fn server(capture: &Capture) -> HttpServer {
    let integration = integration("axum", "otelier-tower");
    let options = HttpOptions::default();
    let recorder = HttpServerRecorder::new(integration, providers(capture), options);
    HttpServer { integration: "axum", recorder: OnceLock::from(recorder) }
}

fn get<H>(headers: H) -> ServerRequest<'static, H> {
    ServerRequest {
        method: "GET",
        path: "/users/7",
        query: None,
        scheme: None,
        authority: None,
        version: None,
        peer: Some(([192, 0, 2, 1], 4711).into()),
        headers,
    }
}

fn answer(status: u16) -> Response<Fields> {
    Response { status, version: None, peer: None, headers: Fields::default() }
}

fn started(server: &HttpServer) -> (Option<Request>, Mark) {
    let (request, mark) = server.record(&get(Fields::default()), None).unwrap();
    (Some(request), mark.unwrap())
}

fn expected(route: Option<&str>) -> ExpectedSpan {
    let name = route.map_or("GET".to_owned(), |route| format!("GET {route}"));
    let span = span(name)
        .server()
        .scope("otelier-tower")
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("url.path", "/users/7")
        .attr("client.address", "192.0.2.1")
        .attr("network.peer.address", "192.0.2.1")
        .attr("network.peer.port", 4711);
    match route {
        Some(route) => span.attr("http.route", route),
        None => span,
    }
}

fn answered(route: &str, status: u16) -> ExpectedSpan {
    expected(Some(route)).attr("http.response.status_code", status)
}

#[test]
fn request_has_reported_route_and_metrics() {
    let capture = Capture::new();
    let (request, mark) = started(&server(&capture));
    assert!(mark.report_route("/users/{id}").is_some());
    assert!(request.unwrap().respond(&answer(200), false, Some(3)).is_none());
    assert_tree(&capture.spans(), answered("/users/{id}", 200));
    otelier_testing::assert_metric(
        &capture.metrics(),
        metric("http.server.request.duration").scope("otelier-tower").unit("s").point(
            point()
                .count(1)
                .any_sum()
                .attr("http.request.method", "GET")
                .attr("url.scheme", "http")
                .attr("http.route", "/users/{id}")
                .attr("http.response.status_code", 200),
        ),
    );
}

#[test]
fn request_is_child_of_caller() {
    let capture = Capture::new();
    let request = get(Fields::of(&[("traceparent", PARENT)]));
    let (request, _) = server(&capture).record(&request, None).unwrap();
    assert!(request.respond(&answer(204), true, None).is_none());
    let parent = &capture.spans()[0];
    assert_eq!(parent.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
}

#[test]
fn context_is_current_in_each_poll() {
    let capture = Capture::new();
    let (mut request, _) = started(&server(&capture));
    let is_current = || Context::current().span().span_context().is_valid();
    assert!(Request::poll(&mut request, is_current));
    assert!(!is_current());
    assert!(Request::poll(&mut None, || true));
}

#[test]
fn dropped_request_is_cancelled_with_its_route() {
    let capture = Capture::new();
    let (request, mark) = started(&server(&capture));
    assert!(mark.report_route("/users/{id}").is_some());
    drop(request);
    assert_tree(&capture.spans(), expected(Some("/users/{id}")).error("cancelled"));
}

#[test]
fn panicked_request_has_its_route_and_panic_goes_on() {
    let capture = Capture::new();
    let (mut request, mark) = started(&server(&capture));
    assert!(mark.report_route("/users/{id}").is_some());
    let poll = || Request::poll(&mut request, || panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    assert_tree(&capture.spans(), expected(Some("/users/{id}")).error("panic"));
}

#[test]
fn failed_service_has_type_of_its_error() {
    let capture = Capture::new();
    let (request, _) = started(&server(&capture));
    request.unwrap().fail::<std::fmt::Error>();
    assert_tree(&capture.spans(), expected(None).error("core::fmt::Error"));
}

#[test]
fn router_further_in_starts_nothing() {
    let capture = Capture::new();
    let server = server(&capture);
    let (request, mark) = started(&server);
    assert!(server.record(&get(Fields::default()), Some(&mark)).is_none());
    // Nor does one behind the match of a route, whose handler may send requests of its own.
    let handled = mark.report_route("/batch").unwrap();
    assert!(handled.report_route("/users/{id}").is_none());
    drop(request.unwrap().respond(&answer(200), true, None));
    assert_tree(&capture.spans(), answered("/batch", 200));
}

#[test]
fn body_is_followed_to_its_end() {
    type End = fn(ResponseBody);
    let ends: [(End, Option<&str>); 4] = [
        (|mut body| body.end(), None),
        (|mut body| body.frame(Some(b"last"), true), None),
        (|mut body| body.fail(ErrorType::of_type::<std::fmt::Error>()), Some("core::fmt::Error")),
        (drop, Some("cancelled")),
    ];
    for (end, error) in ends {
        let capture = Capture::new();
        let (request, _) = started(&server(&capture));
        let mut body = request.unwrap().respond(&answer(200), false, None).unwrap();
        assert!(body.poll(|| Context::current().span().span_context().is_valid()));
        body.frame(Some(b"first"), false);
        assert_eq!(capture.open_spans(), 1);
        end(body);
        let expected = expected(None).attr("http.response.status_code", 200);
        let expected = error.map_or(expected.clone(), |error| expected.error(error));
        assert_tree(&capture.spans(), expected);
    }
}

#[test]
fn body_ends_with_announced_length() {
    let capture = Capture::new();
    let (request, _) = started(&server(&capture));
    let headers = Fields::of(&[("content-length", "7")]);
    let response = Response { headers, ..answer(200) };
    let mut body = request.unwrap().respond(&response, false, None).unwrap();
    body.frame(Some(b"123"), false);
    assert_eq!(capture.open_spans(), 1);
    body.frame(Some(b"4567"), false);
    assert_eq!(capture.open_spans(), 0);
    // It may be polled again.
    body.end();
    body.frame(None, true);
    assert_eq!(capture.spans().len(), 1);
}

#[test]
fn panic_of_body_goes_on_and_ends_request() {
    let capture = Capture::new();
    let (request, _) = started(&server(&capture));
    let mut body = request.unwrap().respond(&answer(200), false, None).unwrap();
    let poll = || body.poll(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    let expected = expected(None).attr("http.response.status_code", 200);
    assert_tree(&capture.spans(), expected.error("panic"));
}

#[test]
fn sizes_of_bodies_are_recorded_if_asked_for() {
    let capture = Capture::new();
    let mut options = HttpOptions::default();
    options.experimental_telemetry = Some(true);
    let integration = integration("axum", "otelier-tower");
    let recorder = HttpServerRecorder::new(integration, providers(&capture), options);
    let server = HttpServer { integration: "axum", recorder: OnceLock::from(recorder) };
    let (mut request, _) = started(&server);
    let operation = request.as_mut().unwrap();
    let mut received = operation.observe_body(&Fields::default(), None).unwrap();
    received.frame(Some(b"12"), false);
    received.frame(Some(b"345"), false);
    drop(request.unwrap().respond(&answer(200), false, Some(3)));
    let span = &capture.spans()[0];
    let size = |key| span.attribute(key).and_then(otelier_testing::Value::as_int);
    assert_eq!(size("http.request.body.size"), Some(5));
    assert_eq!(size("http.response.body.size"), Some(3));
}

#[test]
fn body_of_known_size_is_not_observed() {
    let capture = Capture::new();
    let (mut request, _) = started(&server(&capture));
    let operation = request.as_mut().unwrap();
    assert!(operation.observe_body(&Fields::default(), Some(3)).is_none());
    assert!(operation.observe_body(&Fields::default(), None).is_none(), "no size is recorded");
}

#[test]
fn nothing_is_read_where_nothing_is_recorded() {
    let integration = integration("axum", "otelier-tower");
    let options = HttpOptions::default();
    let recorder = HttpServerRecorder::new(integration, Providers::default(), options);
    let server = HttpServer { integration: "axum", recorder: OnceLock::from(recorder) };
    let (request, mark) = server.record(&get(Unread), None).unwrap();
    assert!(mark.is_none());
    // The length tells whether the body has to be followed: it is the one header that is looked up.
    assert!(request.respond(&answer(200), true, None).is_none());
}

#[test]
fn a_panic_of_ours_goes_no_further() {
    let capture = Capture::new();
    assert!(server(&capture).record(&get(Unread), None).is_none());
    let (request, _) = started(&server(&capture));
    let response = Response { status: 200, version: None, peer: None, headers: Unread };
    assert!(request.unwrap().respond(&response, true, None).is_none());
}
