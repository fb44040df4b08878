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
    let _ = otelier::init;
    let _ = otelier::builder;
}
