//! Tests of the domain: whole spans and whole metric points, for each way a job can end.

use std::convert::Infallible;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use custom_integration::job::Jobs;
use custom_integration::tinydb::{Client, Error};
use custom_integration::traced::TracedClient;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use otelier_instrument::{Providers, enter, integration};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_metric, assert_points, assert_tree, metric, point,
    span,
};

const DURATION: &str = "example.job.run.duration";

fn jobs(capture: &Capture) -> Jobs {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    Jobs::new(integration!("example-jobs"), providers)
}

fn expected(job: &str) -> ExpectedSpan {
    span(format!("run {job}")).scope("custom-integration").attr("example.job.name", job)
}

fn expected_point(job: &str) -> ExpectedPoint {
    point().attr("example.job.name", job).count(1)
}

#[tokio::test]
async fn jobs_are_spans_and_durations() {
    let capture = Capture::new();
    let items = jobs(&capture).run("paint", async { Ok::<_, Infallible>(7) }).await;
    assert_eq!(items, Ok(7));

    assert_tree(&capture.spans(), expected("paint").attr("example.job.items", 7));
    let duration = metric(DURATION).unit("s").point(expected_point("paint"));
    assert_metric(&capture.metrics(), duration);
}

#[tokio::test]
async fn calls_inside_are_children() {
    let capture = Capture::new();
    let db = TracedClient::builder()
        .with_tracer_provider(capture.tracer_provider())
        .build(Client::new("localhost", 7070, "shop"));
    let work = async { db.set("color", "green").await.map(|()| 1) };
    assert_eq!(jobs(&capture).run("paint", work).await, Ok(1));

    let call = span("SET shop")
        .client()
        .attr("db.system.name", "tinydb")
        .attr("db.operation.name", "SET")
        .attr("db.namespace", "shop")
        .attr("server.address", "localhost");
    assert_tree(&capture.spans(), expected("paint").attr("example.job.items", 1).child(call));
}

#[tokio::test]
async fn failed_jobs_are_named_by_their_error() {
    let capture = Capture::new();
    let result = jobs(&capture).run("paint", async { Err::<u64, _>(fmt::Error) }).await;
    assert_eq!(result, Err(fmt::Error));

    assert_tree(&capture.spans(), expected("paint").error("core::fmt::Error"));
    let failed = expected_point("paint").attr("error.type", "core::fmt::Error");
    assert_points(&capture.metrics(), DURATION, [failed]);
}

#[test]
fn dropped_jobs_are_cancelled() {
    let capture = Capture::new();
    drop(jobs(&capture).run("paint", std::future::pending::<Result<u64, Error>>()));
    assert_tree_is_empty(&capture);

    // A job is no call that somebody gave up: it was not done.
    drop(jobs(&capture).start("paint"));
    assert_tree(&capture.spans(), expected("paint").error("cancelled"));
    let cancelled = expected_point("paint").attr("error.type", "cancelled");
    assert_points(&capture.metrics(), DURATION, [cancelled]);
}

fn assert_tree_is_empty(capture: &Capture) {
    assert_eq!(capture.spans(), [], "a future that is never polled starts nothing");
}

#[test]
fn panics_end_jobs_at_once() {
    let capture = Capture::new();
    let mut operation = Some(jobs(&capture).start("paint"));
    let work = AssertUnwindSafe(|| enter(&mut operation, || panic!("on purpose")));
    catch_unwind(work).unwrap_err();
    assert!(operation.is_none());
    assert_tree(&capture.spans(), expected("paint").error("panic"));
}

#[test]
fn without_providers_the_context_passes() {
    let jobs = Jobs::new(integration!("example-jobs"), Providers::default());
    let mut operation = Some(jobs.start("paint"));
    let current = enter(&mut operation, || Context::map_current(|cx| cx.has_active_span()));
    assert!(!current);
    operation.expect("an operation").end();
}
