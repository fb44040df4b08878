//! A program whose dependencies bring another version of OpenTelemetry's API.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use integration_tests::program::cargo_run;

/// What is recorded with the other version is lost, so Otelier says at start that there is one.
#[test]
fn another_version_is_said_at_start() {
    let mut child = cargo_run("second-opentelemetry", env!("CARGO_TARGET_TMPDIR"))
        .env("OTEL_SERVICE_NAME", "two")
        .env("OTEL_TRACES_EXPORTER", "console")
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo can be started");
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map(Result::unwrap);
    let mut seen = Vec::new();
    let warning = lines.find(|line| {
        seen.push(line.clone());
        line.starts_with("otelier: warning: ")
    });
    // The program ends.
    drop(child.stdin.take());
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(child.wait().unwrap().success(), "{seen:?} {rest:?}");
    let warning = warning.unwrap_or_else(|| panic!("no warning in {seen:?}"));
    assert!(warning.contains("holds opentelemetry in versions 0.32."), "{warning}");
    assert!(warning.contains(" and 0.33."), "{warning}");
    assert!(stdout.contains("recording: false"), "{stdout}");
    assert!(!rest.iter().any(|line| line.contains("in versions")), "{rest:?}");
}
