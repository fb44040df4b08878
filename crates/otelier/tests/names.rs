//! The names that the documentation tells a newcomer to write, each with its feature.

#[test]
fn integrations_have_modules_named_after_libraries() {
    #[cfg(feature = "axum")]
    let _ = otelier::axum::OtelLayer::new();
    #[cfg(feature = "tower")]
    let _ = otelier::tower::OtelLayer::new();
    #[cfg(feature = "reqwest")]
    let _ = otelier::reqwest::OtelMiddleware::new();
    #[cfg(feature = "aws")]
    let _ = otelier::aws::OtelInterceptor::new();
    #[cfg(feature = "mongodb")]
    let _ = otelier::mongodb::OtelEventHandlers::new();
    #[cfg(feature = "mysql")]
    let _ = otelier::mysql::Pool::new::<&str>;
    #[cfg(feature = "tracing")]
    let _ = (otelier::tracing::init, otelier::tracing::builder, otelier::tracing::layer_builder);
    #[cfg(feature = "signal")]
    let _ = otelier::shutdown_signal;
    let _ = otelier::init;
    let _ = otelier::builder;
    let _ = otelier::exit;
    let _ = otelier::skip_export;
    let _ = otelier::opentelemetry_sdk::trace::Sampler::AlwaysOn;
}

/// What is spawned is `Send` and `'static`, as it is.
#[test]
fn carried_work_can_be_spawned() {
    fn spawn<F: Future<Output = u8> + Send + 'static>(_: F) {}
    spawn(otelier::carry_context(async { 7 }));
}
