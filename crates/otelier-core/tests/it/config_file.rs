//! A service that a configuration file describes.

use std::io::Write as _;

use otelier_core::{ConfigEntry, ConfigProblem, Environment, check_config_file};
use otelier_testing::{Message, OtlpReceiver};

use crate::support::run;

/// A file that is removed at the end.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

const EVERYTHING: &str = r#"
file_format: "1.0"
resource:
  attributes_list: ${OTEL_RESOURCE_ATTRIBUTES}
  attributes:
    - {name: service.name, value: "${OTEL_SERVICE_NAME:-unnamed}"}
    - {name: answers, value: [42, 43], type: int_array}
propagator:
  composite: [{tracecontext: }]
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: ${ENDPOINT}/v1/traces
            encoding: json
            headers: [{name: x-token, value: "${TOKEN}"}]
  limits:
    attribute_value_length_limit: 10
meter_provider:
  readers:
    - periodic:
        exporter: {otlp_http: {endpoint: "${ENDPOINT}/v1/metrics", compression: gzip}}
  views:
    - selector: {instrument_name: work.*}
      stream: {name: renamed, description: changed, attribute_keys: {excluded: [k*]}}
logger_provider:
  processors:
    - simple:
        exporter: {otlp_grpc: {endpoint: "${GRPC_ENDPOINT}"}}
"#;

#[test]
fn requests_are_as_large_as_the_file_allows() {
    // Spans with a text of 500 characters each, in two protocols.
    let text = r#"
file_format: "1.1"
tracer_provider:
  processors:
    - batch: {exporter: {otlp_http: {endpoint: "${HTTP}/v1/traces", max_request_size: 2500}}}
    - batch: {exporter: {otlp_grpc: {endpoint: "${GRPC}", max_request_size: 0}}}
"#;
    let (http, grpc) = (OtlpReceiver::start(), OtlpReceiver::start());
    let file = file(text);
    let outcome = run(
        "numbered-spans",
        &[
            ("OTEL_CONFIG_FILE", file.path().to_str().unwrap()),
            ("HTTP", &http.http_endpoint()),
            ("GRPC", &grpc.grpc_endpoint()),
            ("SPANS", "40"),
        ],
    );
    assert_eq!(outcome.told("result"), "ok", "{outcome:#?}");
    let spans = |message: &Message| match message {
        Message::Traces(it) => it.resource_spans[0].scope_spans[0].spans.len(),
        other => panic!("{other:?}"),
    };
    let sizes = |receiver: &OtlpReceiver| -> Vec<usize> {
        receiver.received().messages().map(spans).collect()
    };
    let split = sizes(&http);
    assert_eq!(split.iter().sum::<usize>(), 40);
    assert!(split.iter().all(|spans| (1..5).contains(spans)), "{split:?}");
    assert_eq!(sizes(&grpc), [40]);
}

#[test]
fn all_signals_go_where_the_file_says() {
    let receiver = OtlpReceiver::start();
    let file = file(EVERYTHING);
    let outcome = run(
        "shutdown",
        &[
            ("OTEL_CONFIG_FILE", file.path().to_str().unwrap()),
            ("ENDPOINT", &receiver.http_endpoint()),
            ("GRPC_ENDPOINT", &receiver.grpc_endpoint()),
            ("OTEL_SERVICE_NAME", "filed"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=blue,service.name=weaker"),
            ("TOKEN", "1234"),
        ],
    );
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    let received = receiver.received();
    let (spans, points, logs) = (received.spans(), received.points(), received.logs());
    assert_eq!((spans.len(), points.len(), logs.len()), (1, 1, 1), "{received}");
    assert_eq!((&*points[0].name, points[0].value()), ("renamed", Some(3.0)));
    assert!(points[0].attributes.is_empty(), "the view leaves `key` out");
    for resource in [&spans[0].resource, &points[0].resource, &logs[0].resource] {
        let text = |key: &str| resource.get(key).map(ToString::to_string);
        assert_eq!(text("service.name").as_deref(), Some("\"filed\""));
        assert_eq!(text("team").as_deref(), Some("\"blue\""));
        assert_eq!(text("answers").as_deref(), Some("[42, 43]"));
        // Nothing is detected unless the file says so.
        assert_eq!(text("process.pid"), None);
    }
    let protocols: Vec<_> = receiver.requests().iter().map(|it| it.protocol).collect();
    for protocol in [
        otelier_testing::Protocol::HttpJson,
        otelier_testing::Protocol::HttpProtobuf,
        otelier_testing::Protocol::Grpc,
    ] {
        assert!(protocols.contains(&protocol), "{protocols:?}");
    }
    let tokens: Vec<_> = receiver
        .requests()
        .iter()
        .filter_map(|request| request.header("x-token").map(str::to_owned))
        .collect();
    assert_eq!(tokens, ["1234"]);
}

#[test]
fn a_signal_without_a_provider_is_off() {
    let receiver = OtlpReceiver::start();
    let traces = "file_format: \"1.0\"\ntracer_provider: {processors: [{batch: {exporter: \
                  {otlp_http: {endpoint: \"${ENDPOINT}/v1/traces\"}}}}]}\n";
    let file = file(traces);
    let path = file.path().to_str().unwrap();
    let variables = [("OTEL_CONFIG_FILE", path), ("ENDPOINT", &receiver.http_endpoint())];
    let outcome = run("shutdown", &variables);
    assert_eq!(outcome.told("result"), "ok");
    let counts = (receiver.spans().len(), receiver.points().len(), receiver.logs().len());
    assert_eq!(counts, (1, 0, 0));
}

#[test]
fn a_faulty_file_leaves_the_service_running() {
    let receiver = OtlpReceiver::start();
    let file = file("file_format: \"1.0\"\ntracer_provider:\n  processors: none\n");
    let path = file.path().to_str().unwrap();
    let outcome = run(
        "off",
        &[("OTEL_CONFIG_FILE", path), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint())],
    );
    assert_eq!((outcome.told("global records"), outcome.told("result")), ("false", "ok"));
    // Context is passed on, so that the traces of others stay whole.
    assert_eq!((outcome.told("enabled"), outcome.told("traceparent")), ("true", "traceparent"));
    let diagnostics = outcome.diagnostics();
    assert_eq!(
        diagnostics[0],
        "warning: OTEL_CONFIG_FILE, line 3, column 15: tracer_provider.processors: expected a \
         list; there is no telemetry"
    );
    assert!(receiver.requests().is_empty());
}

#[test]
fn code_beats_the_configuration_file() {
    let receiver = OtlpReceiver::start();
    let file = file(
        "file_format: \"1.0\"\nresource: {attributes: [{name: service.name, value: file}, {name: \
         zone, value: file}]}\ntracer_provider: {processors: [{batch: {exporter: {otlp_http: \
         {endpoint: \"http://127.0.0.1:1\"}}}}], sampler: {always_off: }}\n",
    );
    let path = file.path().to_str().unwrap();
    let outcome =
        run("builder", &[("OTEL_CONFIG_FILE", path), ("ENDPOINT", &receiver.http_endpoint())]);
    assert_eq!((outcome.told("result"), outcome.told("traceparent")), ("ok", "b3"));
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    let text = |key: &str| spans[0].resource.get(key).map(ToString::to_string);
    assert_eq!(text("service.name").as_deref(), Some("\"coded\""));
    assert_eq!(text("zone").as_deref(), Some("\"file\""));
}

#[test]
fn the_page_about_the_file_has_one_that_works() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration-file.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split_once("```").map_or(rest, |(block, _)| block))
        .collect();
    assert!(!blocks.is_empty());
    let variables: Environment = [("API_KEY", "1234")].into_iter().collect();
    for (at, block) in blocks.into_iter().enumerate() {
        let file = file(block);
        let check = check_config_file(file.path(), &variables);
        let problems: Vec<_> = check.faults().chain(check.warnings()).collect();
        assert_eq!(problems, Vec::<&ConfigProblem>::new());
        // The first is the whole one.
        let expected = if at > 0 {
            &[("meter_provider.readers", "2")][..]
        } else {
            &[
                ("resource.attributes.service.name", "checkout"),
                ("tracer_provider.processors", "2"),
                ("tracer_provider.sampler", "parent_based(composite(rule_based(3 rules)))"),
                ("otelier.masking.http_request_bodies", "all"),
                ("instrumentation.disabled", "mysql"),
            ]
        };
        for (name, value) in expected {
            let entry = check.config().get(name).map(ConfigEntry::value);
            assert_eq!(entry, Some(*value), "{name}");
        }
    }
}

#[test]
fn a_check_has_problems_with_their_places() {
    let file = file(
        "file_format: \"1.0\"\ndisabled: 1\ntracer_provider: {processors: [{batch: {exporter: \
         {otlp_http: {tls: {ca_file: /missing.pem}}}}}]}\n",
    );
    let check = check_config_file(file.path(), &Environment::from_iter([("", ""); 0]));
    assert!(!check.is_usable());
    let faults: Vec<_> = check.faults().map(|it| (it.line(), it.column(), it.message())).collect();
    assert_eq!(faults, [(2, 11, "disabled: expected true or false")]);
    let warnings: Vec<_> = check.warnings().map(ConfigProblem::line).collect();
    assert_eq!(warnings, [3], "a certificate need not be on this machine");
    assert!(check.to_string().starts_with("fault: line 2, column 11: disabled: expected"));
    let missing = check_config_file("/missing.yaml", &Environment::process());
    assert!(missing.faults().any(|fault| fault.message().contains("cannot be read")));
}

#[test]
fn signals_are_written_as_lines_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let exporter = |name: &str| {
        let path = folder.path().join(name);
        format!(
            "{{exporter: {{otlp_file/development: {{output_stream: \"file://{}\"}}}}}}",
            path.display()
        )
    };
    let (traces, logs, metrics) = (exporter("traces"), exporter("logs"), exporter("metrics"));
    let file = file(&format!(
        "file_format: \"1.0\"\ntracer_provider: {{processors: [{{batch: {traces}}}]}}\n\
         logger_provider: {{processors: [{{simple: {logs}}}]}}\nmeter_provider: {{readers: \
         [{{periodic: {metrics}}}]}}\n"
    ));
    let outcome = run("shutdown", &[("OTEL_CONFIG_FILE", file.path().to_str().unwrap())]);
    assert_eq!(outcome.told("result"), "ok");
    for (name, expected) in [
        ("traces", "\"name\":\"work\""),
        ("logs", "\"stringValue\":\"work done\""),
        ("metrics", "\"name\":\"work.count\""),
    ] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.ends_with('\n') && text.contains(expected), "{name}: {text}");
    }
}

#[cfg(all(target_os = "linux", feature = "prometheus"))]
const PULLED: &str = r#"
file_format: "1.1"
meter_provider:
  readers:
    - periodic:
        exporter: {otlp_http: {endpoint: "${ENDPOINT}/v1/metrics"}}
    - pull:
        exporter:
          prometheus/development:
            host: 127.0.0.1
            port: ${OTEL_EXPORTER_PROMETHEUS_PORT}
            scope_info_enabled: false
            target_info_enabled/development: false
distribution:
  otelier:
    runtime_metrics: {process: true}
"#;

#[test]
#[cfg(all(target_os = "linux", feature = "prometheus"))]
fn metrics_of_the_process_are_pulled_and_sent() {
    let receiver = OtlpReceiver::start();
    let file = file(PULLED);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = run(
        "scraped",
        &[
            ("OTEL_CONFIG_FILE", file.path().to_str().unwrap()),
            ("ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", &port.to_string()),
        ],
    );
    assert!(outcome.told("status").starts_with("HTTP/1.1 200 OK"), "{outcome:#?}");
    assert!(outcome.stdout.lines().any(|line| line.starts_with("process_thread_count")));
    for label in ["otel_scope_name", "target_info"] {
        assert!(!outcome.stdout.contains(label), "{outcome:#?}");
    }
    let received = receiver.received();
    assert!(received.points().iter().any(|point| point.name == "process.thread.count"));
    assert!(received.spans().is_empty() && received.logs().is_empty());
}
