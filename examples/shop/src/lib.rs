//! A shop of three services, in which one purchase is one trace. This is what they share.
//!
//! ```text
//! shop-customer ── POST /orders ──> shop-api ─────> MySQL: articles, orders
//!                                      │
//!                                     SQS
//!                                      ↓
//!                                  shop-worker ───> MongoDB: fulfilments
//!                                      │
//!                                      └── POST /shipments ──> shop-shipping
//! ```
//!
//! A worker may get many messages with one call, and so by default its work on each belongs to the trace of that call,
//! with a link to the trace of the message. This shop asks for the other way round with `OTELIER_SQS_PARENT=producer`:
//! the work belongs to the purchase, and the link is to the call.
//!
//! `cargo xtask demo --only shop` plays it. To run it yourself, with the servers that `cargo xtask services up` starts:
//!
//! ```text
//! set -a; . target/services/env; OTEL_TRACES_EXPORTER=console; set +a      # in each terminal
//! OTEL_SERVICE_NAME=shop-shipping cargo run --package shop --bin shop-shipping
//! OTEL_SERVICE_NAME=shop-api cargo run --package shop --bin shop-api
//! OTEL_SERVICE_NAME=shop-worker OTELIER_SQS_PARENT=producer cargo run --package shop --bin shop-worker
//! OTEL_SERVICE_NAME=shop-customer cargo run --package shop --bin shop-customer
//! ```

mod order;
mod queue;
mod stop;

pub use order::Order;
pub use queue::Queue;
pub use stop::stopped;
