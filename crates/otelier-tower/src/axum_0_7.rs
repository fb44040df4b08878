//! axum 0.7: its routes, its addresses and its body type.

use axum_0_7 as library;

/// The documentation of the layer, for this line of axum.
macro_rules! layer_docs {
    () => {
        "Traces the requests of an axum 0.7 `Router` and measures them.

```
# mod otelier { pub use otelier_tower::axum_0_7; }
# use axum_0_7 as axum;
use axum::{Router, routing::get};
use otelier::axum_0_7::OtelLayer;

let app: Router = Router::new()
    .route(\"/users/:id\", get(|| async { \"hello\" }))
    .layer(OtelLayer::builder().with_captured_request_headers([\"x-request-id\"]).build());
```

`client.address` and `network.peer.*` need `into_make_service_with_connect_info::<SocketAddr>()`."
    };
}
macro_rules! layer_use {
    () => {
        "# mod otelier { pub use otelier_tower::axum_0_7; }
use otelier::axum_0_7::OtelLayer;"
    };
}

#[path = "layer.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every framework")]
mod layer;
#[path = "axum/line.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of axum")]
mod line;

pub use crate::recorder::record_error;
pub use otelier_instrument::carry_context;

pub use self::layer::{OtelLayer, OtelLayerBuilder, OtelService, ResponseFuture};

/// A request body that the layer for axum 0.7 is made for: axum's own.
///
/// The routes of another version of axum cannot be read, so that a request with its body does not
/// compile. Implement this for a body type of your own if requests with it reach the layer.
///
/// ```compile_fail,E0277
/// # mod otelier { pub use otelier_tower::axum_0_7; }
/// let app: axum::Router = axum::Router::new().layer(otelier::axum_0_7::OtelLayer::new());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the request body of axum 0.7, which this `OtelLayer` is for",
    label = "requests with this body do not come from axum 0.7",
    note = "for a router of axum 0.8, turn on the feature `axum` of `otelier` and use `otelier::axum::OtelLayer`",
    note = "around a router, and behind layers that change the body, use `otelier::tower::OtelLayer`"
)]
pub trait RequestBody: http_body::Body + 'static {}
