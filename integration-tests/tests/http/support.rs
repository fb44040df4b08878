//! The program `one-request`, and what it leaves.

use std::time::Duration;

use integration_tests::process::{Ended, Process};
use otelier_testing::{Expected, ExpectedSpan, any, span};
use tokio::process::Command;

/// Runs `one-request` to its end, with nothing in its environment but `variables`.
#[track_caller]
pub(crate) fn one_request<'a>(
    arguments: &[&str],
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> impl Future<Output = Ended> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_one-request"));
    command.args(arguments).env_clear().envs(variables);
    async move {
        let program = Process::spawn("one-request", command).unwrap();
        program.end(Duration::from_secs(60)).await.unwrap().success().unwrap()
    }
}

/// Asserts that the program got the expected answer.
#[track_caller]
pub(crate) fn assert_answered(ended: &Ended) {
    assert_eq!(ended.stdout, ["answered 200"], "{ended:#?}");
}

/// What Otelier had to say, without the line that every start has.
pub(crate) fn diagnostics(ended: &Ended) -> Vec<&str> {
    let lines = ended.stderr.iter().filter_map(|line| line.strip_prefix("otelier: "));
    lines.filter(|line| !line.starts_with("info: version ")).collect()
}

/// The trace that `one-request` makes, which asks for `/hello`.
pub(crate) fn trace(service: &str) -> ExpectedSpan {
    let served = served("/hello", "/hello", any()).service(service);
    asked(any(), any()).root().service(service).child(served.child(span("greet").service(service)))
}

/// The whole span of a client that got its answer.
pub(crate) fn asked(port: impl Into<Expected> + Clone, url: impl Into<Expected>) -> ExpectedSpan {
    span("GET")
        .client()
        .scope("otelier-reqwest")
        .attr("http.request.method", "GET")
        .attr("http.response.status_code", 200)
        .attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", port.clone())
        .attr("network.protocol.version", "1.1")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", port)
        .attr("url.full", url)
}

/// The whole span of a server that answered.
pub(crate) fn served(route: &str, path: &str, port: impl Into<Expected>) -> ExpectedSpan {
    span(format!("GET {route}"))
        .server()
        .scope("otelier-tower")
        .attr("http.request.method", "GET")
        .attr("http.response.status_code", 200)
        .attr("http.route", route)
        .attr("network.protocol.version", "1.1")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", port)
        .attr("url.path", path)
        .attr("url.scheme", "http")
}
