//! The libraries as they are.

use axum::Router;
use mongodb::options::ClientOptions;
pub(crate) use mysql_async as mysql;
pub(crate) use reqwest::{Client, RequestBuilder};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

/// A router as it is served.
pub(crate) fn router(router: Router) -> Router {
    router
}

/// A client as requests are sent by it.
pub(crate) fn client(client: reqwest::Client) -> Client {
    client
}

/// A client that has a middleware.
pub(crate) fn client_with(
    client: reqwest::Client,
    middleware: impl reqwest_middleware::Middleware,
) -> ClientWithMiddleware {
    ClientBuilder::new(client).with(middleware).build()
}

/// A request for a URL that was made from this template.
pub(crate) fn of_template(request: RequestBuilder, _: &'static str) -> RequestBuilder {
    request
}

/// A request for a stranger, who is told nothing.
pub(crate) fn for_stranger(request: RequestBuilder) -> RequestBuilder {
    request
}

/// The options of a client as it is made.
pub(crate) fn options(options: ClientOptions) -> ClientOptions {
    options
}
