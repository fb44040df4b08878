//! What Prometheus is answered.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::*;
use crate::config::{IncludeExclude, Setting};

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What the server at `port` answers, head and body.
fn ask(port: u16, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "{request}\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn scrape(port: u16) -> String {
    let (head, body) = ask(port, "GET /metrics HTTP/1.1");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    body
}

/// A provider whose metrics are served at the port.
fn serve(settings: PrometheusSettings) -> (SdkMeterProvider, u16) {
    let port = free_port();
    let settings = PrometheusSettings {
        host: Setting::default("127.0.0.1".to_owned()),
        port: Setting::default(port),
        ..settings
    };
    let resource = Resource::builder_empty()
        .with_attributes([KeyValue::new("service.name", "shop"), KeyValue::new("team", "blue")])
        .build();
    let step = prometheus_reader(&settings, &resource).unwrap();
    let builder = SdkMeterProvider::builder().with_resource(resource);
    (step(builder).build(), port)
}

/// The lines without comments, sorted.
fn samples(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn metrics_are_served_in_the_text_format() {
    let (provider, port) = serve(PrometheusSettings::default());
    let orders = provider.meter("orders").u64_counter("orders.placed").with_unit("s").build();
    orders.add(2, &[KeyValue::new("kind", "gift")]);
    assert_eq!(
        samples(&scrape(port)),
        [
            r#"orders_placed_seconds_total{kind="gift",otel_scope_name="orders"} 2"#,
            r#"target_info{service_name="shop",team="blue"} 1"#,
        ]
    );
    orders.add(3, &[KeyValue::new("kind", "gift")]);
    let text = scrape(port);
    assert!(text.contains(r#"otel_scope_name="orders"} 5"#), "{text}");
    assert!(text.contains("# TYPE orders_placed_seconds_total counter"), "{text}");
}

#[test]
fn options_change_names_and_labels() {
    let off = || Setting::default(false);
    let (provider, port) = serve(PrometheusSettings {
        scope_info: off(),
        target_info: off(),
        suffixes: off(),
        resource_labels: Some(IncludeExclude {
            included: vec!["te*".to_owned()],
            excluded: Vec::new(),
        }),
        ..PrometheusSettings::default()
    });
    let orders = provider.meter("orders").u64_counter("orders.placed").with_unit("s").build();
    orders.add(2, &[]);
    assert_eq!(samples(&scrape(port)), [r#"orders_placed{team="blue"} 2"#]);
}

#[test]
fn other_requests_are_refused() {
    let (_provider, port) = serve(PrometheusSettings::default());
    for (request, expected) in [
        ("GET / HTTP/1.1", "HTTP/1.1 404 Not Found\r\n"),
        ("POST /metrics HTTP/1.1\r\ncontent-length: 0", "HTTP/1.1 405 Method Not Allowed\r\n"),
        ("nonsense", "HTTP/1.1 400 Bad Request\r\n"),
    ] {
        let (head, _) = ask(port, request);
        assert!(format!("{head}\r\n").starts_with(expected), "{request}: {head}");
    }
    let (head, body) = ask(port, "HEAD /metrics HTTP/1.1");
    assert!(head.starts_with("HTTP/1.1 200 OK") && body.is_empty(), "{head}");
}

#[test]
fn idle_connections_leave_room_for_others() {
    let (_provider, port) = serve(PrometheusSettings::default());
    let idle: Vec<TcpStream> =
        (0..8).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    scrape(port);
    drop(idle);
}

#[test]
fn a_callback_that_panics_makes_the_target_fail() {
    let (provider, port) = serve(PrometheusSettings::default());
    provider
        .meter("m")
        .u64_observable_gauge("depth")
        .with_callback(|_| panic!("on purpose"))
        .build();
    for _ in 0..2 {
        let (head, body) = ask(port, "GET /metrics HTTP/1.1");
        assert!(head.starts_with("HTTP/1.1 500 Internal Server Error"), "{head}");
        assert_eq!(body, "metrics are not served: a callback that measures has panicked\n");
    }
}

#[test]
fn a_port_in_use_is_a_reason_and_no_failure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost"] {
        let settings = PrometheusSettings {
            host: Setting::default(host.to_owned()),
            port: Setting::default(port),
            ..PrometheusSettings::default()
        };
        let reason = prometheus_reader(&settings, &Resource::builder_empty().build()).err();
        let reason = reason.unwrap_or_default();
        let start = format!("nothing can listen for Prometheus at {host}:{port}: ");
        assert!(reason.starts_with(&start), "{reason}");
    }
}

#[test]
fn the_port_is_free_after_the_shutdown() {
    let (provider, port) = serve(PrometheusSettings::default());
    scrape(port);
    provider.shutdown().unwrap();
    // The thread ends a moment later.
    while TcpListener::bind(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
}
