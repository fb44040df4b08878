//! Responses of servers that are no collectors, and what refusals mean.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use super::super::settings_of;
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn transport(endpoint: &str) -> HttpTransport {
    let settings = settings_of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);
    HttpTransport::new(&settings, Encoding::Protobuf).unwrap()
}

/// As `transport`, for responses of at most so many bytes.
fn transport_for(endpoint: &str, most_of_response: usize) -> HttpTransport {
    let mut settings = settings_of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);
    settings.max_response_size.value = most_of_response;
    HttpTransport::new(&settings, Encoding::Protobuf).unwrap()
}

/// A server that answers one request with `response`, and then counts further connections.
fn serve(response: Vec<u8>) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\nbody") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        // A client that has read enough closes the connection.
        let _ = stream.write_all(&response);
        request
    });
    (endpoint, served)
}

fn send(endpoint: &str) -> Result<Bytes, Failure> {
    transport(endpoint).send(Bytes::from_static(b"body"), MINUTE)
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let target = elsewhere.local_addr().unwrap();
    for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let response =
            format!("HTTP/1.1 {status}\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n");
        let (endpoint, served) = serve(response.into_bytes());
        let failure = send(&endpoint).unwrap_err();
        let reason = format!("{status}: redirects are not followed");
        assert_eq!((failure.kind, failure.reason), (FailureKind::Permanent, reason));
        let request = String::from_utf8(served.join().unwrap()).unwrap();
        assert!(request.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{request}");
    }
    assert!(elsewhere.accept().is_err());
}

#[test]
fn responses_have_a_bound() {
    const DEFAULT: usize = 4 * 1024 * 1024;
    for (size, most, expected) in [
        (DEFAULT - 1, None, true),
        (DEFAULT + 1, None, false),
        (99, Some(100), true),
        (101, Some(100), false),
        (DEFAULT + 1, Some(usize::MAX), true),
    ] {
        let mut response =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n").into_bytes();
        response.resize(response.len() + size, b'x');
        let (endpoint, _served) = serve(response);
        let transport = match most {
            Some(most) => transport_for(&endpoint, most),
            None => transport(&endpoint),
        };
        let result = transport.send(Bytes::from_static(b"body"), MINUTE);
        match expected {
            true => assert_eq!(result.unwrap().len(), size),
            false => assert_eq!(result.unwrap_err().error_type, "response_too_large"),
        }
    }
}

#[test]
fn broken_connections_are_retryable() {
    let (endpoint, _served) = serve(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec());
    assert!(send(&endpoint).unwrap_err().is_retryable());
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let failure = send(&closed).unwrap_err();
    assert!(failure.is_retryable() && failure.reason.contains("refused"), "{failure:?}");
}

#[test]
fn large_truncated_body_is_too_large() {
    for (size, kind) in [
        (MAY_BE_TOO_LARGE, FailureKind::TooLarge),
        (MAY_BE_TOO_LARGE - 1, FailureKind::Retryable { after: None }),
    ] {
        for error in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
            let failure = no_response(ureq::Error::Io(error.into()), MINUTE, size);
            assert_eq!(failure.kind, kind, "{error}");
        }
        let refused = ureq::Error::Io(ErrorKind::ConnectionRefused.into());
        assert!(no_response(refused, MINUTE, size).is_retryable());
    }
}

#[test]
fn silence_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let timeout = Duration::from_millis(50);
    let failure = transport(&endpoint).send(Bytes::from_static(b"body"), timeout).unwrap_err();
    assert_eq!(failure, Failure::timeout(timeout));
}

#[test]
fn refusals_say_what_can_be_done() {
    let plain = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
    let delayed = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
    let after = |after| FailureKind::Retryable { after };
    for (status, headers, kind) in [
        (400, &plain, FailureKind::Permanent),
        (401, &plain, FailureKind::Permanent),
        (500, &plain, FailureKind::Permanent),
        (413, &plain, FailureKind::TooLarge),
        (429, &plain, after(None)),
        (502, &plain, after(None)),
        (503, &delayed, after(Some(Duration::from_secs(7)))),
        (504, &plain, after(None)),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let failure = refusal(status, headers, b"why not");
        assert_eq!((failure.kind, &*failure.error_type), (kind, status.as_str()));
        assert_eq!(failure.reason, format!("{status}: why not"));
    }
    assert_eq!(refusal(StatusCode::NOT_FOUND, &plain, b"\n").reason, "404 Not Found");
}

#[test]
fn delays_may_be_dates() {
    let header = |value: &str| {
        let value = HeaderValue::from_str(value).unwrap();
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    };
    let soon = httpdate::fmt_http_date(SystemTime::now() + MINUTE);
    assert!(header(&soon).is_some_and(|delay| delay <= MINUTE && !delay.is_zero()));
    assert_eq!(header("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!((header("3"), header("later")), (Some(Duration::from_secs(3)), None));
}
