//! The envelope in which SNS delivers to a queue, unless delivery is raw: the attributes are inside the body.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

/// The attributes of a notification.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(rename = "Type", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "MessageAttributes", borrow, default)]
    attributes: HashMap<Cow<'a, str>, Attribute<'a>>,
}

#[derive(Debug, Deserialize)]
struct Attribute<'a> {
    #[serde(rename = "Value", borrow)]
    value: Cow<'a, str>,
}

impl<'a> Envelope<'a> {
    /// The envelope that `body` is, if it is one with attributes.
    pub(super) fn parse(body: &'a str) -> Option<Self> {
        // Most bodies are something else, and may be long.
        if !body.trim_start().starts_with('{') || !body.contains("\"MessageAttributes\"") {
            return None;
        }
        let envelope: Self = serde_json::from_str(body).ok()?;
        (envelope.kind == "Notification").then_some(envelope)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let exact = self.attributes.get(name);
        let attribute = exact.or_else(|| {
            let same = |known: &Cow<'_, str>| known.eq_ignore_ascii_case(name);
            self.attributes.iter().find(|(known, _)| same(known)).map(|(_, attribute)| attribute)
        });
        attribute.map(|attribute| &*attribute.value)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_attributes_of_a_notification() {
        let body = r#" {"Type":"Notification","MessageId":"1","Message":"{\"a\":\"\\n\"}","MessageAttributes":
            {"traceparent":{"Type":"String","Value":"00-a"},"x":{"Type":"String","Value":"line\nbreak"}}}"#;
        let envelope = Envelope::parse(body).expect("an envelope");
        assert_eq!(envelope.get("TraceParent"), Some("00-a"));
        assert_eq!(envelope.get("x"), Some("line\nbreak"));
        assert_eq!(envelope.get("y"), None);
    }

    #[test]
    fn nothing_else_is_an_envelope() {
        for body in [
            "",
            "hello",
            "{}",
            r#"{"Type":"Notification"}"#,
            r#"{"Type":"Other","MessageAttributes":{}}"#,
            r#"{"Type":"Notification","MessageAttributes":{"traceparent":"00-a"}}"#,
            r#"{"Type":"Notification","MessageAttributes":{"traceparent":{"Value":"00-a"}}"#,
            r#"["MessageAttributes"]"#,
        ] {
            assert!(Envelope::parse(body).is_none(), "{body}");
        }
    }
}
