//! Whether the driver was built with its own OpenTelemetry feature, and the one remark about it.

use std::sync::Once;

/// Stands in for the driver's module of that name, which is there only with its feature `opentelemetry`.
mod otel {
    #[allow(dead_code, reason = "the driver's own is taken where there is one")]
    pub(super) struct OpentelemetryOptions;
}

/// Says, once per process, that the driver may be instrumented twice. It is no reason to refuse anything.
pub(crate) fn mention_own_instrumentation() {
    static MENTIONED: Once = Once::new();
    if has_own_instrumentation() {
        MENTIONED.call_once(|| {
            tracing::warn!(
                target: "otelier",
                "mongodb: the driver's own feature `opentelemetry` is on too. Where it is enabled, commands have spans of \
                 two kinds; the driver's reach only a provider of the OpenTelemetry version that it was built for"
            );
        });
    }
}

/// A crate cannot ask for the features of another, but it can see what they add: a name that a glob import brings
/// comes before that of the module around it, and only the real options have a size.
fn has_own_instrumentation() -> bool {
    #[allow(unused_imports)]
    use mongodb::*;
    size_of::<otel::OpentelemetryOptions>() > 0
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_stand_in_is_taken_where_the_feature_is_off() {
        assert!(!super::has_own_instrumentation(), "no package of this workspace turns it on");
    }
}
