//! OTLP/HTTP with protobuf and JSON bodies, and pages that show what was received.
//!
//! `/v1/…` takes exports. `/received` and below show what came, for a look by hand or by a script;
//! they are no part of OTLP. A request that cannot be read is answered with the status that a
//! collector uses, and its problem is recorded as a failure, so that a test which waits for
//! telemetry says why none came.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;
use serde_json::json;

use super::shared::Shared;
use super::validity;
use super::{Message, Protocol, Reply};
use crate::otlp_json;

/// Serves until `stop` resolves and the requests under way are answered.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let listener =
        tokio::net::TcpListener::from_std(listener).expect("the listener is non-blocking");
    let router = Router::new()
        .route("/v1/{signal}", post(export))
        .route("/received", get(summary))
        .route("/received/{signal}", get(lines))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(shared.limits.http))
        .with_state(shared);
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .expect("accepting connections does not end");
}

/// Reads a request, has it recorded, and answers in its own encoding.
async fn export(
    State(shared): State<Arc<Shared>>,
    Path(signal): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let limit = shared.limits.http;
    let read = body
        .map_err(|rejection| (rejection.status(), rejection.body_text()))
        .and_then(|body| read(&signal, &headers, &body, limit));
    let (protocol, message) = match read {
        Ok(read) => read,
        Err((status, problem)) => {
            shared.fail(format!("POST /v1/{signal}: {problem}"));
            return (status, problem).into_response();
        }
    };
    let answer = Answer::for_message(protocol, &message);
    let reply = shared.receive(protocol, headers, message).await;
    answer.render(&reply)
}

/// Counts of what was received, as JSON.
async fn summary(State(shared): State<Arc<Shared>>) -> Response {
    let received = shared.received();
    let counts = json!({
        "requests": received.requests().len(),
        "spans": received.spans().len(),
        "points": received.points().len(),
        "logs": received.logs().len(),
        "failures": received.failures(),
    });
    ([(header::CONTENT_TYPE, JSON)], counts.to_string()).into_response()
}

/// The accepted messages of one signal, as OTLP/JSON lines.
async fn lines(State(shared): State<Arc<Shared>>, Path(signal): Path<String>) -> Response {
    let received = shared.received();
    let wanted = |it: &&Message| match it {
        Message::Traces(_) => signal == "traces",
        Message::Metrics(_) => signal == "metrics",
        Message::Logs(_) => signal == "logs",
    };
    let lines: String = received.messages().filter(wanted).map(|it| it.to_json() + "\n").collect();
    ([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

/// Records the path as a failure: an exporter with a wrong endpoint comes here.
async fn unknown(
    State(shared): State<Arc<Shared>>,
    method: axum::http::Method,
    uri: Uri,
) -> StatusCode {
    shared.fail(format!("{method} {uri}: no such path"));
    StatusCode::NOT_FOUND
}

/// The content type of binary messages.
const PROTOBUF: &str = "application/x-protobuf";
/// The content type of OTLP/JSON, and of the page with counts.
const JSON: &str = "application/json";

/// Decodes a body by its content type, content encoding and signal. An error is the status to
/// answer with and the problem in words. `limit` is in bytes after decompression, of which at most
/// one byte more is decompressed.
fn read(
    signal: &str,
    headers: &HeaderMap,
    body: &Bytes,
    limit: usize,
) -> Result<(Protocol, Message), (StatusCode, String)> {
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let protocol = match header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim() {
        PROTOBUF => Protocol::HttpProtobuf,
        JSON => Protocol::HttpJson,
        other => {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("content type {other:?}")));
        }
    };
    let bad = |problem: String| (StatusCode::BAD_REQUEST, problem);
    let body = match header(header::CONTENT_ENCODING) {
        "" | "identity" => body.to_vec(),
        "gzip" => {
            let mut decoded = Vec::new();
            MultiGzDecoder::new(body.as_ref())
                .take(limit as u64 + 1)
                .read_to_end(&mut decoded)
                .map_err(|error| bad(format!("body is no gzip: {error}")))?;
            if decoded.len() > limit {
                let problem = format!("body is larger than {limit} bytes");
                return Err((StatusCode::PAYLOAD_TOO_LARGE, problem));
            }
            decoded
        }
        other => {
            return Err((
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("content encoding {other:?}"),
            ));
        }
    };

    macro_rules! decode {
        ($variant:ident) => {
            match protocol {
                Protocol::HttpJson => otlp_json::from_slice(&body).map_err(|it| it.to_string()),
                _ => prost::Message::decode(body.as_slice()).map_err(|it| it.to_string()),
            }
            .map(Message::$variant)
        };
    }
    let message = match signal {
        "traces" => decode!(Traces),
        "metrics" => decode!(Metrics),
        "logs" => decode!(Logs),
        other => return Err((StatusCode::NOT_FOUND, format!("no signal {other:?}"))),
    };
    let message = message.map_err(|error| bad(format!("body does not decode: {error}")))?;
    validity::check(&message).map_err(bad)?;
    Ok((protocol, message))
}

/// How to answer: in the encoding of the request, with the response message of its signal.
struct Answer {
    /// Else protobuf.
    json: bool,
    signal: Signal,
}

enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Answer {
    fn for_message(protocol: Protocol, message: &Message) -> Self {
        let signal = match message {
            Message::Traces(_) => Signal::Traces,
            Message::Metrics(_) => Signal::Metrics,
            Message::Logs(_) => Signal::Logs,
        };
        Self { json: protocol == Protocol::HttpJson, signal }
    }

    /// Turns a reply into a response. `Retry-After` is rounded up to whole seconds.
    fn render(&self, reply: &Reply) -> Response {
        let body = if reply.accepts() { self.success(reply) } else { self.failure(reply) };
        let mut response = Response::builder()
            .status(reply.status)
            .header(header::CONTENT_TYPE, if self.json { JSON } else { PROTOBUF });
        if let Some(delay) = reply.retry_after {
            response = response.header(header::RETRY_AFTER, delay.as_secs_f64().ceil().to_string());
        }
        response.body(Body::from(body)).expect("the status is a valid one")
    }

    /// An empty message, or one that says what was rejected.
    fn success(&self, reply: &Reply) -> Vec<u8> {
        let (rejected, message) = reply.partial.clone().unwrap_or_default();
        if self.json {
            let field = match self.signal {
                Signal::Traces => "rejectedSpans",
                Signal::Metrics => "rejectedDataPoints",
                Signal::Logs => "rejectedLogRecords",
            };
            let body = match &reply.partial {
                None => json!({}),
                Some(_) => {
                    json!({ "partialSuccess": { field: rejected.to_string(), "errorMessage": message } })
                }
            };
            return body.to_string().into_bytes();
        }
        let partial = reply.partial.is_some();
        match self.signal {
            Signal::Traces => ExportTraceServiceResponse {
                partial_success: partial.then_some(ExportTracePartialSuccess {
                    rejected_spans: rejected,
                    error_message: message,
                }),
            }
            .encode_to_vec(),
            Signal::Metrics => ExportMetricsServiceResponse {
                partial_success: partial.then_some(ExportMetricsPartialSuccess {
                    rejected_data_points: rejected,
                    error_message: message,
                }),
            }
            .encode_to_vec(),
            Signal::Logs => ExportLogsServiceResponse {
                partial_success: partial.then_some(ExportLogsPartialSuccess {
                    rejected_log_records: rejected,
                    error_message: message,
                }),
            }
            .encode_to_vec(),
        }
    }

    /// The specification: a `google.rpc.Status`, whose code may be omitted.
    fn failure(&self, reply: &Reply) -> Vec<u8> {
        match self.json {
            true => json!({ "message": reply.message() }).to_string().into_bytes(),
            false => tonic_types::Status { message: reply.message(), ..Default::default() }
                .encode_to_vec(),
        }
    }
}
