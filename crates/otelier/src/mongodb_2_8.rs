//! Version 2.8 of the [MongoDB driver](https://docs.rs/mongodb/2.8): a CLIENT span and metrics for
//! each command, and metrics of its connection pools.
//!
//! ```
//! # use mongodb_2_8 as mongodb;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mongodb::error::Result<()> {
//! use mongodb::bson::{Document, doc};
//! use mongodb::{Client, options::ClientOptions};
//!
//! let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
//! let client = Client::with_options(otelier::mongodb_2_8::instrument(options))?;
//!
//! let products = client.database("shop").collection::<Document>("products");
//! # let call = async move {
//! products.find_one(doc! { "price": { "$gt": 10 } }, None).await?; // the span `find products`
//! # mongodb::error::Result::Ok(())
//! # };
//! # drop(call);
//! # Ok(())
//! # }
//! ```
//!
//! What is emitted is the same as for version 3, whose module is `mongodb`. One program may use
//! both.

#[doc(inline)]
pub use otelier_mongodb::mongodb_2_8::*;
