//! What becomes of a call, with and without a command.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use bson::doc;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use otelier_instrument::{Providers, drive};
use otelier_testing::{
    Capture, ExpectedSpan, assert_points, assert_tree, assert_trees, point, span,
};

use super::*;
use crate::recorder::{CommandStarted, ConnectionId, RecorderOptions, ServerAddress, TestDocument};

fn recorders(capture: &Capture) -> Recorders {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    Recorders::new(providers, RecorderOptions::default())
}

const FIND: CallRequest<'static> =
    CallRequest { operation: "find", database: "shop", collection: Some("products") };

fn find_span() -> ExpectedSpan {
    span("find products")
        .client()
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", "find")
        .attr("db.collection.name", "products")
}

fn no_server() -> CommandFailure {
    CommandFailure::Kind(ErrorType::from_static("ServerSelection"))
}

/// Ends the call as an adapter does.
async fn run(recorders: &Recorders, work: impl Future<Output = Result<(), CommandFailure>>) {
    let mut call = recorders.call(&FIND);
    let result = drive(&mut call, work).await;
    match (call, result) {
        (Some(call), Ok(())) => call.end(),
        (Some(call), Err(failure)) => call.fail_as(failure),
        (None, _) => {}
    }
}

fn poll_once(future: impl Future<Output = ()>) -> Poll<()> {
    pin!(future).poll(&mut TaskContext::from_waker(Waker::noop()))
}

/// Sends a command that the server refuses.
fn send(recorders: &Recorders) {
    let recorder = recorders.client(None);
    let server = ServerAddress::Unknown;
    recorder.command_started(&CommandStarted {
        name: "find",
        database: "shop",
        command: TestDocument(&doc! { "find": "products" }),
        connection: ConnectionId { server, number: 1 },
        request: 1,
    });
    recorder.command_failed(1, 1, CommandFailure::Code(13));
}

#[test]
fn failure_without_a_command_is_recorded() {
    let capture = Capture::new();
    let recorders = recorders(&capture);
    let tracer = capture.tracer_provider().tracer("test");
    tracer.in_span("caller", |_| {
        assert!(poll_once(run(&recorders, ready(Err(no_server())))).is_ready());
    });
    let failed = find_span().error("ServerSelection");
    assert_tree(&capture.spans(), span("caller").child(failed));
    let point = point()
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", "find")
        .attr("db.collection.name", "products")
        .attr("error.type", "ServerSelection");
    assert_points(&capture.metrics(), "db.client.operation.duration", [point.count(1)]);
}

#[test]
fn a_call_may_fail_with_an_error_of_its_caller() {
    let capture = Capture::new();
    let call = recorders(&capture).call(&FIND).expect("a call");
    call.fail(ErrorType::TIMEOUT);
    assert_trees(&capture.spans(), [find_span().error("timeout")]);
}

#[test]
fn a_command_is_recorded_in_place_of_its_call() {
    let capture = Capture::new();
    let recorders = recorders(&capture);
    let work = async {
        send(&recorders);
        Err(CommandFailure::Code(13))
    };
    assert!(poll_once(run(&recorders, work)).is_ready());
    let command = find_span().attr("db.response.status_code", "13").error("13");
    assert_trees(&capture.spans(), [command]);
}

#[test]
fn success_without_a_command_is_nothing() {
    let capture = Capture::new();
    assert!(poll_once(run(&recorders(&capture), ready(Ok(())))).is_ready());
    assert_eq!(capture.spans(), []);
}

#[test]
fn a_call_in_a_call_is_recorded_once() {
    let capture = Capture::new();
    let recorders = recorders(&capture);
    let nested = async {
        run(&recorders, ready(Err(no_server()))).await;
        Err(no_server())
    };
    assert!(poll_once(run(&recorders, nested)).is_ready());
    assert_trees(&capture.take_spans(), [find_span().error("ServerSelection")]);

    // What succeeded inside was a command of the outer one, too.
    let nested = async {
        let sends = async {
            send(&recorders);
            Ok(())
        };
        run(&recorders, sends).await;
        Err(CommandFailure::Code(13))
    };
    assert!(poll_once(run(&recorders, nested)).is_ready());
    assert_eq!(capture.spans().len(), 1);
}

#[test]
fn a_call_that_is_dropped_is_cancelled() {
    let capture = Capture::new();
    assert!(poll_once(run(&recorders(&capture), pending())).is_pending());
    assert_trees(&capture.spans(), [find_span().attr("otelier.cancelled", true)]);
}

#[test]
fn a_panic_is_recorded_where_it_happens() {
    let capture = Capture::new();
    let recorders = recorders(&capture);
    let mut future = Box::pin(run(&recorders, async { panic!("planted") }));
    let poll = || future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_ready();
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    assert_trees(&capture.spans(), [find_span().error("panic")]);
}

#[test]
fn without_providers_there_is_no_call() {
    let recorders = Recorders::new(Providers::default(), RecorderOptions::default());
    assert!(recorders.call(&FIND).is_none());
    assert!(!Context::current().has_active_span());
}
