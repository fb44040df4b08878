//! What is decided about requests of no library.

use std::borrow::Cow;

use otelier_instrument::semconv::http::{HttpHeaderValue, HttpHeaders, HttpResponse};
use otelier_instrument::{ErrorType, Operation, scope};
use otelier_testing::{Capture, ExpectedSpan, assert_tree, assert_trees, span};

use super::*;

/// A request or a response as plain data.
#[derive(Clone)]
struct Message {
    method: &'static str,
    url: String,
    status: u16,
    length: Option<&'static str>,
}

impl Message {
    fn get() -> Self {
        Self { method: "GET", url: "http://example.com/".to_owned(), status: 200, length: None }
    }

    fn identity(&self) -> RequestIdentity {
        RequestIdentity::of(self.url.as_str())
    }
}

impl HttpHeaders for Message {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.all_headers().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        let length = self.length.map(|it| ("content-length", HttpHeaderValue::new(it.as_bytes())));
        length.into_iter()
    }
}

impl HttpClientRequest for Message {
    fn method(&self) -> &str {
        self.method
    }

    fn url(&self) -> Cow<'_, str> {
        self.url.as_str().into()
    }

    fn scheme(&self) -> &str {
        "http"
    }

    fn host(&self) -> &str {
        "example.com"
    }

    fn port(&self) -> Option<u16> {
        None
    }
}

impl HttpResponse for Message {
    fn status(&self) -> u16 {
        self.status
    }
}

fn providers(capture: &Capture) -> Providers {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers
}

fn recorder(capture: &Capture) -> HttpClientRecorder {
    HttpClientRecorder::new(scope!(), providers(capture), HttpOptions::default())
}

fn sent() -> ExpectedSpan {
    span("GET")
        .client()
        .attr("http.request.method", "GET")
        .attr("server.address", "example.com")
        .attr("server.port", 80)
        .attr("url.full", "http://example.com/")
}

fn answered(status: u16) -> ExpectedSpan {
    let span = sent().attr("http.response.status_code", status);
    if status < 400 { span } else { span.error(status.to_string()) }
}

fn begin(
    recorder: &HttpClientRecorder,
    request: &Message,
    attempts: &mut Attempts,
) -> Option<SentRequest> {
    let mut sent = recorder.start(request, Some(attempts), request.identity())?;
    sent.count_in(attempts);
    Some(sent)
}

/// Sends a clone of `request`, as a retry does, and answers it with `status`.
fn attempt(recorder: &HttpClientRecorder, attempts: &mut Attempts, status: u16) {
    let request = Message::get();
    let mut sent = begin(recorder, &request, attempts).expect("an operation");
    sent.set_response(&Message { status, ..request });
    sent.finish_in(attempts);
    sent.end();
}

#[test]
fn attempts_after_a_failure_are_counted() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let recorder = recorder(&capture);
    for status in [503, 503, 200] {
        attempt(&recorder, &mut attempts, status);
    }
    let expected = [
        answered(503),
        answered(503).attr("http.request.resend_count", 1),
        answered(200).attr("http.request.resend_count", 2),
    ];
    assert_trees(&capture.spans(), expected);
}

#[test]
fn a_request_after_a_success_starts_anew() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let recorder = recorder(&capture);
    for status in [200, 503, 200, 200] {
        attempt(&recorder, &mut attempts, status);
    }
    let expected = [
        answered(200),
        answered(503),
        answered(200).attr("http.request.resend_count", 1),
        answered(200),
    ];
    assert_trees(&capture.spans(), expected);
}

#[test]
fn a_dropped_attempt_is_counted() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let recorder = recorder(&capture);
    drop(begin(&recorder, &Message::get(), &mut attempts));
    attempt(&recorder, &mut attempts, 200);
    let resent = answered(200).attr("http.request.resend_count", 1);
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    assert_tree(&spans[1..], resent);
}

#[test]
fn two_recorders_share_one_operation() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let (outer, inner) = (recorder(&capture), recorder(&capture));
    let request = Message::get();
    let sent = begin(&outer, &request, &mut attempts).expect("an operation");
    assert!(begin(&inner, &request, &mut attempts).is_none(), "the same request");
    assert!(begin(&outer.clone(), &request, &mut attempts).is_none(), "the same request");
    assert!(begin(&inner, &request.clone(), &mut attempts).is_some(), "a clone, as a retry sends");
    drop(sent);
}

#[test]
fn finished_operation_frees_its_request() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let (outer, inner) = (recorder(&capture), recorder(&capture));
    let request = Message::get();
    drop(begin(&outer, &request, &mut attempts).expect("an operation"));
    assert!(begin(&inner, &request, &mut attempts).is_some(), "dropped");
    let mut sent = begin(&outer, &request, &mut attempts).expect("an operation");
    sent.set_response(&request);
    assert!(begin(&inner, &request, &mut attempts).is_some(), "answered");
}

#[test]
fn recorders_before_and_behind_a_retry_count_apart() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let outer = recorder(&capture);
    let inner = outer.clone();
    let request = Message::get();
    let sent = begin(&outer, &request, &mut attempts).expect("an operation");
    attempt(&inner, &mut attempts, 503);
    attempt(&inner, &mut attempts, 200);
    sent.fail(ErrorType::TIMEOUT);
    let expected = [
        answered(503),
        answered(200).attr("http.request.resend_count", 1),
        self::sent().error("timeout"),
    ];
    assert_trees(&capture.spans(), expected);
}

#[test]
fn an_attempt_without_providers_is_not_counted() {
    let mut attempts = Attempts::default();
    let recorder = HttpClientRecorder::new(scope!(), Providers::default(), HttpOptions::default());
    let sent = begin(&recorder, &Message::get(), &mut attempts).expect("an operation");
    assert!(!sent.is_recording());
    assert_eq!(attempts.failed(recorder.id), 0);
}

#[test]
fn body_sizes_are_wanted_only_if_asked_for() {
    let capture = Capture::new();
    for wanted in [None, Some(false), Some(true)] {
        let mut options = HttpOptions::default();
        options.experimental_telemetry = wanted;
        let recorder = HttpClientRecorder::new(scope!(), providers(&capture), options);
        let sent = begin(&recorder, &Message::get(), &mut Attempts::default());
        assert_eq!(sent.expect("an operation").wants_body_sizes(), wanted == Some(true));
    }
}

#[test]
fn only_body_with_bytes_goes_on() {
    for (method, status, length, body, goes_on) in [
        ("GET", 200, None, (false, None), true),
        ("GET", 200, Some("7"), (false, None), true),
        ("GET", 200, Some("7"), (false, Some(7)), true),
        ("GET", 200, Some("0"), (false, None), false),
        ("GET", 200, None, (true, None), false),
        ("GET", 101, None, (false, None), false),
        ("GET", 204, None, (false, None), false),
        ("GET", 304, Some("7"), (false, None), false),
        ("HEAD", 200, Some("7"), (false, None), false),
    ] {
        let (capture, mut attempts) = (Capture::new(), Attempts::default());
        let recorder = recorder(&capture).with_response_body(true);
        let request = Message { method, status, length, ..Message::get() };
        let mut sent = begin(&recorder, &request, &mut attempts).expect("an operation");
        sent.set_response(&request);
        let observed = sent.observe_body(body.0, body.1);
        assert_eq!(observed.is_some(), goes_on, "{method} {status} {length:?} {body:?}");
        assert_eq!(capture.open_spans(), usize::from(goes_on));
        drop(observed);
        assert_eq!(capture.spans().len(), 1);
    }
}

#[test]
fn attempt_without_body_ends_with_headers() {
    let (capture, mut attempts) = (Capture::new(), Attempts::default());
    let recorder = recorder(&capture);
    let mut sent = begin(&recorder, &Message::get(), &mut attempts).expect("an operation");
    sent.set_response(&Message { length: Some("7"), ..Message::get() });
    assert!(sent.observe_body(false, None).is_none());
    assert_tree(&capture.spans(), answered(200));
}
