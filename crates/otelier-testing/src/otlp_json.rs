//! OTLP/JSON as the specification has it, on top of the generated serde code.
//!
//! The generated code writes ids in hex, enums as integers and 64-bit integers as strings, all as it should. It
//! also writes absent fields as `null`, and attributes and values that are not finite; both are put right here.
//! Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::DeserializeOwned;
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

/// Reads OTLP/JSON; a field that is `null` counts as absent.
pub(crate) fn from_slice<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let mut value: Value = serde_json::from_slice(json)?;
    clean(&mut value);
    serde_json::from_value(value)
}

/// Messages as text to be searched: a line of OTLP/JSON each, then what JSON hides by escaping or base64.
pub(crate) fn to_text<'a>(messages: impl Iterator<Item = &'a Message>) -> String {
    let (mut text, mut hidden) = (String::new(), String::new());
    for message in messages {
        let value = to_value(message);
        writeln!(text, "{value}").expect("a string takes everything");
        reveal(&value, &mut hidden);
    }
    text + &hidden
}

fn clean(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in ["doubleValue", "asDouble"] {
                // Such a key is there only if the number is: JSON could not say it, and which of the three it was
                // is lost.
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
mod tests;
