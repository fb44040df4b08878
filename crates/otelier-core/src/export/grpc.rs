//! What gRPC needs and HTTP does not: a small tokio runtime of our own, and headers as metadata.

use std::sync::Arc;

use opentelemetry::Context;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};
use tonic::{Request, Status};

use super::http::{configured_headers, user_agent};
use crate::config::{OtlpSettings, TlsSettings};

/// A current-thread runtime on a thread of ours, for the connections of the gRPC exporters.
///
/// The user's runtime would not do: it may be blocked in the very call that flushes, or gone before we are. The thread
/// makes no telemetry, so that connections are not traced. Dropping this ends it, without waiting.
#[derive(Debug)]
pub(crate) struct ExportRuntime {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl ExportRuntime {
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new().name("otelier-grpc".to_owned()).spawn(move || {
            super::own_thread::mark();
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            // Nothing is ever sent: that the sender is dropped is the signal.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { handle, _stop: stop })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Replaces the metadata of a request with our own.
///
/// The exporter adds the headers of the process environment whatever code says, so nothing of it is kept but its name.
pub(super) fn headers(
    settings: &OtlpSettings,
) -> impl FnMut(Request<()>) -> Result<Request<()>, Status> + Clone + use<> {
    let headers = Arc::new(configured_headers(settings));
    move |mut request: Request<()>| {
        let exporter = std::mem::take(request.metadata_mut()).into_headers();
        let mut map = http::HeaderMap::with_capacity(headers.len() + 1);
        map.insert(http::header::USER_AGENT, user_agent(exporter.get(http::header::USER_AGENT)));
        map.extend((*headers).clone());
        *request.metadata_mut() = MetadataMap::from_headers(map);
        Ok(request)
    }
}

/// TLS with the built-in certificate authorities unless the settings have others.
pub(super) fn tls(settings: &TlsSettings) -> ClientTlsConfig {
    let mut config = match &settings.authorities {
        Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
        None => ClientTlsConfig::new().with_enabled_roots(),
    };
    if let Some((certificate, key)) = &settings.identity {
        config = config.identity(Identity::from_pem(certificate, key));
    }
    config
}
