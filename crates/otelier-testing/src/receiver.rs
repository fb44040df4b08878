//! A real OTLP server for tests and demonstrations: gRPC and HTTP, each on its own port of
//! 127.0.0.1.
//!
//! The receiver runs on one thread with a runtime of its own. `grpc` and `http` read requests and
//! write answers; both give a decoded message to `shared`, which records it and says what to
//! answer. `validity` refuses what a collector would refuse, `reply` is what a test wants to be
//! answered, `request` is what a test sees, and `file` writes accepted messages to disk.
//!
//! A stop ends both servers. Requests that are held back are answered at once then, so that a
//! client that waits for an answer does not hold up the end of a test.

mod file;
mod grpc;
mod http;
mod reply;
mod request;
mod shared;
mod validity;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::watch;

use self::shared::{Limits, Shared};
use crate::model::{LogRecord, MetricPoint, Span};

pub use reply::Reply;
pub use request::{Message, Protocol, Received, Request};

/// A running OTLP server; dropping it stops it.
///
/// It is as strict as a collector: it refuses messages that are
/// [too large](OtlpReceiverBuilder::with_grpc_message_limit), ids of a wrong length, values that
/// are `null`, and spans that end before they start. What it could not read is among the
/// [failures](Received::failures).
///
/// It runs on a thread of its own, so it works in tests with any runtime or none, and with tokio's
/// paused clock.
///
/// ```no_run
/// use otelier_testing::{OtlpReceiver, assert_tree, span};
/// use std::time::Duration;
///
/// # async fn test() {
/// let receiver = OtlpReceiver::start();
/// // … export to `receiver.grpc_endpoint()` or `receiver.http_endpoint()` …
/// receiver.wait_for(|it| it.spans().len() == 1, Duration::from_secs(5)).await.unwrap();
/// assert_tree(&receiver.spans(), span("GET /ping").server().service("shop").subset());
/// # }
/// ```
pub struct OtlpReceiver {
    /// Where it listens, with the port that was taken.
    grpc: SocketAddr,
    /// Where it listens, with the port that was taken.
    http: SocketAddr,
    shared: Arc<Shared>,
    /// `true` ends the servers, as does dropping it.
    stop: watch::Sender<bool>,
    /// Of the receiver's thread; its clock is real even if the caller's is paused.
    runtime: Handle,
    /// Taken by `stop`, which waits for it. Dropping does not wait.
    thread: Option<JoinHandle<()>>,
}

impl OtlpReceiver {
    /// Starts on free ports. Both listen when this returns, which is at once: there is nothing to
    /// await.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start().expect("127.0.0.1 has a free port")
    }

    /// To choose ports, or to write what arrives into files.
    pub fn builder() -> OtlpReceiverBuilder {
        OtlpReceiverBuilder::default()
    }

    /// The endpoint for OTLP/gRPC, such as `http://127.0.0.1:4317`.
    #[must_use]
    pub fn grpc_endpoint(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// The base endpoint for OTLP/HTTP, such as `http://127.0.0.1:4318`; signals are below `/v1/`.
    #[must_use]
    pub fn http_endpoint(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Everything received so far. A snapshot, and cheap.
    #[must_use]
    pub fn received(&self) -> Received {
        self.shared.received()
    }

    /// Every request so far, refused ones included, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Arc<Request>> {
        self.received().requests().to_vec()
    }

    /// All spans of the accepted requests.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.received().spans()
    }

    /// The metric points of the accepted requests, see [`Received::points`].
    #[must_use]
    pub fn points(&self) -> Vec<MetricPoint> {
        self.received().points()
    }

    /// All log records of the accepted requests.
    #[must_use]
    pub fn logs(&self) -> Vec<LogRecord> {
        self.received().logs()
    }

    /// All that was exported as text, to search for what must not be in it, see
    /// [`Received::export_text`].
    #[must_use]
    pub fn export_text(&self) -> String {
        self.received().export_text()
    }

    /// Waits until `condition` holds for what was received, looking again at each request.
    ///
    /// # Errors
    /// If it does not within `timeout` of real time, saying what was received instead.
    pub async fn wait_for(
        &self,
        mut condition: impl FnMut(&Received) -> bool,
        timeout: Duration,
    ) -> Result<Received, WaitError> {
        // On the receiver's runtime, inside the task so that its clock counts: the caller's may be
        // paused.
        let mut timeout = self.runtime.spawn(async move { tokio::time::sleep(timeout).await });
        let mut arrivals = self.shared.arrivals();
        loop {
            let received = self.received();
            if condition(&received) {
                return Ok(received);
            }
            tokio::select! {
                biased;
                arrival = arrivals.changed() => {
                    if arrival.is_err() {
                        return Err(WaitError(received));
                    }
                }
                _ = &mut timeout => return Err(WaitError(self.received())),
            }
        }
    }

    /// [`wait_for`](Self::wait_for) for code that is not async.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    ///
    /// # Panics
    /// If called on a thread that drives a runtime: use [`wait_for`](Self::wait_for) there.
    pub fn wait_for_blocking(
        &self,
        condition: impl FnMut(&Received) -> bool,
        timeout: Duration,
    ) -> Result<Received, WaitError> {
        self.runtime.block_on(self.wait_for(condition, timeout))
    }

    /// Answers every request from now on with `reply`.
    pub fn respond_with(&self, reply: Reply) {
        self.shared.respond_with(reply);
    }

    /// Answers the next request with `reply`, before what [`respond_with`](Self::respond_with) said
    /// applies again. Several calls line up.
    ///
    /// ```
    /// use otelier_testing::{OtlpReceiver, Reply};
    ///
    /// let receiver = OtlpReceiver::start();
    /// // The first request fails and its retry succeeds.
    /// receiver.respond_once(Reply::status(503));
    /// ```
    pub fn respond_once(&self, reply: Reply) {
        self.shared.respond_once(reply);
    }

    /// Forgets everything received. Files keep it.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Stops and waits until both ports are closed, which takes at most a second.
    pub fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the receiver's thread does not panic");
        }
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        // Without waiting: this may run on the thread that drives the connections being served.
        self.stop.send_replace(true);
    }
}

impl fmt::Debug for OtlpReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpReceiver")
            .field("grpc", &self.grpc)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

/// Made by [`OtlpReceiver::builder`].
///
/// ```no_run
/// use otelier_testing::OtlpReceiver;
///
/// let receiver = OtlpReceiver::builder()
///     .with_grpc_port(4317)
///     .with_http_port(4318)
///     .with_output("target/telemetry")
///     .start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtlpReceiverBuilder {
    grpc_port: u16,
    http_port: u16,
    limits: Limits,
    /// A directory; `None` writes no files.
    output: Option<PathBuf>,
}

impl OtlpReceiverBuilder {
    /// Listens for gRPC on this port; 0, the default, takes a free one.
    pub fn with_grpc_port(mut self, port: u16) -> Self {
        self.grpc_port = port;
        self
    }

    /// Listens for HTTP on this port; 0, the default, takes a free one.
    pub fn with_http_port(mut self, port: u16) -> Self {
        self.http_port = port;
        self
    }

    /// Refuses a larger message by gRPC with `RESOURCE_EXHAUSTED`; 4 MiB by default, as a collector
    /// does.
    pub fn with_grpc_message_limit(mut self, bytes: usize) -> Self {
        self.limits.grpc = bytes;
        self
    }

    /// Refuses a larger message by HTTP with status 413; 20 MiB by default, as a collector does.
    pub fn with_http_message_limit(mut self, bytes: usize) -> Self {
        self.limits.http = bytes;
        self
    }

    /// Writes accepted requests into `traces.jsonl`, `metrics.jsonl` and `logs.jsonl` of this
    /// directory, one request a line as OTLP/JSON, on disk before the request is answered. Replaces
    /// such files of an earlier run.
    pub fn with_output(mut self, directory: impl Into<PathBuf>) -> Self {
        self.output = Some(directory.into());
        self
    }

    /// Starts.
    ///
    /// # Errors
    /// If a port is taken or the directory cannot be written to.
    pub fn start(self) -> io::Result<OtlpReceiver> {
        let files = self.output.as_deref().map(file::Files::create).transpose()?;
        let bind = |port| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            listener.set_nonblocking(true)?;
            io::Result::Ok((listener.local_addr()?, listener))
        };
        let (grpc, grpc_listener) = bind(self.grpc_port)?;
        let (http, http_listener) = bind(self.http_port)?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(self.limits, files, stopped.clone()));

        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().name("otlp-receiver".into()).spawn(move || {
            runtime.block_on(serve(grpc_listener, http_listener, serving, stopped));
        })?;
        Ok(OtlpReceiver { grpc, http, shared, stop, runtime: handle, thread: Some(thread) })
    }
}

/// What was waited for did not come; prints what did.
#[derive(Clone)]
pub struct WaitError(Received);

impl WaitError {
    /// What was received until then.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.0
    }
}

impl std::error::Error for WaitError {}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what was waited for did not arrive in time; received:\n{}", self.0)
    }
}

/// As `Display`, so that `unwrap` on a result is readable.
impl fmt::Debug for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How long requests under way may take to finish after a stop.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs both servers until they have ended after a stop, or `DRAIN` has passed since.
async fn serve(
    grpc: TcpListener,
    http: TcpListener,
    shared: Arc<Shared>,
    stopped: watch::Receiver<bool>,
) {
    let servers = async {
        tokio::join!(
            grpc::serve(grpc, Arc::clone(&shared), stop_of(stopped.clone())),
            http::serve(http, shared, stop_of(stopped.clone())),
        )
    };
    let deadline = async {
        stop_of(stopped.clone()).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        _ = servers => {}
        () = deadline => {}
    }
}

/// Resolves when asked to stop, or when the last handle is gone.
async fn stop_of(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|it| *it).await;
}

#[cfg(test)]
mod tests;
