//! The API side of Otelier: what its integrations are made of, and what an integration from
//! elsewhere is made of just as well.
//!
//! An integration describes what its library does as an *operation* of a domain. The operation
//! writes the span and the metrics. Here is a whole integration of a database client that has one
//! method:
//!
//! ```
//! use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
//! use otelier_instrument::{Providers, drive, integration};
//!
//! # struct Library;
//! # #[derive(Debug)]
//! # struct Error;
//! # impl Error { fn code(&self) -> String { String::new() } }
//! # impl Library {
//! #     async fn get(&self, key: &str) -> Result<String, Error> { Ok(key.to_owned()) }
//! # }
//! struct Traced {
//!     library: Library,
//!     telemetry: DbClient,
//! }
//!
//! impl Traced {
//!     fn new(library: Library) -> Self {
//!         let telemetry = DbClient::new(integration!("redis"), Providers::default());
//!         Self { library, telemetry }
//!     }
//!
//!     async fn get(&self, key: &str) -> Result<String, Error> {
//!         let describe = || {
//!             let mut request = DbRequest::new(DbSystem::REDIS);
//!             request.operation = Some("GET".into());
//!             request
//!         };
//!         let mut operation = Some(self.telemetry.start(describe));
//!         let result = drive(&mut operation, self.library.get(key)).await;
//!         if let Some(operation) = operation {
//!             match &result {
//!                 Ok(_) => operation.end(),
//!                 Err(error) => operation.fail_with_code(error.code()),
//!             }
//!         }
//!         result
//!     }
//! }
//! ```
//!
//! An operation starts with what a sampler needs, learns the rest on the way, and ends once. If it
//! is dropped, it ends itself. Where no signal is enabled it costs next to nothing and passes the
//! context on.
//!
//! | module | holds |
//! |---|---|
//! | [`kit`] | what integrations and domains are written with |
//! | [`semconv`] | the domains: attribute keys, metric names and operations of the semantic conventions |
//! | [`settings`] | what the user configured for integrations, as plain data |
//! | [`body`] | how a body is observed to its end |
//! | [`payload`] | the text of bodies, messages and commands, where it is asked for |
//! | [`masking`] | which keys are sensitive, and masks for URLs, headers, forms and JSON |
//!
//! This crate depends on the OpenTelemetry API only: no SDK, no exporter, no TLS. The package
//! `examples/custom-integration` in the repository is a whole integration with a domain of its own,
//! and CONTRIBUTING.md walks through it.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod body;
pub mod kit;
pub mod masking;
pub mod payload;
pub mod semconv;
pub mod settings;

#[doc(no_inline)]
pub use kit::{
    ErrorType, Operation, Providers, announce_providers, carry_context, catch_panic, drive, enter,
    scope_of,
};
