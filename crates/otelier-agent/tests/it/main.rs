//! Whole processes: the first hook sets telemetry up, and the end of the process delivers.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

use std::env;
use std::process::{Command, Output};

use otelier_agent::aws::{self, Attempt, AwsRequest};
use otelier_agent::client::{REQWEST, Request};
use otelier_agent::{Captured, ClientRequest, HttpHeaderValue, HttpHeaders, Response};
use otelier_testing::{OtlpReceiver, assert_trees, span};

/// Set in the child process: where its hooks run.
const CHILD: &str = "OTELIER_AGENT_CHILD";

struct NoHeaders;

impl HttpHeaders for NoHeaders {
    fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        std::iter::empty()
    }
}

/// Sends a request, as a library with a hook does. Says whether there was anything to do.
fn send() -> bool {
    let mut request = REQWEST.start(&ClientRequest {
        method: "GET",
        url: "http://example.com/",
        scheme: "http",
        host: "example.com",
        port: None,
        headers: NoHeaders,
    });
    let status = Request::poll(&mut request, || 200);
    let Some(mut request) = request else { return false };
    let response = Response { status, version: None, peer: None, headers: NoHeaders };
    assert!(!request.set_response(&response));
    assert!(request.observe_body(false, None).is_none());
    true
}

/// Calls AWS, as the SDK with its hooks does.
fn call() {
    let request = AwsRequest::new("SQS", "ListQueues");
    let mut call = aws::recorder().and_then(|it| it.start(&request)).expect("a call");
    assert!(Captured::enter(aws::captured(&call).as_ref(), send));
    call.start_attempt(&Attempt { number: 1, method: "POST", url: "http://example.com:8000/" });
    call.end();
    assert!(aws::captured(&call).is_none());
}

/// What the child process does; in the parent nothing.
#[test]
fn child() {
    match env::var(CHILD).as_deref() {
        Ok("thread") => assert!(std::thread::spawn(send).join().unwrap()),
        Ok("exit") => {
            assert!(send());
            std::process::exit(7);
        }
        Ok("aws") => call(),
        Ok("nothing") => {
            assert!(!send());
            assert!(!otelier_agent::is_on());
            assert!(Captured::current().is_none());
            assert!(aws::recorder().is_none());
        }
        _ => {}
    }
}

fn run(child: &str, receiver: &OtlpReceiver, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(CHILD, child);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL") && name != CHILD {
            command.env_remove(name);
        }
    }
    command
        .env("OTEL_SERVICE_NAME", "hooked")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn first_hook_starts_and_end_of_process_delivers() {
    for (child, status) in [("thread", 0), ("exit", 7)] {
        let receiver = OtlpReceiver::start();
        let output = run(child, &receiver, &[]);
        assert_eq!(output.status.code(), Some(status), "{child}: {output:?}");
        let expected = span("GET").client().service("hooked").scope("otelier-reqwest").subset();
        assert_trees(&receiver.spans(), [expected.attr("http.response.status_code", 200)]);
        let points = receiver.points();
        let durations = points.iter().filter(|it| it.name == "http.client.request.duration");
        assert_eq!(durations.count(), 1, "{child}");
    }
}

#[test]
fn calls_of_aws_have_what_is_sent_meanwhile_as_children() {
    let receiver = OtlpReceiver::start();
    let output = run("aws", &receiver, &[]);
    assert!(output.status.success(), "{output:?}");
    let call = span("SQS.ListQueues").client().service("hooked").scope("otelier-aws");
    let call = call
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ListQueues")
        .attr("server.address", "example.com")
        .attr("server.port", 8000);
    let sent = span("GET").client().service("hooked").scope("otelier-reqwest").subset();
    assert_trees(&receiver.spans(), [call.child(sent)]);
}

#[test]
fn nothing_is_done_where_nothing_is_wanted() {
    let build = [("OUT_DIR", "."), ("TARGET", "x"), ("HOST", "x"), ("NUM_JOBS", "1")];
    let compiler = [("CARGO_CRATE_NAME", "x")];
    for variables in [&[("OTELIER_SWITCH_OFF", "true")][..], &build, &compiler] {
        let receiver = OtlpReceiver::start();
        let output = run("nothing", &receiver, variables);
        assert!(output.status.success(), "{variables:?}: {output:?}");
        assert_eq!(receiver.spans(), [], "{variables:?}");
    }
}
