//! Reads the context that a received message carries, wherever its producer put it.
//!
//! A producer may have put it into the attributes of the message, into those of the notification
//! that SNS wrapped the message in, or into the X-Ray header. The attributes are looked at first,
//! since that costs least: a body is parsed only if they have no context. The X-Ray header counts
//! as one more field in both cases, and the propagator decides whether it reads it.

use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::TraceContextExt;
use otelier_instrument::catch_panic;
use otelier_instrument::semconv::messaging::MessageProcessor;

use super::fields::{XRAY_HEADER, is_xray};
use super::notification::Notification;

/// A received message, as far as telemetry reads it.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {
/// use otelier::aws::recorder::ReceivedMessage;
///
/// struct Message {
///     body: String,
/// }
///
/// impl ReceivedMessage for Message {
///     fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
///         [].into_iter()
///     }
///
///     fn body(&self) -> Option<&str> {
///         Some(&self.body)
///     }
/// }
/// # }
/// ```
pub trait ReceivedMessage {
    /// The names and values of the message attributes that are texts.
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)>;

    /// The value of the system attribute `AWSTraceHeader`.
    fn trace_header(&self) -> Option<&str> {
        None
    }

    /// The body.
    fn body(&self) -> Option<&str> {
        None
    }

    /// The message's identifier.
    fn message_id(&self) -> Option<&str> {
        None
    }

    /// The receipt handle, which is a different one each time the message is received.
    fn receipt_handle(&self) -> Option<&str> {
        None
    }
}

/// `cx` with the context that `message` carries: in its attributes, or, if these have none, in the
/// notification of SNS that its body is; and in both cases in the X-Ray system attribute.
///
/// Fields from attributes and from the body are never mixed. `None` if the propagator panics.
pub(super) fn extract<M: ReceivedMessage>(
    processor: &MessageProcessor,
    cx: &Context,
    message: &M,
) -> Option<Context> {
    catch_panic(|| {
        let header = message.trace_header();
        let in_attributes = Fields { header, other: Attributes(message) };
        let has_fields =
            message.attributes().any(|(name, _)| processor.has_propagation_field(name));
        let from_attributes = || processor.extract(cx, &in_attributes);
        let found = |extracted: &Context| {
            let span = extracted.span().span_context().clone();
            span.is_valid() && span != *cx.span().span_context()
        };

        let extracted = has_fields.then(from_attributes);
        if let Some(extracted) = &extracted
            && found(extracted)
        {
            return extracted.clone();
        }
        let Some(notification) = message.body().and_then(Notification::parse) else {
            return extracted.unwrap_or_else(from_attributes);
        };
        let from_body = processor.extract(cx, &Fields { header, other: notification });
        extracted.filter(|_| !found(&from_body)).unwrap_or(from_body)
    })
}

/// The value called `name`: exactly, or else in any case.
pub(super) fn find<'a>(
    values: impl Iterator<Item = (&'a str, &'a str)>,
    name: &str,
) -> Option<&'a str> {
    let mut in_any_case = None;
    for (known, value) in values {
        if known == name {
            return Some(value);
        }
        if known.eq_ignore_ascii_case(name) {
            in_any_case = Some(value);
        }
    }
    in_any_case
}

/// The X-Ray system attribute, before other fields.
struct Fields<'a, E> {
    /// The value of `AWSTraceHeader`, if the message has it.
    header: Option<&'a str>,
    /// The attributes of the message or of its notification.
    other: E,
}

impl<E: Extractor> Extractor for Fields<'_, E> {
    fn get(&self, key: &str) -> Option<&str> {
        self.header.filter(|_| is_xray(key)).or_else(|| self.other.get(key))
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = self.other.keys();
        keys.extend(self.header.map(|_| XRAY_HEADER));
        keys
    }
}

/// The attributes of a message as fields: their names are found in any case.
struct Attributes<'a, M>(&'a M);

impl<M: ReceivedMessage> Extractor for Attributes<'_, M> {
    fn get(&self, key: &str) -> Option<&str> {
        find(self.0.attributes(), key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.attributes().map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message that has attributes only.
    struct Bare;

    impl ReceivedMessage for Bare {
        fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
            [("a", "1"), ("b", "2")].into_iter()
        }
    }

    #[test]
    fn a_message_has_no_more_than_it_tells() {
        let all = [Bare.trace_header(), Bare.body(), Bare.message_id(), Bare.receipt_handle()];
        assert_eq!(all, [None; 4]);
    }

    #[test]
    fn a_propagator_is_told_the_names_of_all_fields() {
        let fields = |header| Fields { header, other: Attributes(&Bare) };
        assert_eq!(fields(None).keys(), ["a", "b"]);
        assert_eq!(fields(Some("Root=1")).keys(), ["a", "b", XRAY_HEADER]);
    }
}
