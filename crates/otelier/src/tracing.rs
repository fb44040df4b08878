//! For programs that use [tracing](https://docs.rs/tracing): telemetry and a subscriber in one
//! line. Its spans become OpenTelemetry spans, its events become OTLP log records, and each line
//! has the ids of its span.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _otel = otelier::tracing::init()?; // in place of `otelier::init()`
//!     Ok(())
//! }
//! ```
//!
//! What is recorded and all settings are in the documentation of
//! [`otelier-tracing`](https://docs.rs/otelier-tracing).

#[doc(inline)]
pub use otelier_core::LogFormat;
#[doc(inline)]
pub use otelier_tracing::*;
