//! When there is a report, and what becomes of it.

use std::net::TcpListener;

use opentelemetry::KeyValue;

use super::*;
use crate::config::{Code, Environment, OtlpExporter};
use crate::resource::testing::Server;

const TOKEN: (&str, &str) = ("LUMIGO_TRACER_TOKEN", "t_s3cret");

fn resource() -> Resource {
    let texts = Array::String(vec!["a".into(), "b".into()]);
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "shop"),
            KeyValue::new("process.environ", "{\"A\": \"s3cret\"}"),
            KeyValue::new("process.pid", 7),
            KeyValue::new("processor", true),
            KeyValue::new("list", Value::Array(texts)),
            KeyValue::new("number", 7),
        ])
        .build()
}

fn report_with(code: &Code, variables: &[(&str, &str)]) -> Option<Report> {
    let environment: Environment = variables.iter().copied().collect();
    let (settings, _) = Settings::resolve(code, &environment).unwrap();
    Report::new(&settings, &resource())
}

#[test]
fn only_the_vendors_own_address_is_reported_to() {
    let own = "https://ga-otlp.lumigo-tracer-edge.golumigo.com/v1/traces";
    for (variables, is_reported) in [
        (&[TOKEN][..], true),
        (&[TOKEN, ("OTELIER_BACKEND", "lumigo")], true),
        (&[TOKEN, ("LUMIGO_ENDPOINT", own)], true),
        (&[TOKEN, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own)], true),
        (&[TOKEN, ("OTELIER_REPORT_DEPENDENCIES", "true")], true),
        (&[TOKEN, ("OTEL_TRACES_EXPORTER", "console,otlp")], true),
        (&[], false),
        (&[("OTELIER_BACKEND", "lumigo")], false),
        (&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own)], false),
        (&[TOKEN, ("LUMIGO_ENDPOINT", "http://localhost:4318/v1/traces")], false),
        (&[TOKEN, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")], false),
        (&[TOKEN, ("OTELIER_BACKEND", "otlp")], false),
        (&[TOKEN, ("OTELIER_REPORT_DEPENDENCIES", "false")], false),
        (&[TOKEN, ("LUMIGO_REPORT_DEPENDENCIES", "no")], false),
        (&[TOKEN, ("OTEL_TRACES_EXPORTER", "console")], false),
        (&[TOKEN, ("OTELIER_ENABLE_TRACES", "false")], false),
        (&[TOKEN, ("LS_ACCESS_TOKEN", "s3cret")], false),
        (&[("LS_ACCESS_TOKEN", "s3cret")], false),
    ] {
        let report = report_with(&Code::default(), variables);
        assert_eq!(report.is_some(), is_reported, "{variables:?}");
    }
    let otlp = OtlpExporter::new("http://coded:4318");
    assert!(report_with(&Code { otlp, ..Code::default() }, &[TOKEN]).is_none());
}

#[test]
fn the_request_has_the_token_and_no_other_header_of_the_user() {
    let variables = [
        TOKEN,
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-other=mine"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("LUMIGO_CONNECTION_TIMEOUT", "0.5"),
    ];
    let mut report = report_with(&Code::default(), &variables).unwrap();
    let url = "https://ga-otlp.lumigo-tracer-edge.golumigo.com/v1/dependencies";
    assert_eq!(report.settings.endpoint.value.url, url);
    assert_eq!(report.timeout, Duration::from_millis(500));
    assert!(!format!("{report:?}").contains("t_s3cret"));

    let server = Server::start(|_| Some((200, String::new())));
    report.settings.endpoint.value.url = format!("{}/v1/dependencies", server.url);
    report.timeout = Duration::from_secs(60);
    let dependency = Dependency { name: "axum".to_owned(), version: "0.8.9".to_owned() };
    assert_eq!(report.send(&[dependency]), Ok(1));
    let [asked] = &server.asked()[..] else { panic!("{:?}", server.asked()) };
    assert_eq!(asked.line, "POST /v1/dependencies HTTP/1.1");
    assert_eq!(asked.header("authorization"), Some("LumigoToken t_s3cret"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!((asked.header("x-other"), asked.header("content-encoding")), (None, None));
    let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    let resource = json!({
        "list": ["a", "b"], "number": 7, "processor": true, "service.name": "shop",
    });
    let dependencies = json!([{ "name": "axum", "version": "0.8.9" }]);
    assert_eq!(body, json!({ "resourceAttributes": resource, "dependencies": dependencies }));
}

#[test]
fn it_is_tried_once_and_only_200_is_a_success() {
    let report_to = |url: &str, timeout| {
        let mut report = report_with(&Code::default(), &[TOKEN]).unwrap();
        assert_eq!(report.timeout, Duration::from_secs(3));
        report.settings.endpoint.value.url = url.to_owned();
        report.timeout = timeout;
        report.send(&[])
    };
    let minute = Duration::from_secs(60);
    for (status, reason) in [
        (201, "201 Created"),
        (204, "204 No Content"),
        (302, "302 Found"),
        (401, "401 Unauthorized"),
        (429, "429 Too Many Requests"),
        (503, "503 Service Unavailable"),
    ] {
        let server = Server::start(move |_| Some((status, String::new())));
        assert_eq!(report_to(&server.url, minute), Err(reason.to_owned()));
        assert_eq!(server.asked().len(), 1, "{status}");
    }
    let silent = Server::start(|_| None);
    let reason = report_to(&silent.url, Duration::from_millis(100)).unwrap_err();
    assert!(reason.contains("no answer within"), "{reason}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reason = report_to(&format!("http://{closed}"), minute).unwrap_err();
    assert!(reason.contains("refused"), "{reason}");
}
