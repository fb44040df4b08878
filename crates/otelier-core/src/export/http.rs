//! The HTTP client of the exporters: blocking, on the SDK's own threads, and none of the instrumented libraries.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use opentelemetry::Context;
use opentelemetry_http::{Bytes, HttpClient, HttpError, ResponseBodyTooLarge};
use ureq::tls::{ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};

use super::health::Health;
use crate::config::{OtlpSettings, TlsSettings};
use crate::resource::{DISTRO, VERSION};

/// An answer of an OTLP endpoint is a few bytes; this bounds what a wrong one can make us hold.
const MAX_RESPONSE: u64 = 4 * 1024 * 1024;

/// Sends export requests with `ureq`.
#[derive(Debug)]
pub(super) struct ExportClient {
    agent: ureq::Agent,
    /// Where to, which the exporter does not know: it logs what it knows, and a path or query may hold a token.
    uri: Uri,
    headers: HeaderMap,
    health: Arc<Health>,
}

impl ExportClient {
    pub(super) fn new(
        settings: &OtlpSettings,
        timeout: Duration,
        health: Arc<Health>,
    ) -> Result<Self, String> {
        let mut config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            // Said even if there is none, for otherwise the client reads variables of its own accord.
            .proxy(settings.proxy.value.clone())
            // A redirected POST would lose its body, or carry our headers to somebody else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false);
        if settings.tls.value != TlsSettings::default() {
            config = config.tls_config(tls(&settings.tls.value)?);
        }
        let uri = settings
            .endpoint
            .value
            .url
            .parse()
            .map_err(|_| "the endpoint is not a URL".to_owned())?;
        Ok(Self {
            agent: config.build().new_agent(),
            uri,
            headers: configured_headers(settings),
            health,
        })
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The SDK's threads suppress telemetry already; whoever else exports must not trace itself either.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let (mut parts, body) = request.into_parts();
        parts.uri = self.uri.clone();
        // The exporter adds the headers of the process environment whatever code says: only ours count.
        let exporter = std::mem::take(&mut parts.headers);
        for name in [CONTENT_TYPE, CONTENT_ENCODING] {
            if let Some(value) = exporter.get(&name) {
                parts.headers.insert(name, value.clone());
            }
        }
        parts.headers.insert(USER_AGENT, user_agent(exporter.get(USER_AGENT)));
        parts.headers.extend(self.headers.clone());
        let response = self.agent.run(Request::from_parts(parts, &body[..]))?;
        let (parts, body) = response.into_parts();
        let body =
            body.into_with_config().limit(MAX_RESPONSE).read_to_vec().map_err(
                |error| match error {
                    ureq::Error::BodyExceedsLimit(_) => {
                        HttpError::from(ResponseBodyTooLarge::new())
                    }
                    error => error.into(),
                },
            )?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

#[async_trait]
impl HttpClient for ExportClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.send(request).inspect_err(|error| self.health.note_cause(error.to_string()))
    }
}

/// Our name before that of the exporter, as the OTLP specification asks of a distribution.
pub(super) fn user_agent(exporter: Option<&HeaderValue>) -> HeaderValue {
    let exporter = exporter.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = format!("{DISTRO}/{VERSION} {exporter}");
    HeaderValue::from_str(text.trim_end()).unwrap_or(HeaderValue::from_static(DISTRO))
}

/// The headers of the settings, and the credentials of the endpoint unless the headers have their own.
pub(super) fn configured_headers(settings: &OtlpSettings) -> HeaderMap {
    let mut headers = settings.headers.value.clone();
    if let Some(authorization) = &settings.endpoint.value.authorization {
        headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
    }
    headers
}

fn tls(settings: &TlsSettings) -> Result<TlsConfig, String> {
    let mut config = TlsConfig::builder();
    if let Some(pem) = &settings.authorities {
        config = config.root_certs(RootCerts::new_with_certs(&certificates(pem)?));
    }
    if let Some((certificate, key)) = &settings.identity {
        let key =
            ureq::tls::PrivateKey::from_pem(key).map_err(|error| format!("client key: {error}"))?;
        config =
            config.client_cert(Some(ClientCert::new_with_certs(&certificates(certificate)?, key)));
    }
    Ok(config.build())
}

fn certificates(pem: &[u8]) -> Result<Vec<ureq::tls::Certificate<'static>>, String> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| format!("certificate: {error}"))?
        {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err("the file of certificates holds none".to_owned()),
        false => Ok(certificates),
    }
}
