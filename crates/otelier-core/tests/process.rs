//! Whole processes: what is delivered when they end, in what time, and what they say.

// Clippy's leave for tests ends at functions without `#[test]`, and a child talks to its parent by printing.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use otelier_core::{ExportError, Exporter, Guard, Propagator, Protocol, Signal};
use otelier_testing::{OtlpReceiver, Reply};
use support::{Outcome, run};

// ---- what runs in the child ----

/// Makes one span, one measurement and one log record.
fn work(guard: &Guard) {
    let tracer = global::tracer("test");
    tracer.span_builder("work").with_kind(SpanKind::Server).start(&tracer).end();
    global::meter("test").u64_counter("work.count").build().add(3, &[KeyValue::new("key", "value")]);
    let logger = guard.logger_provider().logger("test");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("work done"));
    logger.emit(record);
}

fn tell(name: &str, value: impl std::fmt::Display) {
    println!("{name}: {value}");
}

fn tell_result(result: Result<(), ExportError>) {
    match result {
        Ok(()) => tell("result", "ok"),
        Err(error) => {
            tell("result", &error);
            tell("timeout", error.is_timeout());
            let signals: Vec<&str> = error.failures().map(|(signal, _)| signal.as_str()).collect();
            tell("signals", signals.join(","));
        }
    }
}

fn drop_timed(guard: Guard) {
    let started = Instant::now();
    drop(guard);
    tell("dropped in ms", started.elapsed().as_millis());
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
#[ignore = "the other tests run it, in processes of their own"]
fn child() {
    let Some(scenario) = support::scenario() else { return };
    match &*scenario {
        "plain" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            drop_timed(guard);
        }
        "current-thread" => current_thread().block_on(async {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            drop_timed(guard);
        }),
        "multi-thread" => multi_thread().block_on(async {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            tokio::spawn(async move { drop_timed(guard) }).await.unwrap();
        }),
        "after-runtime" => {
            let guard = current_thread().block_on(async {
                let guard = otelier_core::init().unwrap();
                work(&guard);
                guard
            });
            drop_timed(guard);
        }
        "flush-inside" => current_thread().block_on(async {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            guard.force_flush().unwrap();
            tell("flushed", "yes");
            work(&guard);
            tell_result(guard.shutdown());
        }),
        "shutdown" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            let started = Instant::now();
            tell_result(guard.shutdown());
            tell("dropped in ms", started.elapsed().as_millis());
        }
        "panic" => {
            let result = std::panic::catch_unwind(|| {
                let guard = otelier_core::init().unwrap();
                work(&guard);
                panic!("the service panics");
            });
            assert!(result.is_err());
        }
        "second-init" => {
            let guard = otelier_core::init().unwrap();
            let error = otelier_core::init().unwrap_err();
            assert!(error.is_already_initialized() && !error.is_invalid_setting());
            tell("error", error);
            drop(guard);
            assert!(otelier_core::init().unwrap_err().is_already_initialized());
        }
        "init-after-error" => {
            let error = otelier_core::builder().with_endpoint("nonsense").init().unwrap_err();
            assert!(error.is_invalid_setting() && !error.is_already_initialized());
            tell("error", error);
            work(&otelier_core::init().unwrap());
        }
        "off" => {
            let guard = otelier_core::init().unwrap();
            let recording = |span: &dyn Fn() -> bool| span();
            tell("global records", recording(&|| global::tracer("test").start("s").is_recording()));
            let tracer = opentelemetry::trace::TracerProvider::tracer(guard.tracer_provider(), "test");
            tell("ours records", recording(&|| tracer.start("s").is_recording()));
            tell("enabled", otelier_instrument::settings::current().enabled);
            tell("traceparent", injected_traceparent());
            work(&guard);
            tell_result(guard.shutdown());
        }
        "builder" => {
            let endpoint = std::env::var("ENDPOINT").unwrap();
            let guard = otelier_core::builder()
                .with_service_name("coded")
                .with_resource_attributes([KeyValue::new("team", "blue")])
                .with_endpoint(endpoint)
                .with_protocol(Protocol::HttpJson)
                .with_header("x-token", "coded")
                .with_timeout(Duration::from_secs(2))
                .with_compression(otelier_core::Compression::Gzip)
                .with_logs_exporters([])
                .with_metrics_exporters([Exporter::Otlp])
                .with_propagators([Propagator::B3])
                .with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOn)
                .init()
                .unwrap();
            tell("traceparent", injected_traceparent());
            work(&guard);
            tell_result(guard.shutdown());
        }
        "own-processor" => {
            let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
            let processor = opentelemetry_sdk::trace::SimpleSpanProcessor::new(exporter.clone());
            let environment = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
            let guard = otelier_core::builder()
                .with_environment(environment.into_iter().chain([("OTEL_LOGS_EXPORTER", "none")]).collect())
                .with_span_processor(processor)
                .init()
                .unwrap();
            work(&guard);
            tell("spans", exporter.get_finished_spans().unwrap().len());
        }
        "traced-exporter" => traced_exporter(),
        "subscriber" => {
            use tracing_subscriber::prelude::*;
            let subscriber = tracing_subscriber::registry().with(
                tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(std::io::stdout),
            );
            tracing::subscriber::set_global_default(subscriber).unwrap();
            drop(otelier_core::init().unwrap());
        }
        other => panic!("no scenario {other}"),
    }
}

fn injected_traceparent() -> String {
    let parent = opentelemetry::trace::SpanContext::new(
        opentelemetry::TraceId::from(1),
        opentelemetry::SpanId::from(2),
        opentelemetry::TraceFlags::SAMPLED,
        true,
        Default::default(),
    );
    let context = Context::new().with_remote_span_context(parent);
    let mut carrier = std::collections::HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    let mut keys: Vec<String> = carrier.into_keys().collect();
    keys.sort();
    if keys.is_empty() { "none".to_owned() } else { keys.join(",") }
}

/// Every `tracing` span of the process, those of hyper, h2 and tonic included, becomes an OpenTelemetry span.
fn traced_exporter() {
    use tracing_subscriber::prelude::*;
    let guard = otelier_core::init().unwrap();
    let tracer = opentelemetry::trace::TracerProvider::tracer(guard.tracer_provider(), "tracing");
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(tracing_subscriber::filter::LevelFilter::TRACE);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    for _ in 0..3 {
        tracing::info_span!("user").in_scope(|| ());
        guard.force_flush().unwrap();
    }
    tell_result(guard.shutdown());
}

// ---- what looks at it ----

const SCENARIOS: [&str; 4] = ["plain", "current-thread", "multi-thread", "after-runtime"];

fn endpoint_of(receiver: &OtlpReceiver, protocol: &str) -> String {
    if protocol == "grpc" { receiver.grpc_endpoint() } else { receiver.http_endpoint() }
}

/// One span, one measurement and one log record arrived, all from `service`.
#[track_caller]
fn assert_work_arrived(receiver: &OtlpReceiver, service: &str) {
    let received = receiver.received();
    assert_eq!(received.failures(), [""; 0]);
    let (spans, points, logs) = (received.spans(), received.points(), received.logs());
    assert_eq!(spans.len(), 1, "{received}");
    assert_eq!((&*spans[0].name, &spans[0].kind), ("work", &SpanKind::Server));
    assert_eq!(points.len(), 1, "{received}");
    assert_eq!((&*points[0].name, points[0].value()), ("work.count", Some(3.0)));
    assert_eq!(logs.len(), 1, "{received}");
    assert_eq!(logs[0].body.as_str(), Some("work done"));
    for resource in [&spans[0].resource, &points[0].resource, &logs[0].resource] {
        assert_eq!(resource.get("service.name").and_then(|name| name.as_str()), Some(service));
        assert_eq!(resource.get("telemetry.distro.name").and_then(|name| name.as_str()), Some("otelier"));
    }
}

fn millis(outcome: &Outcome) -> u128 {
    outcome.told("dropped in ms").parse().unwrap()
}

#[test]
fn each_protocol_delivers_each_signal_from_each_kind_of_main() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        for scenario in SCENARIOS {
            let receiver = OtlpReceiver::start();
            let outcome = run(
                scenario,
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                    ("OTEL_SERVICE_NAME", "shop"),
                ],
            );
            assert_eq!(outcome.diagnostics(), [""; 0], "{protocol} {scenario}");
            assert_work_arrived(&receiver, "shop");
            for request in receiver.requests() {
                let name = format!("{:?}", request.protocol).to_lowercase();
                assert_eq!(name, protocol.replace('/', ""));
            }
        }
    }
}

#[test]
fn a_flush_and_a_shutdown_inside_a_current_thread_runtime_deliver_and_return() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let outcome = run(
            "flush-inside",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
            ],
        );
        assert_eq!((outcome.told("flushed"), outcome.told("result")), ("yes", "ok"));
        assert_eq!((receiver.spans().len(), receiver.logs().len()), (2, 2), "{protocol}");
    }
}

#[test]
fn a_panic_delivers_too() {
    let receiver = OtlpReceiver::start();
    run("panic", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()), ("OTEL_SERVICE_NAME", "p")]);
    assert_work_arrived(&receiver, "p");
}

#[test]
fn headers_user_agent_and_compression_arrive() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        let receiver = OtlpReceiver::start();
        run(
            "plain",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t0ken,x-team=all"),
                ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-team=logs"),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
                ("OTEL_SERVICE_NAME", "gz"),
            ],
        );
        assert_work_arrived(&receiver, "gz");
        let requests = receiver.requests();
        assert_eq!(requests.len(), 3);
        for request in requests {
            let agent = request.header("user-agent").unwrap();
            let expected = concat!("otelier/", env!("CARGO_PKG_VERSION"), " OTel-OTLP-Exporter-Rust/");
            assert!(agent.starts_with(expected), "{agent}");
            let (team, authorization) = match request.message {
                otelier_testing::Message::Logs(_) => ("logs", None),
                _ => ("all", Some("Bearer t0ken")),
            };
            assert_eq!(request.header("x-team"), Some(team));
            assert_eq!(request.header("authorization"), authorization);
            let encoding = if protocol == "grpc" { "grpc-encoding" } else { "content-encoding" };
            assert_eq!(request.header(encoding), Some("gzip"), "{protocol}");
        }
    }
}

#[test]
fn credentials_in_the_endpoint_become_a_header() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let endpoint = endpoint_of(&receiver, protocol).replace("://", "://me:s3cret@");
        let outcome = run(
            "plain",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_LOG_LEVEL", "debug"),
                ("OTEL_SERVICE_NAME", "basic"),
            ],
        );
        assert_work_arrived(&receiver, "basic");
        for request in receiver.requests() {
            assert_eq!(request.header("authorization"), Some("Basic bWU6czNjcmV0"));
        }
        assert!(
            !outcome.stderr.contains("s3cret") && outcome.stderr.contains("(OTEL_EXPORTER_OTLP_ENDPOINT)")
        );
    }
}

#[test]
fn each_signal_can_have_its_own_endpoint_and_protocol() {
    let (traces, others) = (OtlpReceiver::start(), OtlpReceiver::start());
    run(
        "plain",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &others.http_endpoint()),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces.grpc_endpoint()),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &format!("{}/v1/logs", traces.http_endpoint())),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
        ],
    );
    let counts =
        |receiver: &OtlpReceiver| (receiver.spans().len(), receiver.points().len(), receiver.logs().len());
    assert_eq!((counts(&traces), counts(&others)), ((1, 0, 1), (0, 1, 0)));
}

#[test]
fn the_endpoint_of_a_signal_is_used_as_it_is() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "plain",
        &[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/in", receiver.http_endpoint())),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "x"),
        ],
    );
    let failures = receiver.received().failures().to_vec();
    assert!(failures.len() == 1 && failures[0].contains("/in"), "{failures:?}");
    assert_eq!(
        outcome.diagnostics(),
        [
            "warning: telemetry was not delivered in full: traces: Operation failed: HTTP export failed with status \
          code: 404"
        ]
    );
}

#[test]
fn with_the_collector_down_the_end_is_bounded_and_told() {
    // Nobody listens on this port, and while the listener lives nobody else can come to.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for protocol in ["grpc", "http/protobuf"] {
        for scenario in SCENARIOS {
            let outcome = run(
                scenario,
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &closed),
                    ("OTEL_SERVICE_NAME", "x"),
                ],
            );
            assert!(millis(&outcome) < 5000, "{protocol} {scenario}: {outcome:#?}");
            let diagnostics = outcome.diagnostics();
            let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
            for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
                assert!(warning.contains(&format!("{signal}: Operation failed: ")), "{warning}");
            }
            assert!(warning.to_lowercase().contains("connection refused"), "{warning}");
        }
    }
}

#[test]
fn with_a_collector_that_never_answers_the_end_is_bounded() {
    for protocol in ["grpc", "http/protobuf"] {
        for scenario in ["shutdown", "current-thread", "multi-thread"] {
            let receiver = OtlpReceiver::start();
            receiver.respond_with(Reply::hang());
            let outcome = run(
                scenario,
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                    ("OTEL_SERVICE_NAME", "x"),
                ],
            );
            assert!(millis(&outcome) <= 5000, "{protocol} {scenario}: {outcome:#?}");
            assert!(outcome.elapsed < Duration::from_secs(8), "the process ends too: {outcome:#?}");
            if scenario == "shutdown" {
                assert_eq!(
                    (outcome.told("timeout"), outcome.told("signals")),
                    ("true", "traces,metrics,logs")
                );
            } else {
                assert_eq!(outcome.diagnostics().len(), 1, "{outcome:#?}");
            }
        }
    }
}

#[test]
fn the_export_timeout_is_kept() {
    for (protocol, variable) in [
        ("grpc", "OTEL_EXPORTER_OTLP_TIMEOUT"),
        ("http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"),
        ("http/protobuf", "OTEL_BSP_EXPORT_TIMEOUT"),
    ] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                (variable, "300"),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        assert_eq!((outcome.told("timeout"), outcome.told("signals")), ("false", "traces"), "{variable}");
        assert!((300..2000).contains(&millis(&outcome)), "{variable}: {outcome:#?}");
    }
}

#[test]
fn what_a_collector_refuses_for_a_moment_is_sent_again() {
    for protocol in ["grpc", "http/json"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_once(Reply::status(503));
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "again"),
            ],
        );
        assert_eq!(outcome.told("result"), "ok");
        assert_work_arrived(&receiver, "again");
        assert_eq!(receiver.requests().len(), 4);
    }
}

#[test]
fn the_exporter_never_traces_itself() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        run(
            "traced-exporter",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
            ],
        );
        let names: Vec<String> = receiver.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["user"; 3], "{protocol}");
    }
}

#[test]
fn a_second_init_is_an_error_for_ever() {
    let outcome = run("second-init", &[("OTEL_TRACES_EXPORTER", "none")]);
    assert!(outcome.told("error").starts_with("telemetry is already initialized in this process"));
}

#[test]
fn an_init_that_failed_can_be_repeated() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "init-after-error",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()), ("OTEL_SERVICE_NAME", "again")],
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
        let outcome =
            run("off", &[(variable, "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint())]);
        assert_eq!((outcome.told("global records"), outcome.told("ours records")), ("false", "false"));
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
            ("OTEL_RESOURCE_ATTRIBUTES", "team=env,zone=env"),
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
    let expected = ["coded", "blue", "env"].map(|value| Some(value.to_owned()));
    assert_eq!([text("service.name"), text("team"), text("zone")], expected);
}

#[test]
fn a_processor_of_the_user_works_without_an_exporter() {
    assert_eq!(run("own-processor", &[]).told("spans"), "1");
}

#[test]
fn a_service_without_a_name_is_told_once() {
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
        warning.starts_with("warning: the service has no name and is called unknown_service:process-"),
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
fn wrong_variables_warn_once_each_and_the_service_runs_on() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let right = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "on")];
    let outcome = run("plain", &[WRONG, &right].concat());
    assert_each_is_warned_about_once(&outcome.diagnostics());
    assert!(!outcome.stderr.contains("s3cret"));
    assert_work_arrived(&receiver, "on");
}

#[test]
fn with_a_subscriber_warnings_are_events_and_nothing_is_printed() {
    let right = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_SERVICE_NAME", "on")];
    let outcome = run("subscriber", &[WRONG, &right].concat());
    assert_eq!(outcome.diagnostics(), [""; 0]);
    let events: Vec<&str> =
        outcome.stdout.lines().filter_map(|line| line.trim_start().strip_prefix("WARN otelier: ")).collect();
    assert_each_is_warned_about_once(&events);
    assert!(!outcome.stdout.contains("s3cret"), "nor does the SDK show the values: {outcome:#?}");
}

#[test]
fn the_log_level_silences() {
    let outcome = run("plain", &[WRONG, &[("OTEL_LOG_LEVEL", "error")]].concat());
    assert_eq!(outcome.diagnostics(), [""; 0]);
}
