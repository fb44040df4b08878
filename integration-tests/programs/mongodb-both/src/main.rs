//! Two clients of the server that is named on the command line, traced by the driver and by
//! Otelier, a third that blocks, and a fourth that blocks and finds no server. Tells what Otelier
//! has to say and which spans it made.

use std::thread;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::otel::OpentelemetryOptions;
use mongodb::{Client, sync};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().without_time().with_ansi(false).init();
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let uri = std::env::args().nth(1).ok_or("no server is named")?;

    let handlers = otelier_mongodb::builder().with_tracer_provider(provider).build();
    let mut options = ClientOptions::parse(&uri).await?;
    options.tracing = Some(OpentelemetryOptions::builder().enabled(true).build());

    for _ in 0..2 {
        let client = Client::with_options(handlers.instrument(options.clone()))?;
        let products = client.database("shop").collection::<Document>("products");
        println!("found {}", products.find_one(doc! {}).await?.unwrap_or_default());
    }
    // On a thread of its own, since it must not block a runtime's.
    let blocking = thread::spawn(move || {
        let find = |options| {
            let client = sync::Client::with_options(handlers.instrument(options))?;
            let products = client.database("shop").collection::<Document>("products");
            let call = || products.find_one(doc! {}).run();
            handlers.traced_sync("find", &products.namespace(), call)
        };
        let found = find(options)?;
        let mut absent = ClientOptions::parse("mongodb://127.0.0.1:1").run()?;
        absent.server_selection_timeout = Some(Duration::from_millis(50));
        mongodb::error::Result::Ok((found, find(absent).is_err()))
    });
    let (found, is_absent) = blocking.join().map_err(|_| "the thread panicked")??;
    println!("found {}", found.unwrap_or_default());
    println!("absent: {is_absent}");

    for span in spans.get_finished_spans()? {
        let error = span.attributes.iter().find(|it| it.key.as_str() == "error.type");
        let error = error.map(|it| format!(", {}", it.value)).unwrap_or_default();
        println!("{} of {}{error}", span.name, span.instrumentation_scope.name());
    }
    Ok(())
}
