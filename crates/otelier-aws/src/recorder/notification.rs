//! The JSON object in which SNS delivers to a queue, unless delivery is raw. The attributes of the
//! message are inside it.
//!
//! A body is the user's, and may be anything. It is parsed only if it looks like a notification,
//! and borrows its texts where JSON has no escapes in them. What does not parse is a body like any
//! other, not an error.

use std::borrow::Cow;
use std::collections::HashMap;

use opentelemetry::propagation::Extractor;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The attributes of a notification.
#[derive(Debug, Deserialize)]
pub(super) struct Notification<'a> {
    /// `Notification`, as opposed to the confirmation of a subscription.
    #[serde(rename = "Type", borrow)]
    kind: Cow<'a, str>,
    /// Empty if the message had none.
    #[serde(rename = "MessageAttributes", borrow, default)]
    attributes: HashMap<Cow<'a, str>, Attribute<'a>>,
}

/// One attribute. Whatever is not a text is ignored, and must not hide the other attributes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Attribute<'a> {
    Text {
        #[serde(rename = "Value", borrow)]
        value: Cow<'a, str>,
    },
    Other(IgnoredAny),
}

impl<'a> Notification<'a> {
    /// The notification that `body` is, if it is one with attributes.
    pub(super) fn parse(body: &'a str) -> Option<Self> {
        // Most bodies are something else, and may be long.
        if !body.trim_start().starts_with('{') || !body.contains("\"MessageAttributes\"") {
            return None;
        }
        let notification: Self = serde_json::from_str(body).ok()?;
        (notification.kind == "Notification").then_some(notification)
    }

    /// Only those that are texts: no other can be a field of the propagator.
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().filter_map(|(name, attribute)| match attribute {
            Attribute::Text { value } => Some((&**name, &**value)),
            Attribute::Other(_) => None,
        })
    }
}

impl Extractor for Notification<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        super::message::find(self.attributes(), key)
    }

    fn keys(&self) -> Vec<&str> {
        self.attributes().map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_attributes_of_a_notification() {
        let body = r#" {"Type":"Notification","MessageId":"1","Message":"{\"a\":\"\\n\"}",
            "MessageAttributes":{"traceparent":{"Type":"String","Value":"00-a"},
            "x":{"Type":"String","Value":"line\nbreak"}}}"#;
        let notification = Notification::parse(body).expect("a notification");
        assert_eq!(notification.get("TraceParent"), Some("00-a"));
        assert_eq!(notification.get("x"), Some("line\nbreak"));
        assert_eq!(notification.get("y"), None);
    }

    #[test]
    fn an_odd_attribute_hides_no_other() {
        for odd in
            [r#"{"Type":"Number","Value":7}"#, r#"{"Type":"String"}"#, "null", "[1]", "\"x\""]
        {
            let body = format!(
                r#"{{"Type":"Notification","MessageAttributes":
                    {{"odd":{odd},"traceparent":{{"Type":"String","Value":"00-a"}}}}}}"#
            );
            let notification = Notification::parse(&body).expect("a notification");
            assert_eq!(notification.get("traceparent"), Some("00-a"), "{odd}");
            assert_eq!(notification.get("odd"), None, "{odd}");
            assert_eq!(notification.keys(), ["traceparent"], "{odd}");
        }
    }

    #[test]
    fn nothing_else_is_a_notification() {
        for body in [
            "",
            "hello",
            "{}",
            r#"{"Type":"Notification"}"#,
            r#"{"Type":"Other","MessageAttributes":{}}"#,
            r#"{"Type":"Notification","MessageAttributes":null}"#,
            r#"{"Type":"Notification","MessageAttributes":{"traceparent":{"Value":"00-a"}}"#,
            r#"["MessageAttributes"]"#,
        ] {
            assert!(Notification::parse(body).is_none(), "{body}");
        }
    }
}
