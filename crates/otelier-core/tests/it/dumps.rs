//! What is dumped, where, and what a dump that cannot be written does to a service.

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use otelier_testing::OtlpReceiver;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, run, run_after, run_after_while, run_while};

/// No exporter at all.
const NONE: [(&str, &str); 4] = [
    ("OTEL_SERVICE_NAME", "dumped"),
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn fifo(&self, name: &str) -> String {
        let path = self.text(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }
}

/// Runs `scenario` without exporters, and with `variables`.
#[track_caller]
fn dumping(scenario: &str, variables: &[(&str, &str)]) -> Outcome {
    run(scenario, &[&NONE, variables].concat())
}

/// Every line, each a whole JSON value.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn read(path: &Path) -> Vec<Value> {
    lines(&fs::read_to_string(path).unwrap())
}

/// The one span of a line.
#[track_caller]
fn span(line: &Value) -> &Value {
    let spans = &line["resourceSpans"][0]["scopeSpans"][0]["spans"];
    assert_eq!(spans.as_array().map(Vec::len), Some(1), "{line}");
    &spans[0]
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| span(line)["name"].as_str().unwrap()).collect()
}

/// What follows the lines of the test harness on a stream.
fn json_lines(stream: &str) -> String {
    stream.lines().filter(|line| line.starts_with('{')).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_item_is_a_line_without_any_exporter() {
    for (spans, logs) in
        [("OTELIER_SPANDUMP", "OTELIER_LOGDUMP"), ("LUMIGO_DEBUG_SPANDUMP", "LUMIGO_DEBUG_LOGDUMP")]
    {
        let folder = Folder::new();
        fs::write(folder.path("spans"), "from the last run").unwrap();
        fs::set_permissions(folder.path("spans"), Permissions::from_mode(0o644)).unwrap();
        let outcome =
            dumping("shutdown", &[(spans, &folder.text("spans")), (logs, &folder.text("logs"))]);
        assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
        let started = outcome.started().concat();
        assert!(
            started.contains(&format!("traces to {} (dump)", folder.text("spans"))),
            "{started}"
        );

        let [line] = &read(&folder.path("spans"))[..] else { panic!("{outcome:?}") };
        let work = span(line);
        assert_eq!((&work["name"], &work["kind"]), (&"work".into(), &2.into()));
        assert_eq!(work["traceId"].as_str().map(str::len), Some(32), "{work}");
        let resource = &line["resourceSpans"][0]["resource"]["attributes"];
        let name = resource.as_array().unwrap().iter().find(|it| it["key"] == "service.name");
        assert_eq!(name.unwrap()["value"]["stringValue"], "dumped");

        let [line] = &read(&folder.path("logs"))[..] else { panic!("{outcome:?}") };
        let records = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(records.as_array().map(Vec::len), Some(1));
        assert_eq!(records[0]["body"]["stringValue"], "work done");

        for name in ["spans", "logs"] {
            let mode = folder.path(name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn our_own_name_comes_first() {
    let folder = Folder::new();
    dumping(
        "shutdown",
        &[
            ("OTELIER_SPANDUMP", &folder.text("own")),
            ("LUMIGO_DEBUG_SPANDUMP", &folder.text("alias")),
        ],
    );
    assert_eq!(names(&read(&folder.path("own"))), ["work"]);
    assert!(!folder.path("alias").exists());
}

#[test]
fn two_signals_share_a_file() {
    let folder = Folder::new();
    let path = folder.text("all");
    dumping("shutdown", &[("OTELIER_SPANDUMP", &path), ("OTELIER_LOGDUMP", &path)]);
    let lines = read(&folder.path("all"));
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().any(|line| line.get("resourceLogs").is_some()));
}

#[test]
fn standard_streams_have_names() {
    for (value, is_stdout) in [
        ("/dev/stdout", true),
        ("console:log", true),
        ("/dev/stderr", false),
        ("console:error", false),
    ] {
        let outcome = dumping("shutdown", &[("OTELIER_SPANDUMP", value)]);
        let (dumped, other) = match is_stdout {
            true => (&outcome.stdout, &outcome.stderr),
            false => (&outcome.stderr, &outcome.stdout),
        };
        assert_eq!(names(&lines(&json_lines(dumped))), ["work"], "{value}");
        assert_eq!(json_lines(other), "", "{value}");
    }
}

#[test]
fn logs_that_are_off_are_not_dumped() {
    let folder = Folder::new();
    dumping(
        "shutdown",
        &[("OTELIER_LOGDUMP", &folder.text("logs")), ("OTELIER_ENABLE_LOGS", "false")],
    );
    assert!(!folder.path("logs").exists());
    dumping(
        "shutdown",
        &[("OTELIER_SPANDUMP", &folder.text("spans")), ("OTELIER_ENABLE_TRACES", "false")],
    );
    assert!(!folder.path("spans").exists());
    for off in ["OTEL_SDK_DISABLED", "OTELIER_SWITCH_OFF"] {
        dumping("shutdown", &[("OTELIER_SPANDUMP", &folder.text("spans")), (off, "true")]);
        assert!(!folder.path("spans").exists(), "{off}");
    }
}

#[test]
fn dumped_spans_are_cut_like_exported_ones() {
    let (folder, receiver) = (Folder::new(), OtlpReceiver::start());
    let endpoint = receiver.http_endpoint();
    run(
        "numbered-spans",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_SERVICE_NAME", "x"),
            ("OTELIER_SPANDUMP", &folder.text("spans")),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
            ("SPANS", "2"),
        ],
    );
    let dumped = read(&folder.path("spans"));
    assert_eq!(names(&dumped), ["span 0", "span 1"]);
    let exported = receiver.spans();
    for (line, exported) in dumped.iter().zip(&exported) {
        let (dumped, attributes) = (span(line), &span(line)["attributes"]);
        assert_eq!(attributes.as_array().unwrap().len(), 1);
        assert_eq!(attributes[0]["value"]["stringValue"], "xxx");
        assert_eq!(exported.attribute("text").and_then(|it| it.as_str()), Some("xxx"));
        assert_eq!(dumped["name"], *exported.name);
        assert_eq!(dumped["spanId"], exported.span_id.to_string());
    }
}

#[test]
fn marked_spans_are_dumped_and_not_exported() {
    let (folder, receiver) = (Folder::new(), OtlpReceiver::start());
    let outcome = run(
        "skipped",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_TRACES_EXPORTER", "otlp,console"),
            ("OTEL_SERVICE_NAME", "x"),
            ("OTELIER_SPANDUMP", &folder.text("spans")),
        ],
    );
    assert_eq!(outcome.told("result"), "ok");
    let dumped = read(&folder.path("spans"));
    let all = [
        "child of own",
        "own",
        "child of theirs",
        "theirs",
        "child of not marked",
        "not marked",
        "current",
        "parent",
    ];
    assert_eq!(names(&dumped), all);
    let spans = receiver.spans();
    let exported: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    let expected =
        ["child of own", "child of theirs", "child of not marked", "not marked", "parent"];
    assert_eq!(exported, expected);
    // A child keeps the parent that it had.
    let own = span(&dumped[1])["spanId"].as_str().unwrap().to_owned();
    assert_eq!(spans[0].parent_span_id.map(|id| id.to_string()), Some(own));
    assert!(!outcome.stdout.contains("current"), "the console is an exporter too");
    assert!(outcome.stdout.contains("child of theirs"), "{outcome:?}");
}

#[test]
fn spans_that_are_not_recorded_are_not_dumped() {
    let folder = Folder::new();
    dumping("partly-recorded", &[("OTELIER_SPANDUMP", &folder.text("spans"))]);
    assert_eq!(names(&read(&folder.path("spans"))), ["recorded", "sampled"]);
    dumping(
        "shutdown",
        &[("OTELIER_SPANDUMP", &folder.text("none")), ("OTEL_TRACES_SAMPLER", "always_off")],
    );
    assert_eq!(read(&folder.path("none")), [""; 0]);
}

#[test]
fn what_is_filtered_is_not_dumped() {
    let folder = Folder::new();
    let dump = |filter: &'static str| {
        let variables = [("OTELIER_SPANDUMP", &*folder.text("spans")), (filter, r#"["/health$"]"#)];
        dumping("filtered", &variables);
        read(&folder.path("spans")).iter().map(|line| span(line)["name"].to_string()).collect()
    };
    let quoted = |names: &[&str]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>();
    let (orders, call) = (["child of /orders", "/orders"], "http://c/orders");
    let health = ["child of /health", "/health"];
    let all: Vec<String> = dump("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX");
    assert_eq!(all, quoted(&[&orders[..], &[call]].concat()));
    let servers: Vec<String> = dump("LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_SERVER");
    assert_eq!(servers, quoted(&[&orders[..], &["http://c/health", call]].concat()));
    let clients: Vec<String> = dump("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT");
    assert_eq!(clients, quoted(&[&health[..], &orders, &[call]].concat()));
}

#[test]
fn a_span_is_written_when_it_ends_without_a_flush() {
    let folder = Folder::new();
    let fifo = folder.fifo("spans");
    let mut read = String::new();
    let variables = [&NONE[..], &[("OTELIER_SPANDUMP", fifo.as_str())]].concat();
    run_while("span-and-wait", &variables, || {
        // The process flushes only after this has returned.
        BufReader::new(File::open(&fifo).unwrap()).read_line(&mut read).unwrap();
    });
    assert_eq!(names(&lines(&read)), ["ended"]);
}

#[test]
fn flushed_spans_are_in_the_file() {
    let folder = Folder::new();
    let outcome = dumping("killed", &[("OTELIER_SPANDUMP", &folder.text("spans"))]);
    assert_eq!(outcome.told("result"), "ok");
    assert_eq!(names(&read(&folder.path("spans"))), ["work"]);
}

#[test]
fn a_path_that_cannot_be_opened_is_one_warning() {
    let (folder, receiver) = (Folder::new(), OtlpReceiver::start());
    let path = folder.text("no/such/folder");
    for (variable, signal) in [("OTELIER_SPANDUMP", "traces"), ("OTELIER_LOGDUMP", "logs")] {
        for path in [path.as_str(), folder.0.path().to_str().unwrap()] {
            receiver.reset();
            let outcome = run(
                "shutdown",
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
                    ("OTEL_SERVICE_NAME", "x"),
                    (variable, path),
                ],
            );
            let diagnostics = outcome.diagnostics();
            let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
            let expected = format!("warning: {signal} are not dumped: {path} cannot be opened: ");
            assert!(warning.starts_with(&expected), "{warning}");
            assert_eq!(json_lines(&outcome.stdout), "");
            assert_eq!((receiver.spans().len(), receiver.logs().len()), (1, 1));
        }
    }
}

#[test]
fn fifo_reader_gets_every_span_in_order() {
    let folder = Folder::new();
    let fifo = folder.fifo("spans");
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    let outcome = dumping("numbered-spans", &[("OTELIER_SPANDUMP", &fifo), ("SPANS", "1000")]);
    assert_eq!(outcome.told("result"), "ok", "{outcome:?}");
    let lines = lines(&reader.join().unwrap());
    let expected: Vec<String> = (0..1000).map(|number| format!("span {number}")).collect();
    assert_eq!(names(&lines), expected);
}

#[test]
fn a_fifo_without_a_reader_holds_up_nothing() {
    let folder = Folder::new();
    let fifo = folder.fifo("spans");
    let outcome = dumping("numbered-spans", &[("OTELIER_SPANDUMP", &fifo), ("SPANS", "3000")]);
    assert_eq!(outcome.told("went on"), "yes");
    let result = outcome.told("result");
    assert!(result.contains(&format!("{fifo}: no process reads it; 3000 spans lost")), "{result}");
    let diagnostics = outcome.diagnostics();
    let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
    assert_eq!(*warning, format!("warning: traces to {fifo} wait: no process reads it"));
}

#[test]
fn a_late_reader_of_a_fifo_gets_what_waits() {
    let folder = Folder::new();
    let fifo = folder.fifo("spans");
    let mut read = String::new();
    let outcome = run_while(
        "flush-and-wait",
        &[&NONE[..], &[("OTELIER_SPANDUMP", fifo.as_str())]].concat(),
        || {
            BufReader::new(File::open(&fifo).unwrap()).read_line(&mut read).unwrap();
        },
    );
    assert_eq!(names(&lines(&read)), ["work"]);
    assert!(outcome.stdout.ends_with("result: ok\n") || outcome.stdout.contains("result: ok"));
}

#[test]
fn a_reader_that_stops_reading_costs_lines_only() {
    let folder = Folder::new();
    let fifo = folder.fifo("spans");
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || {
            let mut reader = File::open(fifo).unwrap();
            let mut some = [0; 10];
            reader.read_exact(&mut some).unwrap();
            reader
        }
    });
    let outcome = dumping("numbered-spans", &[("OTELIER_SPANDUMP", &fifo), ("SPANS", "5000")]);
    let mut rest = String::new();
    reader.join().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(outcome.told("went on"), "yes");
    let lost = 5000 - rest.matches('\n').count();
    let result = outcome.told("result");
    assert!(result.ends_with(&format!("{lost} spans lost")), "{result}");
    let waits = format!("warning: traces to {fifo} wait: its reader takes no more");
    assert!(outcome.diagnostics().contains(&&*waits), "{outcome:?}");
}

#[test]
fn a_full_disk_is_said_and_costs_lines_only() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "numbered-spans",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_SERVICE_NAME", "x"),
            ("OTELIER_SPANDUMP", "/dev/full"),
            ("SPANS", "100"),
        ],
    );
    let result = outcome.told("result");
    assert!(result.contains("/dev/full: ") && result.ends_with("100 spans lost"), "{result}");
    // After it has begun to end, the result alone says it.
    let flushed =
        run("flush-and-wait", &[&NONE[..], &[("OTELIER_SPANDUMP", "/dev/full")]].concat());
    let diagnostics = flushed.diagnostics();
    let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
    assert!(warning.starts_with("warning: traces to /dev/full: "), "{warning}");
    assert!(warning.contains("No space left") && warning.ends_with("1 span lost so far"));
    assert_eq!(receiver.spans().len(), 100);
}

/// Every line but those of spaces, which the part of a line that did not fit becomes.
fn read_beside_blanks(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    lines(&text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_line_that_does_not_fit_leaves_no_part() {
    let folder = Folder::new();
    let outcome = run_after(
        "trap '' XFSZ; ulimit -f 8",
        "numbered-spans",
        &[&NONE[..], &[("OTELIER_SPANDUMP", &folder.text("spans")), ("SPANS", "40")]].concat(),
    );
    let kept = read_beside_blanks(&folder.path("spans"));
    assert!(!kept.is_empty() && kept.len() < 40, "{}", kept.len());
    let result = outcome.told("result");
    assert!(result.ends_with(&format!("{} spans lost", 40 - kept.len())), "{result}");
}

#[test]
fn two_processes_share_a_file() {
    const SPANS: usize = 1500;
    // In the second case one of them can write to the beginning of the file only.
    for set_up in ["true", "trap '' XFSZ; ulimit -f 256"] {
        let folder = Folder::new();
        let (path, both) = (folder.text("spans"), std::sync::Barrier::new(2));
        let write = |name: &str, set_up: &str| {
            let ready = folder.fifo(name);
            let variables = [
                ("OTELIER_SPANDUMP", path.as_str()),
                ("SPANS", &SPANS.to_string()),
                ("READY", &ready),
                ("OTEL_RESOURCE_ATTRIBUTES", &format!("writer={name}")),
            ];
            let variables = [&NONE[..], &variables].concat();
            run_after_while(set_up, "numbered-spans-when-told", &variables, || {
                drop(File::open(&ready).unwrap());
                // A process empties the file when it starts.
                both.wait();
            })
        };
        let (free, limited) = std::thread::scope(|scope| {
            let limited = scope.spawn(|| write("limited", set_up));
            (write("free", "true"), limited.join().unwrap())
        });
        let kept = read_beside_blanks(&folder.path("spans"));
        let of = |name: &str| {
            let writer = format!(r#"{{"key":"writer","value":{{"stringValue":"{name}"}}}}"#);
            let writer: Value = serde_json::from_str(&writer).unwrap();
            let is_of = |line: &&Value| {
                let resource = &line["resourceSpans"][0]["resource"]["attributes"];
                resource.as_array().unwrap().contains(&writer)
            };
            kept.iter().filter(is_of).count()
        };
        assert_eq!((free.told("result"), of("free")), ("ok", SPANS), "{set_up}");
        let lost = SPANS - of("limited");
        assert_eq!(lost == 0, set_up == "true", "{lost}");
        let result = limited.told("result");
        assert!(lost == 0 && result == "ok" || result.ends_with(&format!("{lost} spans lost")));
        assert_eq!(kept.len(), 2 * SPANS - lost);
    }
}
