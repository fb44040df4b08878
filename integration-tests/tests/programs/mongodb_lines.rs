//! Version 2.8 of the driver beside version 3, in a program outside of the workspace: what they
//! record is the same, attribute by attribute.

use integration_tests::program::compare_lines;

#[test]
fn version_2_records_what_version_3_does() {
    let uri = std::env::var("MONGODB_URI")
        .expect("MONGODB_URI: run `cargo xtask test`, which starts a server and sets it");
    let recorded = compare_lines(env!("CARGO_TARGET_TMPDIR"), &["mongodb", &uri]);
    assert_eq!(recorded["older"], recorded["newest"]);
    let is_command = |text: &&String| text.starts_with("span ");
    let commands = recorded["older"].iter().filter(is_command).count();
    assert!(commands >= 9, "{recorded:#?}");
}
