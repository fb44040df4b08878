//! The description of a command as an operation on a database.
//!
//! Which collection a command is about is not at one place in it. For most commands it is the value
//! of the first field; for others it is elsewhere, or that value is data of the user. So the
//! commands whose value is a collection are listed, and an unknown command has none.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/mongodb/>.

use std::sync::Arc;

use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbRequest, DbSystem};

use super::document::{Document, Value};
use super::event::CommandStarted;
use super::pools::Server;
use super::query_text;

/// The command as an operation on a database.
///
/// A command that the driver hides comes without its document: only its name and database are
/// known.
pub(super) fn request<'a, D: Document<'a>>(
    event: &CommandStarted<'a, D>,
    server: &Server,
    with_query_text: bool,
) -> DbRequest {
    let target = Target::of(event.name, event.command);
    let namespace = target.database.unwrap_or(event.database);
    let mut request = DbRequest::new(DbSystem::MONGODB);
    request.server_address = server.host.clone();
    request.server_port = server.port;
    request.namespace = (!namespace.is_empty()).then(|| shared(namespace));
    request.collection = target.collection.map(shared);
    request.operation = Some(operation(event.name));
    request.query_text = with_query_text
        .then(|| query_text::sanitized(event.command))
        .flatten()
        .map(StringValue::from);
    request.batch_size = batch_size(event.name, event.command);
    request
}

/// The collection that `command` is about, if its document names one.
pub(super) fn collection<'a>(name: &str, command: impl Document<'a>) -> Option<&'a str> {
    Target::of(name, command).collection
}

/// What a command is about.
#[derive(Debug, Default, PartialEq, Eq)]
struct Target<'a> {
    /// The database, if it is not the one that the command is sent to.
    database: Option<&'a str>,
    /// `None` for a command that is about a whole database or server.
    collection: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// `name` is the command's own name, under which most commands have their collection.
    fn of<D: Document<'a>>(name: &str, command: D) -> Self {
        let value = |name: &str| command.get(name).and_then(Value::text);
        match name {
            "getMore" => Self::collection(value("collection")),
            "bulkWrite" => Self::qualified(only_namespace(command)),
            "renameCollection" => Self::qualified(value(name)),
            "explain" => {
                let explained = command.get(name).and_then(Value::document);
                let first =
                    explained.and_then(|explained| Some((explained.fields().next()?.0, explained)));
                first.map_or_else(Self::default, |(name, explained)| match is_explicable(name) {
                    true => Self::of(name, explained),
                    false => Self::default(),
                })
            }
            _ if names_collection(name) => Self::collection(value(name)),
            // The value of another command's name may be anything: a user's name, a setting.
            _ => Self::default(),
        }
    }

    /// In the database that the command is sent to.
    fn collection(collection: Option<&'a str>) -> Self {
        Self { database: None, collection }
    }

    /// The target of a `database.collection`.
    fn qualified(namespace: Option<&'a str>) -> Self {
        let parts = namespace.and_then(|namespace| namespace.split_once('.'));
        parts.map_or_else(Self::default, |(database, collection)| Self {
            database: Some(database),
            collection: Some(collection),
        })
    }
}

/// Whether the value of the command's own name is a collection.
fn names_collection(command: &str) -> bool {
    const COMMANDS: [&str; 31] = [
        "aggregate",
        "cloneCollectionAsCapped",
        "collMod",
        "collStats",
        "compact",
        "convertToCapped",
        "count",
        "create",
        "createIndexes",
        "createSearchIndexes",
        "delete",
        "distinct",
        "drop",
        "dropIndexes",
        "dropSearchIndex",
        "find",
        "findAndModify",
        "findandmodify",
        "insert",
        "killCursors",
        "listIndexes",
        "listSearchIndexes",
        "mapReduce",
        "mapreduce",
        "planCacheClear",
        "planCacheListPlans",
        "reIndex",
        "setIndexCommitQuorum",
        "update",
        "updateSearchIndex",
        "validate",
    ];
    COMMANDS.binary_search(&command).is_ok()
}

/// Whether `explain` explains the command. It does not explain itself, so that recursion ends.
fn is_explicable(command: &str) -> bool {
    command != "explain"
}

/// The namespace of a bulk write, if it has only one.
fn only_namespace<'a>(command: impl Document<'a>) -> Option<&'a str> {
    let mut namespaces = command.get("nsInfo").and_then(Value::array)?;
    let only = namespaces.next().and_then(Value::document)?;
    if namespaces.next().is_some() { None } else { only.get("ns").and_then(Value::text) }
}

/// How many writes the command is a batch of.
fn batch_size<'a>(name: &str, command: impl Document<'a>) -> Option<usize> {
    let writes = match name {
        "insert" => "documents",
        "update" => "updates",
        "delete" => "deletes",
        "bulkWrite" => "ops",
        _ => return None,
    };
    let writes = command.get(writes).and_then(Value::array)?;
    Some(match writes.size_hint() {
        (least, Some(most)) if least == most => least,
        _ => writes.count(),
    })
}

/// The command's name, without an allocation for the usual ones.
fn operation(name: &str) -> StringValue {
    const USUAL: [&str; 14] = [
        "find",
        "insert",
        "update",
        "delete",
        "aggregate",
        "getMore",
        "findAndModify",
        "count",
        "distinct",
        "bulkWrite",
        "commitTransaction",
        "abortTransaction",
        "createIndexes",
        "killCursors",
    ];
    USUAL
        .iter()
        .find(|usual| **usual == name)
        .map_or_else(|| shared(name), |usual| StringValue::from(*usual))
}

/// A value that is cloned for free, since span and metric share it.
fn shared(text: &str) -> StringValue {
    Arc::<str>::from(text).into()
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};

    use super::*;
    use crate::recorder::TestDocument;

    fn check<'a>(
        command: &'a bson::Document,
        database: impl Into<Option<&'a str>>,
        collection: impl Into<Option<&'a str>>,
    ) {
        let name = command.keys().next().map_or("", String::as_str);
        let expected = Target { database: database.into(), collection: collection.into() };
        assert_eq!(Target::of(name, TestDocument(command)), expected, "{command}");
    }

    #[test]
    fn collection_is_where_the_command_has_it() {
        check(&doc! { "find": "products", "filter": { "find": "x" } }, None, "products");
        check(&doc! { "getMore": 7_i64, "collection": "products" }, None, "products");
        check(&doc! { "aggregate": "products", "pipeline": [] }, None, "products");
        check(&doc! { "explain": { "find": "products" }, "verbosity": "x" }, None, "products");
        check(&doc! { "renameCollection": "shop.old", "to": "shop.new" }, "shop", "old");
        let one = doc! { "bulkWrite": 1, "ops": [], "nsInfo": [{ "ns": "shop.a.b" }] };
        check(&one, "shop", "a.b");
    }

    #[test]
    fn what_is_no_collection_is_left_out() {
        check(&doc! { "aggregate": 1, "pipeline": [] }, None, None);
        check(&doc! { "dropUser": "planted" }, None, None);
        check(&doc! { "usersInfo": "planted" }, None, None);
        check(&doc! { "unheardOf": "planted" }, None, None);
        check(&doc! { "explain": { "explain": { "find": "products" } } }, None, None);
        check(&doc! { "explain": 1 }, None, None);
        check(&doc! { "bulkWrite": 1, "nsInfo": [{ "ns": "a.b" }, { "ns": "a.c" }] }, None, None);
        check(&doc! { "bulkWrite": 1, "nsInfo": [{ "ns": "nothing" }] }, None, None);
        check(&doc! {}, None, None);
    }

    #[test]
    fn commands_are_sorted_for_the_search() {
        for name in [
            "aggregate",
            "find",
            "findandmodify",
            "validate",
            "listSearchIndexes",
            "setIndexCommitQuorum",
        ] {
            assert!(names_collection(name), "{name}");
        }
        for name in ["", "ping", "zzz", "createUser"] {
            assert!(!names_collection(name), "{name}");
        }
    }

    #[test]
    fn writes_are_counted() {
        let three = || vec![Bson::Null; 3];
        let batch = |name, command: &bson::Document| batch_size(name, TestDocument(command));
        assert_eq!(batch("insert", &doc! { "insert": "a", "documents": three() }), Some(3));
        assert_eq!(batch("update", &doc! { "update": "a", "updates": three() }), Some(3));
        assert_eq!(batch("delete", &doc! { "delete": "a", "deletes": three() }), Some(3));
        assert_eq!(batch("bulkWrite", &doc! { "bulkWrite": 1, "ops": three() }), Some(3));
        assert_eq!(batch("find", &doc! { "find": "a", "documents": three() }), None);
        assert_eq!(batch("insert", &doc! {}), None);
    }

    /// A batch with items that only tell their number.
    #[derive(Clone, Copy, Debug)]
    struct Batch(Items);

    #[derive(Clone, Copy, Debug)]
    struct Items {
        left: usize,
        hint: (usize, Option<usize>),
        can_be_read: bool,
    }

    impl Iterator for Items {
        type Item = Value<'static, Batch>;

        fn next(&mut self) -> Option<Self::Item> {
            assert!(self.can_be_read, "the number is known");
            self.left = self.left.checked_sub(1)?;
            Some(Value::Other)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            self.hint
        }
    }

    impl crate::recorder::Document<'static> for Batch {
        type Fields = std::iter::Once<(&'static str, Value<'static, Self>)>;
        type Items = Items;

        fn fields(self) -> Self::Fields {
            std::iter::once(("documents", Value::Array(self.0)))
        }
    }

    #[test]
    fn writes_are_counted_one_by_one_only_if_their_number_is_not_known() {
        for (hint, can_be_read) in [((3, Some(3)), false), ((1, Some(5)), true), ((3, None), true)]
        {
            let batch = Batch(Items { left: 3, hint, can_be_read });
            assert_eq!(batch_size("insert", batch), Some(3), "{hint:?}");
        }
    }
}
