//! The user's own handlers: they see every event, and cannot do harm.

use std::sync::{Arc, Mutex};

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::event::command::CommandEvent;
use otelier_stubs::MongoStub;
use otelier_testing::{Capture, assert_points, assert_tree};

use crate::support::{command, eventually, options, otel, products};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, event: &CommandEvent) {
        self.0.lock().unwrap().push(match event {
            CommandEvent::Started(event) => {
                format!("{} {}", event.command_name, event.command.len() > 2)
            }
            CommandEvent::Succeeded(event) => format!("{} {}", event.command_name, event.reply),
            event => format!("{event:?}"),
        });
    }

    fn sorted(&self) -> Vec<String> {
        let mut log = self.0.lock().unwrap().clone();
        log.sort();
        log
    }
}

/// Runs a find with a user's handler and expects both to see it.
async fn check(make: impl FnOnce(Log) -> EventHandler<CommandEvent>) {
    let (stub, capture, log) = (MongoStub::start(), Capture::new(), Log::default());
    let mut options = options(&stub).await;
    options.command_event_handler = Some(make(log.clone()));
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");

    products(&client).find_one(doc! {}).await.expect("an answer");

    eventually("both events", || log.sorted().len() == 2).await;
    let reply = r#"find { "cursor": { "id": 0, "ns": "shop.products", "firstBatch": [{ "_id": 1 }] }, "ok": 1 }"#;
    assert_eq!(log.sorted(), ["find true", reply]);
    assert_tree(&capture.spans(), command(&stub, "find"));
}

#[tokio::test]
async fn a_callback_is_called() {
    check(|log| EventHandler::callback(move |event| log.note(&event))).await;
}

#[tokio::test]
async fn an_asynchronous_callback_is_called() {
    check(|log| {
        EventHandler::async_callback(move |event| {
            let log = log.clone();
            Box::pin(async move { log.note(&event) })
        })
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_sent_to() {
    check(|log| {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                log.note(&event);
            }
        });
        sender.into()
    })
    .await;
}

#[tokio::test]
async fn panic_of_callback_is_caught() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut options = options(&stub).await;
    options.command_event_handler = Some(EventHandler::callback(|_| panic!("planted")));
    options.cmap_event_handler = Some(EventHandler::async_callback(|_| panic!("planted")));
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    let found = products(&client).find_one(doc! {}).await.expect("an answer");
    assert_eq!(found, Some(doc! { "_id": 1 }));
    assert_tree(&capture.spans(), command(&stub, "find"));
}

#[tokio::test]
async fn pool_event_handler_is_called() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let log = Arc::new(Mutex::new(Vec::new()));
    let mut options = options(&stub).await;
    let noted = Arc::clone(&log);
    options.cmap_event_handler = Some(EventHandler::callback(move |event| {
        noted.lock().unwrap().push(match event {
            CmapEvent::PoolCreated(_) => "pool",
            CmapEvent::PoolReady(_) => "pool ready",
            CmapEvent::ConnectionCreated(_) => "created",
            CmapEvent::ConnectionReady(_) => "ready",
            CmapEvent::ConnectionCheckoutStarted(_) => "wait",
            CmapEvent::ConnectionCheckedOut(_) => "out",
            CmapEvent::ConnectionCheckedIn(_) => "in",
            _ => "another",
        });
    }));
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    products(&client).find_one(doc! {}).await.expect("an answer");
    eventually("the connection's return", || log.lock().unwrap().contains(&"in")).await;
    assert_eq!(
        *log.lock().unwrap(),
        ["pool", "pool ready", "wait", "created", "ready", "out", "in"]
    );
}

#[tokio::test]
async fn replaced_pool_handler_means_no_pool_metrics() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut options = otel(&capture).instrument(options(&stub).await);
    options.cmap_event_handler = Some(EventHandler::callback(drop));
    let client = Client::with_options(options).expect("a client");
    products(&client).find_one(doc! {}).await.expect("an answer");
    assert_tree(&capture.spans(), command(&stub, "find"));
    assert_points(&capture.metrics(), "db.client.connection.count", []);
}
