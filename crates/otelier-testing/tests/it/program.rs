//! The program `otelier-receiver` says where it listens, writes what it gets and stops when told.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

const BODY: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a",
    "traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}]}]}]}"#;

struct Program {
    child: Child,
    grpc: String,
    http: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_otelier-receiver"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |protocol: &str| addresses[protocol].as_str().unwrap().to_owned();
        Self { grpc: address("grpc"), http: address("http"), child }
    }

    fn post(&self) {
        let url = format!("{}/v1/traces", self.http);
        let response =
            ureq::post(url).header("content-type", "application/json").send(BODY).unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[test]
fn lines_are_written_until_input_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::start(&["--out", dir.path().to_str().unwrap()]);
    assert!(program.grpc.starts_with("http://127.0.0.1:") && program.grpc != program.http);
    program.post();
    program.post();

    let counts = ureq::get(format!("{}/received", program.http))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let counts: serde_json::Value = serde_json::from_str(&counts).unwrap();
    let expected =
        serde_json::json!({"failures": [], "logs": 0, "points": 0, "requests": 2, "spans": 2});
    assert_eq!(counts, expected);
    drop(program.child.stdin.take());
    assert!(program.child.wait().unwrap().success());

    let lines = std::fs::read_to_string(dir.path().join("traces.jsonl")).unwrap();
    let names: Vec<_> = lines
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap())
        .map(|it| it["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"].clone())
        .collect();
    assert_eq!(names, ["a", "a"]);
    assert!(ureq::get(format!("{}/received", program.http)).call().is_err());
}

#[cfg(unix)]
#[test]
fn it_stops_when_terminated_although_its_input_is_open() {
    let mut program = Program::start(&["--ignore-stdin"]);
    drop(program.child.stdin.take());
    program.post();
    let killed = Command::new("kill").arg(program.child.id().to_string()).status().unwrap();
    assert!(killed.success() && program.child.wait().unwrap().success());
}

#[test]
fn unknown_arguments_are_refused_with_help() {
    let run = |arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_otelier-receiver"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (child.wait().unwrap().code(), text)
    };
    let (code, text) = run(&["--help"]);
    assert!(code == Some(0) && text.starts_with("usage: otelier-receiver"), "{text}");
    for (arguments, problem) in [
        (["--port", "1"].as_slice(), "unknown argument \"--port\""),
        (&["--out"], "--out needs a value"),
        (&["--grpc-port", "x"], "\"x\" is no port"),
    ] {
        let (code, text) = run(arguments);
        assert!(
            code == Some(2) && text.starts_with(&format!("otelier-receiver: {problem}\n")),
            "{text}"
        );
    }
    let (code, text) = run(&["--out", "/dev/null/x"]);
    assert!(code == Some(1) && text.starts_with("otelier-receiver: "), "{text}");
}
