//! What users add to the telemetry of a request, and to its response.

use std::fmt;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response, request, response};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanContext;
use otelier_instrument::catch_panic;

use crate::recorder::ServedRequest;

type FromRequest = Arc<dyn Fn(&request::Parts) -> Vec<KeyValue> + Send + Sync>;
type FromResponse = Arc<dyn Fn(&response::Parts) -> Vec<KeyValue> + Send + Sync>;

/// What is called for each request that is recorded. A panic in it is caught.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) span_from_request: Option<FromRequest>,
    pub(crate) span_from_response: Option<FromResponse>,
    pub(crate) metrics_from_request: Option<FromRequest>,
    pub(crate) metrics_from_response: Option<FromResponse>,
    pub(crate) trace_header: Option<HeaderName>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("trace_header", &self.trace_header).finish_non_exhaustive()
    }
}

impl Hooks {
    /// Shares them, if there are any.
    pub(crate) fn shared(self) -> Option<Arc<Self>> {
        let is_any = self.span_from_request.is_some()
            || self.span_from_response.is_some()
            || self.metrics_from_request.is_some()
            || self.metrics_from_response.is_some()
            || self.trace_header.is_some();
        is_any.then(|| Arc::new(self))
    }

    pub(crate) fn on_request(&self, parts: &request::Parts, served: &mut ServedRequest) {
        if !served.is_recording() {
            return;
        }
        let attributes = |hook: &Option<FromRequest>| {
            hook.as_ref().and_then(|hook| catch_panic(|| hook(parts))).unwrap_or_default()
        };
        served.add_span_attributes(attributes(&self.span_from_request));
        served.add_metric_attributes(attributes(&self.metrics_from_request));
    }

    pub(crate) fn on_response<B>(
        &self,
        response: Response<B>,
        served: &mut ServedRequest,
    ) -> Response<B> {
        if !served.is_recording() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let attributes = |hook: &Option<FromResponse>| {
            hook.as_ref().and_then(|hook| catch_panic(|| hook(&parts))).unwrap_or_default()
        };
        served.add_span_attributes(attributes(&self.span_from_response));
        served.add_metric_attributes(attributes(&self.metrics_from_response));
        if let Some(name) = &self.trace_header
            && !parts.headers.contains_key(name)
            && let Some(value) = header_value(name, &served.span_context())
        {
            parts.headers.insert(name.clone(), value);
        }
        Response::from_parts(parts, body)
    }
}

/// The span as a header of a response: in the format of W3C for the header that W3C has for it,
/// else the trace id alone.
fn header_value(name: &HeaderName, span: &SpanContext) -> Option<HeaderValue> {
    if !span.is_valid() {
        return None;
    }
    let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    let value = match name.as_str() {
        "traceresponse" => format!("00-{trace}-{id}-{flags:02x}"),
        _ => trace.to_string(),
    };
    HeaderValue::try_from(value).ok()
}
