//! All differences between what hooks and what layers record. docs/zero-code.md shows the same.

use super::difference::Difference;

const HTTP: &str = "http";
const MYSQL: &str = "mysql";
const AXUM: &str = "axum";
const REQWEST: &str = "reqwest";
const MYSQL_ASYNC: &str = "mysql_async";
const AWS_SDK: &str = r"aws-sdk-\*";
const AWS_SDK_SQS: &str = "aws-sdk-sqs";

/// The list.
pub(crate) const ALL: &[Difference] = &[
    Difference {
        library: AXUM,
        what: "a sampler does not see the route",
        why: "the hook starts before the router has matched it",
        shows_in: HTTP,
        calls: &["sampled_by_route"],
        hooks: &["GET > GET /users/{id} | "],
        layers: &[],
    },
    Difference {
        library: AXUM,
        what: "`network.peer.*` and `client.address` are known without `ConnectInfo`",
        why: "`serve` knows the address",
        shows_in: HTTP,
        calls: &[],
        hooks: &[
            r#"| network.peer.address = "127.0."#,
            "| network.peer.port = PORT",
            r#"| client.address = "127.0."#,
        ],
        layers: &[],
    },
    Difference {
        library: AXUM,
        what: "response headers that axum adds (`content-length`, `allow`) can be recorded",
        why: "the hook ends after axum has added them",
        shows_in: HTTP,
        calls: &["found", "method_not_allowed"],
        hooks: &["http.response.header.content-length = ", "http.response.header.allow = "],
        layers: &[],
    },
    Difference {
        library: AXUM,
        what: "the route is known of a router that another one has as a service \
               (`nest_service`)",
        why: "each router tells the route that it matches",
        shows_in: HTTP,
        calls: &["nested_service"],
        hooks: &["GET > GET /service/users/{id} | ", r#"http.route = "/service/users/{id}""#],
        layers: &["GET > GET | ", "metric http.server."],
    },
    Difference {
        library: REQWEST,
        what: "no `http.request.resend_count` behind a retry middleware",
        why: "reqwest does not know of it",
        shows_in: HTTP,
        calls: &["retried"],
        hooks: &[],
        layers: &["http.request.resend_count = 1"],
    },
    Difference {
        library: REQWEST,
        what: "no `url.template`: `UrlTemplate` has no counterpart",
        why: "a program without Otelier cannot say it",
        shows_in: HTTP,
        calls: &["of_template"],
        hooks: &["GET | ", "GET > GET /users/{id} | ", "metric http.client."],
        layers: &[
            "GET /users/{id} | ",
            "GET /users/{id} > GET /users/{id} | ",
            r#"url.template = "/users/{id}""#,
        ],
    },
    Difference {
        library: REQWEST,
        what: "no request is sent without its context: `DisablePropagation` has no counterpart",
        why: "a program without Otelier cannot say it",
        shows_in: HTTP,
        calls: &["for_stranger"],
        hooks: &["GET > GET /users/{id} | "],
        layers: &["GET /users/{id} | "],
    },
    Difference {
        library: REQWEST,
        what: "a request whose future is never polled is recorded, as cancelled",
        why: "reqwest begins it when `send` is called",
        shows_in: HTTP,
        calls: &["client_dropped"],
        hooks: &["GET | ", "metric http.client.", "resource: "],
        layers: &[],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "`error.type` is `DriverError` for some errors of the driver that the wrapper tells \
               apart",
        why: "the hook names those that all versions of the driver have",
        shows_in: MYSQL,
        calls: &["error_of_named_parameters", "error_of_missing_parameters"],
        hooks: &[r#"error.type = "DriverError""#],
        layers: &[r#"error.type = "Params""#],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "the text of a statement with named parameters has `?` in their place",
        why: "the driver has replaced them",
        shows_in: MYSQL,
        calls: &["executed_by_name", "error_of_missing_parameters"],
        hooks: &[r#"= "UPDATE songs SET title = ? WHERE id = ?""#, "WHERE id = ?\""],
        layers: &[r#"= "UPDATE songs SET title = :t WHERE id = :i""#, "WHERE id = :id\""],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "a batch is one operation for each execution, unless the server executes it as one \
               command; that one has no `db.operation.batch.size`, and is `BATCH` also if it is a \
               single execution",
        why: "so the driver sends it, and it does not count what it sends",
        shows_in: MYSQL,
        calls: &["batch", "batch_of_one", "batch_of_none", "batch_failed", "on_pool"],
        hooks: &["INSERT songs", "metric db.client.operation.duration"],
        layers: &[
            "INSERT songs",
            "metric db.client.operation.duration",
            "db.operation.batch.size = ",
        ],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "what the driver sends for a transaction is recorded: `SET TRANSACTION` for its \
               options, and the `ROLLBACK` of one that was dropped, as a child of the statement \
               that it is sent before",
        why: "the hook is where statements are sent",
        shows_in: MYSQL,
        calls: &["transaction_options", "transaction_dropped"],
        hooks: &["SET TRANSACTION", "ROLLBACK", "metric db.client.operation.duration | "],
        layers: &[],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "no metrics of pools",
        why: "no hook is there",
        shows_in: MYSQL,
        calls: &[],
        hooks: &[],
        layers: &["metric db.client.connection."],
    },
    Difference {
        library: MYSQL_ASYNC,
        what: "no operation for a connection that cannot be had",
        why: "no hook is there",
        shows_in: MYSQL,
        calls: &["unreachable", "pool_exhausted"],
        hooks: &[],
        layers: &["connect ", r#"db.operation.name = "connect""#, "metric db.client.operation."],
    },
    Difference {
        library: AWS_SDK,
        what: "calls for credentials, to STS or SSO, are recorded too, as children of the call \
               that needs them",
        why: "the SDK makes those clients itself",
        shows_in: "failures",
        calls: &["credentials_from_a_call"],
        hooks: &[
            "send songs > send songs | ",
            "metric messaging.client.operation.duration",
            "metric messaging.client.sent.messages",
        ],
        layers: &[],
    },
    Difference {
        library: AWS_SDK_SQS,
        what: "no `process` spans",
        why: "which code works on which message no hook can know",
        shows_in: "sqs",
        calls: &["processed"],
        hooks: &["send NAME #2 | "],
        layers: &["process ", "receive NAME > send NAME | ", "metric messaging.process.duration"],
    },
];
