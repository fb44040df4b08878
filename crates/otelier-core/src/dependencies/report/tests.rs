//! When there is a report, and what a server gets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use opentelemetry::{KeyValue, StringValue};

use super::*;
use crate::config::{Code, Environment};

const TOKEN: (&str, &str) = ("LUMIGO_TRACER_TOKEN", " t_0123456789 ");

fn report(variables: &[(&str, &str)]) -> Option<Report> {
    let environment: Environment = variables.iter().copied().collect();
    let (settings, _) = Settings::resolve(&Code::default(), &environment).unwrap();
    let names = ["a", "b"].map(StringValue::from).to_vec();
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "shop"),
            KeyValue::new("host.cpu.stepping", 7),
            KeyValue::new("aws.log.group.names", Value::Array(Array::String(names))),
            KeyValue::new("process.environ", "hidden"),
            KeyValue::new("process.runtime.name", "hidden"),
        ])
        .build();
    Report::new(&settings, &resource)
}

/// A server that answers one request with `status`, and returns its head and body.
fn serve(status: &'static str) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/dependencies", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        reader.get_mut().write_all(answer.as_bytes()).unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    (url, served)
}

fn dependencies() -> Vec<Dependency> {
    let dependency = |name: &str, version: &str| Dependency {
        name: name.to_owned(),
        version: version.to_owned(),
    };
    vec![dependency("axum", "0.8.9"), dependency("tokio", "1.54.1")]
}

#[test]
fn the_vendor_is_told_names_and_versions() {
    let mut report = report(&[TOKEN, ("OTEL_EXPORTER_OTLP_HEADERS", "x-other=hidden")]).unwrap();
    let address = "https://ga-otlp.lumigo-tracer-edge.golumigo.com/v1/dependencies";
    assert_eq!(report.settings.endpoint.value.url, address);
    let (url, served) = serve("200 OK");
    report.settings.endpoint.value.url = url;
    assert_eq!(report.send(&dependencies()), Ok(2));

    let (head, body) = served.join().unwrap();
    assert!(head.starts_with("post /v1/dependencies http/1.1\r\n"), "{head}");
    for line in ["content-type: application/json", "authorization: lumigotoken t_0123456789"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
    }
    assert!(!head.contains("x-other") && !head.contains("content-encoding"), "{head}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = json!({
        "resourceAttributes": {
            "service.name": "shop",
            "host.cpu.stepping": 7,
            "aws.log.group.names": ["a", "b"],
        },
        "dependencies": [
            {"name": "axum", "version": "0.8.9"},
            {"name": "tokio", "version": "1.54.1"},
        ],
    });
    assert_eq!(body, expected);
}

#[test]
fn only_200_is_a_success_and_nothing_is_repeated() {
    for status in ["204 No Content", "302 Found", "401 Unauthorized", "503 Service Unavailable"] {
        let mut report = report(&[TOKEN]).unwrap();
        let (url, served) = serve(status);
        report.settings.endpoint.value.url = url;
        assert_eq!(report.send(&dependencies()), Err(status.to_owned()));
        served.join().unwrap();
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut report = report(&[TOKEN, ("LUMIGO_CONNECTION_TIMEOUT", "0.05")]).unwrap();
    report.settings.endpoint.value.url = format!("http://{}", listener.local_addr().unwrap());
    assert_eq!(report.send(&dependencies()), Err("no answer within 50.0ms".to_owned()));
    assert_eq!(self::report(&[TOKEN]).unwrap().timeout, Duration::from_secs(3));
}

#[test]
fn there_is_none_without_token_address_or_consent() {
    for variables in [
        &[][..],
        &[("LS_ACCESS_TOKEN", "t")],
        &[("OTELIER_BACKEND", "lumigo")],
        &[TOKEN, ("OTELIER_REPORT_DEPENDENCIES", "false")],
        &[TOKEN, ("LUMIGO_REPORT_DEPENDENCIES", "no")],
        &[TOKEN, ("OTELIER_ENABLE_TRACES", "false")],
        &[TOKEN, ("OTEL_TRACES_EXPORTER", "console")],
        &[TOKEN, ("LUMIGO_ENDPOINT", "http://c:4318/v1/traces")],
        &[TOKEN, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")],
        &[TOKEN, ("OTELIER_BACKEND", "otlp")],
    ] {
        assert!(report(variables).is_none(), "{variables:?}");
    }
    // The vendor's own address by another variable is that address all the same.
    let own = "https://ga-otlp.lumigo-tracer-edge.golumigo.com/v1/traces";
    assert!(report(&[TOKEN, ("LUMIGO_ENDPOINT", own)]).is_some());
    let report = report(&[TOKEN, ("LUMIGO_CONNECTION_TIMEOUT", "0.5")]).unwrap();
    assert_eq!(report.timeout, Duration::from_millis(500));
}
