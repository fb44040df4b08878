//! What the calls of one client share: where they are recorded, and how.

use std::sync::Arc;

use opentelemetry::Context;
use otelier_instrument::kit::FieldList;
use otelier_instrument::semconv::aws::{AwsClient, AwsOptions, AwsRequest};
use otelier_instrument::{Providers, catch_panic, integration};

use super::call::{CallRecording, RecordedCall};
use super::fields::{PropagationFields, is_xray};

/// Records the calls of one client, and the messages that it receives.
///
/// A clone is the same recorder. See the [module](super) for an example.
#[derive(Clone, Debug)]
pub struct AwsRecorder {
    /// Starts operations, and knows the propagator.
    client: AwsClient,
    /// Shared by the clones, so that the calls of all of them count as in progress.
    calls: Arc<CallRecording>,
}

impl AwsRecorder {
    /// Records for `providers`, with `options`.
    #[must_use]
    pub fn new(providers: Providers, options: AwsOptions) -> Self {
        Self {
            client: AwsClient::new(integration!("aws"), providers.clone(), options),
            calls: Arc::new(CallRecording::new(providers, options)),
        }
    }

    /// Whether any signal is enabled. If not, there is no need to describe a call.
    #[must_use]
    pub fn enabled(&self) -> bool {
        catch_panic(|| self.client.enabled()).unwrap_or_default()
    }

    /// Starts a call as a child of the current context. `None` if no signal is enabled.
    #[must_use]
    pub fn start(&self, request: &AwsRequest<'_>) -> Option<RecordedCall> {
        let operation = catch_panic(|| self.client.start(request))?;
        operation.is_recording().then(|| RecordedCall::new(operation, &self.calls))
    }

    /// The fields in which context travels.
    #[must_use]
    pub fn propagation_fields(&self) -> PropagationFields<'_> {
        PropagationFields::new(&self.client)
    }

    /// `cx` as fields for a carrier. `None` if integrations are switched off or if the propagator
    /// panics: a part of a context may be worse than none.
    #[must_use]
    pub fn context_fields(&self, cx: &Context) -> Option<FieldList> {
        catch_panic(|| self.client.context_fields(cx)).flatten()
    }

    /// The value of the header `X-Amzn-Trace-Id` to add to a request in `cx`. `None` if the request
    /// has one already, which is never replaced, or if the propagator does not write it.
    #[must_use]
    pub fn trace_header(&self, cx: &Context, has_own: bool) -> Option<String> {
        if has_own || !self.propagation_fields().has_xray() {
            return None;
        }
        let fields = self.context_fields(cx)?;
        let header = fields.iter().find(|(name, _)| is_xray(name));
        header.map(|(_, value)| value.to_owned())
    }

    /// Whether any call is being recorded at the moment.
    #[must_use]
    pub fn has_recorded_calls(&self) -> bool {
        self.calls.is_any_in_progress()
    }
}
