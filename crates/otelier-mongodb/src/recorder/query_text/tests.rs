//! What is left of a command's text.

use bson::{Bson, Document, JavaScriptCodeWithScope, Regex, doc, oid::ObjectId};

use super::*;
use crate::recorder::TestDocument;

fn text_of(command: &Document) -> Option<String> {
    sanitized(TestDocument(command))
}

fn check(command: &Document, expected: &str) {
    assert_eq!(sanitized(TestDocument(command)).as_deref(), Some(expected));
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
fn equal_neighbors_are_written_once() {
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
fn collection_is_kept_only_as_the_target() {
    check(
        &doc! { "getMore": 7_i64, "collection": "products", "batchSize": 2 },
        r#"{"getMore": "?", "collection": "products", "batchSize": "?"}"#,
    );
    check(
        &doc! { "find": "a", "filter": { "name": "a", "find": "a" }, "comment": "a" },
        r#"{"find": "a", "filter": {"name": "?", "find": "?"}, "comment": "?"}"#,
    );
    // Another text in its place is a value.
    check(&doc! { "find": "a", "collection": "planted" }, r#"{"find": "a", "collection": "?"}"#);
    check(
        &doc! { "renameCollection": "shop.old", "to": "shop.new" },
        r#"{"renameCollection": "?", "to": "?"}"#,
    );
    check(&doc! { "explain": { "find": "a" } }, r#"{"explain": {"find": "?"}}"#);
    check(&doc! { "dropUser": "planted" }, r#"{"dropUser": "?"}"#);
    check(
        &doc! { "unheardOf": "planted", "with": ["planted"] },
        r#"{"unheardOf": "?", "with": ["?"]}"#,
    );
}

#[test]
fn secret_command_has_no_text() {
    assert_eq!(sanitized(TestDocument(&Document::new())), None);
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
fn field_names_stay() {
    for name in
        ["price", "_id", "$set", "line2", "größe", "a.b.c", "items.$[item].price", "content-type"]
    {
        check_path(name, name);
    }
}

#[test]
fn field_names_that_are_data_go() {
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
    let text = text_of(&doc! { "find": "a", "filter": wide }).expect("a text");
    assert!(text.len() < LONGEST + 200 && text.ends_with(", …}}"), "{text}");

    let many = vec![Bson::Int32(1); 1_000_000];
    let text = text_of(&doc! { "find": "a", "filter": { "$in": many } });
    assert_eq!(text.as_deref(), Some(r#"{"find": "a", "filter": {"$in": ["?", …]}}"#));

    let document = |inner: Bson| Bson::from(doc! { "a": inner });
    let array = |inner: Bson| Bson::from(vec![inner]);
    let nested = |layer: &dyn Fn(Bson) -> Bson, depth| {
        (0..depth).fold(Bson::Int32(1), |inner, _| layer(inner))
    };
    // The command is the first level.
    let most = DEEPEST - 1;
    let documents = format!("{}\"?\"{}", r#"{"a": "#.repeat(most), "}".repeat(most));
    let arrays = format!("{}\"?\"{}", "[".repeat(most), "]".repeat(most));
    for (layer, expected) in [(&document as &dyn Fn(Bson) -> Bson, documents), (&array, arrays)] {
        for depth in [most, most + 1, 1000] {
            let command = doc! { "find": "a", "filter": nested(layer, depth) };
            check(&command, &format!(r#"{{"find": "a", "filter": {expected}}}"#));
        }
    }
}
