//! Makes the call's span the current one inside the user's HTTP client.
//!
//! An interceptor cannot do that itself: its hooks return before the request is sent. So the
//! interceptor puts the context of the call into the request as an extension, and the connector
//! attaches it to each poll of the future that sends the request. Spans and logs of the connector,
//! such as those of an instrumented `hyper`, then belong to the call.
//!
//! The checks of the configuration are passed on: a client that is wrapped accepts and refuses the
//! same configurations as the one inside it.

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

use crate::recorder::AwsRecorder;

/// The context of a call, as an extension of its request.
#[derive(Clone, Debug)]
pub(super) struct CallContext(pub(super) Context);

/// An HTTP client whose connectors run in the context of the call that a request belongs to.
#[derive(Debug)]
pub(super) struct OtelHttpClient {
    inner: SharedHttpClient,
    /// Knows whether any call is recorded, so that clients without telemetry get the bare
    /// connector.
    recorder: AwsRecorder,
}

impl OtelHttpClient {
    /// The recorder is that of the interceptor which puts the contexts into the requests.
    pub(super) fn new(inner: SharedHttpClient, recorder: AwsRecorder) -> Self {
        Self { inner, recorder }
    }
}

impl HttpClient for OtelHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        // If no call is recorded, no request has a context of ours.
        match self.recorder.has_recorded_calls() {
            true => SharedHttpConnector::new(OtelHttpConnector(inner)),
            false => inner,
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

/// A connector that takes the context of the call out of each request and runs in it. A request
/// without a context is sent as it is.
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
