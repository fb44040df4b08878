//! How a process ends that gets a signal, exits or panics: what it delivers, and its exit status.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use otelier_testing::{OtlpReceiver, Received, Reply};

use crate::support::{assert_work_arrived, endpoint_of, program, spawn};

const BOTH: [Signal; 2] = [Signal::SIGTERM, Signal::SIGINT];
const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];
const RUNTIMES: [&str; 2] = ["current-thread", "multi-thread"];

#[derive(Debug)]
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Ended {
    #[track_caller]
    fn assert_killed_by(&self, signal: Signal) {
        assert_eq!(self.status.signal(), Some(signal as i32), "{self:#?}");
    }

    #[track_caller]
    fn assert_handled(&self) {
        assert!(self.status.success() && self.stdout.contains("handled: yes"), "{self:#?}");
    }
}

/// The program of `scenario`, which delivers to `receiver`.
fn scenario(name: &str, receiver: &OtlpReceiver, variables: &[(&str, &str)]) -> Command {
    let get = |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
    let endpoint = endpoint_of(receiver, get("OTEL_EXPORTER_OTLP_PROTOCOL").unwrap_or_default());
    let always = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "signaled")];
    let variables: Vec<_> =
        always.iter().chain(variables).map(|(name, value)| (*name, OsStr::new(*value))).collect();
    program(name, &variables)
}

/// Runs `command`, and sends it `signals` one after the other when it is ready for them.
fn signaled(command: &mut Command, signals: &[Signal]) -> Ended {
    let mut child = spawn(command);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !signals.is_empty() && !told.contains("ready: ") {
        assert!(stdout.read_line(&mut told).unwrap() > 0, "not ready: {told}");
    }
    for signal in signals {
        kill(pid, *signal).unwrap();
    }
    stdout.read_to_string(&mut told).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ended { status: child.wait().unwrap(), stdout: told, stderr }
}

/// Runs `check` with every signal, protocol and runtime, all at once.
fn each(check: impl Fn(Signal, &OtlpReceiver, &[(&str, &str)]) + Sync) {
    std::thread::scope(|scope| {
        for signal in BOTH {
            for protocol in PROTOCOLS {
                let check = &check;
                scope.spawn(move || {
                    for runtime in RUNTIMES {
                        let receiver = OtlpReceiver::start();
                        let variables =
                            [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("RUNTIME", runtime)];
                        check(signal, &receiver, &variables);
                    }
                });
            }
        }
    });
}

#[test]
fn a_killed_program_delivers_and_is_killed() {
    each(|signal, receiver, variables| {
        let ended = signaled(&mut scenario("no-handler", receiver, variables), &[signal]);
        ended.assert_killed_by(signal);
        assert_work_arrived(receiver, "signaled");
    });
    for signal in BOTH {
        let receiver = OtlpReceiver::start();
        signaled(&mut scenario("no-runtime", &receiver, &[]), &[signal]).assert_killed_by(signal);
        assert_work_arrived(&receiver, "signaled");
    }
}

#[test]
fn a_graceful_shutdown_delivers_what_ends_in_it() {
    each(|signal, receiver, variables| {
        let ended = signaled(&mut scenario("graceful", receiver, variables), &[signal]);
        ended.assert_handled();
        let spans = receiver.received().spans();
        let mut names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
        names.sort_unstable();
        assert_eq!(names, ["last", "work"], "{variables:?}");
    });
}

#[test]
fn a_handler_of_the_program_wins() {
    for name in ["tokio-before", "tokio-after", "signal-hook", "ctrlc"] {
        // The handler of `ctrlc` for SIGTERM is a feature, which the workspace turns on.
        for signal in BOTH {
            let receiver = OtlpReceiver::start();
            let ended = signaled(&mut scenario(name, &receiver, &[]), &[signal]);
            ended.assert_handled();
            assert_eq!(receiver.received().spans().len(), 2, "{name} {signal}: {ended:#?}");
        }
    }
}

#[test]
fn a_signal_without_listener_kills_beside_one_with() {
    for (name, handled) in [
        ("tokio-sigint", Some(Signal::SIGINT)),
        ("tokio-sigterm", Some(Signal::SIGTERM)),
        ("tokio-sighup", None),
    ] {
        for signal in BOTH {
            let receiver = OtlpReceiver::start();
            let ended = signaled(&mut scenario(name, &receiver, &[]), &[signal]);
            if handled == Some(signal) {
                ended.assert_handled();
                assert_eq!(receiver.received().spans().len(), 2, "{name} {signal}: {ended:#?}");
            } else {
                ended.assert_killed_by(signal);
                assert_work_arrived(&receiver, "signaled");
            }
        }
    }
}

#[test]
fn a_noted_signal_is_left_to_the_program() {
    let receiver = OtlpReceiver::start();
    let signals = [Signal::SIGTERM, Signal::SIGINT];
    let ended = signaled(&mut scenario("noted-sigterm", &receiver, &[]), &signals);
    ended.assert_handled();
    assert_eq!(receiver.received().spans().len(), 2, "{ended:#?}");
}

#[test]
fn without_the_handler_nothing_is_delivered() {
    let off = [("OTELIER_SIGNAL_HANDLER", "false")];
    for (name, variables) in [("no-runtime", &off[..]), ("in-code-off", &[])] {
        let receiver = OtlpReceiver::start();
        let ended = signaled(&mut scenario(name, &receiver, variables), &[Signal::SIGTERM]);
        ended.assert_killed_by(Signal::SIGTERM);
        assert_eq!(receiver.received().spans(), [], "{name}");
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let receiver = OtlpReceiver::start();
    let inner = scenario("no-runtime", &receiver, &[]);
    // As `nohup` and background jobs of a shell do.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "trap '' INT; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = signaled(&mut command, &[Signal::SIGINT, Signal::SIGTERM]);
    ended.assert_killed_by(Signal::SIGTERM);
    assert_work_arrived(&receiver, "signaled");
}

/// As the first process of a container, which a signal without a handler does not end.
#[test]
fn the_first_process_flushes_and_goes_on() {
    let inside = |program: &OsStr| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]).arg(program);
        command
    };
    if !inside(OsStr::new("true")).output().is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: `unshare` makes no namespace of processes here");
        return;
    }
    let receiver = OtlpReceiver::start();
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go-on");
    let program = scenario("first-process", &receiver, &[("GO_ON", go_on.to_str().unwrap())]);
    let mut command = inside(program.get_program());
    command
        .args(program.get_args())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut unshare = spawn(&mut command);
    let mut stdout = BufReader::new(unshare.stdout.take().unwrap());
    let mut told = String::new();
    while !told.contains("ready: ") {
        assert!(stdout.read_line(&mut told).unwrap() > 0, "not ready: {told}");
    }
    let children = format!("/proc/{0}/task/{0}/children", unshare.id());
    let first = std::fs::read_to_string(children).unwrap();
    kill(Pid::from_raw(first.trim().parse().unwrap()), Signal::SIGTERM).unwrap();
    let has_work = |received: &Received| received.spans().iter().any(|span| span.name == "work");
    receiver.wait_for_blocking(has_work, Duration::from_secs(20)).unwrap();

    std::fs::write(&go_on, "").unwrap();
    stdout.read_to_string(&mut told).unwrap();
    assert!(unshare.wait().unwrap().success() && told.contains("handled: yes"), "{told}");
    let names: Vec<String> = receiver.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["work", "last"], "what ends later is delivered, too");
}

/// A collector that does not answer delays the end, and no more: nothing else limits the export.
#[test]
fn a_killed_program_does_not_wait_for_ever() {
    const HOUR: &str = "3600000";
    each(|signal, receiver, variables| {
        receiver.respond_with(Reply::hang());
        let limits = ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_EXPORT_TIMEOUT"].map(|it| (it, HOUR));
        let variables = [variables, &limits].concat();
        let ended = signaled(&mut scenario("no-handler", receiver, &variables), &[signal]);
        ended.assert_killed_by(signal);
        assert_eq!(ended.stderr.matches("not delivered in full").count(), 1, "{ended:#?}");
    });
}

#[test]
fn a_second_signal_does_not_wait_for_the_collector() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(Reply::hang());
    let mut child = spawn(&mut scenario("no-runtime", &receiver, &[]));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !told.contains("ready: ") {
        assert!(stdout.read_line(&mut told).unwrap() > 0, "not ready: {told}");
    }
    kill(pid, Signal::SIGINT).unwrap();
    let exporting = |received: &Received| !received.requests().is_empty();
    receiver.wait_for_blocking(exporting, Duration::from_secs(20)).unwrap();
    kill(pid, Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGINT as i32));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    // What is said when the time is up was not said.
    assert!(!stderr.contains("not delivered in full"), "{stderr}");
}

#[test]
fn a_signal_after_the_guard_kills_at_once() {
    let receiver = OtlpReceiver::start();
    let ended = signaled(&mut scenario("ended", &receiver, &[]), &[Signal::SIGTERM]);
    ended.assert_killed_by(Signal::SIGTERM);
    assert_work_arrived(&receiver, "signaled");
}

#[test]
fn exit_delivers_and_keeps_its_status() {
    for protocol in PROTOCOLS {
        for runtime in RUNTIMES {
            let receiver = OtlpReceiver::start();
            let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("RUNTIME", runtime)];
            let ended = signaled(&mut scenario("exit", &receiver, &variables), &[]);
            assert_eq!(ended.status.code(), Some(7), "{ended:#?}");
            assert_work_arrived(&receiver, "signaled");
        }
    }
    let receiver = OtlpReceiver::start();
    let ended = signaled(&mut scenario("exit-before-init", &receiver, &[]), &[]);
    assert_eq!(ended.status.code(), Some(7), "{ended:#?}");
}

#[test]
fn a_panic_in_main_delivers_and_keeps_its_status() {
    for protocol in PROTOCOLS {
        for runtime in RUNTIMES {
            let receiver = OtlpReceiver::start();
            let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("RUNTIME", runtime)];
            let ended = signaled(&mut scenario("panic-in-main", &receiver, &variables), &[]);
            // That of the test harness for a test that panicked.
            assert_eq!(ended.status.code(), Some(101), "{ended:#?}");
            assert!(ended.stderr.contains("main panics"), "{ended:#?}");
            assert_work_arrived(&receiver, "signaled");
        }
    }
}

#[test]
fn a_panic_elsewhere_delivers_its_span() {
    for runtime in RUNTIMES {
        let receiver = OtlpReceiver::start();
        let ended =
            signaled(&mut scenario("panic-in-a-task", &receiver, &[("RUNTIME", runtime)]), &[]);
        assert!(ended.status.success(), "{ended:#?}");
        let spans = receiver.received().spans();
        assert_eq!(spans.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["work"], "{runtime}");
    }
}
