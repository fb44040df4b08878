//! Masks log records: the values of sensitive keys, and the secrets in texts, whichever library
//! made the record.
//!
//! Nothing is copied where there is no secret: the functions return `None` for a value that stays
//! as it is. A record with a secret is made anew, since the SDK has no way to change it. Whole
//! values are masked by their keys, at any depth; other texts are searched for secrets, also in
//! bytes that are UTF-8.

use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::SdkLogRecord;
use otelier_instrument::masking::{MASK, MaskingContext, MaskingPolicy};

use super::log_record::Rebuild;

/// What must not be in a log record.
#[derive(Debug)]
pub(super) struct LogMasking {
    /// Which keys are sensitive, and which texts.
    policy: MaskingPolicy,
    /// Makes the masked record.
    rebuild: Rebuild,
}

impl LogMasking {
    /// The policy is fixed for the life of the pipeline.
    pub(super) fn new(policy: MaskingPolicy) -> Self {
        Self { policy, rebuild: Rebuild::default() }
    }

    /// Masks `record`. Does nothing but look where there is nothing to mask.
    ///
    /// Where masking is off altogether the record is not looked at.
    pub(super) fn apply(&self, record: &mut SdkLogRecord) {
        if self.policy.keys(MaskingContext::General).is_none() {
            return;
        }
        let body = record.body().and_then(|body| self.masked(body));
        let has_secret = body.is_some()
            || record
                .attributes_iter()
                .any(|(key, value)| self.masked_of(key.as_str(), value).is_some());
        if has_secret {
            let body = body.or_else(|| record.body().cloned());
            let attributes = record.attributes_iter().map(|(key, value)| {
                let masked = self.masked_of(key.as_str(), value);
                (key.clone(), masked.unwrap_or_else(|| value.clone()))
            });
            *record = self.rebuild.with(record, body, attributes);
        }
    }

    /// The value of `key`, if it is another one after masking.
    ///
    /// The value of a sensitive key becomes the mask whatever its type. One that is the mask
    /// already is not another one, so a record that an integration has masked is not made anew.
    fn masked_of(&self, key: &str, value: &AnyValue) -> Option<AnyValue> {
        match self.policy.keys(MaskingContext::General).matches(key) {
            true => {
                let is_masked = matches!(value, AnyValue::String(text) if text.as_str() == MASK);
                (!is_masked).then(|| AnyValue::from(MASK))
            }
            false => self.masked(value),
        }
    }

    /// A value without a key, if it is another one after masking.
    ///
    /// A list is copied if one of its items changes. A map is copied with the first value that
    /// does.
    fn masked(&self, value: &AnyValue) -> Option<AnyValue> {
        match value {
            AnyValue::String(text) => self.masked_text(text.as_str()).map(AnyValue::from),
            AnyValue::Bytes(bytes) => {
                let text = std::str::from_utf8(bytes).ok()?;
                let masked = self.masked_text(text)?.into_bytes();
                Some(AnyValue::Bytes(Box::new(masked)))
            }
            AnyValue::ListAny(values) => {
                let masked: Vec<_> = values.iter().map(|value| self.masked(value)).collect();
                masked.iter().any(Option::is_some).then(|| {
                    let values = masked.into_iter().zip(values.iter());
                    let values = values.map(|(new, old)| new.unwrap_or_else(|| old.clone()));
                    AnyValue::ListAny(Box::new(values.collect()))
                })
            }
            AnyValue::Map(values) => {
                let mut masked = None;
                for (key, value) in values.iter() {
                    if let Some(new) = self.masked_of(key.as_str(), value) {
                        masked.get_or_insert_with(|| values.clone()).insert(key.clone(), new);
                    }
                }
                masked.map(AnyValue::Map)
            }
            _ => None,
        }
    }

    /// `None` if `text` has no secret.
    fn masked_text(&self, text: &str) -> Option<String> {
        let masked = self.policy.text(MaskingContext::General, text);
        (masked != text).then(|| masked.into_owned())
    }
}

#[cfg(test)]
mod tests;
