//! A subscriber of one thread whose layer writes into a capture.

use otelier_testing::Capture;
use otelier_tracing::LayerBuilder;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// The subscriber is that of this thread as long as the guard lives.
pub(crate) fn subscribe(capture: &Capture, layer: LayerBuilder) -> DefaultGuard {
    let layer = layer
        .with_tracer_provider(capture.tracer_provider())
        .with_logger_provider(capture.logger_provider())
        .build();
    tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
}
