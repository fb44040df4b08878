//! What the whole process shares: global providers and settings, set when operations run already.
//!
//! One test in a process of its own.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use allocation_counter::measure;
use opentelemetry::{Context, global};
use otelier_instrument::kit::Instrumenter;
use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
use otelier_instrument::settings::{self, Settings};
use otelier_instrument::{Providers, announce_providers, integration};
use otelier_testing::Capture;

#[test]
fn globals_reach_what_was_built_before() {
    let client = DbClient::new(integration!("shop-database"), Providers::default());
    let capture = Capture::new();
    late_providers_are_found(&client, &capture);
    disabled_integrations_are_silent(&client, &capture);
    explicit_providers_do_not_enable();
    disabled_integrations_pass_context_on();
    values_have_the_configured_length(&client, &capture);
}

fn run(client: &DbClient) {
    client.start(|| DbRequest::new(DbSystem::MYSQL)).end();
}

fn late_providers_are_found(client: &DbClient, capture: &Capture) {
    let least = (0..8).map(|_| measure(|| run(client)).count_total).min();
    assert_eq!(least, Some(0), "an operation that is not recorded");

    global::set_tracer_provider(capture.tracer_provider());
    while capture.spans().is_empty() {
        run(client);
    }
    global::set_meter_provider(capture.meter_provider());
    announce_providers();
    run(client);
    assert_eq!(capture.take_spans().len(), 2);
    assert_eq!(capture.metrics().len(), 1, "at once, when announced");
}

fn disabled_integrations_are_silent(client: &DbClient, capture: &Capture) {
    let other = DbClient::new(integration!("other-database"), Providers::default());
    let names = |disabled: &[&str]| {
        let mut settings = Settings::default();
        settings.disabled_integrations.extend(disabled.iter().map(|name| (*name).to_owned()));
        settings::install(settings);
        run(client);
        run(&other);
        (client.enabled(), other.enabled(), capture.take_spans().len())
    };
    assert_eq!(names(&[]), (true, true, 2));
    assert_eq!(names(&["shop-database"]), (false, true, 1));
    assert_eq!(names(&["shop-database", "other-database"]), (false, false, 0));
    assert_eq!(names(&["database", "axum"]), (true, true, 2));
}

fn explicit_providers_do_not_enable() {
    let capture = Capture::new();
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    let client = DbClient::new(integration!("shop-database"), providers);
    let emitted = |disabled: Option<&str>| {
        let mut settings = Settings::default();
        settings.disabled_integrations.extend(disabled.map(str::to_owned));
        settings::install(settings);
        run(&client);
        (capture.take_spans().len(), capture.metrics().len())
    };
    assert_eq!(emitted(Some("shop-database")), (0, 0), "neither spans nor metrics");
    assert_eq!(emitted(None), (1, 1));
}

fn disabled_integrations_pass_context_on() {
    let instrumenter = Instrumenter::<()>::new(integration!("shop-database"), Providers::default());
    let propagates = |settings: Settings| {
        settings::install(settings);
        instrumenter.inject(&Context::new(), &mut HashMap::new())
    };
    let mut disabled = Settings::default();
    disabled.disabled_integrations.insert("shop-database".to_owned());
    let mut switched_off = Settings::default();
    switched_off.enabled = false;
    assert!(propagates(Settings::default()) && propagates(disabled));
    assert!(!propagates(switched_off));
}

fn values_have_the_configured_length(client: &DbClient, capture: &Capture) {
    let lengths = |limit: Option<usize>| {
        let mut settings = Settings::default();
        settings.attribute_value_length_limit = limit;
        settings::install(settings);
        let mut request = DbRequest::new(DbSystem::MYSQL);
        request.query_text = Some("é".repeat(5000).into());
        request.namespace = Some("é".repeat(5000).into());
        client.start(|| request).end();
        let spans = capture.take_spans();
        let span = spans.first().expect("a span");
        ["db.query.text", "db.namespace"].map(|key| {
            let value = span.attribute(key).expect("an attribute");
            value.as_str().expect("a text").chars().count()
        })
    };
    assert_eq!(lengths(Some(2048)), [2048; 2]);
    assert_eq!(lengths(Some(10)), [10; 2]);
    assert_eq!(lengths(None), [5000; 2]);
}
