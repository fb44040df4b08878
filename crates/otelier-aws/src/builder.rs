//! The choices that a user makes about a client's telemetry.

use otelier_instrument::semconv::aws::{AttemptRecording, AwsOptions};
use otelier_instrument::{Providers, provider_setters};

use crate::interceptor::OtelInterceptor;

/// Builds an [`OtelInterceptor`]; made by [`OtelInterceptor::builder`].
///
/// What is not chosen here is taken from the process-wide settings, and providers from [`opentelemetry::global`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelInterceptorBuilder {
    providers: Providers,
    options: AwsOptions,
}

impl OtelInterceptorBuilder {
    provider_setters!(propagator);

    /// Chooses how the attempts that a call takes are recorded: as events by default.
    pub fn with_attempts(mut self, attempts: AttemptRecording) -> Self {
        self.options.attempts = attempts;
        self
    }

    /// Chooses whether a successful poll of a queue that brought no message leaves no span: `true` by default.
    ///
    /// Neither does one that its caller gives up while it waits for an answer, as a consumer does that stops. One that fails,
    /// times out, or was tried in vain before leaves a span either way.
    ///
    /// A span that was started cannot be taken back. So with `true` the span of a poll is made when its outcome is known,
    /// and the caller's context, not the poll's, is the current one inside the call.
    pub fn with_filtered_empty_polls(mut self, filtered: bool) -> Self {
        self.options.filter_empty_polls = Some(filtered);
        self
    }

    /// Builds the interceptor.
    #[must_use]
    pub fn build(self) -> OtelInterceptor {
        OtelInterceptor::from_parts(self.providers, self.options)
    }
}
