//! The headers of every export request, whatever the transport.
//!
//! HTTP sends them as headers, gRPC as metadata. The exporters put the user agent in first, so that
//! a configured one replaces it.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::config::OtlpSettings;
use crate::resource::{DISTRO, VERSION};

/// Our name before that of the exporter, as the OTLP specification asks of a distribution.
pub(super) fn user_agent() -> HeaderValue {
    let text = format!("{DISTRO}/{VERSION} OTel-OTLP-Exporter-Rust/{VERSION}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(DISTRO))
}

/// The headers of the settings, and the credentials of the endpoint unless the headers have their
/// own.
/// The credentials are those of the URL, `http://user:password@host`.
pub(super) fn configured_headers(settings: &OtlpSettings) -> HeaderMap {
    let mut headers = settings.headers.value.clone();
    if let Some(authorization) = &settings.endpoint.value.authorization {
        headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
    }
    headers
}
