//! The same request in Prometheus' format and in OTLP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use otelier_testing::OtlpReceiver;

#[allow(clippy::unwrap_used, reason = "a helper of a test")]
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_are_served_and_sent() {
    let receiver = OtlpReceiver::start();
    let mut process = Command::new(env!("CARGO_BIN_EXE_prometheus-metrics"))
        .env_clear()
        .env("OTEL_SERVICE_NAME", "shop")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();

    for _ in 0..2 {
        assert!(get(&address, "/hello").ends_with("hello"));
    }
    let served = get(&address, "/metrics");
    let asked = Command::new("kill").arg(process.id().to_string()).status().unwrap();
    assert!(asked.success() && process.wait().unwrap().success());

    assert!(served.contains("content-type: text/plain; version=0.0.4"), "{served}");
    let count = served
        .lines()
        .find(|line| line.starts_with("http_server_request_duration_seconds_count{"))
        .unwrap_or_else(|| panic!("{served}"));
    assert!(count.contains(r#"http_route="/hello""#) && count.ends_with(" 2"), "{count}");
    assert!(!served.contains("/metrics"), "{served}");
    assert!(served.contains(r#"service_version=""#), "target_info: {served}");

    let received = receiver.received();
    let points = received.points();
    let sent: Vec<_> =
        points.iter().filter(|point| point.name == "http.server.request.duration").collect();
    assert_eq!(sent.len(), 1, "{received}");
    assert_eq!(received.spans().len(), 2, "{received}");
}
