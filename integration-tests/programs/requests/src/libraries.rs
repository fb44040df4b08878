//! The libraries as they are.

use axum::Router;
pub(crate) use reqwest::Client;

/// A router as it is served.
pub(crate) fn router(router: Router) -> Router {
    router
}

/// A client as requests are sent by it.
pub(crate) fn client(client: reqwest::Client) -> Client {
    client
}
