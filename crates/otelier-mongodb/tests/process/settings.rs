//! What handlers take from the process: providers and settings, also those that come later.

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::ClientOptions;
use opentelemetry::global;
use otelier_instrument::settings::{self, Settings};
use otelier_stubs::MongoStub;
use otelier_testing::Capture;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn check() {
    let stub = MongoStub::start();
    let options = ClientOptions::parse(stub.uri()).await.expect("a connection string");
    let client = Client::with_options(otelier_mongodb::instrument(options)).expect("a client");
    let capture = Capture::new();
    let names_of = async || {
        for command in ["ping", "dbStats"] {
            client.database("shop").run_command(doc! { command: 1 }).await.expect("an answer");
        }
        capture.take_spans().into_iter().map(|span| span.name).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];

    assert_eq!(names_of().await, nothing, "nothing is installed yet");

    global::set_tracer_provider(capture.tracer_provider());
    global::set_meter_provider(capture.meter_provider());
    otelier_instrument::announce_providers();
    assert_eq!(
        names_of().await,
        ["dbStats shop"],
        "what was installed after the client was made counts"
    );
    let pools = capture.metrics().iter().filter(|it| it.name == "db.client.connection.max").count();
    assert_eq!(pools, 1, "and so does the pool that was there before");

    let mut settings = Settings::default();
    settings.properties_mut("mongodb").set("filter_noise", false);
    settings::install(settings);
    assert_eq!(names_of().await, ["ping shop", "dbStats shop"]);

    let mut settings = Settings::default();
    settings.enabled = false;
    settings::install(settings);
    assert_eq!(names_of().await, nothing, "switched off");
}
