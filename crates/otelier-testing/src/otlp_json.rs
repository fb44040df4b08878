//! OTLP/JSON as the specification has it, on top of the generated serde code.
//!
//! The generated code writes ids in hex, enums as integers and 64-bit integers as strings, all as
//! it should. It also writes absent fields as `null`, and attributes and values that are not
//! finite; both are put right here. Source:
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use crate::receiver::Message;

/// A message as OTLP/JSON.
pub(crate) fn to_value(message: &Message) -> Value {
    let value = match message {
        Message::Traces(it) => serde_json::to_value(it),
        Message::Metrics(it) => serde_json::to_value(it),
        Message::Logs(it) => serde_json::to_value(it),
    };
    let mut value = value.expect("every message can be written as JSON");
    clean(&mut value);
    value
}

/// Reads OTLP/JSON. A field that is `null` counts as absent, but a value that is `null` is refused,
/// as a collector refuses it: an encoder writes that for a number that JSON cannot say.
pub(crate) fn from_slice<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let mut value: Value = serde_json::from_slice(json)?;
    if let Some(key) = null_value(&value) {
        return Err(serde_json::Error::custom(format!("{key:?} is null")));
    }
    clean(&mut value);
    serde_json::from_value(value)
}

/// The key of the first value, or the first element of an array, that is `null`.
fn null_value(value: &Value) -> Option<&str> {
    const VALUES: [&str; 9] = [
        "stringValue",
        "boolValue",
        "intValue",
        "doubleValue",
        "arrayValue",
        "kvlistValue",
        "bytesValue",
        "asDouble",
        "asInt",
    ];
    match value {
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            let is_null = match value {
                Value::Null => VALUES.contains(&key.as_str()),
                Value::Array(elements) => elements.iter().any(Value::is_null),
                _ => false,
            };
            if is_null { Some(key.as_str()) } else { null_value(value) }
        }),
        Value::Array(values) => values.iter().find_map(null_value),
        _ => None,
    }
}

/// Messages as text to be searched: a line of OTLP/JSON each, then what JSON hides by escaping or
/// base64.
pub(crate) fn to_text<'a>(messages: impl Iterator<Item = &'a Message>) -> String {
    let (mut text, mut hidden) = (String::new(), String::new());
    for message in messages {
        let value = to_value(message);
        writeln!(text, "{value}").expect("a string takes everything");
        reveal(&value, &mut hidden);
    }
    text + &hidden
}

/// Removes fields that are `null`. Before that, a double that is `null` becomes the text `NaN`, so
/// that it stays.
fn clean(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in ["doubleValue", "asDouble"] {
                // Such a key is there only if the number is: JSON could not say it, and which of
                // the three it was is lost.
                if let Some(number @ Value::Null) = fields.get_mut(key) {
                    *number = "NaN".into();
                }
            }
            fields.retain(|_, it| !it.is_null());
            fields.values_mut().for_each(clean);
        }
        Value::Array(values) => values.iter_mut().for_each(clean),
        _ => {}
    }
}

/// Adds a line for each text that JSON escaped, and one for each value of bytes, decoded as far as
/// it is UTF-8.
fn reveal(value: &Value, hidden: &mut String) {
    match value {
        Value::Object(fields) => {
            if let Some(bytes) = fields.get("bytesValue").and_then(Value::as_str) {
                let bytes = BASE64_STANDARD.decode(bytes).expect("bytes are written as base64");
                hidden.push_str(&String::from_utf8_lossy(&bytes));
                hidden.push('\n');
            }
            fields.values().for_each(|it| reveal(it, hidden));
        }
        Value::Array(values) => values.iter().for_each(|it| reveal(it, hidden)),
        Value::String(string) if value.to_string().len() != string.len() + 2 => {
            hidden.push_str(string);
            hidden.push('\n');
        }
        _ => {}
    }
}

#[cfg(test)]
mod any_input;
#[cfg(test)]
mod tests;
