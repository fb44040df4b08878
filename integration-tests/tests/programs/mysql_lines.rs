//! mysql_async 0.36 beside 0.37, in a program outside of the workspace: what they record is the
//! same, attribute by attribute.

use integration_tests::program::compare_lines;

#[test]
fn version_0_36_records_what_0_37_does() {
    let url = std::env::var("MYSQL_URL")
        .expect("MYSQL_URL: run `cargo xtask test`, which starts a server and sets it");
    let recorded = compare_lines(env!("CARGO_TARGET_TMPDIR"), &["mysql", &url]);
    assert_eq!(recorded["older"], recorded["newest"]);
    let is_call = |text: &&String| text.starts_with("span ");
    let calls = recorded["older"].iter().filter(is_call).count();
    assert!(calls >= 16, "{recorded:#?}");
}
