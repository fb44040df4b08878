//! One neutral model of spans, metric points and log records, whether captured in memory or
//! received over OTLP.
//!
//! Both ways pass through the OTLP messages, so a test sees what a backend would see.

mod log;
mod metric;
mod otlp;
mod span;
mod value;

pub use log::LogRecord;
pub use metric::{Exemplar, MetricKind, MetricPoint, PointData};
pub(crate) use otlp::{logs, points, spans};
pub use span::{Dropped, Event, Link, Span};
pub use value::{Attributes, Scope, Value};
