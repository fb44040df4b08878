//! The layer: wraps a service in one that traces its requests.

use std::fmt;
use std::marker::PhantomData;

use otelier_instrument::semconv::http::HttpServer;
use tower_layer::Layer;

use crate::adapt::Framework;
use crate::builder::{Filter, OtelLayerBuilder};
use crate::service::OtelService;

/// Traces the HTTP requests of a tower service and measures them. See the [crate's docs](crate) for what it emits.
///
/// Cheap to clone: clones share the providers and the instruments.
pub struct OtelLayer<F> {
    pub(crate) server: HttpServer,
    pub(crate) filter: Option<Filter>,
    framework: PhantomData<fn() -> F>,
}

impl<F: Framework> OtelLayer<F> {
    /// A layer that does as `otelier::init()` was told, by environment or code.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }
}

impl<F> OtelLayer<F> {
    /// Builds a layer with choices of its own.
    pub fn builder() -> OtelLayerBuilder<F> {
        OtelLayerBuilder::new()
    }

    pub(crate) fn of(server: HttpServer, filter: Option<Filter>) -> Self {
        Self { server, filter, framework: PhantomData }
    }
}

impl<F: Framework> Default for OtelLayer<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> Clone for OtelLayer<F> {
    fn clone(&self) -> Self {
        Self::of(self.server.clone(), self.filter.clone())
    }
}

impl<F> fmt::Debug for OtelLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelLayer").field("server", &self.server).finish_non_exhaustive()
    }
}

impl<S, F> Layer<S> for OtelLayer<F> {
    type Service = OtelService<S, F>;

    fn layer(&self, inner: S) -> OtelService<S, F> {
        OtelService::new(inner, self.clone())
    }
}
