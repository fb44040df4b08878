//! What does not fit is compiled as it is, with one warning.

use crate::support::{PLAIN, Stage, end, succeed, warnings};

/// Runs the program, which is not traced, and gives the warning.
#[track_caller]
fn untraced(stage: &Stage) -> String {
    let ended = succeed(&mut stage.otelier("run"));
    assert_eq!(ended.stdout.trim(), PLAIN, "{}", ended.stderr);
    let [warning] = warnings(&ended)[..] else { panic!("{}", ended.stderr) };
    warning.to_owned()
}

#[test]
fn an_edit_that_does_not_fit_leaves_the_library_as_it_is() {
    let stage = Stage::new();
    stage.replace("edits/greeter/edits.toml", "pub fn greeting()", "pub fn welcome()");
    assert_eq!(
        untraced(&stage),
        "warning: greeter 1.2.3 is not traced: its source is not as expected: src/lib.rs has no \
         `pub fn welcome()`"
    );
}

#[test]
fn an_unknown_version_is_left_as_it_is() {
    let stage = Stage::new();
    stage.replace("greeter/Cargo.toml", "1.2.3", "1.9.0");
    assert_eq!(
        untraced(&stage),
        "warning: greeter 1.9.0 is not traced: there are edits for the versions >=1.2.0, <1.9.0 \
         only"
    );
}

#[test]
fn edits_that_cannot_be_read_leave_the_library_as_it_is() {
    let stage = Stage::new();
    stage.replace("edits/greeter/edits.toml", "hooks.rs", "hook.rs");
    assert_eq!(
        untraced(&stage),
        "warning: greeter 1.2.3 is not traced: edits of greeter: the snippet hook.rs is not there"
    );
}

#[test]
fn a_library_that_does_not_compile_with_its_edits_is_left_as_it_is() {
    let stage = Stage::new();
    stage.replace("edits/greeter/hooks.rs", ".into()", "");
    let warning = untraced(&stage);
    let start = "warning: greeter 1.2.3 is not traced: it does not compile with the edits for \
                 >=1.2.0, <1.9.0 (exit status 1), see ";
    let log = warning.strip_prefix(start).unwrap_or_else(|| panic!("{warning}"));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("error[E0308]: mismatched types"), "{log}");
    assert!(log.contains("greeter/src/__otelier.rs:3"), "{log}");
}

#[test]
fn a_lint_that_the_library_denies_leaves_it_as_it_is() {
    let stage = Stage::new();
    stage.replace("greeter/src/lib.rs", "//! A library.\n", "#![deny(unsafe_code)]\n");
    stage.replace(
        "edits/greeter/hooks.rs",
        "::otelier_agent::greeting().into()",
        "unsafe { std::mem::zeroed::<()>() }; String::new()",
    );
    assert!(untraced(&stage).contains("does not compile with the edits"));
}

#[test]
fn an_agent_that_cannot_be_built_says_why_and_what_to_do() {
    let stage = Stage::new();
    stage.replace(
        "agent/Cargo.toml",
        "edition = \"2021\"\n",
        "edition = \"2021\"\nrust-version = \"1.999\"\n",
    );
    let ended = end(&mut stage.otelier("build --offline"));
    assert_eq!(ended.code, Some(101));
    let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    let start = "error: the agent cannot be built; without a network, `cargo otelier prepare` must \
                 have been run before: it needs rustc 1.999 or newer, and this is rustc 1.";
    assert!(error.starts_with(start), "{error}");
    assert!(!stage.path("program/target").exists(), "nothing was built");
}
