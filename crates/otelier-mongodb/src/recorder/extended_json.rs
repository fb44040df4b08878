//! Documents as relaxed Extended JSON, written into a capture that masks and bounds them.
//!
//! Source: <https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/>.

use otelier_instrument::payload::PayloadCapture;

/// How deeply nested values are written; the server's own limit is 100.
const DEEPEST: usize = 100;

/// Takes the text of a document.
#[derive(Debug)]
pub struct ExtendedJson<'c> {
    capture: &'c mut PayloadCapture,
    depth: usize,
}

impl<'c> ExtendedJson<'c> {
    pub(super) fn new(capture: &'c mut PayloadCapture) -> Self {
        Self { capture, depth: 0 }
    }

    /// Writes `text` as it is: a number, a word, or a sign between values.
    pub fn raw(&mut self, text: &str) {
        self.capture.push(text.as_bytes());
    }

    /// Writes a string.
    pub fn string(&mut self, text: &str) {
        self.capture.push_json_string(text);
    }

    /// Writes a value that has a type of its own: `{"$oid":"…"}`.
    pub fn typed(&mut self, name: &str, text: &str) {
        self.raw("{\"");
        self.raw(name);
        self.raw("\":");
        self.string(text);
        self.raw("}");
    }

    /// Writes a number with a fraction.
    pub fn double(&mut self, number: f64) {
        match number {
            f64::INFINITY => self.typed("$numberDouble", "Infinity"),
            f64::NEG_INFINITY => self.typed("$numberDouble", "-Infinity"),
            number if number.is_nan() => self.typed("$numberDouble", "NaN"),
            number => self.raw(&format!("{number:?}")),
        }
    }

    /// Writes bytes.
    pub fn binary(&mut self, subtype: u8, bytes: &[u8]) {
        self.raw("{\"$binary\":{\"base64\":");
        // What is beyond any limit need not be encoded.
        self.string(&base64(&bytes[..bytes.len().min(1 << 16)]));
        self.raw(&format!(",\"subType\":\"{subtype:02x}\"}}}}"));
    }

    /// Writes what is in a document or an array, between `open` and `close`. Nothing of one that is
    /// too deeply nested.
    pub fn nested(&mut self, open: &str, close: &str, content: impl FnOnce(&mut Self)) {
        self.raw(open);
        if self.depth < DEEPEST {
            self.depth += 1;
            content(self);
            self.depth -= 1;
        }
        self.raw(close);
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().unwrap_or_default();
        let bits = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            let is_there = digit <= chunk.len();
            text.push(if is_there { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use bson::spec::BinarySubtype;
    use bson::{Binary, Bson, DateTime, Regex, Timestamp, doc, oid::ObjectId};
    use otelier_instrument::payload::PayloadSettings;
    use otelier_instrument::settings::Settings;

    use super::*;
    use crate::recorder::{Document, TestDocument};

    fn written(document: &bson::Document) -> String {
        let settings = PayloadSettings::resolve(Some(true), &[], &Settings::default());
        let mut capture = settings.capture().expect("it is on");
        TestDocument(document).write_extended_json(&mut ExtendedJson::new(&mut capture));
        capture.finish().expect("a text").as_str().to_owned()
    }

    #[test]
    fn values_are_as_the_driver_writes_them() {
        let document = doc! {
            "double": 1.5, "whole": 2.0, "nan": f64::NAN, "over": f64::INFINITY,
            "under": f64::NEG_INFINITY, "negative": -1.5, "text": "a\"b\\c\n",
            "array": [1, "x", { "y": null }], "bool": true, "int": 7, "long": 8_i64,
            "id": ObjectId::from_bytes([7; 12]),
            "date": DateTime::from_millis(1_700_000_000_123),
            "binary": Binary { subtype: BinarySubtype::Generic, bytes: vec![1, 2, 3, 250, 251] },
            "regex": Regex { pattern: "^a".to_owned(), options: "i".to_owned() },
            "time": Timestamp { time: 1, increment: 2 },
            "code": Bson::JavaScriptCode("x()".to_owned()),
            "empty": {}, "null": null, "symbol": Bson::Symbol("s".to_owned()),
        };
        let text = written(&document);
        let driver = Bson::Document(document).into_relaxed_extjson().to_string();
        assert_eq!(text, driver);
    }

    #[test]
    fn values_are_written_to_a_depth_and_of_any_number() {
        let nested = |depth| (0..depth).fold(Bson::Int32(7), |inner, _| Bson::Array(vec![inner]));
        for (arrays, innermost) in [(DEEPEST - 1, "7"), (DEEPEST, "")] {
            let text = written(&doc! { "a": nested(arrays) });
            let (open, close) = ("[".repeat(arrays), "]".repeat(arrays));
            assert_eq!(text, format!(r#"{{"a":{open}{innermost}{close}}}"#));
        }
        let neighbors = 2 * DEEPEST;
        let text = written(&doc! { "a": vec![doc! { "b": 7 }; neighbors] });
        assert_eq!(text, format!(r#"{{"a":[{}]}}"#, vec![r#"{"b":7}"#; neighbors].join(",")));
    }

    #[test]
    fn secrets_are_masked_and_length_is_bounded() {
        let text = written(&doc! { "password": "S3CRET", "n": { "token": ["S3CRET"], "a": 1 } });
        assert_eq!(text, r#"{"password":"****","n":{"token":"****","a":1}}"#);
        let text = written(&doc! { "documents": vec![doc! { "name": "x".repeat(100) }; 1000] });
        assert_eq!(text.chars().count(), 2048);
        assert!(text.ends_with("...[too long]"));
        // Its own name looks like a sensitive key: `MinKey` has no value that could be missed.
        assert_eq!(written(&doc! { "a": Bson::MinKey }), r#"{"a":{"$minKey":"****"}}"#);
    }
}
