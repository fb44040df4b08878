//! The choices that a user makes about a client's telemetry.

use otelier_instrument::semconv::aws::{AttemptRecording, AwsOptions};
use otelier_instrument::{Providers, provider_setters};

use crate::recorder::AwsRecorder;

use super::interceptor::OtelInterceptor;

impl OtelInterceptor {
    /// An interceptor with the process-wide settings and the global providers.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A builder, to choose providers and what is recorded.
    pub fn builder() -> OtelInterceptorBuilder {
        OtelInterceptorBuilder::default()
    }
}

impl Default for OtelInterceptor {
    fn default() -> Self {
        Self::new()
    }
}

/// Builds an [`OtelInterceptor`]; made by [`OtelInterceptor::builder`].
///
/// What is not chosen is taken from the process-wide settings, and providers from
/// [`opentelemetry::global`].
///
/// # Example
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # fn example(sdk_config: &aws_types::SdkConfig) {
/// use otelier::aws::{AttemptRecording, OtelInterceptor};
///
/// let interceptor = OtelInterceptor::builder()
///     .with_attempts(AttemptRecording::None)
///     .with_filtered_empty_polls(false)
///     .build();
/// let sqs = otelier::aws::client!(aws_sdk_sqs, sdk_config, interceptor);
/// # let _: aws_sdk_sqs::Client = sqs;
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelInterceptorBuilder {
    providers: Providers,
    /// A field of it that is `None` leaves that choice to the process-wide settings.
    options: AwsOptions,
}

impl OtelInterceptorBuilder {
    provider_setters!(propagator);

    /// Chooses how the attempts of a call are recorded. Events by default.
    pub fn with_attempts(mut self, attempts: AttemptRecording) -> Self {
        self.options.attempts = attempts;
        self
    }

    /// Chooses whether an empty poll of a queue makes no span. `true` by default; in the
    /// environment `OTELIER_AUTO_FILTER_EMPTY_SQS`.
    ///
    /// A poll that its caller drops before the response comes, as a consumer does that stops,
    /// counts as empty. A poll that fails, times out or was retried makes a span either way.
    ///
    /// A span that was started cannot be removed. So with `true` the span of a poll is created at
    /// its end, and the current span inside the call is the caller's, not the poll's.
    pub fn with_filtered_empty_polls(mut self, filtered: bool) -> Self {
        self.options.filter_empty_polls = Some(filtered);
        self
    }

    /// Records the bodies of messages that are sent, published and processed as
    /// `messaging.message.body`: masked, and cut to the limit of attribute values. Those of a batch
    /// are a JSON array. Off by default; in the environment `OTELIER_CAPTURE_PAYLOADS`.
    pub fn with_payload_capture(mut self, enabled: bool) -> Self {
        self.options.capture_payloads = Some(enabled);
        self
    }

    /// Builds the interceptor.
    #[must_use]
    pub fn build(self) -> OtelInterceptor {
        let recorder = AwsRecorder::new(self.providers, self.options);
        OtelInterceptor::from_recorder(recorder)
    }
}
