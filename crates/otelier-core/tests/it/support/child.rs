//! The scenarios, each a small program that a test starts and looks at from outside.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use otelier_core::{ExportError, Exporter, Guard, OtlpExporter, Propagator, Protocol, Signal};
use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
use otelier_instrument::{Providers, scope};

use super::panicking::Panicking;

/// Makes one span, one measurement and one log record.
pub(super) fn work(guard: &Guard) {
    let tracer = global::tracer("test");
    tracer.span_builder("work").with_kind(SpanKind::Server).start(&tracer).end();
    global::meter("test")
        .u64_counter("work.count")
        .build()
        .add(3, &[KeyValue::new("key", "value")]);
    let logger = guard.logger_provider().logger("test");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("work done"));
    logger.emit(record);
}

pub(super) fn tell(name: &str, value: impl std::fmt::Display) {
    println!("{name}: {value}");
}

pub(super) fn tell_result(result: Result<(), ExportError>) {
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

pub(super) fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(super) fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Runs the scenario that the environment names; nothing if it names none.
pub(crate) fn run_child() {
    let Some(scenario) = super::scenario() else { return };
    match &*scenario {
        "plain" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            drop(guard);
        }
        "current-thread" => current_thread().block_on(async {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            drop(guard);
        }),
        "multi-thread" => multi_thread().block_on(async {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            tokio::spawn(async move { drop(guard) }).await.unwrap();
        }),
        "after-runtime" => {
            let guard = current_thread().block_on(async {
                let guard = otelier_core::init().unwrap();
                work(&guard);
                guard
            });
            drop(guard);
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
            tell_result(guard.shutdown());
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
        "operation-before-init" => {
            let client = DbClient::new(scope!(), Providers::default());
            // What has looked for providers and found none is not to wait for its next look.
            assert!(!client.enabled());
            let guard = otelier_core::init().unwrap();
            client.start(|| DbRequest::new(DbSystem::MYSQL)).end();
            drop(guard);
        }
        "race" => {
            let results: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(otelier_core::init)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let (guards, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
            tell("guards", guards.len());
            let errors = refused.iter().filter_map(|result| result.as_ref().err());
            tell("refused", errors.filter(|error| error.is_already_initialized()).count());
            work(guards[0].as_ref().unwrap());
        }
        "scheduled" => {
            let receiver = otelier_testing::OtlpReceiver::start();
            let guard =
                otelier_core::builder().with_endpoint(receiver.http_endpoint()).init().unwrap();
            work(&guard);
            let all = |received: &otelier_testing::Received| {
                !(received.spans().is_empty()
                    || received.points().is_empty()
                    || received.logs().is_empty())
            };
            receiver.wait_for_blocking(all, Duration::from_secs(20)).unwrap();
            // Nothing may come from the end.
            std::process::exit(0);
        }
        "five-spans" => {
            let guard = otelier_core::init().unwrap();
            for _ in 0..5 {
                global::tracer("test").start("span").end();
            }
            guard.force_flush().unwrap();
        }
        "after-the-end" => {
            let guard = otelier_core::init().unwrap();
            let (tracers, meters) =
                (guard.tracer_provider().clone(), guard.meter_provider().clone());
            let loggers = guard.logger_provider().clone();
            let mut open = global::tracer("test").start("open");
            work(&guard);
            tell_result(guard.shutdown());
            open.end();
            global::tracer("test").start("late").end();
            global::meter("test").u64_counter("late").build().add(1, &[]);
            let logger = loggers.logger("test");
            logger.emit(logger.create_log_record());
            for result in [tracers.force_flush(), meters.force_flush(), loggers.force_flush()] {
                drop(result);
            }
        }
        "thread-local" => {
            use std::cell::OnceCell;
            thread_local!(static GUARD: OnceCell<Guard> = const { OnceCell::new() });
            std::thread::spawn(|| {
                let guard = otelier_core::init().unwrap();
                work(&guard);
                assert!(GUARD.with(|slot| slot.set(guard)).is_ok());
            })
            .join()
            .unwrap();
        }
        "flood" => flood(),
        "debug" => {
            let guard = otelier_core::init().unwrap();
            tell("guard", format!("{guard:?} {:?}", otelier_core::builder()));
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
            let tracer =
                opentelemetry::trace::TracerProvider::tracer(guard.tracer_provider(), "test");
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
                .with_service_version("1.2.3")
                .with_service_namespace("shop")
                .with_deployment_environment_name("staging")
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
        "two-backends" => {
            let second = OtlpExporter::new(std::env::var("SECOND").unwrap())
                .with_header("x-token", "second")
                .with_protocol(Protocol::HttpJson);
            let signals = [Signal::Traces, Signal::Metrics, Signal::Logs];
            let guard = otelier_core::builder().with_otlp_exporter(signals, second).init().unwrap();
            work(&guard);
            tell_result(guard.shutdown());
        }
        "config" => {
            tell("before", otelier_core::config().entries().count());
            let _guard = otelier_core::init().unwrap();
            print!("{}", otelier_core::config());
        }
        "scraped" => {
            use std::io::{Read as _, Write as _};

            let guard = otelier_core::init().unwrap();
            work(&guard);
            let port = std::env::var("OTEL_EXPORTER_PROMETHEUS_PORT").unwrap().parse().unwrap();
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            println!("status: {answer}");
        }
        "underscore" => {
            let _ = otelier_core::init();
            // The program goes on until the thread has come and gone that writes the warning; it
            // has its name only some time after it was started.
            let start = std::time::Instant::now();
            while !has_thread("otelier-guard") && start.elapsed() < Duration::from_secs(1) {
                std::thread::yield_now();
            }
            while has_thread("otelier-guard") {
                std::thread::yield_now();
            }
        }
        "failed-start" => {
            drop(otelier_core::init());
            // As after a `main` that returns an error.
            std::process::exit(0);
        }
        "stopped-before-a-request" => {
            current_thread().block_on(async {
                let _guard = otelier_core::init();
                drop(otelier_core::shutdown_signal());
            });
        }
        "kept" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
        }
        "shared" => {
            // As the threads of a test binary do.
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let otel = otelier_core::init_shared().unwrap();
                        global::tracer("test").start("span").end();
                        otel.force_flush().unwrap();
                        global::tracer("test").start("span").end();
                    });
                }
            });
            assert!(otelier_core::init().unwrap_err().is_already_initialized());
            // Nothing may come from the end.
            std::process::exit(0);
        }
        "shared-after-init" => {
            let _guard = otelier_core::init().unwrap();
            tell("error", otelier_core::init_shared().unwrap_err());
        }
        "propagation-only" => {
            let _guard = otelier_core::init().unwrap();
            let remote = parent_from_elsewhere();
            for (name, parent) in [("root", Context::new()), ("continued", remote)] {
                let span = global::tracer("test").start_with_context("span", &parent);
                let sent = injected(&parent.with_span(span));
                tell(name, sent.get("traceparent").map_or("none", String::as_str));
            }
        }
        "own-processor" => {
            let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
            let processor = opentelemetry_sdk::trace::SimpleSpanProcessor::new(exporter.clone());
            let environment = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
            let guard = otelier_core::builder()
                .with_environment(
                    environment.into_iter().chain([("OTEL_LOGS_EXPORTER", "none")]).collect(),
                )
                .with_span_processor(processor)
                .init()
                .unwrap();
            work(&guard);
            tell("spans", exporter.get_finished_spans().unwrap().len());
        }
        "panicking-processor" => {
            let guard = otelier_core::builder()
                .with_span_processor(Panicking)
                .with_log_processor(Panicking)
                .init()
                .unwrap();
            work(&guard);
            tell_result(guard.force_flush());
            tell_result(guard.shutdown());
        }
        "panicking-sampler" => {
            let guard = otelier_core::builder().with_sampler(Panicking).init().unwrap();
            work(&guard);
            tell_result(guard.shutdown());
        }
        "traced-exporter" => traced_exporter(),
        "subscriber" => {
            print_events();
            let guard = otelier_core::init().unwrap();
            guard.shutdown().unwrap();
        }
        "subscriber-work" => {
            print_events();
            let guard = otelier_core::init().unwrap();
            work(&guard);
            tell_result(guard.shutdown());
        }
        "subscriber-flush" => {
            print_events();
            let guard = otelier_core::init().unwrap();
            for _ in 0..2 {
                work(&guard);
                tell_result(guard.force_flush());
            }
            // What is printed then is the parent's to print.
            tell_result(guard.shutdown());
        }
        "flush-often" => {
            let guard = otelier_core::init().unwrap();
            for _ in 0..3 {
                global::tracer("test").start("span").end();
                tell_result(guard.force_flush());
            }
            tell_result(guard.shutdown());
        }
        "many-spans" => {
            let guard = otelier_core::init().unwrap();
            for _ in 0..1000 {
                global::tracer("test").start("span").end();
            }
            // So that everything is counted when the metrics are exported.
            assert!(guard.tracer_provider().force_flush().is_err());
            guard.meter_provider().force_flush().unwrap();
            tell_result(guard.shutdown());
        }
        "large-spans" => {
            let guard = otelier_core::init().unwrap();
            let text = "x".repeat(2 << 20);
            for _ in 0..std::env::var("SPANS").unwrap().parse().unwrap() {
                let mut span = global::tracer("test").start("span");
                span.set_attribute(KeyValue::new("text", text.clone()));
                span.end();
            }
            // A flush of the guard has less time than a debug build needs for as much JSON.
            guard.tracer_provider().force_flush().unwrap();
            tell_result(guard.shutdown());
        }
        "no-threads" => {
            if nix::unistd::Uid::effective().is_root() {
                // Nothing limits root.
                nix::unistd::setuid(nix::unistd::Uid::from_raw(65534)).unwrap();
            }
            setrlimit(Resource::RLIMIT_NPROC, 0, 0).unwrap();
            let thread = std::thread::Builder::new().spawn(|| ());
            tell("thread", if thread.is_ok() { "some" } else { "none" });
            run_on();
        }
        "few-descriptors" => {
            let free: u64 = std::env::var("FREE").unwrap().parse().unwrap();
            let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64 - 1;
            let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
            setrlimit(Resource::RLIMIT_NOFILE, open + free, hard).unwrap();
            run_on();
        }
        #[cfg(all(target_os = "linux", feature = "signal"))]
        other if super::signaled::run(other) => {}
        other if super::short_programs::run(other) => {}
        other => assert!(super::recorded::run(other), "no scenario {other}"),
    }
}

fn parent_from_elsewhere() -> Context {
    let parent = opentelemetry::trace::SpanContext::new(
        opentelemetry::TraceId::from(1),
        opentelemetry::SpanId::from(2),
        opentelemetry::TraceFlags::SAMPLED,
        true,
        Default::default(),
    );
    Context::new().with_remote_span_context(parent)
}

fn injected(context: &Context) -> std::collections::HashMap<String, String> {
    let mut carrier = std::collections::HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(context, &mut carrier));
    carrier
}

/// A service whose telemetry may not work.
fn run_on() {
    let guard = otelier_core::init().unwrap();
    work(&guard);
    drop(guard);
    tell("went on", "yes");
}

fn injected_traceparent() -> String {
    let mut keys: Vec<String> = injected(&parent_from_elsewhere()).into_keys().collect();
    keys.sort();
    if keys.is_empty() { "none".to_owned() } else { keys.join(",") }
}

/// Prints every event of the process, of the libraries below too.
fn print_events() {
    use tracing_subscriber::prelude::*;
    let layer = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(std::io::stdout);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
}

/// Makes every `tracing` span of the process an OpenTelemetry span.
fn trace_everything(guard: &Guard) {
    use tracing_subscriber::prelude::*;
    let tracer = opentelemetry::trace::TracerProvider::tracer(guard.tracer_provider(), "tracing");
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(tracing_subscriber::filter::LevelFilter::TRACE);
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// Many threads end `tracing` spans that become OpenTelemetry spans, far more than can be exported,
/// and the SDK says so from within.
fn flood() {
    let guard = otelier_core::init().unwrap();
    trace_everything(&guard);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2500 {
                    tracing::info_span!("outer")
                        .in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
                }
            });
        }
    });
    tell("flooded", "yes");
    drop(guard);
}

/// Every `tracing` span of the process, those of hyper, h2 and tonic included, becomes an
/// OpenTelemetry span.
fn traced_exporter() {
    let guard = otelier_core::init().unwrap();
    trace_everything(&guard);
    for _ in 0..3 {
        tracing::info_span!("user").in_scope(|| ());
        guard.force_flush().unwrap();
    }
    tell_result(guard.shutdown());
}

/// Whether a thread of the process has this name.
fn has_thread(name: &str) -> bool {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok())
        .any(|comm| comm.trim() == name)
}
