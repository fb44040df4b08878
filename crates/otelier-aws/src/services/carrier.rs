//! Context in the attributes of messages, within the limits that SQS and SNS set.

use std::collections::HashMap;

use otelier_instrument::kit::FieldList;

use super::XRAY;

/// How many attributes a message may have.
const MOST_ATTRIBUTES: usize = 10;

/// The sizes that a request may have: body and attributes of its messages together. The smaller one is that of queues and
/// topics which were not raised to the larger. Context must not carry a request over either.
const LIMITS: [usize; 2] = [256 * 1024, 1024 * 1024];

/// The type of every attribute that is added.
pub(super) const DATA_TYPE: &str = "String";

/// What the shortest useful context needs: a `traceparent`.
const LEAST: usize = "traceparent".len() + DATA_TYPE.len() + 55;

/// An attribute of a message, of whatever service.
pub(super) trait AttributeValue: Sized {
    /// A string, if the SDK lets it be made.
    fn text(value: String) -> Option<Self>;

    /// How much of the size limit it takes.
    fn size(&self) -> usize;
}

/// The attribute of a message, as the SDK's crate of each service has it under the same name.
macro_rules! attribute_value {
    ($type:ty) => {
        impl $crate::services::carrier::AttributeValue for $type {
            fn text(value: String) -> Option<Self> {
                Self::builder()
                    .data_type($crate::services::carrier::DATA_TYPE)
                    .string_value(value)
                    .build()
                    .ok()
            }

            fn size(&self) -> usize {
                let text = self.string_value.as_ref().map_or(0, String::len);
                let binary = self.binary_value.as_ref().map_or(0, |value| value.as_ref().len());
                self.data_type.len() + text + binary
            }
        }
    };
}
pub(super) use attribute_value;

pub(super) type Attributes<V> = Option<HashMap<String, V>>;

/// How much may be added to a request.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    /// The room in a request of this size.
    pub(super) fn beside(size: usize) -> Self {
        Self(LIMITS.into_iter().find(|limit| size <= *limit).map_or(0, |limit| limit - size))
    }

    fn take(&mut self, size: usize) -> bool {
        let left = self.0.checked_sub(size);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// How much of the size limit attributes take.
pub(super) fn size<V: AttributeValue>(attributes: &Attributes<V>) -> usize {
    attributes.iter().flatten().map(|(name, value)| name.len() + value.size()).sum()
}

/// Whether a message with `attributes` would carry context in `fields`.
pub(super) fn can_carry<V>(attributes: &Attributes<V>, fields: &[String], room: &Room) -> bool {
    fields.iter().any(|field| !is_xray(field))
        && attributes.as_ref().is_none_or(|attributes| attributes.len() < MOST_ATTRIBUTES)
        && room.0 >= LEAST
        && !has_any(attributes, fields.iter().map(String::as_str))
}

/// Says that a message gets no context because it has one.
pub(super) fn say_chosen() {
    tracing::debug!("context left out of a message: it has one already");
}

/// Adds `fields` to the attributes of a message, as many as fit in their order. Adds none, and gives `false`, if the user
/// wrote one of them: a context that the user chose must not be mixed with another.
pub(super) fn inject<V: AttributeValue>(
    attributes: &mut Attributes<V>,
    fields: &FieldList,
    room: &mut Room,
) -> bool {
    if has_any(attributes, fields.iter().map(|(name, _)| name)) {
        say_chosen();
        return false;
    }
    let mut no_more = None;
    for (name, value) in fields.iter().filter(|(name, _)| !is_xray(name)) {
        if !is_legal(name, value) {
            say_left_out(name, "the service takes no such attribute");
            continue;
        }
        // The first is worth the most. What follows one that did not fit is left out with it, however small: half a context
        // may be worse than none.
        let size = name.len() + DATA_TYPE.len() + value.len();
        no_more = no_more.or_else(|| match attributes.as_ref().map_or(0, HashMap::len) {
            MOST_ATTRIBUTES.. => Some("it has 10 attributes"),
            _ if !room.take(size) => Some("the request would become too large"),
            _ => None,
        });
        if let Some(why) = no_more {
            say_left_out(name, why);
        } else if let Some(attribute) = V::text(value.to_owned()) {
            attributes.get_or_insert_default().insert(name.to_owned(), attribute);
        }
    }
    true
}

/// Never with the value: baggage may hold anything.
fn say_left_out(field: &str, why: &str) {
    tracing::debug!(field, "context left out of a message: {why}");
}

pub(super) fn is_xray(field: &str) -> bool {
    field.eq_ignore_ascii_case(XRAY)
}

pub(super) fn has_any<'f, V>(
    attributes: &Attributes<V>,
    mut fields: impl Iterator<Item = &'f str>,
) -> bool {
    attributes.as_ref().is_some_and(|attributes| {
        fields.any(|field| attributes.keys().any(|name| name.eq_ignore_ascii_case(field)))
    })
}

/// Whether the service takes an attribute of this name and value: a propagator of the user's may write anything.
fn is_legal(name: &str, value: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let reserved = ["aws.", "amazon."];
    let starts_with = |prefix: &&str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    !name.is_empty()
        && name.len() <= 256
        && name.bytes().all(is_part)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !reserved.iter().any(starts_with)
        && value.chars().all(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use opentelemetry::propagation::Injector;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Text(String);

    impl AttributeValue for Text {
        fn text(value: String) -> Option<Self> {
            Some(Self(value))
        }

        fn size(&self) -> usize {
            DATA_TYPE.len() + self.0.len()
        }
    }

    fn fields(fields: &[(&str, &str)]) -> FieldList {
        let mut list = FieldList::default();
        fields.iter().for_each(|(name, value)| list.set(name, (*value).to_owned()));
        list
    }

    fn attributes(names: &[&str]) -> Attributes<Text> {
        Some(names.iter().map(|name| ((*name).to_owned(), Text("own".to_owned()))).collect())
    }

    fn injected(mut before: Attributes<Text>, list: &FieldList, room: &mut Room) -> Vec<String> {
        let own = before.clone().unwrap_or_default();
        inject(&mut before, list, room);
        let after = before.unwrap_or_default();
        assert!(
            own.iter().all(|(name, value)| after.get(name) == Some(value)),
            "nothing is overwritten"
        );
        let mut added: Vec<_> = after.into_keys().filter(|name| !own.contains_key(name)).collect();
        added.sort();
        added
    }

    const NINE: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

    #[test]
    fn adds_every_field_where_there_is_room() {
        let list = fields(&[("baggage", "k=v"), ("traceparent", "00-x"), ("tracestate", "a=b")]);
        let added = injected(None, &list, &mut Room::beside(0));
        assert_eq!(added, ["baggage", "traceparent", "tracestate"]);
    }

    #[test]
    fn traceparent_takes_the_last_place() {
        let list = fields(&[("baggage", "k=v"), ("tracestate", "a=b"), ("traceparent", "00-x")]);
        assert_eq!(injected(attributes(&NINE), &list, &mut Room::beside(0)), ["traceparent"]);
    }

    #[test]
    fn a_full_message_stays_as_it_is() {
        let ten = attributes(&[&NINE[..], &["j"]].concat());
        let list = fields(&[("traceparent", "00-x")]);
        assert!(!can_carry(&ten, &["traceparent".to_owned()], &Room::beside(0)));
        assert_eq!(injected(ten, &list, &mut Room::beside(0)), [""; 0]);
    }

    #[test]
    fn a_context_that_the_user_wrote_is_left_alone() {
        let list = fields(&[("traceparent", "00-x"), ("tracestate", "a=b")]);
        let own = attributes(&["TraceParent"]);
        assert!(!can_carry(&own, &["traceparent".to_owned()], &Room::beside(0)));
        assert_eq!(injected(own, &list, &mut Room::beside(0)), [""; 0]);
    }

    #[test]
    fn no_limit_is_crossed() {
        let list = fields(&[("traceparent", "00-x"), ("tracestate", "a=b")]);
        let first = "traceparent".len() + DATA_TYPE.len() + "00-x".len();
        for limit in LIMITS {
            assert_eq!(injected(None, &list, &mut Room::beside(limit - first + 1)), [""; 0]);
            assert_eq!(injected(None, &list, &mut Room::beside(limit - first)), ["traceparent"]);
        }
        // Over the smaller limit already, so the larger one must be meant.
        assert_eq!(
            injected(None, &list, &mut Room::beside(LIMITS[0] + 1)),
            ["traceparent", "tracestate"]
        );
        // Over both: the service will refuse it, and that is between it and the user.
        assert_eq!(injected(None, &list, &mut Room::beside(LIMITS[1] + 1)), [""; 0]);
    }

    #[test]
    fn messages_of_a_batch_share_the_room() {
        let list = fields(&[("traceparent", "00-x")]);
        let first = "traceparent".len() + DATA_TYPE.len() + "00-x".len();
        let mut room = Room::beside(LIMITS[1] - first - 1);
        assert_eq!(injected(None, &list, &mut room), ["traceparent"]);
        assert_eq!(injected(None, &list, &mut room), [""; 0]);
    }

    #[test]
    fn what_the_service_would_refuse_is_left_out() {
        for (name, value) in [
            ("", "v"),
            ("with space", "v"),
            ("AWS.x", "v"),
            ("amazon.x", "v"),
            (".x", "v"),
            ("x..y", "v"),
            ("x", "a\u{0}b"),
        ] {
            assert!(!is_legal(name, value), "{name:?} {value:?}");
        }
        assert!(is_legal("X-B3-TraceId", "0af7"));
    }

    #[test]
    fn nothing_to_add_makes_no_empty_map() {
        let mut none: Attributes<Text> = None;
        inject(&mut none, &fields(&[(XRAY, "Root=1"), ("bad name", "v")]), &mut Room::beside(0));
        assert_eq!(none, None);
    }
}
