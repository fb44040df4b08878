//! The presets of vendors, against a server that has their names, and against a receiver.

use std::time::Duration;

use otelier_testing::{OtlpReceiver, Protocol, Received, Value};
use serde_json::{Value as Json, json};

use crate::support::{VendorServer, run, run_while};

const LUMIGO: &str = "ga-otlp.lumigo-tracer-edge.golumigo.com";
const LIGHTSTEP: &str = "ingest.lightstep.com";
const TOKEN: &str = "LumigoToken t_s3cret";
const MINUTE: Duration = Duration::from_secs(60);

fn has_spans(received: &Received) -> bool {
    !received.spans().is_empty()
}

#[test]
fn lumigos_own_address_gets_traces_and_dependencies() {
    let receiver = OtlpReceiver::start();
    let server = VendorServer::start(LUMIGO, &receiver.http_endpoint());
    let variables = [
        ("LUMIGO_TRACER_TOKEN", " t_s3cret "),
        ("HTTPS_PROXY", &*server.url),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*server.authority),
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTELIER_RESOURCE_DETECTORS", "lambda,process,environ"),
        ("AWS_LAMBDA_FUNCTION_NAME", "resize"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/resize"),
    ];
    let outcome = run_while("dependencies", &variables, || {
        // The service works while nobody answers the report.
        receiver.wait_for_blocking(has_spans, MINUTE).unwrap();
        server.answer_the_report();
    });
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    assert!(!outcome.stderr.contains("s3cret") && !outcome.stdout.contains("s3cret"));
    let [started] = outcome.started()[..] else { panic!("{outcome:#?}") };
    for said in [
        "traces to https://ga-otlp.lumigo-tracer-edge.golumigo.com (http/protobuf)",
        "metrics off by preset lumigo; OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "logs off by preset lumigo; OTELIER_ENABLE_LOGS=true",
    ] {
        assert!(started.contains(said), "{said} in {started}");
    }

    let received = receiver.received();
    assert_eq!((received.points().len(), received.logs().len()), (0, 0));
    let [span] = &received.spans()[..] else { panic!("{received}") };
    let text = |key| span.resource.get(key).and_then(Value::as_str);
    assert_eq!(text("lumigo.distro.version"), Some(env!("CARGO_PKG_VERSION")));
    let framework = if cfg!(feature = "framework-axum") { "axum" } else { "Unknown" };
    assert_eq!(text("framework"), Some(framework));
    let environ = text("process.environ").unwrap();
    assert!(environ.contains(r#""LUMIGO_TRACER_TOKEN": "****""#), "{environ}");

    let (reports, exports): (Vec<_>, Vec<_>) =
        server.requests().into_iter().partition(|it| it.line.contains("/v1/dependencies"));
    let [export] = &exports[..] else { panic!("{exports:#?}") };
    let [report] = &reports[..] else { panic!("{reports:#?}") };
    for (request, path, content) in [
        (export, "/v1/traces", "application/x-protobuf"),
        (report, "/v1/dependencies", "application/json"),
    ] {
        assert_eq!(request.connect, format!("CONNECT {LUMIGO}:443 HTTP/1.1"));
        assert_eq!(request.line, format!("POST {path} HTTP/1.1"));
        assert_eq!(request.header("host"), Some(LUMIGO));
        assert_eq!(request.header("content-type"), Some(content));
        assert_eq!(request.header("authorization"), Some(TOKEN));
        assert_eq!(request.header("content-encoding"), None);
    }
    let body: Json = serde_json::from_slice(&report.body).unwrap();
    let expected = json!([
        { "name": "axum", "version": "0.8.9" },
        { "name": "serde", "version": "1.0.1" },
        { "name": "serde", "version": "1.0.200" },
    ]);
    assert_eq!(body["dependencies"], expected);
    assert_eq!(body.as_object().unwrap().len(), 2);
    let mut attributes = body["resourceAttributes"].as_object().unwrap().clone();
    for random in ["service.instance.id", "telemetry.sdk.version"] {
        assert!(attributes.remove(random).is_some(), "{random}");
    }
    let expected = json!({
        "aws.log.group.names": ["/aws/lambda/resize"],
        "cloud.platform": "aws_lambda",
        "cloud.provider": "aws",
        "faas.name": "resize",
        "framework": framework,
        "lumigo.distro.version": env!("CARGO_PKG_VERSION"),
        "service.name": "shop",
        "telemetry.distro.name": "otelier",
        "telemetry.distro.version": env!("CARGO_PKG_VERSION"),
        "telemetry.sdk.language": "rust",
        "telemetry.sdk.name": "opentelemetry",
    });
    assert_eq!(Json::from(attributes), expected);
}

#[test]
fn lumigos_variables_name_other_addresses() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let (traces, logs) = (format!("{endpoint}/v1/traces"), format!("{endpoint}/v1/logs"));
    let variables = [
        ("LUMIGO_TRACER_TOKEN", "t_s3cret"),
        ("LUMIGO_ENDPOINT", &*traces),
        ("LUMIGO_LOGS_ENDPOINT", &*logs),
        ("LUMIGO_ENABLE_LOGS", "true"),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let outcome = run("shutdown", &variables);
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    let received = receiver.received();
    let counts = (received.spans().len(), received.points().len(), received.logs().len());
    assert_eq!((counts, received.failures()), ((1, 0, 1), &[][..]));
    for request in received.requests() {
        assert_eq!(request.protocol, Protocol::HttpProtobuf);
        assert_eq!(request.header("authorization"), Some(TOKEN));
    }
}

#[test]
fn lightsteps_own_address_gets_the_token() {
    let receiver = OtlpReceiver::start();
    let server = VendorServer::start(LIGHTSTEP, &receiver.http_endpoint());
    // OTLP over gRPC goes through no proxy.
    let variables = [
        ("LS_ACCESS_TOKEN", "s3cret"),
        ("LS_SERVICE_NAME", "shop"),
        ("LS_SERVICE_VERSION", "1.2"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("HTTPS_PROXY", &*server.url),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*server.authority),
    ];
    let outcome = run("shutdown", &variables);
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    let mut requests = server.requests();
    requests.sort_by(|a, b| a.line.cmp(&b.line));
    let lines: Vec<_> = requests.iter().map(|request| &*request.line).collect();
    let expected =
        ["POST /v1/logs HTTP/1.1", "POST /v1/metrics HTTP/1.1", "POST /v1/traces HTTP/1.1"];
    assert_eq!(lines, expected);
    for request in &requests {
        assert_eq!(request.connect, format!("CONNECT {LIGHTSTEP}:443 HTTP/1.1"));
        assert_eq!(request.header("lightstep-access-token"), Some("s3cret"));
        assert_eq!(request.header("authorization"), None);
    }
    let resource = &receiver.spans()[0].resource;
    let text = |key| resource.get(key).and_then(Value::as_str);
    assert_eq!([text("service.name"), text("service.version")], [Some("shop"), Some("1.2")]);
}

#[test]
fn another_address_gets_the_token_of_a_named_vendor_only() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.grpc_endpoint();
    let named = [("OTELIER_BACKEND", "lightstep")];
    let variables = [
        ("LS_ACCESS_TOKEN", "s3cret"),
        ("LS_SERVICE_NAME", "shop"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    for (backend, token) in [(&named[..], Some("s3cret")), (&[], None)] {
        receiver.reset();
        let outcome = run("shutdown", &[&variables[..], backend].concat());
        assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
        let requests = receiver.requests();
        assert_eq!(requests.len(), 3);
        for request in requests {
            assert_eq!(request.protocol, Protocol::Grpc);
            assert_eq!(request.header("lightstep-access-token"), token);
        }
    }
}
