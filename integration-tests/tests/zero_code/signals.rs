//! Signals that end a program: its own handler keeps them, whenever it is registered, and without
//! one the exit status is as it was. What has ended is delivered.

use std::path::Path;
use std::time::Duration;

use integration_tests::process::{Ended, Process};
use integration_tests::program::cargo_build_binary;
use nix::sys::signal::Signal;
use otelier_testing::{ExpectedSpan, OtlpReceiver, assert_trees, span};
use tokio::process::Command;

use crate::installed::CargoOtelier;

/// The program, and the package that it is in.
const PROGRAM: &str = "ended";
const PACKAGE: &str = "untouched";

const WITHIN: Duration = Duration::from_secs(60);

/// Runs a program until it is ready, and ends it.
async fn end(program: &Path, words: [&str; 2], signal: Signal, receiver: &OtlpReceiver) -> Ended {
    let mut command = Command::new(program);
    command
        .args(words)
        .env_clear()
        .env("OTEL_SERVICE_NAME", PROGRAM)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint());
    let mut process = Process::spawn(PROGRAM, command).unwrap();
    process.told("ready", WITHIN).await.unwrap();
    process.signal(signal);
    process.end(WITHIN).await.unwrap()
}

fn asked(path: &str) -> ExpectedSpan {
    let answered = |span: ExpectedSpan| span.subset().attr("http.response.status_code", 200);
    let served = answered(span(format!("GET {path}")).server());
    answered(span("GET").client().root().service(PROGRAM)).child(served)
}

#[tokio::test]
async fn the_end_by_a_signal_is_as_without_hooks() {
    use Signal::{SIGINT, SIGTERM};
    let plain = cargo_build_binary(PACKAGE, PROGRAM, env!("CARGO_TARGET_TMPDIR"));
    let installed = CargoOtelier::install();
    let traced = installed.build_binary(PACKAGE, PROGRAM);
    for (handler, signal) in [
        ("tokio", SIGTERM),
        ("ctrl-c", SIGINT),
        ("ctrlc", SIGTERM),
        ("ctrlc", SIGINT),
        ("none", SIGTERM),
        ("none", SIGINT),
        // The handler is of another signal.
        ("tokio", SIGINT),
        ("ctrl-c", SIGTERM),
    ] {
        for when in ["before", "after"] {
            let what = format!("{handler}, {when}, {signal}");
            let nothing = OtlpReceiver::start();
            let expected = end(&plain, [handler, when], signal, &nothing).await;
            assert_eq!(nothing.spans(), [], "{what}");
            let receiver = OtlpReceiver::start();
            let ended = end(&traced, [handler, when], signal, &receiver).await;
            assert_eq!(ended.status, expected.status, "{what}");
            assert_eq!(ended.stdout, expected.stdout, "{what}");
            println!("{what}: {}", ended.status);
            match ended.status.code() {
                Some(status) => {
                    assert_eq!(status, 5, "{what}");
                    assert_trees(&receiver.spans(), [asked("/fast"), asked("/slow")]);
                }
                // Without a handler, the second request has not ended.
                None => assert_trees(&receiver.spans(), [asked("/fast")]),
            }
        }
    }
}
