//! The HTTP server that Prometheus asks for metrics.
//!
//! It runs on a thread of its own, and neither slow nor many clients take more than that: there are
//! at most [`CONNECTIONS`] at once, each for one request and for [`TIMEOUT`].
//!
//! A callback of an instrument that was made by the SDK's own provider, and not by the global one,
//! may panic while metrics are collected. The SDK then collects nothing more, without a word. So
//! there is a warning, and from then on each answer is a failure, which Prometheus shows as a
//! target that is down.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use otelier_instrument::catch_panic;
use prometheus::{Encoder as _, Registry, TextEncoder};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::Semaphore;

use super::super::runtime::ExporterRuntime;
use crate::diagnostics;

/// Prometheus needs one, and each of its replicas another.
const CONNECTIONS: usize = 32;

/// For all of a connection.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long `init` waits for the name of the host to be resolved.
const BIND_TIMEOUT: Duration = Duration::from_secs(2);

/// What is asked for.
#[derive(Clone)]
struct Metrics {
    registry: Registry,
    /// Whether a callback has panicked.
    has_panicked: Arc<AtomicBool>,
}

/// Answers until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    /// Dropping it closes all sockets.
    _runtime: ExporterRuntime,
}

impl Server {
    /// Listens at all addresses that `host` has. Fails if none of them can be had.
    pub(super) fn start(host: &str, port: u16, registry: Registry) -> io::Result<Self> {
        let runtime = ExporterRuntime::start("otelier-prometheus")?;
        let (told, result) = mpsc::channel();
        let host = host.to_owned();
        runtime.handle().spawn(async move {
            let listeners = match bind(&host, port).await {
                Ok(listeners) => listeners,
                Err(error) => {
                    let _ = told.send(Err(error));
                    return;
                }
            };
            let _ = told.send(Ok(()));
            let metrics = Metrics { registry, has_panicked: Arc::default() };
            let slots = Arc::new(Semaphore::new(CONNECTIONS));
            for listener in listeners {
                tokio::spawn(accept(listener, metrics.clone(), Arc::clone(&slots)));
            }
        });
        match result.recv_timeout(BIND_TIMEOUT) {
            Ok(result) => result.map(|()| Self { _runtime: runtime }),
            Err(_) => Err(io::Error::other(format!("no answer within {BIND_TIMEOUT:?}"))),
        }
    }
}

/// `localhost` often has two addresses, of which a machine may lack one. With port 0 the first
/// address has any that is free, and the others are left out.
async fn bind(host: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut failed = None;
    for address in lookup_host((host, port)).await? {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                if let Ok(address) = listener.local_addr() {
                    diagnostics::debug(|| {
                        format!("metrics are served at http://{address}/metrics")
                    });
                }
                listeners.push(listener);
            }
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
        if port == 0 && !listeners.is_empty() {
            break;
        }
    }
    match failed {
        // The port is somebody else's, even if not at every address.
        Some(error) if listeners.is_empty() || error.kind() == io::ErrorKind::AddrInUse => {
            Err(error)
        }
        None if listeners.is_empty() => Err(io::Error::other("the host has no address")),
        _ => Ok(listeners),
    }
}

/// Answers one connection after the other, and some at once.
async fn accept(listener: TcpListener, metrics: Metrics, slots: Arc<Semaphore>) {
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = metrics.clone();
                tokio::spawn(async move {
                    let _slot = slot;
                    // Whoever asks learns of a failure by the connection that ends.
                    let _ = tokio::time::timeout(TIMEOUT, serve(stream, metrics)).await;
                });
            }
            // Without descriptors nothing is gained by trying at once.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Answers one request.
async fn serve(stream: TcpStream, metrics: Metrics) -> hyper::Result<()> {
    let answer = service_fn(|request| {
        let response = respond(&request, &metrics);
        async move { Ok::<_, std::convert::Infallible>(response) }
    });
    http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), answer)
        .await
}

/// The metrics for a request of `/metrics`.
fn respond(request: &Request<Incoming>, metrics: &Metrics) -> Response<String> {
    if request.uri().path() != "/metrics" {
        return failure(StatusCode::NOT_FOUND, "metrics are at /metrics\n".to_owned());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = failure(StatusCode::METHOD_NOT_ALLOWED, "GET metrics\n".to_owned());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match metrics.text() {
        Ok((text, kind)) => {
            let mut response = Response::new(text);
            if let Ok(kind) = HeaderValue::from_str(&kind) {
                response.headers_mut().insert(CONTENT_TYPE, kind);
            }
            response
        }
        Err(reason) => failure(StatusCode::INTERNAL_SERVER_ERROR, reason),
    }
}

impl Metrics {
    /// All of them as text, and what kind of text that is.
    fn text(&self) -> Result<(String, String), String> {
        const PANICKED: &str = "metrics are not served: a callback that measures has panicked";
        if self.has_panicked.load(Ordering::Relaxed) {
            return Err(format!("{PANICKED}\n"));
        }
        let encoder = TextEncoder::new();
        match catch_panic(|| encoder.encode_to_string(&self.registry.gather())) {
            Some(Ok(text)) => Ok((text, encoder.format_type().to_owned())),
            Some(Err(error)) => Err(format!("{error}\n")),
            None => {
                self.has_panicked.store(true, Ordering::Relaxed);
                diagnostics::warn(PANICKED);
                Err(format!("{PANICKED}\n"))
            }
        }
    }
}

fn failure(status: StatusCode, text: String) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response
}
