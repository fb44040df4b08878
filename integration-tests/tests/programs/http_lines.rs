//! The older lines of axum and reqwest, in a program outside of the workspace: what they record is
//! what the newest do, attribute by attribute.

use integration_tests::program::compare_lines;

#[test]
fn older_lines_record_what_the_newest_do() {
    let recorded = compare_lines(env!("CARGO_TARGET_TMPDIR"), &["http"]);
    for (side, spans) in [("client", 10), ("server", 8)] {
        let [newest, older] = ["newest", "older"].map(|line| &recorded[&format!("{line}: {side}")]);
        assert_eq!(older, newest, "{side}");
        let ended = newest.iter().filter(|text| text.starts_with("span ")).count();
        assert_eq!(ended, spans, "{side}: {newest:#?}");
    }
    let found = "span GET /users/ID | Server | Unset | in otelier-tower";
    assert!(recorded["older: server"].iter().any(|text| text.starts_with(found)), "{recorded:#?}");
}
