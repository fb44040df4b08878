//! A command as text without its values.

use mongodb::bson::{Bson, Document};

use crate::command::describe;

/// The length at which a text is cut. What is open is still closed, so that it may be a little longer.
const LONGEST: usize = 2048;
/// How many values are looked at, since equal ones take no room.
const MOST: usize = 1000;
/// How deeply nested values are looked at; the server's own limit is 100.
const DEEPEST: usize = 32;
/// The length at which the name of a field or a collection is cut.
const LONGEST_NAME: usize = 128;
/// A part of a field's name that is longer, or has more digits, is data: an identifier, a token, a number of a phone.
const LONGEST_WORD: usize = 48;
const MOST_DIGITS: usize = 4;

/// What the driver adds to commands, which is no part of what the user wrote.
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
/// The names of fields and operators stay where they look like names: the part of a path that is no word, such as the
/// index of an array or somebody's address that is used as a key, is a value too. So does the name of the collection
/// stay. Elements of an array that look like their predecessor are left out. `None` for a command without a document: one that is secret.
pub(crate) fn sanitised(command: &Document) -> Option<String> {
    let name = command.keys().next()?;
    let collection = describe::collection(name, command);
    let mut text = Text { out: String::with_capacity(128), left: MOST };
    let keep = |key: &str| collection.filter(|_| key == name || key == "collection");
    text.document(command, 0, |key| !ADDED.contains(&key), keep);
    Some(text.out)
}

struct Text {
    out: String,
    left: usize,
}

impl Text {
    fn document<'a>(
        &mut self,
        document: &Document,
        depth: usize,
        has: impl Fn(&str) -> bool,
        keep: impl Fn(&str) -> Option<&'a str>,
    ) {
        self.out.push('{');
        let mut separator = "";
        for (key, value) in document.iter().filter(|(key, _)| has(key)) {
            self.out.push_str(separator);
            separator = ", ";
            if self.is_full() {
                self.out.push('…');
                break;
            }
            self.path(key);
            self.out.push_str(": ");
            match keep(key) {
                Some(name) if value.as_str() == Some(name) => self.quoted(name),
                _ => self.value(value, depth + 1),
            }
        }
        self.out.push('}');
    }

    fn value(&mut self, value: &Bson, depth: usize) {
        self.left = self.left.saturating_sub(1);
        match value {
            Bson::Document(document) if depth < DEEPEST => {
                self.document(document, depth, |_| true, |_| None);
            }
            Bson::Array(array) if depth < DEEPEST => self.array(array, depth),
            _ => self.out.push_str("\"?\""),
        }
    }

    fn array(&mut self, array: &[Bson], depth: usize) {
        self.out.push('[');
        let mut last = self.out.len()..self.out.len();
        for value in array {
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

/// Whether a part of a path is one that a programmer wrote: `price`, `$set`, `$[item]`, `content-type`.
fn is_word(part: &str) -> bool {
    let is_written = |character: char| character.is_alphanumeric() || "_-$[]".contains(character);
    part.len() <= LONGEST_WORD
        && part.starts_with(|first: char| first.is_alphabetic() || "_$".contains(first))
        && part.chars().all(is_written)
        && part.chars().filter(|character| character.is_numeric()).count() <= MOST_DIGITS
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{JavaScriptCodeWithScope, Regex, doc, oid::ObjectId};

    use super::*;

    fn check(command: &Document, expected: &str) {
        assert_eq!(sanitised(command).as_deref(), Some(expected));
    }

    #[test]
    fn values_go_and_structure_stays() {
        check(
            &doc! {
                "find": "products",
                "filter": { "name": "planted", "price": { "$gt": 10, "$lt": 20.5 }, "_id": ObjectId::new() },
                "sort": { "price": -1 },
                "limit": 5_i64,
                "lsid": { "id": "planted" },
                "$db": "shop",
            },
            "{\"find\": \"products\", \"filter\": {\"name\": \"?\", \"price\": {\"$gt\": \"?\", \"$lt\": \"?\"}, \
             \"_id\": \"?\"}, \"sort\": {\"price\": \"?\"}, \"limit\": \"?\"}",
        );
    }

    #[test]
    fn equal_neighbours_in_an_array_are_told_once() {
        check(
            &doc! { "find": "a", "filter": { "n": { "$in": [1, 2, 3] } } },
            r#"{"find": "a", "filter": {"n": {"$in": ["?"]}}}"#,
        );
        check(
            &doc! { "insert": "a", "documents": [{ "b": 1 }, { "b": 2 }, { "c": [] }, { "c": [[1], [2, "x"]] }, { "b": 1 }] },
            r#"{"insert": "a", "documents": [{"b": "?"}, {"c": []}, {"c": [["?"]]}, {"b": "?"}]}"#,
        );
    }

    #[test]
    fn the_collection_is_kept_only_where_it_is_the_collection() {
        check(
            &doc! { "getMore": 7_i64, "collection": "products", "batchSize": 2 },
            r#"{"getMore": "?", "collection": "products", "batchSize": "?"}"#,
        );
        check(
            &doc! { "find": "a", "filter": { "name": "a", "find": "a" }, "comment": "a" },
            r#"{"find": "a", "filter": {"name": "?", "find": "?"}, "comment": "?"}"#,
        );
        check(&doc! { "explain": { "find": "a" } }, r#"{"explain": {"find": "?"}}"#);
        check(&doc! { "dropUser": "planted" }, r#"{"dropUser": "?"}"#);
        check(
            &doc! { "unheardOf": "planted", "with": ["planted"] },
            r#"{"unheardOf": "?", "with": ["?"]}"#,
        );
    }

    #[test]
    fn a_secret_command_has_no_text() {
        assert_eq!(sanitised(&Document::new()), None);
    }

    #[test]
    fn collections_are_escaped_and_cut() {
        check(&doc! { "find": "a\"b\\c\n" }, "{\"find\": \"a\\\"b\\\\c\u{fffd}\"}");
        let expected = format!("{{\"find\": \"{}…\"}}", "é".repeat(LONGEST_NAME));
        check(&doc! { "find": "é".repeat(1000) }, &expected);
    }

    fn check_path(path: &str, expected: &str) {
        let expected = format!(r#"{{"find": "a", "filter": {{"{expected}": "?"}}}}"#);
        check(&doc! { "find": "a", "filter": { path: 1 } }, &expected);
    }

    #[test]
    fn names_of_fields_stay() {
        for name in [
            "price",
            "_id",
            "$set",
            "line2",
            "größe",
            "a.b.c",
            "items.$[item].price",
            "content-type",
        ] {
            check_path(name, name);
        }
    }

    #[test]
    fn names_that_are_data_go() {
        check_path("emails.john@x.com", "emails.?.com");
        check_path("items.0.price", "items.?.price");
        check_path("by_user.64f1c0ffee64f1c0ffee64f1.seen", "by_user.?.seen");
        check_path("by_user.c64f1c0ffee64f1c0ffee64f", "by_user.?");
        check_path("a50e8400-e29b-41d4-a716-446655440000", "?");
        check_path("+4915112345678", "?");
        check_path("the name of somebody", "?");
        check_path("d\"e\\f\u{0007}", "?");
        check_path("", "?");
        check_path("..", "?.?.?");
        check_path(&"é".repeat(1000), "?");
        check_path(&"word.".repeat(1000), &format!("{}…", "word.".repeat(26)));
    }

    #[test]
    fn code_and_patterns_go() {
        let code = Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
            code: "planted".to_owned(),
            scope: doc! { "planted": "planted" },
        });
        check(
            &doc! {
                "find": "a",
                "filter": {
                    "$where": "this.name == 'planted'",
                    "$expr": { "$function": { "body": "function() { return 'planted' }", "args": ["$planted"], "lang": "js" } },
                    "name": Regex { pattern: "planted".to_owned(), options: String::new() },
                    "other": { "$regex": "planted", "$options": "i" },
                    "code": code,
                },
            },
            concat!(
                r#"{"find": "a", "filter": {"$where": "?", "#,
                r#""$expr": {"$function": {"body": "?", "args": ["?"], "lang": "?"}}, "#,
                r#""name": "?", "other": {"$regex": "?", "$options": "?"}, "code": "?"}}"#
            ),
        );
    }

    #[test]
    fn long_wide_and_deep_commands_are_cut() {
        let wide: Document = (0..100_000).map(|n| (format!("field-{n}"), Bson::Int32(n))).collect();
        let text = sanitised(&doc! { "find": "a", "filter": wide }).expect("a text");
        assert!(text.len() < LONGEST + 200 && text.ends_with(", …}}"), "{text}");

        let many = vec![Bson::Int32(1); 1_000_000];
        let text = sanitised(&doc! { "find": "a", "filter": { "$in": many } });
        assert_eq!(text.as_deref(), Some(r#"{"find": "a", "filter": {"$in": ["?", …]}}"#));

        let deep = (0..1000).fold(Bson::Int32(1), |inner, _| doc! { "a": inner }.into());
        let text = sanitised(&doc! { "find": "a", "filter": deep }).expect("a text");
        assert!(text.contains(r#"{"a": {"a": "?"}}"#) && text.len() < 300, "{text}");
    }
}
