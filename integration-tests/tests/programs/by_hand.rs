//! What a request that logs allocates, beside what a program sets up by hand.

use std::collections::BTreeMap;

use integration_tests::program::cargo_run;

/// The allocations of a request and of a disabled `debug!`, by who records.
fn allocations() -> BTreeMap<String, (u64, u64)> {
    let mut command = cargo_run("by-hand", env!("CARGO_TARGET_TMPDIR"));
    let output = command.args(["--bin", "allocations"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let name = parts.next().unwrap().to_owned();
        let mut number = || parts.next().and_then(|it| it.parse().ok()).unwrap();
        (name, (number(), number()))
    };
    text.lines().map(line).collect()
}

/// The numbers are those of docs/axum-service.md.
#[test]
fn a_request_allocates_less_than_by_hand() {
    let allocations = allocations();
    let of = |name: &str| allocations[name].0;
    let bare = of("no telemetry");
    let otelier = of("Otelier, traces and logs");
    let with_metrics = of("Otelier, traces, logs and metrics");
    let by_hand = of("by hand, traces and logs");
    assert_eq!([otelier, with_metrics, by_hand].map(|it| it - bare), [40, 40, 63]);
    assert!(with_metrics < by_hand);
}

#[test]
fn a_disabled_event_allocates_nothing() {
    let allocations = allocations();
    assert_eq!(allocations.len(), 4);
    for (name, (_, of_event)) in allocations {
        assert_eq!(of_event, 0, "{name}");
    }
}
