//! `init` in processes of its own: a global subscriber can be set once.

use std::process::{Command, Output};

use otelier_testing::{OtlpReceiver, Received, Value};
use serde_json::Value as Json;

/// Runs the ignored test `name` of this binary as a program.
fn run(name: &str, variables: &[(&str, &str)]) -> (Received, Output) {
    let receiver = OtlpReceiver::start();
    let output = command(name, &receiver, variables).output().unwrap();
    (receiver.received(), output)
}

/// The ignored test `name` of this binary as a program that delivers to `receiver`.
fn command(name: &str, receiver: &OtlpReceiver, variables: &[(&str, &str)]) -> Command {
    let is_grpc = variables.contains(&("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
    let endpoint = if is_grpc { receiver.grpc_endpoint() } else { receiver.http_endpoint() };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("process::{name}"), "--ignored", "--nocapture"])
        .env_remove("RUST_LOG")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_SERVICE_NAME", "shop")
        .envs(variables.iter().copied());
    command
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8(output.stderr.clone()).unwrap().lines().map(str::to_owned).collect()
}

/// What follows the time that a line starts with.
fn without_time(line: &str) -> &str {
    let text = line.trim_start();
    match text.split_once(' ') {
        Some((time, rest)) if time.ends_with('Z') => rest,
        _ => line,
    }
}

#[test]
#[ignore = "a program that other tests run"]
fn program() {
    let _otel = otelier_tracing::init().unwrap();
    tracing::info_span!("order").in_scope(|| {
        tracing::info!(article = "bolt", "placed");
        tracing::debug!("detail");
    });
    log::warn!(target: "old", "from log");
}

#[test]
fn traces_and_logs_arrive_with_the_same_ids() {
    let (received, output) = run("program", &[]);
    assert!(output.status.success(), "{output:?}");
    let (spans, logs) = (received.spans(), received.logs());
    assert_eq!(spans.len(), 1, "{received}");
    let mut logs: Vec<_> = logs
        .iter()
        .map(|it| (it.scope.name.as_str(), it.body.clone(), it.severity, it.span_id))
        .collect();
    logs.sort_by_key(|it| it.0);
    assert_eq!(
        logs,
        [
            ("it::process", Value::from("placed"), 9, spans[0].span_id),
            ("old", Value::from("from log"), 13, opentelemetry::trace::SpanId::INVALID),
        ]
    );
}

#[test]
fn lines_are_json_with_ids_where_asked_for() {
    let (received, output) = run("program", &[("OTELIER_LOG_FORMAT", "json")]);
    let lines: Vec<Json> = lines(&output)
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Json| line["target"] != "otelier")
        .collect();
    let span = &received.spans()[0];
    let mut placed = lines[0].clone();
    assert!(placed["timestamp"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        placed,
        serde_json::json!({
            "timestamp": null, "level": "INFO", "target": "it::process", "message": "placed",
            "fields": { "article": "bolt" },
            "trace_id": span.trace_id.to_string(), "span_id": span.span_id.to_string(),
        })
    );
    assert_eq!((&lines[1]["message"], &lines[1]["trace_id"]), (&"from log".into(), &Json::Null));
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn lines_are_compact_away_from_a_terminal() {
    let (received, output) = run("program", &[]);
    let span = &received.spans()[0];
    let end = format!("trace_id={} span_id={}", span.trace_id, span.span_id);
    let lines = lines(&output);
    let expected = format!(" INFO order: it::process: placed article=\"bolt\" {end}");
    assert!(lines.iter().any(|line| without_time(line) == expected), "{lines:#?}");
    assert!(lines.iter().any(|line| without_time(line) == " WARN old: from log"), "{lines:#?}");
}

/// What a disabled event costs is up to this level, which its macro reads, and so as without us.
#[test]
#[ignore = "run by other tests as a process"]
fn program_with_disabled_events() {
    let _otel = otelier_tracing::init().unwrap();
    assert_eq!(tracing::level_filters::LevelFilter::current(), tracing::Level::INFO);
    let made = std::cell::Cell::new(false);
    let disabled = || tracing::debug!(value = made.replace(true));
    assert_eq!(allocation_counter::measure(disabled).count_total, 0);
    assert!(!made.get(), "not even its value is made");
}

#[test]
fn disabled_events_reach_no_layer() {
    let (received, output) = run("program_with_disabled_events", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(received.logs(), []);
}

#[test]
#[ignore = "run by other tests as a process"]
fn program_with_secrets() {
    let _otel = otelier_tracing::init().unwrap();
    let error = std::io::Error::other("refused, token: hunter2");
    tracing::info_span!("login", session = "hunter2", user = "ada").in_scope(|| {
        tracing::info!(password = "hunter2", attempt = 3, "login with key=hunter2 {}", "now");
        tracing::warn!(login = ?Some("a"), secret = ?Err::<(), _>("hunter2"), "debug");
        tracing::error!(error = &error as &(dyn std::error::Error + 'static), "login failed");
    });
}

#[test]
fn lines_are_masked_in_each_format() {
    for format in ["compact", "pretty", "json"] {
        let (received, output) =
            run("program_with_secrets", &[("OTELIER_LOG_FORMAT", format), ("RUST_LOG", "info")]);
        let text = lines(&output).join("\n");
        assert!(!text.contains("hunter2"), "{format}: {text}");
        for shown in ["attempt", "now", "Some(\"a\")", "login failed", "****"] {
            let escaped = shown.replace('"', "\\\"");
            assert!(text.contains(shown) || text.contains(&escaped), "{shown} in {format}: {text}");
        }
        assert_eq!(received.logs().len(), 3);
        let logs = received.logs();
        assert!(logs.iter().all(|log| !format!("{log:?}").contains("hunter2")), "{received}");
    }
}

#[test]
fn pretty_lines_have_the_ids_below() {
    let (received, output) = run("program", &[("OTELIER_LOG_FORMAT", "pretty")]);
    let span = &received.spans()[0];
    let lines = lines(&output);
    let start = lines.iter().position(|line| line.contains("placed")).unwrap();
    let file = file!();
    let placed: Vec<&str> = lines[start..start + 4].iter().map(|line| without_time(line)).collect();
    let (place, line) = placed[1].rsplit_once(':').unwrap();
    assert!(line.parse::<u32>().is_ok(), "{line}");
    assert_eq!(
        [placed[0], place, placed[2], placed[3]],
        [
            " INFO it::process: placed, article: \"bolt\"",
            &format!("    at {file}"),
            "    in it::process::order",
            &format!("    with trace_id: {}, span_id: {}", span.trace_id, span.span_id),
        ]
    );
}

#[test]
fn the_filter_comes_from_the_environment() {
    let (received, _) = run("program", &[("RUST_LOG", "debug")]);
    assert!(received.logs().iter().any(|it| it.body == Value::from("detail")), "{received}");
    let (received, output) = run("program", &[("RUST_LOG", "x=y=z"), ("OTEL_LOG_LEVEL", "warn")]);
    assert_eq!(received.logs().len(), 1, "{received}");
    let lines = lines(&output);
    assert!(lines.iter().any(|line| line.contains("RUST_LOG") && line.contains("using warn")));
}

#[test]
fn everything_at_trace_level_causes_no_loop() {
    for protocol in ["http/protobuf", "http/json", "grpc"] {
        let variables = [
            ("RUST_LOG", "trace"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BLRP_SCHEDULE_DELAY", "1"),
            ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ];
        let (received, _) = run("program", &variables);
        let mut bodies: Vec<_> = received.logs().into_iter().map(|it| it.body).collect();
        bodies.sort_by_key(ToString::to_string);
        let expected = ["detail", "from log", "placed"].map(Value::from);
        assert_eq!(bodies, expected, "{protocol}");
        assert_eq!(received.spans().len(), 1, "{protocol}");
    }
}

#[test]
#[ignore = "a program that other tests run"]
fn program_with_its_own_subscriber() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let _otel = otelier_tracing::init().unwrap();
    tracing::info!("still here");
}

#[test]
fn a_subscriber_that_is_already_there_stays() {
    let (received, output) = run("program_with_its_own_subscriber", &[]);
    assert!(output.status.success(), "{output:?}");
    let lines = lines(&output);
    assert!(lines.iter().any(|line| line.contains("add `otelier_tracing::layer()` to it")));
    assert!(lines.iter().any(|line| line.contains("still here")), "{lines:?}");
    assert_eq!(received.logs(), []);
}

/// A layer in a subscriber of one's own, which may be there before `init`.
#[test]
#[ignore = "a program that other tests run"]
fn program_with_its_own_subscriber_and_our_layer() {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = otelier_tracing::layer().with_filter(LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry().with(lines).with(layer);
    let work = |number: i64| {
        tracing::info_span!("order", number).in_scope(|| {
            tracing::info!(number, "placed");
            tracing::debug!(number, "detail");
        });
    };
    let _otel = match std::env::var("ORDER").unwrap().as_str() {
        "before" => {
            subscriber.init();
            work(0);
            otelier_core::init().unwrap()
        }
        _ => {
            let otel = otelier_core::init().unwrap();
            subscriber.init();
            otel
        }
    };
    work(1);
}

#[test]
fn a_layer_finds_the_pipeline_before_and_after_init() {
    for order in ["before", "after"] {
        let (received, output) =
            run("program_with_its_own_subscriber_and_our_layer", &[("ORDER", order)]);
        let (spans, logs) = (received.spans(), received.logs());
        assert_eq!((spans.len(), logs.len()), (1, 1), "{order}: {received}");
        assert_eq!(spans[0].attribute("number"), Some(&1.into()), "{order}");
        assert_eq!(logs[0].body, Value::from("placed"));
        assert_eq!((logs[0].trace_id, logs[0].span_id), (spans[0].trace_id, spans[0].span_id));
        // The filter of the one layer is not that of the other.
        assert!(lines(&output).iter().any(|line| line.contains("detail")), "{output:?}");
    }
}

/// Everything that the program writes to a terminal.
fn run_on_a_terminal(name: &str, variables: &[(&str, &str)]) -> String {
    let receiver = OtlpReceiver::start();
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut child = command(name, &receiver, variables)
        .stdout(std::process::Stdio::null())
        .stderr(terminal.slave)
        .spawn()
        .unwrap();
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    let mut screen = std::fs::File::from(terminal.master);
    // It is an error to read from a terminal that nobody has open any more.
    while let Ok(count @ 1..) = std::io::Read::read(&mut screen, &mut buffer) {
        text.extend_from_slice(&buffer[..count]);
    }
    assert!(child.wait().unwrap().success());
    String::from_utf8(text).unwrap().replace("\r\n", "\n")
}

#[test]
fn lines_are_pretty_and_colored_on_a_terminal() {
    let text = run_on_a_terminal("program", &[]);
    let placed = "\u{1b}[1;32mit::process\u{1b}[0m\u{1b}[32m: \u{1b}[32mplaced, ";
    assert!(text.contains(placed), "{text:?}");
    assert!(text.contains("\n    with trace_id: "), "{text:?}");
    // What is asked for beats what the terminal is.
    let text = run_on_a_terminal("program", &[("OTELIER_LOG_FORMAT", "json")]);
    assert!(text.lines().any(|line| line.contains(r#""message":"placed""#)), "{text:?}");
    assert!(!text.contains("with trace_id: "), "{text:?}");
}

#[test]
#[ignore = "a program that other tests run"]
fn program_with_a_request() {
    use opentelemetry::Context;
    use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
    use tracing::Instrument as _;

    let _otel = otelier_tracing::init().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let request = async {
        tracing::info!("1");
        tokio::task::yield_now().await;
        async { tracing::info!("2") }.instrument(tracing::info_span!("load")).await;
        let task = async { tracing::info!("3") }.instrument(tracing::info_span!("spawned"));
        tokio::spawn(task).await.unwrap();
        log::info!("4");
    };
    let span = opentelemetry::global::tracer("server").start("request");
    runtime.block_on(request.with_context(Context::current_with_span(span)));
    tracing::info!("outside");
}

#[test]
fn every_line_inside_of_a_request_has_its_ids() {
    for format in ["json", "compact", "pretty"] {
        let (received, output) = run("program_with_a_request", &[("OTELIER_LOG_FORMAT", format)]);
        let spans = received.spans();
        let id_of = |name: &str| spans.iter().find(|it| it.name == name).unwrap().span_id;
        let expected = ["request", "load", "spawned", "request"].map(id_of);
        let trace = spans[0].trace_id.to_string();
        let logs = received.logs();
        let found = ["1", "2", "3", "4"]
            .map(|body| logs.iter().find(|it| it.body == Value::from(body)).unwrap().span_id);
        assert_eq!(found, expected, "{format}");
        // As many lines have the ids as there are events in the request.
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.matches(&trace).count(), 4, "{format}: {text}");
        for id in ["request", "load", "spawned"].map(id_of) {
            assert!(text.contains(&id.to_string()), "{format}: {text}");
        }
    }
}

#[test]
#[ignore = "a program that other tests run"]
fn program_that_panics() {
    let _otel = otelier_tracing::init().unwrap();
    let panicked = std::thread::spawn(|| {
        tracing::info_span!("order").in_scope(|| panic!("out of {}", "bolts"));
    });
    assert!(panicked.join().is_err());
}

#[test]
fn a_panic_is_a_log_record_where_asked_for() {
    let (received, _) = run("program_that_panics", &[]);
    assert_eq!(received.logs(), []);

    let (received, output) = run("program_that_panics", &[("OTELIER_PANIC_HOOK", "true")]);
    let (logs, spans) = (received.logs(), received.spans());
    assert_eq!((logs.len(), spans.len()), (1, 1), "{received}");
    let record = &logs[0];
    assert_eq!((record.span_id, record.severity), (spans[0].span_id, 17));
    assert_eq!(record.body, Value::from("panic: out of bolts"));
    assert_eq!(record.attributes["exception.type"], Value::from("panic"));
    assert_eq!(record.attributes["exception.message"], Value::from("out of bolts"));
    let file = record.attributes["code.file.path"].as_str().unwrap();
    assert!(file.ends_with("process.rs"), "{file}");
    // The hook that was there before still says it.
    assert!(lines(&output).iter().any(|line| line.contains("panicked at")));
}
