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

pub use otelier_instrument::carry_context;

pub use self::layer::{OtelLayer, OtelLayerBuilder, OtelService, ResponseFuture};
