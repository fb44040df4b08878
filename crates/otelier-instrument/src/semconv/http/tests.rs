//! The operations of both sides, with messages that are of no library.

use std::borrow::Cow;
use std::net::SocketAddr;

use otelier_testing::{Capture, ExpectedSpan, assert_points, assert_tree, point, span};

use super::*;
use crate::kit::{Operation, Providers};

/// A request or a response as plain data.
#[derive(Clone, Copy)]
struct Message {
    method: &'static str,
    status: u16,
    version: Option<HttpVersion>,
    route: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
}

const GET: Message =
    Message { method: "GET", status: 200, version: None, route: None, headers: &[] };

impl HttpHeaders for Message {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.all_headers().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.headers.iter().map(|(name, value)| (*name, HttpHeaderValue::new(value.as_bytes())))
    }
}

impl HttpServerRequest for Message {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        "/users/7"
    }

    fn query(&self) -> Option<&str> {
        Some("sig=planted")
    }

    fn scheme(&self) -> Option<&str> {
        None
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn version(&self) -> Option<HttpVersion> {
        self.version
    }

    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    fn route(&self) -> Option<&str> {
        self.route
    }
}

impl HttpClientRequest for Message {
    fn method(&self) -> &str {
        self.method
    }

    fn url(&self) -> Cow<'_, str> {
        "https://example.com/users/7".into()
    }

    fn scheme(&self) -> &str {
        "https"
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

    fn version(&self) -> Option<HttpVersion> {
        self.version
    }
}

fn providers(capture: &Capture) -> Providers {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    providers
}

fn server(capture: &Capture) -> HttpServer {
    HttpServer::new(crate::scope!(), providers(capture), HttpOptions::default())
}

fn client(capture: &Capture) -> HttpClient {
    HttpClient::new(crate::scope!(), providers(capture), HttpOptions::default())
}

fn served(name: &str) -> ExpectedSpan {
    span(name)
        .server()
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("url.path", "/users/7")
        .attr("url.query", "sig=REDACTED")
}

fn sent() -> ExpectedSpan {
    span("GET")
        .client()
        .attr("http.request.method", "GET")
        .attr("server.address", "example.com")
        .attr("server.port", 443)
        .attr("url.full", "https://example.com/users/7")
}

#[test]
fn server_accepts_any_request_type() {
    let capture = Capture::new();
    let request = Message {
        version: Some(HttpVersion::Http3),
        route: Some("/users/{id}"),
        headers: &[
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("user-agent", "J\u{fc}rgen/1.0"),
            ("host", "example.com:81"),
        ],
        ..GET
    };
    let mut operation = server(&capture).start(&request);
    operation.set_response(&GET);
    operation.end();

    assert_tree(
        &capture.spans(),
        served("GET /users/{id}")
            .attr("http.route", "/users/{id}")
            .attr("network.protocol.version", "3")
            .attr("user_agent.original", "J\u{fc}rgen/1.0")
            .attr("server.address", "example.com")
            .attr("server.port", 81)
            .attr("http.response.status_code", 200),
    );
    let span = &capture.spans()[0];
    assert_eq!(span.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
}

#[test]
fn client_accepts_any_request_type() {
    #[derive(Default)]
    struct Fields(Vec<String>);
    impl HttpHeadersMut for Fields {
        fn set_header(&mut self, name: &str, value: String) {
            self.0.push(format!("{name}: {value}"));
        }

        fn remove_header(&mut self, name: &str) {
            self.0.push(format!("no {name}"));
        }
    }

    let capture = Capture::new();
    let mut fields = Fields::default();
    let mut operation = client(&capture).start(&GET);
    operation.inject(&mut fields);
    operation.set_response(&GET);
    operation.end();

    assert_tree(&capture.spans(), sent().attr("http.response.status_code", 200));
    let span = &capture.spans()[0];
    let traceparent = format!("traceparent: 00-{}-{}-", span.trace_id, span.span_id);
    assert!(fields.0.iter().any(|field| field.starts_with(&traceparent)), "{:?}", fields.0);
    assert!(fields.0.contains(&"no tracestate".to_owned()), "{:?}", fields.0);
}

#[test]
fn status_outside_100_to_599_is_error() {
    for (status, server_fails, client_fails) in [
        (99, true, true),
        (100, false, false),
        (199, false, false),
        (399, false, false),
        (400, false, true),
        (499, false, true),
        (500, true, true),
        (599, true, true),
        (600, true, true),
        (999, true, true),
    ] {
        let (capture, answer) = (Capture::new(), Message { status, ..GET });
        let error = |span: ExpectedSpan, fails| match fails {
            true => span.error(status.to_string()),
            false => span,
        };
        let mut operation = server(&capture).start(&GET);
        operation.set_response(&answer);
        operation.end();
        let expected = served("GET").attr("http.response.status_code", status);
        assert_tree(&capture.take_spans(), error(expected, server_fails));

        let mut operation = client(&capture).start(&GET);
        operation.set_response(&answer);
        operation.end();
        let expected = sent().attr("http.response.status_code", status);
        assert_tree(&capture.take_spans(), error(expected, client_fails));

        let mut expected = point()
            .attr("http.request.method", "GET")
            .attr("url.scheme", "http")
            .attr("http.response.status_code", status)
            .count(1);
        if server_fails {
            expected = expected.attr("error.type", status.to_string());
        }
        assert_points(&capture.metrics(), "http.server.request.duration", [expected]);
    }
}

#[test]
fn an_empty_route_is_never_reported() {
    let capture = Capture::new();
    let mut operation = server(&capture).start(&Message { route: Some(""), ..GET });
    operation.set_route("");
    operation.end();
    assert_tree(&capture.spans(), served("GET"));
}

#[test]
fn an_operation_without_an_end_is_cancelled() {
    let capture = Capture::new();
    drop(server(&capture).start(&GET));
    assert_tree(&capture.spans(), served("GET").error("cancelled"));
}

#[test]
fn a_failed_operation_has_its_error() {
    let capture = Capture::new();
    client(&capture).start(&GET).fail(crate::kit::ErrorType::TIMEOUT);
    assert_tree(&capture.spans(), sent().error("timeout"));
}

/// Texts of 300,000 characters, as any client can send them.
#[test]
fn values_from_outside_are_bounded() {
    const LIMIT: usize = 2048;
    let long: &'static str = "a".repeat(300_000).leak();
    let headers: &'static [_] = vec![
        ("user-agent", long),
        ("host", long),
        ("x-forwarded-for", long),
        ("x-tag", long),
        ("x-tag", long),
    ]
    .leak();
    let request = Message { method: long, headers, ..GET };
    let options = HttpOptions {
        request_headers: Some(vec!["x-tag".to_owned()]),
        response_headers: Some(vec!["x-*".to_owned()]),
        ..HttpOptions::default()
    };
    let capture = Capture::new();
    let server = HttpServer::new(crate::scope!(), providers(&capture), options.clone());
    let client = HttpClient::new(crate::scope!(), providers(&capture), options);

    let mut operation = server.start(&request);
    operation.set_response(&request);
    operation.end();
    let mut operation = client.start(&request);
    operation.set_response(&request);
    operation.end();

    let spans = capture.spans();
    let keys = [
        (0, "http.request.method_original"),
        (0, "user_agent.original"),
        (0, "server.address"),
        (0, "client.address"),
        (1, "http.request.method_original"),
    ];
    for (span, key) in keys {
        let value = spans[span].attribute(key).and_then(|it| it.as_str()).expect(key);
        assert_eq!(value, &long[..LIMIT], "{key}");
    }
    for span in &spans {
        for key in ["http.request.header.x-tag", "http.response.header.x-tag"] {
            let value = span.attribute(key).expect(key).to_string();
            assert!(value.len() < 2 * LIMIT + 20, "{key} has {}", value.len());
        }
    }
}
