//! Any service of `http` requests: there is no router to ask, and no body type that is known.

/// The documentation of the layer, for services of no particular framework.
macro_rules! layer_docs {
    () => {
        "Traces the requests of any tower service of `http` requests, and measures them.

```
# mod otelier { pub use otelier_tower as tower; }
use http::{Request, Response};
use http_body_util::Full;
use otelier::tower::OtelLayer;
use tower::ServiceBuilder;

# async fn hello(
#     _: Request<Full<bytes::Bytes>>,
# ) -> Result<Response<Full<bytes::Bytes>>, std::io::Error> {
#     Ok(Response::default())
# }
let service = ServiceBuilder::new().layer(OtelLayer::new()).service_fn(hello);
```

The size of a request's body is recorded only where it is known beforehand, and its text never."
    };
}
macro_rules! layer_use {
    () => {
        "# mod otelier { pub use otelier_tower as tower; }
use otelier::tower::OtelLayer;"
    };
}

#[path = "layer.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every framework")]
mod layer;
#[path = "service/line.rs"]
mod line;

pub use self::layer::{OtelLayer, OtelLayerBuilder, OtelService, ResponseFuture};
pub use self::line::OtelBody;
