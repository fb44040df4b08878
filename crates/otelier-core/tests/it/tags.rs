//! What is said of execution tags that are skipped.

use crate::support::run;

const NONE: [(&str, &str); 4] = [
    ("OTEL_SERVICE_NAME", "tagged"),
    ("OTEL_TRACES_EXPORTER", "console"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

#[test]
fn each_skipped_tag_is_warned_about_once() {
    let outcome = run("skipped-tags", &NONE);
    let skipped =
        |key: &str, problem| format!("warning: execution tag {key:?} is skipped: {problem}");
    let too_many = "a span has at most 50 of them";
    let expected = [
        skipped("", "a key must not be blank"),
        skipped("a.b", "a key must not hold a dot"),
        skipped(&"k".repeat(50), "a key has at most 50 characters"),
        skipped("long", "a string has at most 70 characters"),
        skipped("blank", "a string must not be blank"),
        skipped("none", "an array must not be empty"),
        skipped("key50", too_many),
        skipped("key51", too_many),
    ];
    assert_eq!(outcome.diagnostics(), expected);
    assert!(!outcome.stderr.contains("S3CRET"), "a value may be a secret");
}

#[test]
fn warnings_about_tags_end_with_one_that_says_so() {
    let outcome = run("many-skipped-tags", &NONE);
    let diagnostics = outcome.diagnostics();
    assert_eq!(diagnostics.len(), 101, "{diagnostics:?}");
    let last = "warning: other execution tags that are skipped are not warned about any more";
    assert_eq!(diagnostics[100], last);
}
