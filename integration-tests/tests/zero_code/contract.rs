//! The contract of an integration, through the hooks: what a program without a word of telemetry
//! records when `cargo otelier` builds it is what it records with Otelier's layers and wrappers,
//! attribute by attribute, but for the list in `differences.rs`.
//!
//! A program of `integration-tests/programs` makes one call in each run, and a second one has the
//! same source with the layers. Both send what they record to a receiver of their own.

mod difference;
mod differences;
mod facts;
mod programs;
mod settings;

use std::env;

use self::difference::{Difference, unexpected};
use self::programs::{Programs, Run, at_once};
use self::settings::Settings;

pub(crate) use self::differences::ALL;

/// The programs with the calls of axum, reqwest, mysql_async and mongodb.
const CALLS: &str = "calls";
/// The one with the calls of clients of AWS.
const CALLS_AWS: &str = "calls-aws";
/// Where those calls go to.
const AWS: &[&str] = &["SQS_ENDPOINT_URL"];

/// Makes all calls of a library with all settings, by hooks and by layers, and compares.
///
/// `variables` are what the calls need to know: the addresses of servers.
fn compare(program: &str, library: &str, settings: &[Settings], variables: &[&str]) {
    let programs = Programs::build(program);
    let variables: Vec<(String, String)> = variables
        .iter()
        .map(|name| {
            let value = env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set. Run `cargo xtask test`, which starts a server")
            });
            ((*name).to_owned(), value)
        })
        .collect();
    let calls = programs.calls(library);
    assert!(!calls.is_empty(), "there are no calls of {library}");
    let mut runs = Vec::new();
    for settings in settings {
        let of_these = calls.iter().filter(|call| settings.has(call));
        runs.extend(of_these.map(|call| Run { library, call, settings, variables: &variables }));
    }
    let compared = at_once(&runs, |run| programs.compare(run));
    let differences: Vec<&Difference> = ALL.iter().filter(|it| it.shows_in == library).collect();
    let unexpected = unexpected(&differences, &runs, &compared);
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

#[test]
fn axum_and_reqwest_record_what_layer_and_middleware_do() {
    compare(CALLS, "http", &settings::http(), &[]);
}

#[test]
fn mysql_async_records_what_the_wrapper_does() {
    let few = &["query", "executed", "error"];
    compare(CALLS, "mysql", &settings::others(few), &["MYSQL_URL"]);
}

#[test]
fn mongodb_records_what_the_handlers_do() {
    let few = &["found", "inserted_twice", "found_in_batches"];
    compare(CALLS, "mongodb", &settings::others(few), &["MONGODB_URI"]);
}

#[test]
fn clients_of_sqs_record_what_the_interceptor_does() {
    let few = &["sent_and_received", "processed", "batch", "no_such_queue"];
    compare(CALLS_AWS, "sqs", &settings::others(few), AWS);
}

#[test]
fn clients_of_sns_record_what_the_interceptor_does() {
    let few = &["published", "delivered_to_a_queue"];
    compare(CALLS_AWS, "sns", &settings::others(few), AWS);
}

#[test]
fn clients_of_dynamodb_record_what_the_interceptor_does() {
    compare(CALLS_AWS, "dynamodb", &settings::others(&["stored_and_read"]), AWS);
}

#[test]
fn failures_of_aws_are_recorded_as_by_the_interceptor() {
    compare(CALLS_AWS, "failures", &settings::others(&["credentials_from_a_call"]), AWS);
}

/// The page for users has the list. Libraries that nothing is compared with have rows of their own.
#[test]
fn documentation_has_the_differences() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/zero-code.md");
    let page = std::fs::read_to_string(page).unwrap();
    let header = "| library | difference | why |\n|---|---|---|\n";
    let (_, rows) = page.split_once(header).expect("the table of differences");
    let is_compared = |row: &str| {
        ALL.iter().any(|it| row.strip_prefix("| ").is_some_and(|row| row.starts_with(it.library)))
    };
    let rows = rows.lines().take_while(|line| line.starts_with('|'));
    let rows: Vec<&str> = rows.filter(|row| is_compared(row)).collect();
    let expected: Vec<String> = ALL
        .iter()
        .map(|Difference { library, what, why, .. }| format!("| {library} | {what} | {why} |"))
        .collect();
    assert_eq!(rows, expected);
}
