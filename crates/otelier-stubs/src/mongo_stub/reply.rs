//! What the stub answers to a command.

use bson::{Bson, Document, doc};

use super::name_of;

/// The answer to a command.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum MongoReply {
    /// This document.
    Document(Document),
    /// None at all; the connection stays open.
    Hang,
    /// None: the connection is closed.
    Disconnect,
}

/// The commands that succeed without saying more.
const WITHOUT_RESULT: [&str; 15] = [
    "abortTransaction",
    "buildInfo",
    "commitTransaction",
    "create",
    "createIndexes",
    "createUser",
    "dbStats",
    "drop",
    "dropDatabase",
    "dropIndexes",
    "dropUser",
    "endSessions",
    "killCursors",
    "ping",
    "refreshSessions",
];

impl MongoReply {
    /// This document; `ok: 1` has to be in it for success.
    #[must_use]
    pub fn document(document: Document) -> Self {
        Self::Document(document)
    }

    /// A failure with a code, its name, and a message that must not be recorded.
    #[must_use]
    pub fn error(code: i32, name: &str) -> Self {
        Self::Document(
            doc! { "ok": 0, "code": code, "codeName": name, "errmsg": "planted-in-errmsg" },
        )
    }

    /// No answer: the connection stays open until the client has enough.
    #[must_use]
    pub fn hang() -> Self {
        Self::Hang
    }

    /// No answer: the connection breaks.
    #[must_use]
    pub fn disconnect() -> Self {
        Self::Disconnect
    }

    /// The least that the driver takes for success; what this server does not know it refuses, as a
    /// real one does.
    pub(super) fn success(command: &Document) -> Self {
        Self::Document(match name_of(command) {
            "hello" | "isMaster" | "ismaster" => doc! {
                "helloOk": true,
                "isWritablePrimary": true,
                "maxBsonObjectSize": 16 * 1024 * 1024,
                "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000,
                "logicalSessionTimeoutMinutes": 30,
                "minWireVersion": 0,
                // That of MongoDB 8.0.
                "maxWireVersion": 25,
                "ok": 1,
            },
            "find" | "aggregate" => cursor(command, "firstBatch"),
            "getMore" => cursor(command, "nextBatch"),
            "insert" => doc! { "n": length(command, "documents"), "ok": 1 },
            "update" => doc! { "n": 1, "nModified": 1, "ok": 1 },
            "delete" | "count" => doc! { "n": 1, "ok": 1 },
            "findAndModify" => doc! { "value": Bson::Null, "ok": 1 },
            "distinct" => doc! { "values": [], "ok": 1 },
            name if WITHOUT_RESULT.contains(&name) => doc! { "ok": 1 },
            name => {
                return Self::Document(doc! {
                    "ok": 0, "code": 59, "codeName": "CommandNotFound",
                    "errmsg": format!("no such command: '{name}'"),
                });
            }
        })
    }
}

/// A cursor that is exhausted, with one document.
fn cursor(command: &Document, batch: &str) -> Document {
    let database = command.get_str("$db").unwrap_or_default();
    let collection =
        ["collection", "find", "aggregate"].iter().find_map(|key| command.get_str(key).ok());
    let namespace = format!("{database}.{}", collection.unwrap_or("$cmd.aggregate"));
    doc! { "cursor": { "id": 0_i64, "ns": namespace, batch: [{ "_id": 1 }] }, "ok": 1 }
}

fn length(command: &Document, key: &str) -> i32 {
    command.get_array(key).map_or(0, |array| i32::try_from(array.len()).unwrap_or(i32::MAX))
}
