//! What the two services share: spans of their own that have the errors of what they are about.

use std::any::type_name;
use std::error::Error;

use otelier::opentelemetry::trace::{FutureExt, Status, TraceContextExt, Tracer};
use otelier::opentelemetry::{Context, KeyValue, global};

/// Runs `work` in a span of its own, which has the error that `work` ends with.
///
/// # Errors
///
/// Those of `work`.
pub async fn span<T, E: Error + 'static>(
    name: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let cx = Context::current_with_span(global::tracer("ping").start(name));
    let result = work.with_context(cx.clone()).await;
    if let Err(error) = &result {
        cx.span().set_attribute(KeyValue::new("error.type", type_name::<E>()));
        cx.span().set_status(Status::error(error.to_string()));
    }
    cx.span().end();
    result
}
