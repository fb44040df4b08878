//! Whether the driver was built with its own OpenTelemetry feature, and the warning about it.

use std::sync::Once;

/// Stands in for the driver's module of that name, which is there only with its feature
/// `opentelemetry`.
mod otel {
    #[allow(dead_code, reason = "the driver's own is taken where there is one")]
    pub(super) struct OpentelemetryOptions;
}

/// Whether the crate was built with its feature.
///
/// A crate cannot ask for the features of another, but it can see what they add: a name that a
/// glob import brings comes before that of the module around it, and only the real options have a
/// size.
macro_rules! has_own_instrumentation {
    ($driver:ident) => {{
        #[allow(unused_imports)]
        use $driver::*;
        size_of::<otel::OpentelemetryOptions>() > 0
    }};
}

/// Warns, once per process, that commands may have spans of two kinds.
pub(super) fn warn_about_double_instrumentation() {
    static WARNED: Once = Once::new();
    if has_own_instrumentation!(mongodb) {
        WARNED.call_once(|| {
            tracing::warn!(
                target: "otelier",
                "mongodb: the driver's own feature `opentelemetry` is on too. Where it is enabled, commands have spans of \
                 two kinds; the driver's reach only a provider of the OpenTelemetry version that it was built for"
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::otel;

    mod with_the_feature {
        pub(super) mod otel {
            #[allow(dead_code, reason = "only its size is looked at")]
            pub(crate) struct OpentelemetryOptions {
                enabled: Option<bool>,
            }
        }
    }

    mod without_the_feature {}

    #[test]
    fn feature_is_seen_by_what_it_adds() {
        assert!(has_own_instrumentation!(with_the_feature));
        assert!(!has_own_instrumentation!(without_the_feature));
        assert!(!has_own_instrumentation!(mongodb), "no package of this workspace enables it");
    }
}
