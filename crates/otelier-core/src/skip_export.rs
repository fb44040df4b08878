//! The mark of a span that is not to be exported.

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use otelier_instrument::semconv::attribute;

/// Marks the current span as not to be exported. It stays in metrics and in
/// [`OTELIER_SPANDUMP`](crate::configuration::OTELIER_SPANDUMP), and its children are exported.
///
/// The mark is the attribute `otelier.skip_export` with the boolean value `true`, which can also be
/// set on a span as any other attribute; `SKIP_EXPORT`, the name at Lumigo, is understood too.
///
/// ```
/// # use otelier_core as otelier;
/// async fn poll() {
///     if nothing_to_do().await {
///         otelier::skip_export();
///     }
/// }
/// # async fn nothing_to_do() -> bool { true }
/// ```
pub fn skip_export() {
    Context::map_current(|cx| {
        cx.span().set_attribute(KeyValue::new(attribute::OTELIER_SKIP_EXPORT, true));
    });
}
