//! Every end of a call, its name, and the context that it carries, against captured telemetry.

use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_points, assert_tree, assert_trees, point, span,
};

use crate::kit::FieldList;
use crate::{ErrorType, Operation, Providers, scope};

use super::*;

const DURATION: &str = "rpc.client.call.duration";

fn client(capture: &Capture) -> RpcClient {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    RpcClient::new(scope!(), providers)
}

fn get() -> RpcRequest {
    RpcRequest {
        method: Some("shop.Orders/Get".into()),
        server_address: Some("rpc.example".into()),
        server_port: Some(7070),
        ..RpcRequest::new(RpcSystem::GRPC)
    }
}

fn expected() -> ExpectedSpan {
    span("shop.Orders/Get")
        .client()
        .scope("otelier-instrument")
        .attr("rpc.system.name", "grpc")
        .attr("rpc.method", "shop.Orders/Get")
        .attr("server.address", "rpc.example")
        .attr("server.port", 7070)
}

fn expected_point() -> ExpectedPoint {
    point()
        .attr("rpc.system.name", "grpc")
        .attr("rpc.method", "shop.Orders/Get")
        .attr("server.address", "rpc.example")
        .attr("server.port", 7070)
        .count(1)
}

#[test]
fn success_gives_span_and_duration() {
    let capture = Capture::new();
    let mut operation = client(&capture).start(get);
    operation.set_status_code("OK");
    operation.end();
    assert_tree(&capture.spans(), expected().attr("rpc.status_code", "OK"));
    let point = expected_point().attr("rpc.status_code", "OK");
    assert_points(&capture.metrics(), DURATION, [point]);
}

#[test]
fn a_code_of_the_server_is_the_error() {
    let capture = Capture::new();
    client(&capture).start(get).fail_with_code("UNAVAILABLE");
    let code = "UNAVAILABLE";
    assert_tree(&capture.spans(), expected().attr("rpc.status_code", code).error(code));
    let point = expected_point().attr("rpc.status_code", code).attr("error.type", code);
    assert_points(&capture.metrics(), DURATION, [point]);
}

#[test]
fn a_failure_without_an_answer_has_no_code() {
    let capture = Capture::new();
    client(&capture).start(get).fail(ErrorType::TIMEOUT);
    assert_tree(&capture.spans(), expected().error("timeout"));
    assert_points(&capture.metrics(), DURATION, [expected_point().attr("error.type", "timeout")]);
}

#[test]
fn a_dropped_call_is_cancelled() {
    let capture = Capture::new();
    drop(client(&capture).start(get));
    assert_tree(&capture.spans(), expected().attr("otelier.cancelled", true));
    assert_points(&capture.metrics(), DURATION, [expected_point()]);
}

#[test]
fn what_is_not_known_is_left_out() {
    let capture = Capture::new();
    let client = client(&capture);
    client.start(|| RpcRequest::new(RpcSystem::new("tarpc"))).end();
    let port_alone = RpcRequest { server_port: Some(1), ..RpcRequest::new(RpcSystem::DUBBO) };
    client.start(|| port_alone).end();
    let bare =
        |name: &str| span(name).client().scope("otelier-instrument").attr("rpc.system.name", name);
    assert_trees(&capture.spans(), [bare("tarpc"), bare("dubbo")]);
}

#[test]
fn the_context_goes_with_the_call() {
    let capture = Capture::new();
    let operation = client(&capture).start(get);
    let mut fields = FieldList::default();
    operation.inject(&mut fields);
    operation.end();
    let span = capture.span("shop.Orders/Get");
    let expected = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert!(fields.iter().eq([("traceparent", &*expected)]), "{fields:?}");
}

#[test]
fn without_a_signal_nothing_is_described() {
    let mut providers = Providers::default();
    providers.set_tracer_provider(NoopTracerProvider::new());
    providers.set_meter_provider(NoopMeterProvider::new());
    let client = RpcClient::new(scope!(), providers);
    client.start(|| panic!("a call that nobody records is not described")).end();
}
