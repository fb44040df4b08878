//! Propagators: how a trace's identity and its baggage travel from one process to the next.
//!
//! Each is an [`opentelemetry::propagation::TextMapPropagator`] and obeys the same rules: an
//! extraction that finds nothing, or nothing valid, returns the context as it was; nothing is ever
//! injected for an invalid span context; an empty header is never sent; and neither direction
//! allocates more than the carrier and the context themselves need.
//!
//! | name in `OTEL_PROPAGATORS` | propagator | headers |
//! |---|---|---|
//! | `tracecontext` | [`TraceContextPropagator`] | `traceparent`, `tracestate` |
//! | `baggage` | [`BaggagePropagator`] | `baggage` |
//! | `b3` | [`B3Propagator::new`] | `b3` (reads `X-B3-*` too) |
//! | `b3multi` | [`B3Propagator::multi`] | `X-B3-*` (reads `b3` too) |
//! | `xray` | [`XrayPropagator`] | `X-Amzn-Trace-Id` |
//!
//! Between a process and its children the same fields are environment variables:
//! [`EnvironmentCarrier`].
//!
//! ```
//! # mod otelier { pub use otelier_propagation as propagation; }
//! use std::collections::HashMap;
//!
//! use opentelemetry::Context;
//! use opentelemetry::propagation::TextMapPropagator;
//! use opentelemetry::trace::TraceContextExt;
//! use otelier::propagation::TraceContextPropagator;
//!
//! let received = HashMap::from([(
//!     "traceparent".to_owned(),
//!     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
//! )]);
//! let propagator = TraceContextPropagator::new();
//! let cx = propagator.extract_with_context(&Context::new(), &received);
//! assert!(cx.span().span_context().is_remote());
//!
//! let mut sent = HashMap::new();
//! propagator.inject_context(&cx, &mut sent);
//! assert_eq!(sent, received);
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod b3;
mod baggage;
mod by_name;
mod environment;
pub mod filtered;
mod hex;
mod trace_context;
pub mod trace_id;
mod trace_state;
mod xray;

pub use b3::B3Propagator;
pub use baggage::BaggagePropagator;
pub use by_name::by_name;
pub use environment::EnvironmentCarrier;
pub use trace_context::TraceContextPropagator;
pub use xray::XrayPropagator;

#[cfg(test)]
mod tests;
