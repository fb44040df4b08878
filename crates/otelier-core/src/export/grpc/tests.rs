//! What statuses mean, and connections that die without a word.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use otelier_testing::OtlpReceiver;
use tonic_types::ErrorDetails;

use super::super::request::{Encoding, ExportRequest};
use super::super::retry::Retry;
use super::super::runtime::ExporterRuntime;
use super::super::settings_of;
use super::super::shutdown::{ShutdownSignal, after};
use super::*;

fn kind(status: &Status, size: usize) -> FailureKind {
    failure(status, size).kind
}

#[test]
fn codes_say_what_can_be_done() {
    let retryable = FailureKind::Retryable { after: None };
    for (code, expected) in [
        (Code::Cancelled, retryable),
        (Code::DeadlineExceeded, retryable),
        (Code::Aborted, retryable),
        (Code::OutOfRange, retryable),
        (Code::Unavailable, retryable),
        (Code::DataLoss, retryable),
        (Code::Unknown, FailureKind::Permanent),
        (Code::InvalidArgument, FailureKind::Permanent),
        (Code::ResourceExhausted, FailureKind::Permanent),
        (Code::Unauthenticated, FailureKind::Permanent),
        (Code::Unimplemented, FailureKind::Permanent),
        (Code::Internal, FailureKind::Permanent),
    ] {
        let failure = failure(&Status::new(code, "quota"), 10);
        assert_eq!(failure.kind, expected, "{code:?}");
        assert_eq!(failure.reason, format!("{code:?}: quota"));
        assert_eq!(failure.error_type, format!("{code:?}"));
    }
}

#[test]
fn exhausted_with_a_delay_is_retryable() {
    let delay = Duration::from_secs(3);
    let details = ErrorDetails::with_retry_info(Some(delay));
    let status = Status::with_error_details(Code::ResourceExhausted, "too large", details);
    assert_eq!(kind(&status, usize::MAX), FailureKind::Retryable { after: Some(delay) });
}

#[test]
fn every_wording_of_too_large_is_known() {
    for (code, message) in [
        (Code::ResourceExhausted, "grpc: received message larger than max (5000000 vs. 4194304)"),
        (Code::ResourceExhausted, "grpc: received message after decompression larger than max"),
        (Code::ResourceExhausted, "gRPC message exceeds maximum size 4194304: 5000000"),
        (Code::ResourceExhausted, "Received message larger than max (5000000 vs 4194304)"),
        (Code::OutOfRange, "Error, decoded message length too large: found 5, the limit is: 4"),
        (Code::Unknown, "grpc-status header missing, mapped from HTTP status code 413"),
    ] {
        assert_eq!(kind(&Status::new(code, message), 10), FailureKind::TooLarge, "{message}");
    }
    for code in [Code::ResourceExhausted, Code::OutOfRange] {
        assert_eq!(kind(&Status::new(code, ""), MAY_BE_TOO_LARGE), FailureKind::TooLarge);
    }
}

#[test]
fn failures_of_the_connection_are_retryable() {
    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let status = Status::from_error(Box::new(reset));
    assert_eq!(status.code(), Code::Unknown);
    let failure = failure(&status, 10);
    assert_eq!(failure.kind, FailureKind::Retryable { after: None });
    assert_eq!(failure.reason, "connection reset");
}

fn transport(endpoint: &str, timeout: Duration) -> (GrpcTransport, ExporterRuntime) {
    let settings = settings_of(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    let runtime = ExporterRuntime::start("test").unwrap();
    let handle = runtime.handle().clone();
    (GrpcTransport::new(Signal::Traces, &settings, timeout, handle).unwrap(), runtime)
}

fn body(name: &str) -> Bytes {
    let spans = vec![Span {
        name: name.to_owned(),
        trace_id: vec![1; 16],
        span_id: vec![1; 8],
        ..Span::default()
    }];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    let request = ExportRequest::Traces(ExportTraceServiceRequest { resource_spans });
    request.encode(Encoding::Protobuf).unwrap().into()
}

fn names(receiver: &OtlpReceiver) -> Vec<String> {
    receiver.spans().into_iter().map(|span| span.name).collect()
}

/// A proxy to `target` whose connections, on request, stay open but pass nothing on. New ones
/// work.
struct DeadeningProxy {
    address: SocketAddr,
    /// Connections below this number are dead.
    dead_below: Arc<AtomicUsize>,
    /// Connections are reset instead.
    reset: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
}

impl DeadeningProxy {
    fn start(target: &str) -> Self {
        let target = target.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            dead_below: Arc::default(),
            reset: Arc::default(),
            accepted: Arc::default(),
        };
        let (dead_below, reset) = (Arc::clone(&proxy.dead_below), Arc::clone(&proxy.reset));
        let accepted = Arc::clone(&proxy.accepted);
        thread::spawn(move || {
            for client in listener.incoming() {
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                let (client, server) = (client.unwrap(), TcpStream::connect(&target).unwrap());
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    let (dead_below, reset) = (Arc::clone(&dead_below), Arc::clone(&reset));
                    thread::spawn(move || {
                        let mut buffer = [0; 4096];
                        while let Ok(read @ 1..) = from.read(&mut buffer) {
                            if number >= dead_below.load(Ordering::SeqCst) {
                                let _ = to.write_all(&buffer[..read]);
                            } else if reset.load(Ordering::SeqCst) {
                                let _ = from.shutdown(std::net::Shutdown::Both);
                                let _ = to.shutdown(std::net::Shutdown::Both);
                            }
                        }
                    });
                }
            }
        });
        proxy
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets all connections so far die.
    fn deaden(&self) {
        self.dead_below.store(self.accepted.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn dead_connections_are_found_and_replaced_in_time() {
    let receiver = OtlpReceiver::start();
    let proxy = DeadeningProxy::start(&receiver.grpc_endpoint());
    // A short timeout, so that the pings are often; the requests have more time.
    let (transport, _runtime) = transport(&proxy.endpoint(), Duration::from_secs(3));
    let retry = Retry::new(Box::new(transport), ShutdownSignal::default());
    retry.send(&body("before"), after(MINUTE)).unwrap();
    proxy.deaden();
    retry.send(&body("after"), after(MINUTE)).unwrap();
    assert_eq!(names(&receiver), ["before", "after"]);
    assert_eq!(proxy.accepted.load(Ordering::SeqCst), 2);
}

#[test]
fn a_response_that_is_too_long_is_no_reason_to_send_again() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(otelier_testing::Reply::partial_success(1, "x".repeat(200)));
    let (mut transport, _runtime) = transport(&receiver.grpc_endpoint(), MINUTE);
    transport.most_of_response = 1000;
    transport.send(body("first"), MINUTE).unwrap();
    transport.most_of_response = 100;
    let failure = transport.send(body("second"), MINUTE).unwrap_err();
    let reason = "the response has more than 100 bytes";
    assert_eq!(failure, Failure::new(FailureKind::Permanent, "response_too_large", reason));
    assert_eq!(names(&receiver), ["first", "second"]);

    // A server says the same of a request that is larger than that.
    let status = Status::new(
        Code::OutOfRange,
        "Error, decoded message length too large: found 200 bytes, the limit is: 100 bytes",
    );
    assert!(is_about_response(&status, 99, 100));
    assert!(!is_about_response(&status, 200, 100) && !is_about_response(&status, 99, 99));
    assert_eq!(kind(&status, 200), FailureKind::TooLarge);
}

/// Takes TLS connections to `name`, and passes what they carry on to `target`. Gives its address
/// and the certificate that a client has to trust.
#[cfg(feature = "tls-ring")]
fn terminate_tls(name: &str, target: &str, runtime: &Handle) -> (SocketAddr, String) {
    use tokio_rustls::rustls;

    let signed = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = signed.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let target = target.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let (client, _) = listener.accept().await.unwrap();
        let mut client = acceptor.accept(client).await.unwrap();
        let mut server = tokio::net::TcpStream::connect(target).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    (address, signed.cert.pem())
}

#[test]
#[cfg(feature = "tls-ring")]
fn lightsteps_own_address_is_reached_by_its_name_and_token() {
    let receiver = OtlpReceiver::start();
    let runtime = ExporterRuntime::start("test").unwrap();
    let name = "ingest.lightstep.com";
    let (address, pem) = terminate_tls(name, &receiver.grpc_endpoint(), runtime.handle());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let settings = settings_of(&[
        ("LS_ACCESS_TOKEN", "t0ken"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", file.path().to_str().unwrap()),
    ]);
    let handle = runtime.handle().clone();
    let mut transport = GrpcTransport::new(Signal::Traces, &settings, MINUTE, handle).unwrap();
    // Only where the connection goes is changed: not what it is for, nor who has to answer.
    assert_eq!(transport.connector.host, format!("{name}:443"));
    transport.connector.host = address.to_string();
    *transport.channel() = connect(&transport.runtime, &transport.endpoint, &transport.connector);
    transport.send(body("sent"), MINUTE).unwrap();
    assert_eq!(names(&receiver), ["sent"]);
    let requests = receiver.requests();
    assert_eq!(requests[0].header("lightstep-access-token"), Some("t0ken"));
    assert_eq!(requests[0].header("authorization"), None);
}

#[test]
fn after_a_timeout_there_is_a_new_connection() {
    let receiver = OtlpReceiver::start();
    let proxy = DeadeningProxy::start(&receiver.grpc_endpoint());
    // Pings are far between, so that nothing but the timeout finds out.
    let (transport, _runtime) = transport(&proxy.endpoint(), MINUTE * 5);
    transport.send(body("before"), MINUTE).unwrap();
    proxy.deaden();
    let timeout = Duration::from_millis(100);
    assert_eq!(transport.send(body("lost"), timeout), Err(Failure::timeout(timeout)));
    transport.send(body("after"), MINUTE).unwrap();
    assert_eq!(names(&receiver), ["before", "after"]);
}

#[test]
fn closed_connections_are_retried() {
    let receiver = OtlpReceiver::start();
    let proxy = DeadeningProxy::start(&receiver.grpc_endpoint());
    let (transport, _runtime) = transport(&proxy.endpoint(), MINUTE);
    transport.send(body("before"), MINUTE).unwrap();
    // New connections too: the client may have noticed the end of the first one already.
    proxy.reset.store(true, Ordering::SeqCst);
    proxy.dead_below.store(usize::MAX, Ordering::SeqCst);
    let failure = transport.send(body("lost"), MINUTE).unwrap_err();
    assert!(failure.is_retryable(), "{failure:?}");
    proxy.deaden();
    let retry = Retry::new(Box::new(transport), ShutdownSignal::default());
    retry.send(&body("after"), after(MINUTE)).unwrap();
    assert_eq!(names(&receiver), ["before", "after"]);
}

#[test]
fn end_of_the_runtime_ends_an_export() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(otelier_testing::Reply::hang());
    let (transport, runtime) = transport(&receiver.grpc_endpoint(), MINUTE);
    let transport = Arc::new(transport);
    let sending = Arc::clone(&transport);
    let thread = thread::spawn(move || sending.send(body("cut off"), MINUTE));
    receiver.wait_for_blocking(|it| it.requests().len() == 1, MINUTE).unwrap();
    drop(runtime);
    assert_eq!(thread.join().unwrap().unwrap_err().reason, "shut down");
    // The runtime may still be on its way out; either way nothing panics.
    assert!(transport.send(body("late"), MINUTE).is_err());
}
