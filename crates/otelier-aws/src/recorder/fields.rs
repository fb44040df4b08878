//! The fields in which the propagator carries context, and which of them a message can carry.
//!
//! The propagator is the user's and may have any fields: `traceparent`, `baggage`, those of other
//! formats. The X-Ray header is set apart everywhere, because AWS has a place for it that does not
//! count as an attribute of a message.

use otelier_instrument::semconv::aws::AwsClient;

/// The field that AWS services carry themselves: in a header of the request, and in a system
/// attribute of the message.
pub const XRAY_HEADER: &str = "X-Amzn-Trace-Id";

/// The names in which SQS returns every attribute of a message.
const ALL: [&str; 2] = ["All", ".*"];

/// The system attribute of SQS that holds the X-Ray header.
const TRACE_HEADER_ATTRIBUTE: &str = "AWSTraceHeader";

/// The fields that the configured propagator reads and writes.
///
/// None if integrations are switched off or if the propagator panics.
#[derive(Clone, Copy, Debug)]
pub struct PropagationFields<'a>(&'a AwsClient);

impl<'a> PropagationFields<'a> {
    pub(super) fn new(client: &'a AwsClient) -> Self {
        Self(client)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.0.any_propagation_field(|_| true)
    }

    /// Whether `name`, in any case, is one of them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.any_propagation_field(|field| field.eq_ignore_ascii_case(name))
    }

    /// Whether the X-Ray header is one of them.
    #[must_use]
    pub fn has_xray(&self) -> bool {
        self.0.any_propagation_field(is_xray)
    }

    /// Whether any of them becomes an ordinary attribute of a message.
    pub(super) fn any_for_message(&self) -> bool {
        self.0.any_propagation_field(|field| !is_xray(field))
    }

    /// The message attributes that a poll must request in addition to those in `requested`.
    #[must_use]
    pub fn missing_from(&self, requested: &[String]) -> Vec<String> {
        let mut missing = Vec::new();
        if requested.iter().any(|name| ALL.contains(&name.as_str())) {
            return missing;
        }
        let _ = self.0.any_propagation_field(|field| {
            if !is_xray(field) && !requested.iter().any(|name| name == field) {
                missing.push(field.to_owned());
            }
            false
        });
        missing
    }

    /// Whether a poll must request the system attribute `AWSTraceHeader` in addition to those in
    /// `requested`.
    #[must_use]
    pub fn lacks_trace_header<'n>(&self, requested: impl IntoIterator<Item = &'n str>) -> bool {
        self.has_xray()
            && !requested.into_iter().any(|name| name == TRACE_HEADER_ATTRIBUTE || name == "All")
    }
}

/// `field` is compared in any case, as HTTP compares the names of headers.
pub(super) fn is_xray(field: &str) -> bool {
    field.eq_ignore_ascii_case(XRAY_HEADER)
}
