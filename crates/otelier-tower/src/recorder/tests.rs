//! What is decided about requests of no library.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use opentelemetry::trace::SpanContext;
use otelier_instrument::body::BodyObserver;
use otelier_instrument::semconv::http::{
    HttpHeaderValue, HttpHeaders, HttpResponse, HttpServerRequest, HttpVersion,
};
use otelier_instrument::{ErrorType, Operation, scope};
use otelier_testing::{Capture, ExpectedSpan, assert_tree, span};

use super::*;

/// A request or a response as plain data.
#[derive(Clone, Copy)]
struct Message {
    method: &'static str,
    route: Option<&'static str>,
    status: u16,
    length: Option<&'static str>,
}

const GET: Message = Message { method: "GET", route: None, status: 200, length: None };

impl HttpHeaders for Message {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.all_headers().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        let length = self.length.map(|it| ("content-length", HttpHeaderValue::new(it.as_bytes())));
        length.into_iter()
    }
}

impl HttpServerRequest for Message {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        "/a"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn scheme(&self) -> Option<&str> {
        None
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn version(&self) -> Option<HttpVersion> {
        None
    }

    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    fn route(&self) -> Option<&str> {
        self.route
    }
}

impl HttpResponse for Message {
    fn status(&self) -> u16 {
        self.status
    }
}

fn recorder(capture: &Capture) -> HttpServerRecorder {
    recorder_with(capture, HttpOptions::default())
}

fn recorder_with(capture: &Capture, options: HttpOptions) -> HttpServerRecorder {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    HttpServerRecorder::new(scope!(), providers, options)
}

fn started(recorder: &HttpServerRecorder, request: &Message) -> (ServedRequest, RequestMark) {
    let started = recorder.start(request, None, true);
    (started.request.expect("an operation"), started.mark.expect("a mark"))
}

/// The mark that `request` has behind a recorder further in.
fn pass(recorder: &HttpServerRecorder, request: &Message, mark: &RequestMark) -> RequestMark {
    let started = recorder.start(request, Some(mark), true);
    assert!(started.request.is_none(), "one operation for a request");
    started.mark.unwrap_or_else(|| mark.clone())
}

fn expected(name: &str) -> ExpectedSpan {
    span(name)
        .server()
        .attr("http.request.method", name.split(' ').next().unwrap_or_default())
        .attr("url.scheme", "http")
        .attr("url.path", "/a")
}

fn routed(route: &str) -> ExpectedSpan {
    expected(&format!("GET {route}")).attr("http.route", route)
}

fn with_route(route: &'static str) -> Message {
    Message { route: Some(route), ..GET }
}

#[test]
fn a_recorder_further_in_reports_the_route() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    pass(&recorder, &with_route("/a/{id}"), &mark);
    outer.end();
    assert_tree(&capture.spans(), routed("/a/{id}"));
}

#[test]
fn a_known_route_is_not_replaced() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &with_route("/own"));
    pass(&recorder, &with_route("/other"), &mark);
    outer.end();
    assert_tree(&capture.spans(), routed("/own"));
}

#[test]
fn sub_requests_keep_route_of_handler() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    let inside = pass(&recorder, &with_route("/batch"), &mark);
    for route in ["/a/{id}", "/b/{id}"] {
        pass(&recorder, &with_route(route), &inside.clone());
    }
    outer.end();
    assert_tree(&capture.spans(), routed("/batch"));
}

#[test]
fn different_reported_routes_give_no_route() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    for route in ["/a/{id}", "/b/{id}", "/b/{id}"] {
        pass(&recorder, &with_route(route), &mark.clone());
    }
    outer.end();
    assert_tree(&capture.spans(), expected("GET"));
}

#[test]
fn the_same_route_may_be_reported_again() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    for _ in 0..2 {
        pass(&recorder, &with_route("/a/{id}"), &mark);
    }
    outer.end();
    assert_tree(&capture.spans(), routed("/a/{id}"));
}

#[test]
fn an_unwanted_request_is_recorded_nowhere() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let started = recorder.start(&GET, None, false);
    let mark = started.mark.expect("a mark");
    pass(&recorder, &with_route("/a"), &mark);
    started.request.expect("a context").end();
    assert_eq!(capture.spans(), []);
}

#[test]
fn a_request_without_providers_has_no_mark() {
    let recorder = HttpServerRecorder::new(scope!(), Providers::default(), HttpOptions::default());
    let started = recorder.start(&GET, None, true);
    assert!(started.mark.is_none());
    let served = started.request.expect("an operation");
    assert!(!served.is_recording());
    assert_eq!(served.span_context(), SpanContext::NONE);
}

#[test]
fn recorded_request_has_its_span_context() {
    let capture = Capture::new();
    let (served, _) = started(&recorder(&capture), &GET);
    assert!(served.is_recording());
    let context = served.span_context();
    served.end();
    assert_eq!(capture.span("GET").span_id, context.span_id());
}

/// Whether the body with `exact` bytes has an observer, whether that is needed, and whether
/// anything is left to record if the body cannot be observed.
fn observed(sizes: bool, text: bool, exact: Option<u64>) -> Option<(bool, bool)> {
    let capture = Capture::new();
    let mut options = HttpOptions::default();
    options.experimental_telemetry = Some(sizes);
    options.capture_payloads = Some(text);
    let (mut served, _) = started(&recorder_with(&capture, options), &GET);
    let observer = served.request_body_observer(&GET, exact)?;
    let unobserved = observer.clone().unobserved();
    assert!(!unobserved.as_ref().is_some_and(RequestBodyObserver::is_needed));
    Some((observer.is_needed(), unobserved.is_some()))
}

#[test]
fn request_body_is_observed_where_something_is_to_be_learned() {
    for exact in [None, Some(0), Some(5)] {
        assert_eq!(observed(false, false, exact), None, "{exact:?}");
    }
    assert_eq!(observed(true, false, None), Some((true, false)));
    assert_eq!(observed(true, false, Some(0)), Some((false, true)));
    assert_eq!(observed(true, false, Some(5)), Some((false, true)));
    assert_eq!(observed(false, true, None), Some((true, false)));
    assert_eq!(observed(false, true, Some(0)), None);
    assert_eq!(observed(false, true, Some(5)), Some((true, false)));
    assert_eq!(observed(true, true, None), Some((true, false)));
    assert_eq!(observed(true, true, Some(0)), Some((false, true)));
    assert_eq!(observed(true, true, Some(5)), Some((true, true)));
}

#[test]
fn size_of_request_body_is_known_or_counted() {
    for (exact, expected) in [(Some(5), 5), (None, 3)] {
        let capture = Capture::new();
        let mut options = HttpOptions::default();
        options.experimental_telemetry = Some(true);
        let (mut served, _) = started(&recorder_with(&capture, options), &GET);
        let mut observer = served.request_body_observer(&GET, exact).expect("an observer");
        served.set_request_body(observer.clone());
        for (chunk, total) in [(b"ab".as_slice(), 2), (b"c", 3)] {
            BodyObserver::<()>::on_data(&mut observer, chunk, chunk.len(), total);
        }
        served.end();
        let span = capture.span("GET");
        assert_eq!(span.attribute("http.request.body.size"), Some(&expected.into()));
    }
}

#[test]
fn panic_of_unrecorded_request_leaves_errors_to_the_outer_one() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let mut outer = Some(started(&recorder, &GET).0);
    ServedRequest::poll(&mut outer, || {
        let mut inner = recorder.start(&GET, None, false).request;
        let poll = || ServedRequest::poll(&mut inner, || panic!("on purpose"));
        assert!(std::panic::catch_unwind(AssertUnwindSafe(poll)).is_err());
        record_error("no store");
    });
    outer.expect("not ended").fail(ErrorType::TIMEOUT);
    assert_tree(&capture.spans(), expected("GET").error_described("timeout", "no store"));
}

#[test]
fn a_body_of_certain_size_ends_the_request() {
    let stream = (false, None);
    for (request, response, body, goes_on) in [
        (GET, GET, (false, Some(5)), false),
        (GET, GET, (true, None), false),
        (GET, Message { length: Some("0"), ..GET }, stream, false),
        (GET, Message { status: 304, ..GET }, stream, false),
        (Message { method: "HEAD", ..GET }, Message { length: Some("7"), ..GET }, stream, false),
        (GET, GET, stream, true),
        (GET, Message { length: Some("7"), ..GET }, stream, true),
    ] {
        let capture = Capture::new();
        let (mut served, _) = started(&recorder(&capture), &request);
        served.set_response(&response);
        let observed = served.observe_body(body.0, body.1);
        assert_eq!(observed.is_some(), goes_on);
        assert_eq!(capture.open_spans(), usize::from(goes_on));
        let Some((_, served)) = observed else { continue };
        served.end();
        assert_tree(&capture.spans(), expected("GET").attr("http.response.status_code", 200));
    }
}

#[test]
fn dropped_request_is_cancelled_with_route() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    pass(&recorder, &with_route("/a/{id}"), &mark);
    drop(outer);
    assert_tree(&capture.spans(), routed("/a/{id}").error("cancelled"));
}

#[test]
fn failed_request_has_error_and_route() {
    let capture = Capture::new();
    let recorder = recorder(&capture);
    let (outer, mark) = started(&recorder, &GET);
    pass(&recorder, &with_route("/a/{id}"), &mark);
    outer.fail(ErrorType::TIMEOUT);
    assert_tree(&capture.spans(), routed("/a/{id}").error("timeout"));
}
