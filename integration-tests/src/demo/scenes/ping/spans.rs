//! The spans of a ping: what client and server record by Otelier, and the nested spans around the
//! work in the stores.

use otelier_testing::{ExpectedSpan, any, matching, span};

pub(in super::super) const CLIENT: &str = "ping-client";
pub(in super::super) const SERVER: &str = "ping-server";

/// What the expected spans are made from: where the server is.
#[derive(Default)]
pub(in super::super) struct Spans {
    /// `http://127.0.0.1:…`
    pub(in super::super) server: String,
}

impl Spans {
    pub(in super::super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn port(&self) -> u16 {
        self.server.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
    }

    /// A request that succeeds, and what it does.
    pub(in super::super) fn success(
        &self,
        route: &str,
        path: &str,
        work: impl IntoIterator<Item = ExpectedSpan>,
    ) -> ExpectedSpan {
        let server = self.served(&format!("GET {route}"), path).attr("http.route", route);
        let server =
            server.attr("http.response.status_code", 200).attr("http.response.body.size", any());
        operation().child(self.answered(path, 200).child(server.children(work)))
    }

    /// A request that fails because its work does: each span up to the client's own has the error.
    pub(in super::super) fn failure(
        &self,
        route: &str,
        path: &str,
        work: ExpectedSpan,
    ) -> ExpectedSpan {
        let server = self.failed(route, path).any_description().child(work);
        failed_operation().child(self.answered(path, 500).error("500").child(server))
    }

    /// Found by no route, so it has none; and for the server that is no error.
    pub(in super::super) fn not_found(&self, path: &str) -> ExpectedSpan {
        let server = self.served("GET", path).attr("http.response.status_code", 404);
        let client = self.answered(path, 404).error("404");
        failed_operation().child(client.child(server.attr("http.response.body.size", 0)))
    }

    /// A handler that answers with an error and says no more.
    pub(in super::super) fn plain_failure(&self, route: &str) -> ExpectedSpan {
        let client = self.answered(route, 500).error("500");
        failed_operation().child(client.child(self.failed(route, route)))
    }

    /// The client knows that it wanted to go, so for its request that is no error. The work around
    /// it did not come to its end.
    pub(in super::super) fn cancelled(&self, route: &str) -> ExpectedSpan {
        let server = self.served(&format!("GET {route}"), route).attr("http.route", route);
        let client = self.asked(route).attr("otelier.cancelled", true);
        operation().error("cancelled").child(client.child(server.error("cancelled")))
    }

    fn failed(&self, route: &str, path: &str) -> ExpectedSpan {
        let server = self.served(&format!("GET {route}"), path).attr("http.route", route);
        let server = server.attr("http.response.status_code", 500).error("500");
        server.attr("http.response.body.size", 0)
    }

    fn answered(&self, path: &str, status: u16) -> ExpectedSpan {
        self.asked(path)
            .attr("http.response.status_code", status)
            .attr("network.protocol.version", "1.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", self.port())
    }

    /// What a client's span has at least.
    fn asked(&self, path: &str) -> ExpectedSpan {
        span("GET")
            .client()
            .service(CLIENT)
            .attr("http.request.method", "GET")
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.port())
            .attr("url.full", self.url(path))
    }

    /// What a server's span has at least.
    fn served(&self, name: &str, path: &str) -> ExpectedSpan {
        span(name)
            .server()
            .service(SERVER)
            .attr("http.request.method", "GET")
            .attr("http.request.body.size", 0)
            .attr("url.scheme", "http")
            .attr("url.path", path)
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.port())
            .attr("client.address", "127.0.0.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", any())
            .attr("network.protocol.version", "1.1")
    }
}

/// The client's own span.
fn operation() -> ExpectedSpan {
    span("client operation").root().service(CLIENT)
}

fn failed_operation() -> ExpectedSpan {
    error(operation(), "reqwest")
}

/// The nested spans of a store's work, which ends in an error of this library.
pub(in super::super) fn failed_work(store: &str, library: &'static str) -> ExpectedSpan {
    failed_work_with(store, library, [])
}

/// The same, with what the library's integration records inside.
pub(in super::super) fn failed_work_with(
    store: &str,
    library: &'static str,
    inside: impl IntoIterator<Item = ExpectedSpan>,
) -> ExpectedSpan {
    let [outer, inner] = names(store).map(|name| error(span(name).service(SERVER), library));
    outer.child(inner.children(inside))
}

/// The nested spans of a store's work that succeeds.
pub(in super::super) fn work(
    store: &str,
    inside: impl IntoIterator<Item = ExpectedSpan>,
) -> ExpectedSpan {
    let [outer, inner] = names(store).map(|name| span(name).service(SERVER));
    outer.child(inner.children(inside))
}

/// The names of the two spans around the work in a store.
pub(in super::super) fn names(store: &str) -> [String; 2] {
    [format!("{store}_integration"), format!("server {store} operation")]
}

/// With the error that left through the span: its type is one of `library`.
fn error(span: ExpectedSpan, library: &'static str) -> ExpectedSpan {
    let of_library = matching("an error of the library", move |it| {
        it.as_str().is_some_and(|it| it.starts_with(library))
    });
    span.error(of_library).any_description()
}
