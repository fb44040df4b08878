//! OTLP over HTTP: a blocking client, which none of the instrumented libraries is.
//!
//! `ureq` is used because it blocks on the caller's thread and because none of the instrumented
//! libraries is below it, so an export is never traced as a request. The client is given no
//! freedom: no proxy from variables, no redirects, no status as an error. What a status means is
//! decided in `refusal`, by the specification of OTLP, and what a failure without a response means
//! in `no_response`.

mod resolve;
#[cfg(feature = "tls")]
mod tls;

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression as GzipLevel;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use opentelemetry::Context;
use ureq::unversioned::transport::DefaultConnector;

use self::resolve::HttpResolver;
use super::headers::{configured_headers, user_agent};
use super::request::Encoding;
use super::response;
use super::transport::{Failure, FailureKind, MAY_BE_TOO_LARGE, Transport};
use crate::config::{Compression, OtlpSettings};

/// Sends export requests with `ureq`.
pub(super) struct HttpTransport {
    /// Keeps connections open between requests.
    agent: ureq::Agent,
    /// Complete: the path of the signal is part of it.
    uri: Uri,
    /// All headers of each request. Those of the settings come last.
    headers: HeaderMap,
    /// Whether `compress` compresses. The header `content-encoding` says the same.
    gzip: bool,
    /// The response of an OTLP endpoint has a few bytes. This bounds what another one can make us
    /// hold.
    most_of_response: u64,
}

impl HttpTransport {
    /// Connects nothing yet. Fails with the reason if the endpoint is not a URL, or TLS cannot be
    /// configured, or this build has none.
    /// TLS is configured for `https` only. The proxy is that of the settings, or none.
    pub(super) fn new(settings: &OtlpSettings, encoding: Encoding) -> Result<Self, String> {
        let endpoint = &settings.endpoint.value;
        let uri: Uri = endpoint.url.parse().map_err(|_| "the endpoint is not a URL".to_owned())?;
        #[allow(unused_mut)]
        let mut config = ureq::Agent::config_builder()
            // Set even if there is none, because otherwise the client reads variables itself.
            .proxy(settings.proxy.value.clone())
            // A redirected POST would lose its body, or carry our headers to somebody else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false);
        if uri.scheme_str() == Some("https") {
            #[cfg(feature = "tls")]
            {
                config = config.tls_config(tls::config(&settings.tls.value)?);
            }
            #[cfg(not(feature = "tls"))]
            return Err(super::NO_TLS.to_owned());
        }
        let gzip = settings.compression.value == Some(Compression::Gzip);
        let mut headers = HeaderMap::new();
        let content_type = match encoding {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.insert(USER_AGENT, user_agent());
        headers.extend(configured_headers(settings));
        let connector = DefaultConnector::default();
        let agent = ureq::Agent::with_parts(config.build(), connector, HttpResolver);
        let most_of_response = settings.max_response_size.value as u64;
        Ok(Self { agent, uri, headers, gzip, most_of_response })
    }

    /// Sends `body` once and reads the whole response. `timeout` covers everything, from the
    /// resolution of the name to the last byte of the response. A response that is longer
    /// than the settings allow is an error.
    fn exchange(
        &self,
        body: &[u8],
        timeout: Duration,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), ureq::Error> {
        let mut request = Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let configured =
            self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        let response: Response<ureq::Body> = self.agent.run(configured)?;
        let (parts, body) = response.into_parts();
        let body = body.into_with_config().limit(self.most_of_response).read_to_vec()?;
        Ok((parts.status, parts.headers, body))
    }
}

/// Sends `body` once, as JSON, the way that `settings` describe, and returns the status of the
/// answer. The error is a reason to show.
///
/// It does not retry and does not count as an export. A status that is no success is no error here.
pub(crate) fn post_json(
    settings: &OtlpSettings,
    body: &[u8],
    timeout: Duration,
) -> Result<StatusCode, String> {
    let transport = HttpTransport::new(settings, Encoding::Json)?;
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let exchanged = transport.exchange(body, timeout);
    let size = body.len();
    let (status, ..) = exchanged.map_err(|error| no_response(error, timeout, size).reason)?;
    Ok(status)
}

/// A client for services of the platform, which are next to this machine: without a proxy, and
/// without redirects.
/// It reads no variables. Its timeouts are the caller's to set.
pub(crate) fn platform_agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false);
    ureq::Agent::with_parts(config.build(), DefaultConnector::default(), HttpResolver)
}

impl Transport for HttpTransport {
    /// The result is sent as it is with each attempt.
    /// Level 6 of gzip, which is the default of the library. Without gzip the bytes are passed on.
    fn compress(&self, body: Vec<u8>) -> Result<Bytes, String> {
        if !self.gzip {
            return Ok(body.into());
        }
        let mut encoder = GzEncoder::new(Vec::new(), GzipLevel::default());
        let compressed = encoder.write_all(&body).and_then(|()| encoder.finish());
        compressed.map(Bytes::from).map_err(|error| format!("cannot be compressed: {error}"))
    }

    /// One attempt. A success has the body of the response, whatever the status of success is.
    fn send(&self, body: Bytes, timeout: Duration) -> Result<Bytes, Failure> {
        // The SDK's threads suppress telemetry already. Other threads that export must do so too.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let (status, headers, response) = self
            .exchange(&body, timeout)
            .map_err(|error| no_response(error, timeout, body.len()))?;
        match status.is_success() {
            true => Ok(response.into()),
            false => Err(refusal(status, &headers, &response)),
        }
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and paths may be secret.
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// A failure without a response. It may pass, unless the endpoint is not one.
/// `size` is that of the body as it was sent. What is unknown is permanent, because a retry of what
/// can never succeed only fills the queue.
/// Errors of input and output may pass, except for invalid data, which is what TLS errors are. A
/// name that is not found and a connection that fails may pass as well.
fn no_response(error: ureq::Error, timeout: Duration, size: usize) -> Failure {
    let retryable = FailureKind::Retryable { after: None };
    match error {
        ureq::Error::Timeout(_) => Failure::timeout(timeout),
        ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => Failure::timeout(timeout),
        ureq::Error::Io(error) => {
            let kind = match error.kind() {
                // A certificate that is not trusted stays so.
                ErrorKind::InvalidData => FailureKind::Permanent,
                // A server that refuses a large body answers at once and closes the connection, so
                // that its answer is lost while the rest is still being sent.
                ErrorKind::BrokenPipe
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                    if size >= MAY_BE_TOO_LARGE =>
                {
                    FailureKind::TooLarge
                }
                _ => retryable,
            };
            Failure::new(kind, "connection_error", error.to_string())
        }
        ureq::Error::BodyExceedsLimit(limit) => {
            let reason = format!("the response has more than {limit} bytes");
            Failure::new(FailureKind::Permanent, "response_too_large", reason)
        }
        error @ (ureq::Error::HostNotFound | ureq::Error::ConnectionFailed) => {
            Failure::new(retryable, "connection_error", error.to_string())
        }
        error => Failure::new(FailureKind::Permanent, "_OTHER", error.to_string()),
    }
}

/// What the status and the words of a response mean.
/// Redirects count as refusals, since following them is turned off. The reason has the words of the
/// server, if it gave any.
/// Which statuses are retried is fixed by OTLP. The `error.type` is the status.
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let kind = match status.as_u16() {
        413 => FailureKind::TooLarge,
        429 | 502 | 503 | 504 => FailureKind::Retryable { after: retry_after(headers) },
        _ => FailureKind::Permanent,
    };
    let mut reason = status.to_string();
    if status.is_redirection() {
        reason.push_str(": redirects are not followed");
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let message = response::failure_message(content_type.unwrap_or_default(), body);
    if !message.trim().is_empty() {
        reason.push_str(": ");
        reason.push_str(&message);
    }
    Failure::new(kind, status.as_str().to_owned(), reason)
}

/// The delay that a server asks for, in seconds or as a date.
/// A date in the past is no delay. What is neither is ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok()?;
            Some(date.duration_since(SystemTime::now()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests;
