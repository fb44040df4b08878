//! Makes the call's span the current one while the HTTP client is at work for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;

use crate::interceptor::Shared;

/// The context of a call, as an extension of its request.
#[derive(Clone, Debug)]
pub(crate) struct CallContext(pub(crate) Context);

/// An HTTP client whose connectors work in the context of the call that a request belongs to.
#[derive(Debug)]
pub(crate) struct OtelHttpClient {
    inner: SharedHttpClient,
    shared: Arc<Shared>,
}

impl OtelHttpClient {
    pub(crate) fn new(inner: SharedHttpClient, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }
}

impl HttpClient for OtelHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        // Where no call is recorded, no request has a context of ours.
        match self.shared.live_calls.load(Ordering::Relaxed) {
            0 => inner,
            _ => SharedHttpConnector::new(OtelHttpConnector(inner)),
        }
    }

    fn validate_base_client_config(
        &self,
        runtime_components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(runtime_components, cfg)
    }

    fn validate_final_config(
        &self,
        runtime_components: &RuntimeComponents,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(runtime_components, cfg)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct OtelHttpConnector(SharedHttpConnector);

impl HttpConnector for OtelHttpConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(CallContext(cx)) = request.extension().cloned() else {
            return self.0.call(request);
        };
        let future = {
            let _attached = cx.clone().attach();
            self.0.call(request)
        };
        HttpConnectorFuture::new(future.with_context(cx))
    }
}
