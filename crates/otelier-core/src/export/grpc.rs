//! OTLP over gRPC, with `tonic`, on a runtime of our own.
//!
//! The exporters call `send` from threads that block. The call itself runs as a task on the runtime
//! of `runtime`, which all gRPC exporters of a pipeline share, and the caller waits for its answer
//! on a channel. Messages arrive here encoded, because their size decides whether they are split;
//! `codec` passes the bytes on. `connector` makes the connection. Which status is retried is fixed
//! by the specification of OTLP.

mod codec;
mod connector;

use std::fmt;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};
use tokio::runtime::Handle;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use self::codec::BytesCodec;
use self::connector::GrpcConnector;
use super::headers::{configured_headers, user_agent};
use super::transport::{Failure, FailureKind, MAY_BE_TOO_LARGE, Transport};
use crate::config::{Compression, OtlpSettings, Signal};

/// Sends export requests with `tonic`.
pub(super) struct GrpcTransport {
    /// Of the shared runtime. When that has ended, `send` fails as `cancelled`.
    runtime: Handle,
    /// What a channel is made of, kept to make another one after a timeout.
    endpoint: Endpoint,
    /// Cloned for each new channel.
    connector: GrpcConnector,
    /// The connection, or that to come: it is made when it is needed, and again when it is lost.
    channel: Mutex<Channel>,
    /// The method of the collector service of the signal.
    path: PathAndQuery,
    /// Sent as metadata with every request: the configured ones and the user agent.
    headers: HeaderMap,
    /// Whether requests are compressed. Responses may be in any case.
    gzip: bool,
    /// The most bytes of a response.
    most_of_response: usize,
}

impl GrpcTransport {
    /// Connects nothing yet. `timeout` is that of one request and decides how often a connection is
    /// probed. Fails with the reason if the endpoint is not a URL, or TLS cannot be configured.
    pub(super) fn new(
        signal: Signal,
        settings: &OtlpSettings,
        timeout: Duration,
        runtime: Handle,
    ) -> Result<Self, String> {
        let url = &settings.endpoint.value.url;
        let uri: Uri = url.parse().map_err(|_| "the endpoint is not a URL".to_owned())?;
        let connector = GrpcConnector::new(&uri, settings)?;
        let (interval, patience) = keep_alive(timeout);
        // `tonic` refuses `https` unless it does TLS itself, so it only learns of the origin.
        let address = format!("http://{}", uri.authority().map_or("", |it| it.as_str()));
        let endpoint = Endpoint::from_shared(address)
            .map_err(|error| error.to_string())?
            .origin(uri)
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(patience);
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, user_agent());
        headers.extend(configured_headers(settings));
        let channel = Mutex::new(connect(&runtime, &endpoint, &connector));
        Ok(Self {
            runtime,
            endpoint,
            connector,
            channel,
            path: PathAndQuery::from_static(match signal {
                Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                Signal::Metrics => {
                    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
                }
                Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            }),
            headers,
            gzip: settings.compression.value == Some(Compression::Gzip),
            most_of_response: settings.max_response_size.value,
        })
    }

    /// A channel is replaced as a whole, so a poisoned lock holds a usable one.
    fn channel(&self) -> std::sync::MutexGuard<'_, Channel> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that died without a word is found before the timeout of a request, so that there is
/// time for another. Servers take three pings during a request, but not many more.
/// Returns the interval between pings and how long an answer may take. The interval is a third of
/// `timeout`, within one second and one minute.
fn keep_alive(timeout: Duration) -> (Duration, Duration) {
    let interval = (timeout / 3).clamp(Duration::from_secs(1), Duration::from_secs(60));
    (interval, interval.min(Duration::from_secs(5)))
}

/// Makes a channel that connects with the first request, and again by itself when it is lost.
fn connect(runtime: &Handle, endpoint: &Endpoint, connector: &GrpcConnector) -> Channel {
    // The channel starts a task, which needs a runtime.
    let _entered = runtime.enter();
    endpoint.connect_with_connector_lazy(connector.clone())
}

impl Transport for GrpcTransport {
    /// Only wraps the bytes.
    fn compress(&self, body: Vec<u8>) -> Result<Bytes, String> {
        // Frame by frame, which `tonic` does.
        Ok(body.into())
    }

    /// After a timeout the channel is replaced. Requests that are under way on the old one keep
    /// their own clone of it.
    fn send(&self, body: Bytes, timeout: Duration) -> Result<Bytes, Failure> {
        let size = body.len();
        let mut request = Request::new(body);
        *request.metadata_mut() = MetadataMap::from_headers(self.headers.clone());
        let path = self.path.clone();
        let mut client = Grpc::new(self.channel().clone())
            .max_decoding_message_size(self.most_of_response)
            .accept_compressed(CompressionEncoding::Gzip);
        if self.gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        let (sender, answer) = mpsc::sync_channel(1);
        // The task belongs to the runtime: if that ends, so does the task, and this wait with it.
        self.runtime.spawn(async move {
            let call = call(client, request, path);
            let result = tokio::time::timeout(timeout, call).await;
            let _ = sender.send(result);
        });
        match answer.recv() {
            Ok(Ok(Ok(response))) => Ok(response),
            Ok(Ok(Err(status))) if is_about_response(&status, size, self.most_of_response) => {
                let reason = format!("the response has more than {} bytes", self.most_of_response);
                Err(Failure::new(FailureKind::Permanent, "response_too_large", reason))
            }
            Ok(Ok(Err(status))) => Err(failure(&status, size)),
            Ok(Err(_)) => {
                // Nothing is known of this connection any more.
                *self.channel() = connect(&self.runtime, &self.endpoint, &self.connector);
                Err(Failure::timeout(timeout))
            }
            Err(_) => Err(Failure::new(FailureKind::Permanent, "cancelled", "shut down")),
        }
    }
}

/// Sends one request. The connection is made here if there is none, so a failure to connect comes
/// back as a status that has a source.
async fn call(
    mut client: Grpc<Channel>,
    request: Request<Bytes>,
    path: PathAndQuery,
) -> Result<Bytes, Status> {
    client.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
    let response = client.unary(request, path, BytesCodec).await?;
    Ok(response.into_inner())
}

/// What a status means, by the rules of OTLP.
/// `size` is that of the request before compression. A failure to connect is retried, except for a
/// certificate that is not accepted. `ResourceExhausted` is retried only if the server says when;
/// it may also mean that the message is too large, and so may `OutOfRange`.
/// A status of the server that is not named here is permanent.
fn failure(status: &Status, size: usize) -> Failure {
    let retry_after = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let retryable = FailureKind::Retryable { after: retry_after };
    // Only what fails on this side of the connection has a source.
    let is_local = std::error::Error::source(status).is_some();
    let kind = match status.code() {
        _ if is_local && !is_certificate_error(status) => retryable,
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss => retryable,
        Code::ResourceExhausted if retry_after.is_some() => retryable,
        Code::ResourceExhausted if size >= MAY_BE_TOO_LARGE || is_about_size(status) => {
            FailureKind::TooLarge
        }
        Code::OutOfRange if size >= MAY_BE_TOO_LARGE || is_about_size(status) => {
            FailureKind::TooLarge
        }
        Code::OutOfRange => retryable,
        // A proxy on the way, which speaks HTTP.
        Code::Unknown if status.message().contains("413") => FailureKind::TooLarge,
        _ => FailureKind::Permanent,
    };
    Failure::new(kind, format!("{:?}", status.code()), reason(status, is_local))
}

/// Whether a status says that the response is longer than `most` bytes. A server that is built with
/// `tonic` says the same of a request, which has to be larger than that.
fn is_about_response(status: &Status, size: usize, most: usize) -> bool {
    let message = status.message();
    size <= most
        && message.contains("decoded message length too large")
        && message.ends_with(&format!("the limit is: {most} bytes"))
}

/// Servers say this each in their own words, but all name what is too large or the limit.
/// Whether the message of a status says that the request is too large.
fn is_about_size(status: &Status) -> bool {
    let message = status.message().to_ascii_lowercase();
    ["larger than", "too large", "exceeds max", "max size", "size limit", "length limit"]
        .iter()
        .any(|words| message.contains(words))
}

/// A certificate that is refused once is refused again, so such a failure is permanent.
fn is_certificate_error(status: &Status) -> bool {
    sources(status).any(|source| source.to_string().contains("certificate"))
}

/// What is shown: the code and words of the server, or the root cause of a failure on this side.
/// The root cause is the most precise, as `tonic` puts general words around it.
fn reason(status: &Status, is_local: bool) -> String {
    let code = status.code();
    if !is_local {
        return format!("{code:?}: {}", status.message());
    }
    // The last source says most, as in "tcp connect error: Connection refused".
    let last = sources(status).last().map(ToString::to_string);
    last.unwrap_or_else(|| status.message().to_owned())
}

/// The chain of causes below a status, the nearest first.
fn sources(status: &Status) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(status), |error| error.source())
}

impl fmt::Debug for GrpcTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and paths may be secret.
        f.debug_struct("GrpcTransport").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
