//! Runs a scenario in a process of its own, because telemetry is set up once per process.

// A child talks to its parent by printing.
#![allow(clippy::print_stdout)]

mod child;
mod panicking;
mod recorded;
mod short_programs;
#[cfg(all(target_os = "linux", feature = "signal"))]
mod signaled;

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use opentelemetry::trace::SpanKind;
use otelier_testing::OtlpReceiver;

pub(crate) use child::run_child;

/// How the line that every start has begins.
const START: &str = "info: version ";

/// After this time a process hangs. No test depends on its length.
const HANGS: Duration = Duration::from_secs(120);

const SCENARIO: &str = "OTELIER_TEST_SCENARIO";

/// How a scenario went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The rest of the one line of standard output that starts with `name: `.
    #[track_caller]
    pub(crate) fn told(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        self.stdout
            .lines()
            .find_map(|line| line.strip_prefix(&prefix))
            .unwrap_or_else(|| panic!("no line {prefix:?} in {self:#?}"))
    }

    /// The diagnostics on standard error, without what the test harness writes there, and without
    /// the line that every start has.
    pub(crate) fn diagnostics(&self) -> Vec<&str> {
        let lines = self.stderr.lines().filter_map(|line| line.strip_prefix("otelier: "));
        lines.filter(|line| !line.starts_with(START)).collect()
    }

    /// What was said at start.
    pub(crate) fn started(&self) -> Vec<&str> {
        let lines = self.stderr.lines().filter_map(|line| line.strip_prefix("otelier: "));
        lines.filter_map(|line| line.strip_prefix(START)).collect()
    }
}

/// Runs `scenario` in a new process that has nothing but `variables` in its environment.
///
/// The process runs this test binary's ignored test `child`, which looks its scenario up with
/// [`scenario`].
#[track_caller]
pub(crate) fn run(scenario: &str, variables: &[(&str, &str)]) -> Outcome {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (*name, OsStr::new(value))).collect();
    run_raw(scenario, &variables)
}

/// As [`run`], with values that need not be Unicode.
#[track_caller]
pub(crate) fn run_raw(scenario: &str, variables: &[(&str, &OsStr)]) -> Outcome {
    finish(scenario, spawn(&mut program(scenario, variables)))
}

/// As [`run`], by a shell that runs `set_up` before it becomes the process.
#[cfg(unix)]
#[track_caller]
pub(crate) fn run_after(set_up: &str, scenario: &str, variables: &[(&str, &str)]) -> Outcome {
    let mut command = as_child(shell(set_up), scenario);
    finish(scenario, spawn(command.envs(variables.iter().copied())))
}

/// As [`run`], with a standard input that is closed when `meanwhile` has returned.
#[track_caller]
pub(crate) fn run_while(
    scenario: &str,
    variables: &[(&str, &str)],
    meanwhile: impl FnOnce() + Send,
) -> Outcome {
    let program = Command::new(std::env::current_exe().unwrap());
    run_command_while(program, scenario, variables, meanwhile)
}

/// As [`run_while`], by a shell that runs `set_up` before it becomes the process.
#[cfg(unix)]
#[track_caller]
pub(crate) fn run_after_while(
    set_up: &str,
    scenario: &str,
    variables: &[(&str, &str)],
    meanwhile: impl FnOnce() + Send,
) -> Outcome {
    run_command_while(shell(set_up), scenario, variables, meanwhile)
}

#[cfg(unix)]
fn shell(set_up: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{set_up}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap());
    shell
}

#[track_caller]
fn run_command_while(
    program: Command,
    scenario: &str,
    variables: &[(&str, &str)],
    meanwhile: impl FnOnce() + Send,
) -> Outcome {
    let mut command = as_child(program, scenario);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            meanwhile();
            drop(stdin);
        });
        finish(scenario, child)
    })
}

#[track_caller]
fn finish(scenario: &str, mut child: Child) -> Outcome {
    let started = Instant::now();
    let mut pipes = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let stdout = std::thread::spawn(move || text(&mut pipes.0));
    let stderr = std::thread::spawn(move || text(&mut pipes.1));
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if started.elapsed() > HANGS => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        child.kill().unwrap();
    }
    let outcome = Outcome { stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
    match status {
        Some(status) if status.success() => outcome,
        Some(status) => panic!("{scenario} failed with {status}: {outcome:#?}"),
        None => panic!("{scenario} hangs: {outcome:#?}"),
    }
}

/// The program of `scenario`, with nothing but `variables` in its environment.
pub(crate) fn program(scenario: &str, variables: &[(&str, &OsStr)]) -> Command {
    let mut command = as_child(Command::new(std::env::current_exe().unwrap()), scenario);
    command.envs(variables.iter().copied());
    command
}

fn as_child(mut command: Command, scenario: &str) -> Command {
    command
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1", "--quiet"])
        .env_clear()
        .env(SCENARIO, scenario);
    command
}

/// Starts a program whose output is read.
pub(crate) fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The scenario that this process is to run, if it is a child.
pub(crate) fn scenario() -> Option<String> {
    std::env::var(SCENARIO).ok()
}

fn text(pipe: &mut impl std::io::Read) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).unwrap();
    text
}

/// The kinds of `main` that every way of delivery has to work in.
pub(crate) const SCENARIOS: [&str; 4] =
    ["plain", "current-thread", "multi-thread", "after-runtime"];

pub(crate) fn endpoint_of(receiver: &OtlpReceiver, protocol: &str) -> String {
    if protocol == "grpc" { receiver.grpc_endpoint() } else { receiver.http_endpoint() }
}

/// One span, one measurement and one log record arrived, all from `service`.
#[track_caller]
pub(crate) fn assert_work_arrived(receiver: &OtlpReceiver, service: &str) {
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
        assert_eq!(
            resource.get("telemetry.distro.name").and_then(|name| name.as_str()),
            Some("otelier")
        );
    }
}
