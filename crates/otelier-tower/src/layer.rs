//! The layer. Compiled once for each framework that it is for: `super::line` has what differs.

#[path = "layer/builder.rs"]
mod builder;
#[path = "layer/future.rs"]
mod future;
#[path = "layer/service.rs"]
mod service;

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

use crate::adapter::Hooks;
use crate::recorder::HttpServerRecorder;

pub use self::builder::OtelLayerBuilder;
pub use self::future::ResponseFuture;
pub use self::service::OtelService;

use self::builder::Filter;

#[doc = layer_docs!()]
///
/// Cheap to clone: clones share the providers and the instruments. The [crate's docs](crate) say
/// what is emitted.
#[derive(Clone)]
pub struct OtelLayer {
    recorder: HttpServerRecorder,
    filter: Option<Filter>,
    hooks: Option<Arc<Hooks>>,
}

impl OtelLayer {
    /// A layer with the settings of `otelier::init()` and the global providers.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Builds a layer with settings or providers of its own.
    pub fn builder() -> OtelLayerBuilder {
        OtelLayerBuilder::new()
    }
}

impl Default for OtelLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OtelLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelLayer").field("recorder", &self.recorder).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for OtelLayer {
    type Service = OtelService<S>;

    fn layer(&self, inner: S) -> OtelService<S> {
        OtelService::new(inner, self.clone())
    }
}
