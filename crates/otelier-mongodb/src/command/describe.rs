//! What is told of a command when it starts.

use std::sync::Arc;

use mongodb::bson::{Bson, Document};
use mongodb::event::command::CommandStartedEvent;
use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbRequest, DbSystem};

use crate::command::text;
use crate::servers::Server;

/// The command as an operation on a database.
///
/// A command that the driver redacts comes without its document, so that nothing but its name and database is told.
pub(crate) fn request(event: &CommandStartedEvent, server: &Server, query_text: bool) -> DbRequest {
    let target = Target::of(&event.command_name, &event.command);
    let namespace = target.database.unwrap_or(&event.db);
    DbRequest {
        server_address: server.host.clone(),
        server_port: server.port,
        namespace: (!namespace.is_empty()).then(|| shared(namespace)),
        collection: target.collection.map(shared),
        operation: Some(operation(&event.command_name)),
        query_text: query_text
            .then(|| text::sanitised(&event.command))
            .flatten()
            .map(StringValue::from),
        batch_size: batch_size(&event.command_name, &event.command),
        ..DbRequest::new(DbSystem::MongoDb)
    }
}

/// The collection that `command` is about, if its document names one.
pub(crate) fn collection<'a>(name: &str, command: &'a Document) -> Option<&'a str> {
    Target::of(name, command).collection
}

/// What a command is about.
#[derive(Debug, Default, PartialEq, Eq)]
struct Target<'a> {
    /// The database, where it is not the one that the command is sent to.
    database: Option<&'a str>,
    collection: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn of(name: &str, command: &'a Document) -> Self {
        let value = || command.get(name).and_then(Bson::as_str);
        match name {
            "getMore" => Self::collection(command.get_str("collection").ok()),
            "bulkWrite" => Self::qualified(only_namespace(command)),
            "renameCollection" => Self::qualified(value()),
            "explain" => {
                let explained = command.get_document(name).ok();
                let first = explained
                    .and_then(|explained| explained.keys().next().map(|key| (key, explained)));
                first.map_or_else(Self::default, |(name, explained)| match is_explicable(name) {
                    true => Self::of(name, explained),
                    false => Self::default(),
                })
            }
            _ if names_collection(name) => Self::collection(value()),
            // What follows the names of other commands may be anything: a user's name, a setting.
            _ => Self::default(),
        }
    }

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

/// Whether `explain` explains the command. It does not explain itself, so that nothing is followed for ever.
fn is_explicable(command: &str) -> bool {
    command != "explain"
}

/// The namespace of a bulk write, if there is but one.
fn only_namespace(command: &Document) -> Option<&str> {
    match command.get_array("nsInfo").ok()?.as_slice() {
        [Bson::Document(only)] => only.get_str("ns").ok(),
        _ => None,
    }
}

/// How many writes the command is a batch of.
fn batch_size(name: &str, command: &Document) -> Option<usize> {
    let writes = match name {
        "insert" => "documents",
        "update" => "updates",
        "delete" => "deletes",
        "bulkWrite" => "ops",
        _ => return None,
    };
    command.get_array(writes).ok().map(Vec::len)
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
    use mongodb::bson::doc;

    use super::*;

    fn check<'a>(
        command: &'a Document,
        database: impl Into<Option<&'a str>>,
        collection: impl Into<Option<&'a str>>,
    ) {
        let name = command.keys().next().map_or("", String::as_str);
        let expected = Target { database: database.into(), collection: collection.into() };
        assert_eq!(Target::of(name, command), expected, "{command}");
    }

    #[test]
    fn the_collection_is_where_the_command_has_it() {
        check(&doc! { "find": "products", "filter": { "find": "x" } }, None, "products");
        check(&doc! { "getMore": 7_i64, "collection": "products" }, None, "products");
        check(&doc! { "aggregate": "products", "pipeline": [] }, None, "products");
        check(&doc! { "explain": { "find": "products" }, "verbosity": "x" }, None, "products");
        check(&doc! { "renameCollection": "shop.old", "to": "shop.new" }, "shop", "old");
        let one = doc! { "bulkWrite": 1, "ops": [], "nsInfo": [{ "ns": "shop.a.b" }] };
        check(&one, "shop", "a.b");
    }

    #[test]
    fn what_is_no_collection_is_not_told() {
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
    fn the_commands_are_in_the_order_they_are_searched_in() {
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
        assert_eq!(batch_size("insert", &doc! { "insert": "a", "documents": three() }), Some(3));
        assert_eq!(batch_size("update", &doc! { "update": "a", "updates": three() }), Some(3));
        assert_eq!(batch_size("delete", &doc! { "delete": "a", "deletes": three() }), Some(3));
        assert_eq!(batch_size("bulkWrite", &doc! { "bulkWrite": 1, "ops": three() }), Some(3));
        assert_eq!(batch_size("find", &doc! { "find": "a", "documents": three() }), None);
        assert_eq!(batch_size("insert", &doc! {}), None);
    }
}
