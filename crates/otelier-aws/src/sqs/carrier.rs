//! Reads the context that a message carries, wherever its producer put it.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use opentelemetry::propagation::Extractor;

use crate::services::XRAY;

use super::envelope::Envelope;

/// The fields of a message: its attributes, the system attribute of X-Ray, and if it has no attributes those of the
/// notification that its body is. Names are matched in any case.
#[derive(Debug)]
pub(super) struct MessageCarrier<'a> {
    attributes: Option<&'a HashMap<String, MessageAttributeValue>>,
    trace_header: Option<&'a str>,
    envelope: Option<Envelope<'a>>,
}

impl<'a> MessageCarrier<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let attributes = message.message_attributes().filter(|attributes| !attributes.is_empty());
        let header =
            message.attributes().and_then(|it| it.get(&MessageSystemAttributeName::AwsTraceHeader));
        let envelope = match attributes {
            None => message.body().and_then(Envelope::parse),
            Some(_) => None,
        };
        Self { attributes, trace_header: header.map(String::as_str), envelope }
    }
}

impl Extractor for MessageCarrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if key.eq_ignore_ascii_case(XRAY)
            && let Some(header) = self.trace_header
        {
            return Some(header);
        }
        if let Some(envelope) = &self.envelope {
            return envelope.get(key);
        }
        let attributes = self.attributes?;
        let same = |name: &String| name.eq_ignore_ascii_case(key);
        let attribute = attributes.get(key).or_else(|| {
            attributes.iter().find(|(name, _)| same(name)).map(|(_, attribute)| attribute)
        });
        attribute?.string_value()
    }

    fn keys(&self) -> Vec<&str> {
        let attributes = self.attributes.into_iter().flat_map(|attributes| attributes.keys());
        let envelope = self.envelope.iter().flat_map(Envelope::names);
        let header = self.trace_header.map(|_| XRAY);
        attributes.map(String::as_str).chain(envelope).chain(header).collect()
    }
}
