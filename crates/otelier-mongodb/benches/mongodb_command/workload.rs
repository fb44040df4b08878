//! A client of a server that answers at once, in each state that the handlers can be in.

use mongodb::bson::{Document, doc};
use mongodb::event::EventHandler;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry_sdk::trace::Sampler;
use otelier_mongodb::OtelEventHandlers;
use otelier_stubs::MongoStub;
use otelier_testing::{Capture, discarding_tracer_provider};
use tokio::runtime::{Builder, Runtime};

/// What listens to the driver's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Bare,
    /// Handlers that do nothing: what the driver does for any of them.
    AnyHandler,
    /// Ours, in a program that has no provider.
    NoProvider,
    /// Ours, with a sampler that drops everything, and no metrics.
    SampledOut,
    /// Ours, with every span recorded, and no metrics.
    Traces,
    /// Ours, with every span recorded, and metrics.
    TracesAndMetrics,
    /// Ours, with the commands' text besides.
    WithQueryText,
}

impl Mode {
    /// All of them, from the least to the most work.
    pub(crate) const ALL: [Self; 7] = [
        Self::Bare,
        Self::AnyHandler,
        Self::NoProvider,
        Self::SampledOut,
        Self::Traces,
        Self::TracesAndMetrics,
        Self::WithQueryText,
    ];

    fn instrument(self, mut options: ClientOptions) -> ClientOptions {
        let traced = |sampler| {
            OtelEventHandlers::builder()
                .with_tracer_provider(discarding_tracer_provider(sampler))
                .with_meter_provider(NoopMeterProvider::new())
        };
        let metrics = || Capture::new().meter_provider();
        let builder = match self {
            Self::Bare => return options,
            Self::AnyHandler => {
                options.command_event_handler = Some(EventHandler::callback(drop));
                options.cmap_event_handler = Some(EventHandler::callback(drop));
                return options;
            }
            Self::NoProvider => OtelEventHandlers::builder(),
            Self::SampledOut => traced(Sampler::AlwaysOff),
            Self::Traces => traced(Sampler::AlwaysOn),
            Self::TracesAndMetrics => traced(Sampler::AlwaysOn).with_meter_provider(metrics()),
            Self::WithQueryText => {
                traced(Sampler::AlwaysOn).with_meter_provider(metrics()).with_query_text(true)
            }
        };
        builder.instrument(options)
    }
}

/// A client and its server.
pub(crate) struct Workload {
    runtime: Runtime,
    collection: Collection<Document>,
    /// Outlives the client.
    _stub: Option<MongoStub>,
}

impl Workload {
    pub(crate) fn with_stub(mode: Mode) -> Self {
        let stub = MongoStub::start();
        let workload = Self::new(mode, &stub.uri(), Some(stub));
        for _ in 0..3 {
            workload.insert_100();
        }
        workload
    }

    pub(crate) fn new(mode: Mode, uri: &str, stub: Option<MongoStub>) -> Self {
        // The driver runs on the thread that counts.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let collection = runtime.block_on(async {
            let options = ClientOptions::parse(uri).await.expect("a connection string");
            let client = Client::with_options(mode.instrument(options)).expect("a client");
            client.database("otelier_bench").collection("products")
        });
        let workload = Self { runtime, collection, _stub: stub };
        // The first commands open a connection, and fill tables that the later ones use.
        for _ in 0..3 {
            workload.find_one();
        }
        workload
    }

    pub(crate) fn find_one(&self) -> Option<Document> {
        let found = self.collection.find_one(doc! { "price": { "$gt": 10 } });
        self.runtime.block_on(found.into_future()).expect("an answer")
    }

    pub(crate) fn insert_100(&self) -> usize {
        let documents = (0..100).map(
            |n| doc! { "_id": n, "name": "a name", "price": { "amount": 10.5, "currency": "EUR" } },
        );
        let inserted = self.collection.insert_many(documents);
        self.runtime.block_on(inserted.into_future()).expect("an answer").inserted_ids.len()
    }
}
