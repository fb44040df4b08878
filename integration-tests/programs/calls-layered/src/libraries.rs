//! The libraries with what Otelier has for each.

use axum::Router;
use mongodb::options::ClientOptions;
pub(crate) use otelier::mysql;
use otelier::reqwest::{DisablePropagation, OtelMiddleware, UrlTemplate};
use reqwest_middleware::ClientBuilder;
pub(crate) use reqwest_middleware::{ClientWithMiddleware as Client, RequestBuilder};

/// A router as it is served.
pub(crate) fn router(router: Router) -> Router {
    router.layer(otelier::axum::OtelLayer::new())
}

/// A client as requests are sent by it.
pub(crate) fn client(client: reqwest::Client) -> Client {
    ClientBuilder::new(client).with(OtelMiddleware::new()).build()
}

/// A client that has a middleware.
pub(crate) fn client_with(
    client: reqwest::Client,
    middleware: impl reqwest_middleware::Middleware,
) -> Client {
    ClientBuilder::new(client).with(middleware).with(OtelMiddleware::new()).build()
}

/// A request for a URL that was made from this template.
pub(crate) fn of_template(request: RequestBuilder, template: &'static str) -> RequestBuilder {
    request.with_extension(UrlTemplate::new(template))
}

/// A request for a stranger, who is told nothing.
pub(crate) fn for_stranger(request: RequestBuilder) -> RequestBuilder {
    request.with_extension(DisablePropagation)
}

/// The options of a client as it is made.
pub(crate) fn options(options: ClientOptions) -> ClientOptions {
    otelier::mongodb::instrument(options)
}
