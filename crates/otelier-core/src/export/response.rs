//! What a response of an endpoint says: `partial_success`, and the reason of a refusal.
//!
//! A request that was accepted may be rejected in part. The endpoint says so in `partial_success`,
//! which has a count and a message; a message without a count is a remark. Both encodings are read
//! here, since the endpoint answers in that of the request. A refusal over HTTP has a
//! `google.rpc.Status` in its body, or what a proxy on the way has to say.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::Value;

use super::request::{Encoding, ExportRequest};

/// What an endpoint rejected of a request that it accepted otherwise.
/// At least one of the two says something.
#[derive(Debug, PartialEq)]
pub(super) struct Rejection {
    /// Zero if the message is only a remark.
    pub(super) items: usize,
    /// In the words of the endpoint, and empty if there are none.
    pub(super) message: String,
}

/// The `partial_success` of the response to `request`, if it says anything. A response that cannot
/// be read says nothing: the request was accepted all the same.
///
/// A negative count is taken as zero.
pub(super) fn rejection(
    request: &ExportRequest,
    encoding: Encoding,
    body: &[u8],
) -> Option<Rejection> {
    let (items, message) = match (encoding, request) {
        (Encoding::Json, _) => partial_success_of_json(body)?,
        (Encoding::Protobuf, ExportRequest::Traces(_)) => {
            let partial = ExportTraceServiceResponse::decode(body).ok()?.partial_success?;
            (partial.rejected_spans, partial.error_message)
        }
        (Encoding::Protobuf, ExportRequest::Metrics(_)) => {
            let partial = ExportMetricsServiceResponse::decode(body).ok()?.partial_success?;
            (partial.rejected_data_points, partial.error_message)
        }
        (Encoding::Protobuf, ExportRequest::Logs(_)) => {
            let partial = ExportLogsServiceResponse::decode(body).ok()?.partial_success?;
            (partial.rejected_log_records, partial.error_message)
        }
    };
    let items = usize::try_from(items).unwrap_or(0);
    (items > 0 || !message.is_empty()).then_some(Rejection { items, message })
}

/// The count is called `rejectedSpans` or alike, and may be a number or a string.
/// `None` if the body is no JSON or has no `partialSuccess`. A count that cannot be read is zero.
fn partial_success_of_json(body: &[u8]) -> Option<(i64, String)> {
    let response: Value = serde_json::from_slice(body).ok()?;
    let partial = response.get("partialSuccess")?.as_object()?;
    let count = partial.iter().find(|(key, _)| key.starts_with("rejected")).map(|(_, count)| count);
    let count = count.and_then(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok()));
    let message = partial.get("errorMessage").and_then(Value::as_str);
    Some((count.unwrap_or(0), message.unwrap_or_default().to_owned()))
}

/// `google.rpc.Status`, which OTLP/HTTP has for failures.
/// Only the message is read; its code and details say nothing that the HTTP status does not.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
}

/// The message of a failure over HTTP: that of a `google.rpc.Status`, or the text that came
/// instead.
/// It is empty for a page of HTML. It is neither bounded nor free of secrets: `diagnosis` sees to
/// that.
pub(super) fn failure_message(content_type: &str, body: &[u8]) -> String {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let message = match kind {
        "application/x-protobuf" => RpcStatus::decode(body).ok().map(|status| status.message),
        "application/json" => serde_json::from_slice::<Value>(body)
            .ok()
            .and_then(|status| Some(status.get("message")?.as_str()?.to_owned())),
        // A page says nothing in a line that its status does not.
        "text/html" => Some(String::new()),
        _ => None,
    };
    message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest,
    };

    use super::*;

    #[test]
    fn both_encodings_of_partial_success_are_read() {
        let request = ExportRequest::Logs(ExportLogsServiceRequest::default());
        let partial_success = Some(ExportLogsPartialSuccess {
            rejected_log_records: 3,
            error_message: "old".to_owned(),
        });
        let protobuf = ExportLogsServiceResponse { partial_success }.encode_to_vec();
        let expected = Some(Rejection { items: 3, message: "old".to_owned() });
        assert_eq!(rejection(&request, Encoding::Protobuf, &protobuf), expected);
        for count in ["3", r#""3""#] {
            let json = format!(
                r#"{{"partialSuccess":{{"rejectedLogRecords":{count},"errorMessage":"old"}}}}"#
            );
            assert_eq!(rejection(&request, Encoding::Json, json.as_bytes()), expected, "{json}");
        }
    }

    #[test]
    fn full_success_and_noise_reject_nothing() {
        let request = ExportRequest::Logs(ExportLogsServiceRequest::default());
        for body in ["", "{}", r#"{"partialSuccess":{}}"#, "nonsense"] {
            for encoding in [Encoding::Protobuf, Encoding::Json] {
                assert_eq!(rejection(&request, encoding, body.as_bytes()), None, "{body}");
            }
        }
    }

    #[test]
    fn failures_speak_for_themselves() {
        let status = RpcStatus { message: "too old".to_owned() }.encode_to_vec();
        for (kind, body, expected) in [
            ("application/x-protobuf", &status[..], "too old"),
            ("application/json; charset=utf-8", br#"{"code":3,"message":"too old"}"#, "too old"),
            ("application/json", b"{}", "{}"),
            ("text/plain", b"go away", "go away"),
            ("text/html", b"<html><body>404</body></html>", ""),
            ("", b"", ""),
        ] {
            assert_eq!(failure_message(kind, body), expected, "{kind}");
        }
    }
}
