//! Global providers that are set when operations run already.
//!
//! One test in a process of its own, since all share them.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use allocation_counter::measure;
use opentelemetry::global;
use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
use otelier_instrument::{Providers, announce_providers, scope};
use otelier_testing::Capture;

#[test]
fn are_found_soon_and_looked_for_at_no_cost() {
    let client = DbClient::new(scope!(), Providers::default());
    let run = || client.start(|| DbRequest::new(DbSystem::MySql)).end();
    let least = (0..8).map(|_| measure(run).count_total).min();
    assert_eq!(least, Some(0), "an operation that nobody records");

    let capture = Capture::new();
    global::set_tracer_provider(capture.tracer_provider());
    while capture.spans().is_empty() {
        run();
    }
    global::set_meter_provider(capture.meter_provider());
    announce_providers();
    run();
    assert_eq!(capture.spans().len(), 2);
    assert_eq!(capture.metrics().len(), 1, "at once, when told");
}
