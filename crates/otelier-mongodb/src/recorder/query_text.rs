//! A command as text without its values.
//!
//! A command is written as it is nested, and every value but the name of the collection becomes
//! `"?"`. Names stay, unless they look like data. A text may be read by many people, so what is in
//! doubt is hidden.
//!
//! Four bounds keep the work small: the length of the text, the number of values, the depth, and
//! the length of a name. Where one is reached, `…` stands for the rest, or `"?"` for what is nested
//! too deeply.

#[cfg(test)]
mod tests;

use super::describe;
use super::document::{Document, Value};

/// The length at which a text is cut. What is open is still closed, so that it may be a little
/// longer.
const LONGEST: usize = 2048;
/// How many values are read: equal neighbors are written once, so that length is no bound.
const MOST: usize = 1000;
/// How deeply nested values are read; the server's own limit is 100.
const DEEPEST: usize = 32;
/// The length at which the name of a field or a collection is cut.
const LONGEST_NAME: usize = 128;
/// A part of a field's name that is longer, or has more digits, is data: an identifier, a token, a
/// phone number.
const LONGEST_WORD: usize = 48;
const MOST_DIGITS: usize = 4;

/// The fields that drivers add to commands.
const ADDED: [&str; 11] = [
    "$db",
    "$clusterTime",
    "$readPreference",
    "lsid",
    "txnNumber",
    "startTransaction",
    "autocommit",
    "recoveryToken",
    "apiVersion",
    "apiStrict",
    "apiDeprecationErrors",
];

/// `command` as JSON with every value replaced by `"?"`, in time that does not depend on its size.
///
/// The names of fields and operators stay if they look like names: a part of a path that is no
/// word, such as the index of an array or an address that is used as a key, is a value too. The
/// name of the collection stays. Items of an array that look like the item before are left out.
/// `None` for a command without a document: one that is secret.
pub(super) fn sanitized<'a>(command: impl Document<'a>) -> Option<String> {
    let (name, _) = command.fields().next()?;
    let collection = describe::collection(name, command);
    let mut text = Text { out: String::with_capacity(128), left: MOST };
    let keep = |key: &str| collection.filter(|_| key == name || key == "collection");
    text.document(command, 0, |key| !ADDED.contains(&key), keep);
    Some(text.out)
}

/// The text so far, and how much may still be read.
struct Text {
    out: String,
    /// How many values may still be read.
    left: usize,
}

impl Text {
    fn document<'a, D: Document<'a>>(
        &mut self,
        document: D,
        depth: usize,
        has: impl Fn(&str) -> bool,
        keep: impl Fn(&str) -> Option<&'a str>,
    ) {
        self.out.push('{');
        let mut separator = "";
        for (key, value) in document.fields().filter(|(key, _)| has(key)) {
            self.out.push_str(separator);
            separator = ", ";
            if self.is_full() {
                self.out.push('…');
                break;
            }
            self.path(key);
            self.out.push_str(": ");
            match (keep(key), value) {
                (Some(name), Value::Text(text)) if name == text => self.quoted(name),
                (_, value) => self.value(value, depth + 1),
            }
        }
        self.out.push('}');
    }

    fn value<'a, D: Document<'a>>(&mut self, value: Value<'a, D>, depth: usize) {
        self.left = self.left.saturating_sub(1);
        match value {
            Value::Document(document) if depth < DEEPEST => {
                self.document(document, depth, |_| true, |_| None);
            }
            Value::Array(items) if depth < DEEPEST => self.array::<D>(items, depth),
            _ => self.out.push_str("\"?\""),
        }
    }

    fn array<'a, D: Document<'a>>(&mut self, items: D::Items, depth: usize) {
        self.out.push('[');
        let mut last = self.out.len()..self.out.len();
        for value in items {
            let separator = if last.is_empty() { "" } else { ", " };
            let end = self.out.len();
            self.out.push_str(separator);
            if self.is_full() {
                self.out.push('…');
                break;
            }
            let start = self.out.len();
            self.value(value, depth + 1);
            if self.out[start..] == self.out[last.clone()] {
                self.out.truncate(end);
            } else {
                last = start..self.out.len();
            }
        }
        self.out.push(']');
    }

    /// Whether the rest is left out.
    fn is_full(&self) -> bool {
        self.left == 0 || self.out.len() >= LONGEST
    }

    /// A field's name, or a path of them, as a JSON string.
    fn path(&mut self, path: &str) {
        self.out.push('"');
        let end = self.out.len() + LONGEST_NAME;
        for (index, word) in path.split('.').enumerate() {
            if index > 0 {
                self.out.push('.');
            }
            if self.out.len() >= end {
                self.out.push('…');
                break;
            }
            self.out.push_str(if is_word(word) { word } else { "?" });
        }
        self.out.push('"');
    }

    /// `text` as a JSON string, cut at a number of characters.
    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text.chars();
        for character in rest.by_ref().take(LONGEST_NAME) {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                // Collections have no such names by right.
                character if character.is_control() => self.out.push('\u{fffd}'),
                character => self.out.push(character),
            }
        }
        if rest.next().is_some() {
            self.out.push('…');
        }
        self.out.push('"');
    }
}

/// Whether a part of a path is one that a programmer wrote: `price`, `$set`, `$[item]`,
/// `content-type`.
fn is_word(part: &str) -> bool {
    let is_written = |character: char| character.is_alphanumeric() || "_-$[]".contains(character);
    part.len() <= LONGEST_WORD
        && part.starts_with(|first: char| first.is_alphabetic() || "_$".contains(first))
        && part.chars().all(is_written)
        && part.chars().filter(|character| character.is_numeric()).count() <= MOST_DIGITS
}
