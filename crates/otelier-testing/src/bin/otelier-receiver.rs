//! The OTLP receiver as a program: prints its addresses as one line of JSON and runs until asked to
//! stop.
//!
//! For tests in other languages and of whole processes: the caller starts it, reads the first line,
//! and closes its standard input when it is done. A caller that dies closes it too, so that no
//! receiver is left behind.
//!
//! A wrong argument ends it with code 2, a port or directory that cannot be had with code 1.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program speaks to its caller through these"
)]

use std::io::{self, Read as _};
use std::process::ExitCode;

use otelier_testing::{OtlpReceiver, OtlpReceiverBuilder};
use tokio::signal;
use tokio::sync::oneshot;

/// Printed for `--help`, and behind the problem for wrong arguments.
const USAGE: &str = "\
usage: otelier-receiver [--out DIR] [--grpc-port PORT] [--http-port PORT] [--ignore-stdin]

Receives OTLP over gRPC and HTTP on 127.0.0.1, on free ports unless given, and prints
{\"grpc\":\"http://…\",\"http\":\"http://…\"} once it listens. With --out it writes traces.jsonl,
metrics.jsonl and logs.jsonl, one OTLP/JSON export request a line.

GET /received on the HTTP port gives counts, GET /received/{traces,metrics,logs} the data.
Stops at the end of standard input (unless --ignore-stdin), on SIGTERM and on Ctrl-C.";

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("otelier-receiver: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("otelier-receiver: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the arguments say.
struct Options {
    receiver: OtlpReceiverBuilder,
    /// For a receiver in the background, which has no input that stays open.
    ignore_stdin: bool,
}

/// `None` when asked for help.
///
/// An error is a sentence for the user. A later argument replaces an earlier one of the same name.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options { receiver: OtlpReceiver::builder(), ignore_stdin: false };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        let port = |value: String| value.parse().map_err(|_| format!("{value:?} is no port"));
        options.receiver = match argument.as_str() {
            "--out" => options.receiver.with_output(value()?),
            "--grpc-port" => options.receiver.with_grpc_port(port(value()?)?),
            "--http-port" => options.receiver.with_http_port(port(value()?)?),
            "--ignore-stdin" => {
                options.ignore_stdin = true;
                options.receiver
            }
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown argument {other:?}")),
        };
    }
    Ok(Some(options))
}

/// Serves until one of the ways to stop it is used.
fn run(options: Options) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Before the addresses are out: a program that reads them may send a signal at once.
    let told = runtime.block_on(async { Told::listen(options.ignore_stdin) })?;
    let receiver = options.receiver.start()?;
    println!(
        "{{\"grpc\":\"{}\",\"http\":\"{}\"}}",
        receiver.grpc_endpoint(),
        receiver.http_endpoint()
    );
    runtime.block_on(told.wait());
    receiver.stop();
    Ok(())
}

/// The ways to be asked to stop.
struct Told {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    /// Resolves at the end of standard input; never if that is ignored.
    stdin: oneshot::Receiver<()>,
}

impl Told {
    /// Starts to listen for all of them. Must run within a runtime, which signals need.
    fn listen(ignore_stdin: bool) -> io::Result<Self> {
        let (ended, stdin) = oneshot::channel();
        // A thread of its own, not tokio's stdin: that one would have to be awaited at the end.
        std::thread::spawn(move || {
            while !ignore_stdin && matches!(io::stdin().read(&mut [0; 1024]), Ok(1..)) {}
            if ignore_stdin {
                std::thread::park();
            }
            let _ = ended.send(());
        });
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())?,
            stdin,
        })
    }

    /// Resolves at the first one.
    async fn wait(mut self) {
        #[cfg(unix)]
        let terminate = self.terminate.recv();
        #[cfg(not(unix))]
        let terminate = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = terminate => {}
            _ = signal::ctrl_c() => {}
            _ = &mut self.stdin => {}
        }
    }
}
