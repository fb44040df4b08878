//! What `init` sets up, refuses and warns about.

use crate::support::{assert_work_arrived, run};
use otelier_testing::OtlpReceiver;

#[test]
fn a_second_init_is_always_an_error() {
    let outcome = run("second-init", &[("OTEL_TRACES_EXPORTER", "none")]);
    assert!(outcome.told("error").starts_with("telemetry is already initialized in this process"));
}

#[test]
fn an_integration_may_start_before_init() {
    let receiver = OtlpReceiver::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint()),
        ("OTEL_SERVICE_NAME", "x".to_owned()),
    ];
    run("operation-before-init", &variables.each_ref().map(|(name, value)| (*name, &**value)));
    assert_eq!((receiver.spans().len(), receiver.points().len()), (1, 1));
}

#[test]
fn an_init_that_failed_can_be_repeated() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "init-after-error",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_SERVICE_NAME", "again"),
        ],
    );
    assert!(outcome.told("error").starts_with("the endpoint set in code is invalid"));
    assert_work_arrived(&receiver, "again");
}

#[test]
fn disabling_the_sdk_leaves_propagation() {
    let receiver = OtlpReceiver::start();
    for (variable, traceparent, enabled) in [
        ("OTEL_SDK_DISABLED", "traceparent", "true"),
        ("OTELIER_SWITCH_OFF", "none", "false"),
        ("LUMIGO_SWITCH_OFF", "none", "false"),
    ] {
        let outcome = run(
            "off",
            &[(variable, "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint())],
        );
        assert_eq!(
            (outcome.told("global records"), outcome.told("ours records")),
            ("false", "false")
        );
        assert_eq!(
            (outcome.told("enabled"), outcome.told("traceparent")),
            (enabled, traceparent),
            "{variable}"
        );
        assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn a_signal_without_an_exporter_costs_nothing() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "off",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "x"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
        ],
    );
    assert_eq!((outcome.told("global records"), outcome.told("ours records")), ("false", "false"));
    assert_eq!((outcome.told("result"), outcome.told("traceparent")), ("ok", "traceparent"));
    let counts = (receiver.spans().len(), receiver.points().len(), receiver.logs().len());
    assert_eq!(counts, (0, 1, 1));
}

#[test]
fn code_beats_the_environment() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "builder",
        &[
            ("ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_SERVICE_NAME", "env"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "team=env,zone=env,service.version=env,service.namespace=env,\
                 deployment.environment.name=env",
            ),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=env,x-env=env"),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-token=env"),
            ("OTEL_TRACES_SAMPLER", "always_off"),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_PROPAGATORS", "tracecontext"),
        ],
    );
    assert_eq!((outcome.told("result"), outcome.told("traceparent")), ("ok", "b3"));
    assert_eq!((receiver.spans().len(), receiver.points().len(), receiver.logs().len()), (1, 1, 0));
    for request in receiver.requests() {
        assert_eq!(request.protocol, otelier_testing::Protocol::HttpJson);
        assert_eq!((request.header("x-token"), request.header("x-env")), (Some("coded"), None));
        assert_eq!(request.header("content-encoding"), Some("gzip"));
    }
    let resource = &receiver.spans()[0].resource;
    let text = |key: &str| resource.get(key).and_then(|value| value.as_str().map(str::to_owned));
    for (key, value) in [
        ("service.name", "coded"),
        ("service.version", "1.2.3"),
        ("service.namespace", "shop"),
        ("deployment.environment.name", "staging"),
        ("team", "blue"),
        ("zone", "env"),
    ] {
        assert_eq!(text(key).as_deref(), Some(value), "{key}");
    }
}

#[test]
fn a_guard_dropped_at_once_is_warned_about() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "x")];
    let outcome = run("underscore", &variables);
    let [warning] = outcome.diagnostics()[..] else { panic!("{outcome:#?}") };
    assert!(warning.starts_with("warning: the guard was dropped right after `init`"), "{warning}");
    // An error at the start of `main` drops it as soon, and says what is wrong itself.
    assert_eq!(run("failed-start", &variables).diagnostics(), [""; 0]);
    assert_eq!(run("kept", &variables).diagnostics(), [""; 0]);
    assert_eq!(run("stopped-before-a-request", &variables).diagnostics(), [""; 0]);
    let off = [("OTEL_SDK_DISABLED", "true")];
    assert_eq!(run("underscore", &[&variables[..], &off].concat()).diagnostics(), [""; 0]);
}

#[test]
fn tests_share_a_guard_and_lose_nothing() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "x")];
    assert_eq!(run("shared", &variables).started().len(), 1);
    assert_eq!(receiver.spans().len(), 6);
    let off = [("OTEL_SDK_DISABLED", "true")];
    let error = run("shared-after-init", &off);
    assert!(error.told("error").contains("use `init_shared` in tests"), "{error:#?}");
}

#[test]
fn each_start_logs_one_summary() {
    let version = env!("CARGO_PKG_VERSION");
    let off = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")];
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let none = ("OTEL_TRACES_EXPORTER", "none");
    let quiet = ("OTEL_LOG_LEVEL", "warn");
    let name = ("OTEL_SERVICE_NAME", "shop");
    for (variables, expected) in [
        (
            vec![endpoint, name],
            vec![format!(
                "{version}: service shop, traces to http://127.0.0.1:1 (http/protobuf), \
                 metrics off by OTEL_METRICS_EXPORTER, logs off by OTEL_LOGS_EXPORTER"
            )],
        ),
        (
            vec![name, ("OTELIER_SWITCH_OFF", "true")],
            vec![format!("{version}: switched off by OTELIER_SWITCH_OFF, nothing is set up")],
        ),
        (vec![name, none, quiet], vec![]),
    ] {
        let outcome = run("debug", &[&off[..], &variables].concat());
        assert_eq!(outcome.started(), expected);
    }
}

#[test]
fn a_signal_can_be_switched_off() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "x"),
        ("OTELIER_ENABLE_TRACES", "false"),
        ("OTELIER_ENABLE_LOGS", "false"),
    ];
    assert_eq!(run("shutdown", &variables).told("result"), "ok");
    let counts = (receiver.spans().len(), receiver.points().len(), receiver.logs().len());
    assert_eq!(counts, (0, 1, 0));
}

#[test]
fn the_settings_in_force_can_be_read() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:s3cret@127.0.0.1:1/s3cret"),
        ("OTEL_SERVICE_NAME", "x"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        ("OTELIER_DEBUG", "true"),
    ];
    let outcome = run("config", &variables);
    assert_eq!(outcome.told("before"), "0");
    let otlp = "tracer_provider.processors[0].batch.exporter.otlp";
    for line in [
        format!("{otlp}.endpoint: http://127.0.0.1:1 (OTEL_EXPORTER_OTLP_ENDPOINT)"),
        format!("{otlp}.timeout: 100 (OTEL_EXPORTER_OTLP_TIMEOUT)"),
        "log_level: debug (OTELIER_DEBUG)".to_owned(),
    ] {
        assert!(outcome.stdout.lines().any(|found| found == line), "{line} in {outcome:#?}");
        let logged = format!("debug: {line}");
        assert!(outcome.diagnostics().contains(&&*logged), "{logged} in {outcome:#?}");
    }
    assert!(!outcome.stdout.contains("s3cret") && !outcome.stderr.contains("s3cret"));
}

#[test]
fn two_backends_each_get_everything() {
    let (first, second) = (OtlpReceiver::start(), OtlpReceiver::start());
    let outcome = run(
        "two-backends",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &first.http_endpoint()),
            ("SECOND", &second.http_endpoint()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=first,x-env=first"),
            ("OTEL_SERVICE_NAME", "both"),
        ],
    );
    assert_eq!(outcome.told("result"), "ok");
    assert_work_arrived(&first, "both");
    assert_work_arrived(&second, "both");
    let headers = |receiver: &OtlpReceiver| {
        let requests = receiver.requests();
        assert_eq!(requests.len(), 3);
        let header = |name: &str| requests[0].header(name).map(str::to_owned);
        (requests[0].protocol, header("x-token"), header("x-env"))
    };
    let (protobuf, json) =
        (otelier_testing::Protocol::HttpProtobuf, otelier_testing::Protocol::HttpJson);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(headers(&first), (protobuf, text("first"), text("first")));
    assert_eq!(headers(&second), (json, text("second"), None), "no token of another backend");
}

#[test]
fn without_exporter_context_passes_and_no_trace_starts() {
    let outcome = run(
        "propagation-only",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "x"),
        ],
    );
    assert_eq!(outcome.told("root"), "none");
    assert_eq!(
        outcome.told("continued"),
        "00-00000000000000000000000000000001-0000000000000002-01"
    );
}

#[test]
fn a_processor_works_without_an_exporter() {
    assert_eq!(run("own-processor", &[]).told("spans"), "1");
}

#[test]
fn panicking_processors_lose_nothing_else() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "sturdy")];
    let outcome = run("panicking-processor", &variables);
    assert_work_arrived(&receiver, "sturdy");
    let results: Vec<_> =
        outcome.stdout.lines().filter(|line| line.starts_with("result: ")).collect();
    assert_eq!(results.len(), 2);
    for result in results {
        assert!(
            result.contains("traces: ")
                && result.contains("logs: ")
                && !result.contains("metrics: "),
            "{result}"
        );
        assert_eq!(result.matches("a processor panicked").count(), 2, "{result}");
    }

    receiver.reset();
    assert_eq!(run("panicking-sampler", &variables).told("result"), "ok");
    assert_eq!((receiver.spans().len(), receiver.points().len(), receiver.logs().len()), (0, 1, 1));
}

#[test]
fn an_unnamed_service_is_warned_about_once() {
    let outcome = run(
        "off",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ],
    );
    let diagnostics = outcome.diagnostics();
    let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
    assert!(
        warning.starts_with("warning: the service has no name and is called unknown_service:it-"),
        "{warning}"
    );
}

/// Every variable of the foundation with a wrong value at once.
const WRONG: &[(&str, &str)] = &[
    ("OTEL_SDK_DISABLED", "s3cret"),
    ("OTEL_RESOURCE_ATTRIBUTES", "s3cret"),
    ("OTEL_TRACES_EXPORTER", "s3cret"),
    ("OTEL_METRICS_EXPORTER", "s3cret"),
    ("OTEL_LOGS_EXPORTER", "s3cret"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "s3cret"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "s3cret"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "s3cret"),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "s3cret"),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/s3cret"),
    ("OTEL_TRACES_SAMPLER", "s3cret"),
    ("OTEL_PROPAGATORS", "s3cret"),
    ("OTEL_BSP_SCHEDULE_DELAY", "s3cret"),
    ("OTEL_BSP_EXPORT_TIMEOUT", "s3cret"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "s3cret"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "s3cret"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "s3cret"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "s3cret"),
    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "s3cret"),
    ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "s3cret"),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "s3cret"),
    ("OTEL_LOG_LEVEL", "s3cret"),
];

#[track_caller]
fn assert_each_is_warned_about_once(warnings: &[&str]) {
    assert_eq!(warnings.len(), WRONG.len(), "{warnings:#?}");
    for (variable, _) in WRONG {
        let about = warnings.iter().filter(|warning| warning.contains(&format!("{variable}: ")));
        assert_eq!(about.count(), 1, "{variable} in {warnings:#?}");
    }
}

#[test]
fn each_wrong_variable_warns_once() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let right = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "on")];
    let outcome = run("plain", &[WRONG, &right].concat());
    assert_each_is_warned_about_once(&outcome.diagnostics());
    assert!(!outcome.stderr.contains("s3cret"));
    assert_work_arrived(&receiver, "on");
}

#[test]
fn extreme_values_break_nothing() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let most = u64::MAX.to_string();
    for number in ["0", "1", &most, "99999999999999999999999", "-1"] {
        let numbers = [
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "OTEL_TRACES_SAMPLER_ARG",
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_BLRP_EXPORT_TIMEOUT",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_METRIC_EXPORT_INTERVAL",
            "OTEL_METRIC_EXPORT_TIMEOUT",
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_SPAN_EVENT_COUNT_LIMIT",
            "OTEL_SPAN_LINK_COUNT_LIMIT",
            "OTEL_ATTRIBUTE_COUNT_LIMIT",
            "COLUMNS",
        ]
        .map(|variable| (variable, number));
        for protocol in ["grpc", "http/protobuf"] {
            receiver.reset();
            let endpoint =
                if protocol == "grpc" { receiver.grpc_endpoint() } else { endpoint.clone() };
            let mut variables = vec![
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_SERVICE_NAME", "extreme"),
                ("OTEL_TRACES_EXPORTER", "otlp,console"),
            ];
            // A millisecond is too short for an export.
            variables.extend(
                numbers.iter().filter(|(name, _)| number != "1" || !name.ends_with("TIMEOUT")),
            );
            run("shutdown", &variables);
            assert_work_arrived(&receiver, "extreme");
        }
    }
}

#[test]
fn with_a_subscriber_warnings_are_events() {
    let right =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_SERVICE_NAME", "on")];
    let outcome = run("subscriber", &[WRONG, &right].concat());
    assert_eq!(outcome.diagnostics(), [""; 0]);
    let events: Vec<&str> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("WARN otelier: "))
        .collect();
    assert_each_is_warned_about_once(&events);
    assert!(!outcome.stdout.contains("s3cret"), "nor does the SDK show the values: {outcome:#?}");
}

#[test]
fn events_of_dependencies_hold_no_secret() {
    let receiver = OtlpReceiver::start();
    for (protocol, endpoint) in
        [("grpc", receiver.grpc_endpoint()), ("http/protobuf", receiver.http_endpoint())]
    {
        // The receiver takes nothing at such a path, so what is said of a failure is covered too.
        let endpoint = format!("{}/s3cret?key=s3cret", endpoint.replace("://", "://me:s3cret@"));
        let outcome = run(
            "subscriber-work",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret"),
                ("OTEL_LOG_LEVEL", "debug"),
                ("OTEL_SERVICE_NAME", "quiet"),
            ],
        );
        assert!(outcome.stdout.contains("DEBUG opentelemetry"), "{outcome:#?}");
        let secret: Vec<_> =
            outcome.stdout.lines().filter(|line| line.contains("s3cret")).collect();
        assert_eq!(secret, [""; 0], "{protocol}");
    }
    let request = receiver.requests().into_iter().next_back().unwrap();
    assert_eq!(request.header("api-key"), Some("s3cret"));
}

#[test]
fn the_log_level_silences() {
    let outcome = run("plain", &[WRONG, &[("OTEL_LOG_LEVEL", "error")]].concat());
    assert_eq!(outcome.diagnostics(), [""; 0]);
}

#[test]
fn the_console_shows_every_signal_beside_otlp() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [
        ("OTEL_TRACES_EXPORTER", "console,otlp"),
        ("OTEL_METRICS_EXPORTER", "otlp,console"),
        ("OTEL_LOGS_EXPORTER", "console,otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_SERVICE_NAME", "both"),
        ("COLUMNS", "80"),
    ];
    for scenario in ["plain", "current-thread"] {
        receiver.reset();
        let outcome = run(scenario, &variables);
        assert_work_arrived(&receiver, "both");
        for shown in ["both", " work ", "work.count", "work done"] {
            assert!(outcome.stdout.contains(shown), "{shown} in {}", outcome.stdout);
        }
        assert!(!outcome.stdout.contains('\x1b'), "no colors into a pipe: {}", outcome.stdout);
        // What the test harness prints is not drawn.
        let mut drawn = outcome.stdout.lines().take_while(|line| !line.starts_with("test result"));
        assert!(drawn.all(|line| line.chars().count() <= 80), "{}", outcome.stdout);
    }
}

#[test]
fn the_console_needs_no_collector() {
    let console = ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"]
        .map(|it| (it, "console"));
    let outcome = run("shutdown", &[&console[..], &[("OTEL_SERVICE_NAME", "alone")]].concat());
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    assert!(
        outcome.stdout.contains("alone") && outcome.stdout.contains("work done"),
        "{}",
        outcome.stdout
    );
}

/// A port that was free a moment ago.
#[cfg(feature = "prometheus")]
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
#[cfg(feature = "prometheus")]
fn prometheus_is_served_beside_otlp() {
    let receiver = OtlpReceiver::start();
    let port = free_port();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.http_endpoint()),
        ("OTEL_METRICS_EXPORTER", "otlp,prometheus"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", &*port),
        ("OTEL_SERVICE_NAME", "scraped"),
    ];
    let outcome = run("scraped", &variables);
    assert_eq!(outcome.diagnostics(), [""; 0]);
    assert!(
        outcome.started()[0].contains(&format!("and Prometheus at localhost:{port}")),
        "{outcome:#?}"
    );
    assert!(outcome.told("status").starts_with("HTTP/1.1 200 OK"));
    assert!(outcome.stdout.contains("otel_scope_name=\"test\""), "{outcome:#?}");
    assert!(outcome.stdout.contains("service_name=\"scraped\""), "{outcome:#?}");
    assert_work_arrived(&receiver, "scraped");
}

#[test]
#[cfg(feature = "prometheus")]
fn a_port_that_is_taken_is_a_warning() {
    let receiver = OtlpReceiver::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.http_endpoint()),
        ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", &*port),
        ("OTEL_SERVICE_NAME", "x"),
    ];
    let outcome = run("kept", &variables);
    let [warning] = outcome.diagnostics()[..] else { panic!("{outcome:#?}") };
    let start = format!(
        "warning: metrics are not served: nothing can listen for Prometheus at 127.0.0.1:{port}: "
    );
    assert!(warning.starts_with(&start), "{warning}");
    assert_work_arrived(&receiver, "x");
}

#[test]
#[cfg(not(feature = "prometheus"))]
fn without_the_feature_prometheus_is_a_warning() {
    let receiver = OtlpReceiver::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.http_endpoint()),
        ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
        ("OTEL_SERVICE_NAME", "x"),
    ];
    let outcome = run("kept", &variables);
    assert_eq!(
        outcome.diagnostics(),
        ["warning: metrics are not served: Prometheus needs the feature `prometheus`"]
    );
    assert_work_arrived(&receiver, "x");
}
