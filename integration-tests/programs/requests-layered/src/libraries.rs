//! The libraries with what Otelier has for each.

use axum::Router;
use otelier::reqwest::OtelMiddleware;
use reqwest_middleware::ClientBuilder;
pub(crate) use reqwest_middleware::ClientWithMiddleware as Client;

/// A router as it is served.
pub(crate) fn router(router: Router) -> Router {
    router.layer(otelier::axum::OtelLayer::new())
}

/// A client as requests are sent by it.
pub(crate) fn client(client: reqwest::Client) -> Client {
    ClientBuilder::new(client).with(OtelMiddleware::new()).build()
}
