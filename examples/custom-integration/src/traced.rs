//! The integration: a client that emits a span and a duration for each call.
//!
//! Databases are a domain that Otelier has, so [`DbClient`] knows the attributes, the names and the
//! metric. What is left to do is to describe a call and to tell how it ended.

use otelier_instrument::kit::{FromSettings, value};
use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
use otelier_instrument::{Providers, drive, integration, provider_setters};

use crate::tinydb::{Client, Error};

/// The name of the integration in the settings.
const NAME: &str = "tinydb";

/// The database, which the conventions do not list, with its default port.
const TINYDB: DbSystem = DbSystem::new("tinydb", Some(7070));

/// A [`Client`] that emits a CLIENT span and `db.client.operation.duration` for each call.
///
/// | attribute | span | metric |
/// |---|---|---|
/// | `db.system.name`, `db.operation.name`, `db.namespace` | yes | yes |
/// | `server.address`, `server.port` (unless it is 7070) | yes | yes |
/// | `db.query.text` | opt-in | no |
/// | `db.response.status_code`, `error.type`: the server's code | on failure | on failure |
#[derive(Debug)]
pub struct TracedClient {
    client: Client,
    telemetry: DbClient,
    query_text: FromSettings<bool>,
}

/// Builds a [`TracedClient`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct TracedClientBuilder {
    providers: Providers,
    query_text: Option<bool>,
}

impl TracedClientBuilder {
    // `with_tracer_provider` and `with_meter_provider`.
    provider_setters!();

    /// Records `GET ?` and the like as `db.query.text`. By default that is the property
    /// `query_text` of `tinydb` in the settings, or off.
    pub fn with_query_text(mut self, on: bool) -> Self {
        self.query_text = Some(on);
        self
    }

    /// Wraps `client`.
    #[must_use]
    pub fn build(self, client: Client) -> TracedClient {
        let chosen = self.query_text;
        TracedClient {
            client,
            telemetry: DbClient::new(integration!(NAME), self.providers),
            // Code beats the settings, which beat the default; the settings may still change.
            query_text: FromSettings::new(move |settings| {
                let configured = settings.properties(NAME).bool("query_text");
                chosen.or(configured).unwrap_or(false)
            }),
        }
    }
}

impl TracedClient {
    /// Wraps `client`. Telemetry goes to the global providers.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::builder().build(client)
    }

    /// A builder, to choose providers and what is recorded.
    pub fn builder() -> TracedClientBuilder {
        TracedClientBuilder::default()
    }

    /// See [`Client::get`].
    pub async fn get(&self, key: &str) -> Result<Option<String>, Error> {
        self.call("GET", "GET ?", self.client.get(key)).await
    }

    /// See [`Client::set`].
    pub async fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        self.call("SET", "SET ? ?", self.client.set(key, value)).await
    }

    /// See [`Client::wait_for`].
    pub async fn wait_for(&self, key: &str) -> Result<String, Error> {
        self.call("WAIT", "WAIT ?", self.client.wait_for(key)).await
    }

    async fn call<T>(
        &self,
        name: &'static str,
        text: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        // The request is only described if somebody records it.
        let mut operation = Some(self.telemetry.start(|| self.describe(name, text)));
        // Each poll runs in the operation's context. If it panics, the operation ends at once. If
        // the future is dropped, the operation is dropped with it and ends as cancelled.
        let result = drive(&mut operation, call).await;
        if let Some(operation) = operation {
            match &result {
                Ok(_) => operation.end(),
                Err(error) => operation.fail_with_code(error.code().to_string()),
            }
        }
        result
    }

    fn describe(&self, name: &'static str, text: &'static str) -> DbRequest {
        let (host, port) = self.client.address();
        let mut request = DbRequest::new(TINYDB);
        request.operation = Some(name.into());
        // `shared` bounds the value and does not allocate when it comes again.
        request.namespace = Some(value::shared(self.client.namespace()));
        request.server_address = Some(value::shared(host));
        request.server_port = Some(port);
        request.query_text = self.query_text.get().then(|| text.into());
        request
    }
}
