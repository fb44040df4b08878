//! What a hook of a client records, through the functions that a library calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::trace::TraceContextExt as _;
use otelier_testing::{Capture, ExpectedSpan, assert_tree, metric, point, span};

use super::*;
use crate::body::ObserveBody as _;
use crate::message::{ClientRequest, Response};
use crate::test_support::{Fields, Unread, providers};

/// As [`REQWEST`], with the providers of `capture`.
fn client(capture: &Capture) -> HttpClient {
    let options = HttpOptions::default();
    client_with(capture, options)
}

fn client_with(capture: &Capture, options: HttpOptions) -> HttpClient {
    let integration = integration("reqwest", "otelier-reqwest");
    let recorder = HttpClientRecorder::new(integration, providers(capture), options);
    HttpClient { integration: "reqwest", recorder: OnceLock::from(recorder) }
}

fn get<H>(headers: H) -> ClientRequest<'static, H> {
    ClientRequest {
        method: "GET",
        url: "http://example.com/a?token=secret",
        scheme: "http",
        host: "example.com",
        port: None,
        headers,
    }
}

fn answer(status: u16) -> Response<Fields> {
    let peer = Some(([192, 0, 2, 1], 80).into());
    Response { status, version: None, peer, headers: Fields::default() }
}

fn started(capture: &Capture) -> Option<Request> {
    client(capture).record(&get(Fields::default()))
}

fn expected() -> ExpectedSpan {
    span("GET")
        .client()
        .scope("otelier-reqwest")
        .attr("http.request.method", "GET")
        .attr("server.address", "example.com")
        .attr("server.port", 80)
        .attr("url.full", "http://example.com/a?token=REDACTED")
}

fn answered(status: u16) -> ExpectedSpan {
    expected()
        .attr("http.response.status_code", status)
        .attr("network.peer.address", "192.0.2.1")
        .attr("network.peer.port", 80)
}

#[test]
fn response_ends_request_and_is_measured() {
    let capture = Capture::new();
    let mut request = started(&capture).unwrap();
    assert!(!request.set_response(&answer(200)));
    assert!(request.observe_body(false, None).is_none());
    assert_tree(&capture.spans(), answered(200));
    otelier_testing::assert_metric(
        &capture.metrics(),
        metric("http.client.request.duration").scope("otelier-reqwest").unit("s").point(
            point()
                .count(1)
                .any_sum()
                .attr("http.request.method", "GET")
                .attr("server.address", "example.com")
                .attr("server.port", 80)
                .attr("http.response.status_code", 200),
        ),
    );
}

#[test]
fn status_of_error_is_an_error() {
    let capture = Capture::new();
    let mut request = started(&capture).unwrap();
    assert!(!request.set_response(&answer(404)));
    assert!(request.observe_body(false, None).is_none());
    assert_tree(&capture.spans(), answered(404).error("404"));
}

#[test]
fn request_carries_context_in_place_of_what_was_there() {
    let capture = Capture::new();
    let mut request = started(&capture);
    let mut headers = Fields::of(&[("traceparent", "old"), ("accept", "*/*")]);
    request.as_ref().unwrap().inject(&mut headers);
    let context = Request::poll(&mut request, || Context::current().span().span_context().clone());
    let traceparent = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    assert!(headers.0.contains(&("traceparent".to_owned(), traceparent)));
    assert_eq!(headers.0.iter().filter(|(name, _)| name == "traceparent").count(), 1);
    assert!(headers.0.contains(&("accept".to_owned(), "*/*".to_owned())));
}

#[test]
fn request_without_response_has_its_error() {
    let capture = Capture::new();
    started(&capture).unwrap().fail_with_code("connect");
    assert_tree(&capture.spans(), expected().error("connect"));
}

#[test]
fn dropped_request_is_cancelled() {
    let capture = Capture::new();
    drop(started(&capture));
    assert_tree(&capture.spans(), expected().attr("otelier.cancelled", true));
}

#[test]
fn panic_ends_request_and_goes_on() {
    let capture = Capture::new();
    let mut request = started(&capture);
    let poll = || Request::poll(&mut request, || panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    assert_tree(&capture.spans(), expected().error("panic"));
}

#[test]
fn sizes_of_bodies_are_recorded_if_asked_for() {
    let capture = Capture::new();
    assert!(!started(&capture).unwrap().wants_body_sizes());
    capture.reset();
    let mut options = HttpOptions::default();
    options.experimental_telemetry = Some(true);
    let mut request = client_with(&capture, options).record(&get(Fields::default())).unwrap();
    assert!(request.wants_body_sizes());
    request.set_body_size(5);
    assert!(!request.set_response(&answer(200)));
    assert!(request.observe_body(false, Some(3)).is_none());
    let sizes = answered(200).attr("http.request.body.size", 5).attr("http.response.body.size", 3);
    assert_tree(&capture.spans(), sizes);
}

#[test]
fn captured_text_lasts_to_end_of_body() {
    let capture = Capture::new();
    let mut options = HttpOptions::default();
    options.capture_payloads = Some(true);
    let json = || Fields::of(&[("content-type", "application/json")]);
    let mut request = client_with(&capture, options).record(&get(json())).unwrap();
    request.capture_body(&json()).unwrap().data(br#"{"password":"x"}"#);
    assert!(request.set_response(&Response { headers: json(), ..answer(200) }));
    let mut body = request.observe_body(false, None).unwrap();
    body.frame(Some(br#"{"a":"#), false);
    body.frame(Some(b"1}"), true);
    let texts = answered(200)
        .attr("http.request.body", r#"{"password":"****"}"#)
        .attr("http.response.body", r#"{"a":1}"#);
    assert_tree(&capture.spans(), texts);
}

#[test]
fn nothing_is_read_where_nothing_is_recorded() {
    let integration = integration("reqwest", "otelier-reqwest");
    let recorder =
        HttpClientRecorder::new(integration, Providers::default(), HttpOptions::default());
    let client = HttpClient { integration: "reqwest", recorder: OnceLock::from(recorder) };
    let mut request = client.record(&get(Unread)).unwrap();
    let mut headers = Fields::default();
    request.inject(&mut headers);
    assert_eq!(headers.0, []);
    assert!(request.capture_body(&Unread).is_none());
}

#[test]
fn a_panic_of_ours_goes_no_further() {
    let capture = Capture::new();
    let mut request = started(&capture).unwrap();
    let response = Response { status: 200, version: None, peer: None, headers: Unread };
    assert!(!request.set_response(&response));
}
