//! The receiver against raw requests, over each protocol.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_client::TraceServiceClient,
};
use opentelemetry_proto::tonic::trace::v1::{self as trace, ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use serde_json::{Value, json};
use tonic_types::StatusExt as _;

use super::*;

const SOON: Duration = Duration::from_secs(10);
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

fn message(name: &str) -> ExportTraceServiceRequest {
    let span = Span {
        name: name.to_owned(),
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        ..Default::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..Default::default() }],
    }
}

fn post(
    receiver: &OtlpReceiver,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> axum::http::Response<Vec<u8>> {
    let agent = ureq::Agent::new_with_config(
        ureq::config::Config::builder().http_status_as_error(false).build(),
    );
    let mut request = agent.post(format!("{}{path}", receiver.http_endpoint()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send(body).unwrap().map(|mut body| body.read_to_vec().unwrap())
}

fn post_spans(receiver: &OtlpReceiver, name: &str) -> axum::http::Response<Vec<u8>> {
    post(receiver, "/v1/traces", &[("content-type", PROTOBUF)], &message(name).encode_to_vec())
}

fn get(receiver: &OtlpReceiver, path: &str) -> String {
    ureq::get(format!("{}{path}", receiver.http_endpoint()))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn names(receiver: &OtlpReceiver) -> Vec<String> {
    receiver.spans().into_iter().map(|it| it.name).collect()
}

async fn grpc_client(receiver: &OtlpReceiver) -> TraceServiceClient<tonic::transport::Channel> {
    TraceServiceClient::connect(receiver.grpc_endpoint()).await.unwrap()
}

#[test]
fn protobuf_over_http_is_kept_with_its_headers() {
    let receiver = OtlpReceiver::start();
    let headers = [("content-type", PROTOBUF), ("x-token", "abc")];
    let response = post(&receiver, "/v1/traces", &headers, &message("a").encode_to_vec());
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
        (200, PROTOBUF.as_bytes())
    );
    assert_eq!(response.body(), &ExportTraceServiceResponse::default().encode_to_vec());

    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("one request, not {requests:?}") };
    assert_eq!((request.protocol, request.accepted), (Protocol::HttpProtobuf, true));
    assert_eq!(request.message, Message::Traces(message("a")));
    assert_eq!(request.header("x-token"), Some("abc"));
    assert_eq!(names(&receiver), ["a"]);
}

#[test]
fn every_specified_form_of_json_is_read() {
    let receiver = OtlpReceiver::start();
    let body = br#"{"resourceSpans":[{"resource":null,"scopeSpans":[{"spans":[{
        "traceId":"4BF92F3577B34DA6A3CE929D0E0E4736","spanId":"00f067aa0ba902b7","name":"a","kind":3,"unknown":[1],
        "startTimeUnixNano":"1000000000000000001","endTimeUnixNano":1000000000000000002,
        "attributes":[{"key":"n","value":{"intValue":"7"}},{"key":"m","value":{"intValue":8}}]}]}]}]}"#;
    let response =
        post(&receiver, "/v1/traces", &[("content-type", "application/json; charset=utf-8")], body);
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
        (200, JSON.as_bytes())
    );
    assert_eq!(response.body(), b"{}");

    assert_eq!(receiver.requests()[0].protocol, Protocol::HttpJson);
    let spans = receiver.spans();
    crate::assert_tree(&spans, crate::span("a").client().root().attr("n", 7).attr("m", 8));
    assert_eq!(spans[0].trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(spans[0].duration(), Duration::from_nanos(1));
}

#[test]
fn gzip_is_decoded_whatever_the_encoding_inside() {
    let receiver = OtlpReceiver::start();
    let json = receiver_json("b");
    for (content_type, body) in
        [(PROTOBUF, message("a").encode_to_vec()), (JSON, json.into_bytes())]
    {
        let headers = [("content-type", content_type), ("content-encoding", "gzip")];
        assert_eq!(post(&receiver, "/v1/traces", &headers, &gzip(&body)).status(), 200);
    }
    assert_eq!(names(&receiver), ["a", "b"]);
}

fn receiver_json(name: &str) -> String {
    Message::Traces(message(name)).to_json()
}

#[test]
fn messages_larger_than_collectors_take_are_refused() {
    let receiver = OtlpReceiver::start();
    let (by_grpc, by_http) = ("x".repeat((4 << 20) + 1), "x".repeat((20 << 20) + 1));
    let error = runtime().block_on(async {
        grpc_client(&receiver).await.export(message(&by_grpc)).await.unwrap_err()
    });
    assert_eq!(error.code(), tonic::Code::ResourceExhausted);
    assert!(error.message().contains("larger than max"), "{error}");
    assert_eq!(post_spans(&receiver, &by_http).status(), 413);
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    let zipped = gzip(&message(&by_http).encode_to_vec());
    assert_eq!(post(&receiver, "/v1/traces", &headers, &zipped).status(), 413);
    assert!(names(&receiver).is_empty());
}

#[test]
fn message_limits_can_be_chosen() {
    let receiver = OtlpReceiver::builder()
        .with_grpc_message_limit(100)
        .with_http_message_limit(200)
        .start()
        .unwrap();
    let name = "x".repeat(100);
    assert_eq!(post_spans(&receiver, &name).status(), 200);
    assert_eq!(post_spans(&receiver, &"x".repeat(200)).status(), 413);
    runtime().block_on(async {
        let mut client = grpc_client(&receiver).await;
        client.export(message("small")).await.unwrap();
        client.export(message(&name)).await.unwrap_err();
    });
    assert_eq!(names(&receiver), [name, "small".to_owned()]);
}

#[test]
fn invalid_spans_are_refused_over_each_protocol() {
    let valid = || Span { trace_id: vec![1; 16], span_id: vec![2; 8], ..Default::default() };
    let link = |trace_id, span_id| trace::span::Link { trace_id, span_id, ..Default::default() };
    let receiver = OtlpReceiver::start();
    for (problem, span) in [
        ("trace id has 15 bytes", Span { trace_id: vec![1; 15], ..valid() }),
        ("trace id is all zeros", Span { trace_id: vec![0; 16], ..valid() }),
        ("span id has 0 bytes", Span { span_id: Vec::new(), ..valid() }),
        ("parent's span id has 16 bytes", Span { parent_span_id: vec![1; 16], ..valid() }),
        ("link's trace id", Span { links: vec![link(vec![1; 8], vec![1; 8])], ..valid() }),
        ("link's span id", Span { links: vec![link(vec![1; 16], vec![1; 16])], ..valid() }),
        ("ends before it starts", Span { start_time_unix_nano: 1, ..valid() }),
    ] {
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..Default::default() }];
        let message = ExportTraceServiceRequest { resource_spans };
        let body = message.encode_to_vec();
        let response = post(&receiver, "/v1/traces", &[("content-type", PROTOBUF)], &body);
        assert_eq!(response.status(), 400, "{problem}");
        let error = runtime()
            .block_on(async { grpc_client(&receiver).await.export(message).await.unwrap_err() });
        assert_eq!(error.code(), tonic::Code::InvalidArgument, "{problem}");
        let failures = receiver.received().failures().to_vec();
        assert!(failures.iter().rev().take(2).all(|it| it.contains(problem)), "{failures:?}");
    }
    assert!(names(&receiver).is_empty());
}

#[test]
fn json_values_that_are_null_are_refused() {
    let receiver = OtlpReceiver::start();
    for value in [
        json!({ "doubleValue": null }),
        json!({ "arrayValue": { "values": [null] } }),
        json!({ "arrayValue": { "values": [{ "stringValue": null }] } }),
    ] {
        let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
            "traceId": "01".repeat(16), "spanId": "02".repeat(8), "name": "a",
            "attributes": [{ "key": "k", "value": value }],
        }] }] }] });
        let headers = [("content-type", JSON)];
        let response = post(&receiver, "/v1/traces", &headers, body.to_string().as_bytes());
        assert_eq!(response.status(), 400, "{body}");
    }
    assert!(names(&receiver).is_empty());
}

#[test]
fn what_is_no_export_is_refused() {
    let receiver = OtlpReceiver::start();
    let good = message("a").encode_to_vec();
    for (path, headers, body, status, failure) in [
        (
            "/v1/traces",
            vec![("content-type", PROTOBUF)],
            b"\xff\xff".as_slice(),
            400,
            "body does not decode",
        ),
        ("/v1/traces", vec![("content-type", JSON)], b"{", 400, "body does not decode"),
        (
            "/v1/traces",
            vec![("content-type", "text/plain")],
            &good,
            415,
            "content type \"text/plain\"",
        ),
        (
            "/v1/traces",
            vec![("content-type", PROTOBUF), ("content-encoding", "gzip")],
            &good,
            400,
            "body is no gzip",
        ),
        (
            "/v1/traces",
            vec![("content-type", PROTOBUF), ("content-encoding", "br")],
            &good,
            415,
            "encoding \"br\"",
        ),
        ("/v1/spans", vec![("content-type", PROTOBUF)], &good, 404, "no signal \"spans\""),
        ("/v1/traces/v1/traces", vec![("content-type", PROTOBUF)], &good, 404, "no such path"),
    ] {
        assert_eq!(post(&receiver, path, &headers, body).status(), status, "{path} {headers:?}");
        let failures = receiver.received().failures().to_vec();
        let last = failures.last().unwrap();
        assert!(last.contains(path) && last.contains(failure), "{last}");
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn it_answers_what_it_is_told_over_http() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(Reply::status(400));
    receiver.respond_once(Reply::status(503).with_retry_after(Duration::from_millis(1200)));
    receiver.respond_once(Reply::partial_success(1, "too long"));

    let response = post_spans(&receiver, "refused");
    assert_eq!(
        (response.status().as_u16(), response.headers()["retry-after"].as_bytes()),
        (503, b"2".as_slice())
    );
    let status = tonic_types::Status::decode(response.body().as_slice()).unwrap();
    assert_eq!(status.message, "set to answer 503");

    let response = post_spans(&receiver, "partly");
    assert_eq!(response.status(), 200);
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "too long".into() };
    assert_eq!(
        ExportTraceServiceResponse::decode(response.body().as_slice()).unwrap().partial_success,
        Some(partial)
    );

    for _ in 0..2 {
        assert_eq!(post_spans(&receiver, "refused").status(), 400);
    }
    assert_eq!(names(&receiver), ["partly"]);
    let accepted: Vec<_> = receiver.requests().iter().map(|it| it.accepted).collect();
    assert_eq!(accepted, [false, true, false, false]);
    assert!(receiver.export_text().contains("refused"));
}

#[test]
fn json_is_answered_in_json() {
    let receiver = OtlpReceiver::start();
    receiver.respond_once(Reply::status(429));
    receiver.respond_once(Reply::partial_success(3, "no"));
    let send = |path: &str, body: &str| {
        let response = post(&receiver, path, &[("content-type", JSON)], body.as_bytes());
        (response.status().as_u16(), serde_json::from_slice::<Value>(response.body()).unwrap())
    };
    assert_eq!(send("/v1/traces", "{}"), (429, json!({"message": "set to answer 429"})));
    let partial = json!({"partialSuccess": {"errorMessage": "no", "rejectedDataPoints": "3"}});
    assert_eq!(send("/v1/metrics", r#"{"resourceMetrics":[]}"#), (200, partial));
    assert_eq!(send("/v1/logs", r#"{"resourceLogs":[]}"#), (200, json!({})));
}

fn runtime() -> runtime::Runtime {
    runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn it_answers_what_it_is_told_over_grpc() {
    let receiver = OtlpReceiver::start();
    let mut client = grpc_client(&receiver).await;
    for (status, code) in [
        (400, tonic::Code::InvalidArgument),
        (401, tonic::Code::Unauthenticated),
        (429, tonic::Code::ResourceExhausted),
        (503, tonic::Code::Unavailable),
        (500, tonic::Code::Internal),
    ] {
        receiver.respond_once(Reply::status(status).with_retry_after(Duration::from_secs(3)));
        let error = client.export(message("refused")).await.unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (code, format!("set to answer {status}").as_str())
        );
        let retry = error.get_error_details().retry_info().and_then(|it| it.retry_delay);
        assert_eq!(retry, Some(Duration::from_secs(3)));
    }
    receiver.respond_once(Reply::partial_success(1, "too long"));
    let mut request = tonic::Request::new(message("a"));
    request.metadata_mut().insert("x-token", "abc".parse().unwrap());
    let partial = client.export(request).await.unwrap().into_inner().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (1, "too long"));

    let requests = receiver.requests();
    let last = requests.last().unwrap();
    assert_eq!(
        (last.protocol, last.header("x-token"), last.accepted),
        (Protocol::Grpc, Some("abc"), true)
    );
    assert_eq!(last.message, Message::Traces(message("a")));
    assert_eq!(names(&receiver), ["a"]);
}

#[tokio::test]
async fn waiting_ends_with_the_request_that_fulfils_the_condition() {
    let receiver = OtlpReceiver::start();
    let mut client = grpc_client(&receiver).await;
    let export = async {
        for name in ["a", "b"] {
            client.export(message(name)).await.unwrap();
        }
    };
    let (received, ()) = tokio::join!(receiver.wait_for(|it| it.spans().len() == 2, SOON), export);
    assert_eq!(received.unwrap().spans().len(), 2);
}

/// A paused clock jumps ahead whenever the runtime idles, which must not cut a wait short.
#[tokio::test(start_paused = true)]
async fn waiting_works_with_a_paused_clock() {
    let receiver = Arc::new(OtlpReceiver::start());
    let sender = Arc::clone(&receiver);
    let (go, gone) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        gone.recv().unwrap();
        post_spans(&sender, "a").status()
    });
    let mut go = Some(go);
    let received = receiver.wait_for(
        |it| {
            if let Some(go) = go.take() {
                go.send(()).unwrap();
            }
            !it.spans().is_empty()
        },
        SOON,
    );
    assert_eq!(received.await.unwrap().spans().len(), 1);
    assert_eq!(thread.join().unwrap(), 200);
}

#[test]
fn waiting_in_vain_says_what_came_instead() {
    let receiver = OtlpReceiver::start();
    post_spans(&receiver, "a");
    receiver.respond_with(Reply::status(500));
    post_spans(&receiver, "b");
    post(&receiver, "/nowhere", &[], b"");
    let began = Instant::now();
    let error = receiver
        .wait_for_blocking(|it| it.spans().len() == 2, Duration::from_millis(50))
        .unwrap_err();
    assert!(began.elapsed() >= Duration::from_millis(50));
    let text = "what was waited for did not arrive in time; received:
2 requests (1 refused): 1 spans, 0 metric points, 0 log records
failure: POST /nowhere: no such path
[INTERNAL] a";
    assert_eq!((error.to_string().as_str(), format!("{error:?}").as_str()), (text, text));
    assert_eq!(error.received().spans().len(), 1);
}

#[test]
fn late_answers_do_not_delay_the_request() {
    let receiver = OtlpReceiver::start();
    receiver.respond_once(Reply::accept().with_delay(Duration::from_millis(200)));
    let began = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn(|| (post_spans(&receiver, "a").status(), began.elapsed()));
        receiver.wait_for_blocking(|it| it.spans().len() == 1, SOON).unwrap();
        let (status, took) = sender.join().unwrap();
        assert_eq!(status, 200);
        assert!(took >= Duration::from_millis(200), "{took:?}");
    });
}

#[test]
fn a_hung_request_ends_with_the_receiver() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(Reply::hang());
    let mut stream = TcpStream::connect(receiver.http).unwrap();
    let body = message("a").encode_to_vec();
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {PROTOBUF}\r\ncontent-length: \
         {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    let received = receiver.wait_for_blocking(|it| it.requests().len() == 1, SOON).unwrap();
    assert!(!received.requests()[0].accepted && received.spans().is_empty());

    let (grpc, http) = (receiver.grpc, receiver.http);
    receiver.stop();
    assert!(TcpStream::connect(grpc).is_err() && TcpStream::connect(http).is_err());
    let mut answer = String::new();
    io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

#[tokio::test]
async fn dropping_it_closes_its_ports() {
    let receiver = OtlpReceiver::start();
    let mut client = grpc_client(&receiver).await;
    client.export(message("a")).await.unwrap();
    // The servers hold the sending side of this channel: it closes when both are gone.
    let mut arrivals = receiver.shared.arrivals();
    drop(receiver);
    let closed =
        tokio::time::timeout(SOON, async { while arrivals.changed().await.is_ok() {} }).await;
    assert!(closed.is_ok() && client.export(message("b")).await.is_err());
}

#[test]
fn a_reset_forgets() {
    let receiver = OtlpReceiver::start();
    post_spans(&receiver, "a");
    receiver.reset();
    post_spans(&receiver, "b");
    assert_eq!(names(&receiver), ["b"]);
}

#[test]
fn what_was_received_can_be_asked_for_over_http() {
    let receiver = OtlpReceiver::start();
    post_spans(&receiver, "a");
    post_spans(&receiver, "b");
    let counts: Value = serde_json::from_str(&get(&receiver, "/received")).unwrap();
    assert_eq!(counts, json!({"failures": [], "logs": 0, "points": 0, "requests": 2, "spans": 2}));
    let lines = format!("{}\n{}\n", receiver_json("a"), receiver_json("b"));
    assert_eq!(get(&receiver, "/received/traces"), lines);
    assert_eq!(get(&receiver, "/received/logs"), "");
}

#[test]
fn accepted_requests_are_on_disk_before_they_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new");
    let receiver = OtlpReceiver::builder().with_output(&out).start().unwrap();
    receiver.respond_once(Reply::status(503));
    for name in ["refused", "a", "b"] {
        post_spans(&receiver, name);
    }
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("traces.jsonl"), format!("{}\n{}\n", receiver_json("a"), receiver_json("b")));
    assert_eq!((read("metrics.jsonl").as_str(), read("logs.jsonl").as_str()), ("", ""));

    let again = OtlpReceiver::builder().with_output(&out).start().unwrap();
    assert_eq!(read("traces.jsonl"), "");
    drop(again);
    let file = out.join("traces.jsonl");
    assert!(OtlpReceiver::builder().with_output(file).start().is_err());
    let taken = receiver.http.port();
    assert!(OtlpReceiver::builder().with_http_port(taken).start().is_err());
}
