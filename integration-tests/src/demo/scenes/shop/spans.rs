//! The spans of the shop: every tree, with every attribute.

use anyhow::{Context as _, Result};
use otelier_testing::{ExpectedSpan, Span, any, link_to, matching, span};
use reqwest::Url;

use super::{API, CUSTOMER, NOWHERE, SHIPPING, WORKER};

/// What the expected spans are made from: where everything is.
pub(super) struct Spans {
    /// What the shop's databases and its queue are named after.
    pub(super) name: String,
    pub(super) api: Url,
    pub(super) without_database: Url,
    pub(super) shipping: Url,
    pub(super) queue: Url,
    pub(super) mysql: Url,
    pub(super) mongodb: Url,
    pub(super) sqs: Url,
}

impl Spans {
    /// The trees. The two that point to each other need the identities that the received ones have.
    pub(super) fn trees(&self, received: &[Span]) -> Result<Vec<ExpectedSpan>> {
        let named = |prefix: &str| {
            let found = received.iter().find(|span| span.name.starts_with(prefix));
            found.map(Span::context).with_context(|| format!("no span {prefix}…"))
        };
        let (send, receive) = (named("send ")?, named("receive ")?);

        let delivered = self.receive().link(link_to(&send).attr("messaging.message.id", any()));
        let fulfilled = self.process().link(link_to(&receive)).children([
            self.insert_fulfilment(),
            self.post(WORKER, &self.shipping, "/shipments", 201).child(self.shipped()),
            answered(self.on_queue(WORKER, "delete", "settle", "DeleteMessage")),
        ]);
        let bought = self.placed(&self.api, 201).children([
            self.statement("START TRANSACTION", "START TRANSACTION"),
            self.take_article(),
            self.insert_order(),
            self.send().child(fulfilled),
            self.statement("COMMIT", "COMMIT"),
        ]);
        let not_sold = self.placed(&self.api, 422).children([
            self.statement("START TRANSACTION", "START TRANSACTION"),
            self.take_article(),
        ]);
        let too_long = self.placed(&self.api, 500).error("500").children([
            self.statement("START TRANSACTION", "START TRANSACTION"),
            self.take_article(),
            self.insert_order().attr("db.response.status_code", "1406").error("1406"),
        ]);
        let no_database =
            self.placed(&self.without_database, 503).error("503").child(no_connection());

        let buy = |api, status| self.post(CUSTOMER, api, "/orders", status).root();
        Ok(vec![
            self.create_database().root(),
            self.create_tables().root(),
            // Each API and the worker.
            self.create_queue(API).root(),
            self.create_queue(API).root(),
            self.create_queue(WORKER).root(),
            no_connection().root(),
            delivered.root(),
            buy(&self.api, 201).child(bought),
            buy(&self.api, 422).error("422").child(not_sold),
            buy(&self.api, 500).error("500").child(too_long),
            buy(&self.without_database, 503).error("503").child(no_database),
        ])
    }

    fn create_database(&self) -> ExpectedSpan {
        let summary = format!("CREATE DATABASE {}", self.name);
        let text = format!("CREATE DATABASE IF NOT EXISTS {}", self.name);
        let before = self.mysql.path().trim_start_matches('/').to_owned();
        self.on_mysql(&summary).attr("db.namespace", before).attr("db.query.text", text)
    }

    fn create_tables(&self) -> ExpectedSpan {
        let text =
            matching("the tables", |it| it.as_str().is_some_and(|it| it.contains("CREATE TABLE")));
        self.on_shop("CREATE TABLE articles CREATE TABLE orders INSERT articles")
            .attr("db.query.text", text)
    }

    fn take_article(&self) -> ExpectedSpan {
        let text = "UPDATE articles SET stock = stock - ? WHERE name = ? AND stock > ?";
        self.statement("UPDATE articles", text)
    }

    fn insert_order(&self) -> ExpectedSpan {
        self.statement("INSERT orders", "INSERT INTO orders (article, customer) VALUES (?, ?)")
    }

    fn statement(&self, summary: &str, text: &str) -> ExpectedSpan {
        self.on_shop(summary).attr("db.query.text", text)
    }

    fn on_shop(&self, summary: &str) -> ExpectedSpan {
        self.on_mysql(summary).attr("db.namespace", self.name.as_str())
    }

    fn on_mysql(&self, summary: &str) -> ExpectedSpan {
        let system =
            matching("mysql or mariadb", |it| matches!(it.as_str(), Some("mysql" | "mariadb")));
        let span = span(summary).client().service(API).scope("otelier-mysql");
        at(span, &self.mysql, 3306).attr("db.system.name", system).attr("db.query.summary", summary)
    }

    fn insert_fulfilment(&self) -> ExpectedSpan {
        let span = span("insert fulfilments").client().service(WORKER).scope("otelier-mongodb");
        at(span, &self.mongodb, 27017)
            .attr("db.system.name", "mongodb")
            .attr("db.namespace", self.name.as_str())
            .attr("db.collection.name", "fulfilments")
            .attr("db.operation.name", "insert")
    }

    fn create_queue(&self, service: &str) -> ExpectedSpan {
        answered(self.aws_call("SQS.CreateQueue", service, "CreateQueue"))
    }

    fn send(&self) -> ExpectedSpan {
        let send = answered(self.on_queue(API, "send", "send", "SendMessage"));
        send.producer().attr("messaging.message.id", any())
    }

    fn receive(&self) -> ExpectedSpan {
        let receive = answered(self.on_queue(WORKER, "receive", "receive", "ReceiveMessage"));
        receive.attr("messaging.batch.message_count", 1)
    }

    fn process(&self) -> ExpectedSpan {
        let process = span(format!("process {}", self.queue_name()))
            .consumer()
            .service(WORKER)
            .attr("aws.request_id", any());
        self.messaging(self.at_sqs(process), "process", "process")
            .attr("messaging.message.id", any())
    }

    /// A call about the queue.
    fn on_queue(&self, service: &str, operation: &str, kind: &str, method: &str) -> ExpectedSpan {
        let name = format!("{operation} {}", self.queue_name());
        self.messaging(self.aws_call(&name, service, method), operation, kind)
    }

    fn messaging(&self, span: ExpectedSpan, operation: &str, kind: &str) -> ExpectedSpan {
        span.attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", operation)
            .attr("messaging.operation.type", kind)
            .attr("messaging.destination.name", self.queue_name())
            .attr("aws.sqs.queue.url", self.queue.as_str())
    }

    fn aws_call(&self, name: &str, service: &str, method: &str) -> ExpectedSpan {
        self.at_sqs(span(name).client().service(service))
            .attr("rpc.system", "aws-api")
            .attr("rpc.service", "SQS")
            .attr("rpc.method", method)
            .attr("cloud.region", any())
    }

    fn at_sqs(&self, span: ExpectedSpan) -> ExpectedSpan {
        at(span.scope("otelier-aws"), &self.sqs, 0)
    }

    fn queue_name(&self) -> String {
        format!("{}-orders", self.name)
    }

    /// A request as its client sees it.
    fn post(&self, service: &str, server: &Url, path: &str, status: u16) -> ExpectedSpan {
        let span = span("POST").client().service(service).scope("otelier-reqwest");
        at(span, server, 0)
            .attr("http.request.method", "POST")
            .attr("url.full", format!("{server}{}", path.trim_start_matches('/')))
            .attr("http.response.status_code", status)
            .attr("network.protocol.version", "1.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", server.port().unwrap_or_default())
    }

    fn placed(&self, api: &Url, status: u16) -> ExpectedSpan {
        served(API, api, "/orders", status)
    }

    fn shipped(&self) -> ExpectedSpan {
        served(SHIPPING, &self.shipping, "/shipments", 201)
    }
}

/// A request as its server sees it.
fn served(service: &str, server: &Url, route: &str, status: u16) -> ExpectedSpan {
    at(span(format!("POST {route}")).server().service(service).scope("otelier-tower"), server, 0)
        .attr("http.request.method", "POST")
        .attr("http.request.body.size", any())
        .attr("http.route", route)
        .attr("http.response.status_code", status)
        .attr("http.response.body.size", any())
        .attr("url.scheme", "http")
        .attr("url.path", route)
        .attr("client.address", "127.0.0.1")
        .attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", any())
        .attr("network.protocol.version", "1.1")
}

/// The search for a database where none is.
fn no_connection() -> ExpectedSpan {
    let (host, port) = NOWHERE;
    span(format!("connect {host}:{port}"))
        .client()
        .service(API)
        .scope("otelier-mysql")
        .attr("db.system.name", "mysql")
        .attr("db.operation.name", "connect")
        .attr("server.address", host)
        .attr("server.port", port)
        .error("ConnectionRefused")
}

/// What a response of AWS adds.
fn answered(span: ExpectedSpan) -> ExpectedSpan {
    span.attr("http.response.status_code", 200).attr("aws.request_id", any())
}

/// At the host and port of `server`, the latter unless it is the default one.
fn at(span: ExpectedSpan, server: &Url, default_port: u16) -> ExpectedSpan {
    let span = span.attr("server.address", server.host_str().unwrap_or_default());
    match server.port_or_known_default() {
        Some(port) if port != default_port => span.attr("server.port", port),
        _ => span,
    }
}
