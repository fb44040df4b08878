//! The official [MongoDB driver](https://docs.rs/mongodb): a CLIENT span and metrics for each
//! command, and metrics of its connection pools.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mongodb::error::Result<()> {
//! use mongodb::bson::{Document, doc};
//! use mongodb::{Client, options::ClientOptions};
//!
//! let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
//! let client = Client::with_options(otelier::mongodb::instrument(options))?;
//!
//! let products = client.database("shop").collection::<Document>("products");
//! # let call = async move {
//! products.find_one(doc! { "price": { "$gt": 10 } }).await?; // the span `find products`
//! # mongodb::error::Result::Ok(())
//! # };
//! # drop(call);
//! # Ok(())
//! # }
//! ```
//!
//! # What is emitted
//!
//! | signal | name |
//! |---|---|
//! | CLIENT span | `{command} {collection}`, or `{command} {database}` |
//! | histogram, s | `db.client.operation.duration` |
//! | pool metrics | `db.client.connection.*` |
//! | log record, WARN | `otelier.db.server_unreachable`, once a minute for each server |
//!
//! A call for which no server is found sends no command. It has a span if [`traced`] goes around
//! it: `otelier::mongodb::traced("find", &products, products.find_one(filter)).await?`. With
//! `mongodb::sync` it is [`traced_sync`], which takes a closure.
//!
//! The table of attributes is in the documentation of
//! [`otelier-mongodb`](https://docs.rs/otelier-mongodb).

#[doc(inline)]
pub use otelier_mongodb::{
    CallTarget, DriverOptions, OtelEventHandlers, OtelEventHandlersBuilder, builder, instrument,
    recorder, traced, traced_sync,
};
