//! Context in the attributes of sent messages, within the limits that SQS and SNS set.
//!
//! A message that is refused because of its context would be worse than one without it. So every
//! limit of the services is checked first: number, names, characters, and the size of the request.
//! `can_carry` asks whether a message will have context, before the call's span is started;
//! `inject` adds it, when the span is there. The first may be wrong about a field that the
//! propagator then does not write.

use std::collections::HashMap;

use otelier_instrument::kit::FieldList;

use super::fields::{PropagationFields, is_xray};

/// How many attributes a message may have.
const MAX_ATTRIBUTES: usize = 10;

/// The length of an attribute's name.
const MAX_NAME_LENGTH: usize = 256;

/// The sizes that a request may have: bodies and attributes of its messages together. The smaller
/// one is for queues and topics that were not raised to the larger one. Context must not carry a
/// request over either.
const MAX_SIZES: [usize; 2] = [256 * 1024, 1024 * 1024];

/// The type of every attribute that is added.
const DATA_TYPE: &str = "String";

/// The size of the shortest useful context: a `traceparent`.
const MIN_CONTEXT_SIZE: usize = "traceparent".len() + DATA_TYPE.len() + 55;

/// A message attribute of some service.
pub trait AttributeValue: Sized {
    /// An attribute of this type with a text, if it can be made.
    fn text(data_type: &str, value: String) -> Option<Self>;

    /// What the attribute adds to the size of a request, without its name.
    fn size(&self) -> usize;
}

/// The message attribute of a service: the SDK's crates have it under the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! __attribute_value {
    ($type:ty) => {
        impl $crate::recorder::AttributeValue for $type {
            fn text(data_type: &str, value: String) -> Option<Self> {
                Self::builder().data_type(data_type).string_value(value).build().ok()
            }

            fn size(&self) -> usize {
                let text = self.string_value.as_ref().map_or(0, String::len);
                let binary = self.binary_value.as_ref().map_or(0, |value| value.as_ref().len());
                self.data_type.len() + text + binary
            }
        }
    };
}

/// The size that may still be added to a request.
#[derive(Debug)]
pub struct SizeBudget(usize);

impl SizeBudget {
    /// The budget of a request that has this size already.
    #[must_use]
    pub fn after(size: usize) -> Self {
        Self(MAX_SIZES.into_iter().find(|max| size <= *max).map_or(0, |max| max - size))
    }

    /// Whether `size` bytes were left. If not, the budget stays as it is.
    fn take(&mut self, size: usize) -> bool {
        let left = self.0.checked_sub(size);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Where the X-Ray header of a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceHeader {
    /// Nowhere: the service has no system attribute for it.
    Unsupported,
    /// Into a system attribute, which does not count in number and size.
    Free,
    /// Into a system attribute, but the user has set that.
    Taken,
}

/// The attributes of a message to be sent.
///
/// Context is added to them within the rules of SQS and SNS: at most 10 attributes, never an empty
/// one, only names and values that the service accepts, never in place of the user's own, and only
/// as far as the [`SizeBudget`] goes. What is left out is logged at debug level, without its value.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {
/// use std::collections::HashMap;
///
/// use opentelemetry::propagation::Injector;
/// use otelier::aws::recorder::{AttributeValue, MessageAttributes, SizeBudget, TraceHeader};
/// use otelier_instrument::kit::FieldList;
///
/// struct Text(String);
///
/// impl AttributeValue for Text {
///     fn text(_data_type: &str, value: String) -> Option<Self> {
///         Some(Self(value))
///     }
///
///     fn size(&self) -> usize {
///         self.0.len()
///     }
/// }
///
/// let mut fields = FieldList::default();
/// fields.set("traceparent", "00-…".to_owned());
/// let mut attributes: Option<HashMap<String, Text>> = None;
/// let mut budget = SizeBudget::after("the body".len());
/// MessageAttributes(&mut attributes).inject(TraceHeader::Unsupported, &fields, &mut budget);
/// assert_eq!(attributes.expect("attributes")["traceparent"].0, "00-…");
/// # }
/// ```
#[derive(Debug)]
pub struct MessageAttributes<'a, V>(pub &'a mut Option<HashMap<String, V>>);

impl<V: AttributeValue> MessageAttributes<'_, V> {
    /// What `attributes` add to the size of a request.
    #[must_use]
    pub fn size(attributes: &Option<HashMap<String, V>>) -> usize {
        attributes.iter().flatten().map(|(name, value)| name.len() + value.size()).sum()
    }

    /// Whether a message with `attributes` would carry context in `fields`.
    #[must_use]
    pub fn can_carry(
        attributes: &Option<HashMap<String, V>>,
        trace_header: TraceHeader,
        fields: PropagationFields<'_>,
        budget: &SizeBudget,
    ) -> bool {
        if has_any(attributes, |name| fields.contains(name)) {
            return false;
        }
        match trace_header {
            TraceHeader::Free if fields.has_xray() => true,
            TraceHeader::Taken if fields.has_xray() => false,
            _ => {
                fields.any_for_message()
                    && attributes.as_ref().map_or(0, HashMap::len) < MAX_ATTRIBUTES
                    && budget.0 >= MIN_CONTEXT_SIZE
            }
        }
    }

    /// Adds `fields`, as many as fit in their order. The result is the X-Ray header to put into
    /// the system attribute, if there is one to put there.
    ///
    /// If the user has set any field already, nothing is added: a context that the user chose must
    /// not be mixed with another one.
    pub fn inject<'f>(
        &mut self,
        trace_header: TraceHeader,
        fields: &'f FieldList,
        budget: &mut SizeBudget,
    ) -> Option<&'f str> {
        let header = fields.iter().find(|(name, _)| is_xray(name)).map(|(_, header)| header);
        let is_taken = header.is_some() && trace_header == TraceHeader::Taken;
        let has_own = |name: &str| fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name));
        if is_taken || has_any(self.0, has_own) {
            tracing::debug!("context left out of a message: it has one already");
            return None;
        }
        let mut full = None;
        for (name, value) in fields.iter().filter(|(name, _)| !is_xray(name)) {
            if !is_accepted(name, value) {
                log_skipped_field(name, "the service takes no such attribute");
                continue;
            }
            // The first field is worth the most. What follows one that did not fit is left out
            // with it, however small: half a context may be worse than none.
            let size = name.len() + DATA_TYPE.len() + value.len();
            full = full.or_else(|| match self.0.as_ref().map_or(0, HashMap::len) {
                MAX_ATTRIBUTES.. => Some("it has 10 attributes"),
                _ if !budget.take(size) => Some("the request would become too large"),
                _ => None,
            });
            if let Some(why) = full {
                log_skipped_field(name, why);
            } else if let Some(attribute) = V::text(DATA_TYPE, value.to_owned()) {
                self.0.get_or_insert_default().insert(name.to_owned(), attribute);
            }
        }
        header.filter(|_| trace_header == TraceHeader::Free)
    }
}

/// Never with the value: baggage may hold anything.
fn log_skipped_field(field: &str, why: &str) {
    tracing::debug!(field, "context left out of a message: {why}");
}

/// Whether any name of an attribute passes `test`.
fn has_any<V>(attributes: &Option<HashMap<String, V>>, test: impl Fn(&str) -> bool) -> bool {
    attributes.as_ref().is_some_and(|attributes| attributes.keys().any(|name| test(name)))
}

/// Whether the service takes an attribute of this name and value: a propagator of the user may
/// write anything.
///
/// Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>.
fn is_accepted(name: &str, value: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let reserved = ["aws.", "amazon."];
    let starts_with = |prefix: &&str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    !name.is_empty()
        && name.len() <= MAX_NAME_LENGTH
        && name.bytes().all(is_part)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !reserved.iter().any(starts_with)
        && !value.is_empty()
        && value.chars().all(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests;
