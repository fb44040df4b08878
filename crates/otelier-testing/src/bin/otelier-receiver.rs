//! The OTLP receiver as a program: prints its addresses as one line of JSON and runs until asked to
//! stop.
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

struct Options {
    receiver: OtlpReceiverBuilder,
    ignore_stdin: bool,
}

/// `None` when asked for help.
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
    stdin: oneshot::Receiver<()>,
}

impl Told {
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
