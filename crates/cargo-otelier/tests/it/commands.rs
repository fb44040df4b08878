//! Commands of cargo, and those of ours.

use crate::support::{Stage, TRACED, compiled, end, succeed, warnings};

#[test]
fn tests_and_examples_in_documentation_are_traced() {
    let stage = Stage::new();
    let said = format!("assert_eq!(greeter::greeting(), {TRACED:?});");
    stage.write(
        "program/src/lib.rs",
        &format!("//! ```\n//! {said}\n//! ```\n#[test]\nfn unit() {{ {said} }}\n"),
    );
    stage.write("program/tests/whole.rs", &format!("#[test]\nfn whole() {{ {said} }}\n"));
    let ended = succeed(&mut stage.otelier("test"));
    let passed = ended.stdout.lines().filter(|line| line.starts_with("test result: ok. 1 passed"));
    assert_eq!(passed.count(), 3, "{}", ended.stdout);
}

#[test]
fn a_library_s_own_tests_are_compiled_as_they_are() {
    let stage = Stage::new();
    stage.replace("greeter/Cargo.toml", "[dependencies]", "[workspace]\n[dependencies]");
    stage.write(
        "greeter/tests/own.rs",
        &format!("#[test]\nfn it() {{ assert_eq!(greeter::greeting(), {TRACED:?}); }}\n"),
    );
    let library = stage.read("greeter/src/lib.rs");
    let test = "#[test]\nfn inside() { assert_eq!(greeting(), \"plain\"); }\n";
    stage.write("greeter/src/lib.rs", &(library + test));
    succeed(stage.otelier("test").current_dir(stage.path("greeter")));
}

#[test]
fn clippy_checks_the_program() {
    let stage = Stage::new();
    stage.main("let _x = greeter::greeting().len() == 0;");
    let ended = succeed(&mut stage.otelier("clippy"));
    assert!(ended.stderr.contains("clippy::len_zero"), "{}", ended.stderr);
    assert_eq!(warnings(&ended), [""; 0]);
    assert!(!stage.path("program/target/debug").exists(), "it has a target directory of its own");
}

#[test]
fn status_names_what_is_traced_and_shows_each_line() {
    let stage = Stage::new();
    let ended = succeed(&mut stage.otelier("status"));
    let line = "✓ greeter 1.2.3: traced by 3 edits in 1 of its files (edits for >=1.2.0, <1.9.0)\n";
    assert!(ended.stdout.starts_with(&format!("{line}agent for rustc ")), "{}", ended.stdout);
    let diff = succeed(&mut stage.otelier("status --diff")).stdout;
    let lines = "--- src/lib.rs\n+++ src/lib.rs\n@@ line 5 @@\n-    String::from(\"plain\")\n\
                 +    __otelier::greeting()\n@@ line 12 @@\n+mod __otelier;\n";
    assert!(diff.contains(lines), "{diff}");
    assert!(!stage.path("program/target").exists(), "nothing is built");
    stage.replace("greeter/Cargo.toml", "1.2.3", "2.0.0");
    let ended = succeed(&mut stage.otelier("status"));
    let line = "✗ greeter 2.0.0: not traced: there are edits for the versions >=1.2.0, <1.9.0 only";
    assert!(ended.stdout.starts_with(line), "{}", ended.stdout);
}

#[test]
fn an_agent_is_prepared_once_and_clean_removes_everything() {
    let stage = Stage::new();
    let ended = succeed(&mut stage.otelier("prepare"));
    assert!(ended.stdout.starts_with("The agent is ready for rustc "), "{}", ended.stdout);
    assert!(!stage.path("program/target").exists());
    let ended = succeed(&mut stage.otelier("build"));
    assert_eq!(compiled(&ended), ["greeter", "program"]);
    let before = stage.sources();
    let ended = succeed(&mut stage.otelier("clean"));
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
    assert!(!stage.path("cache").exists());
    let left: Vec<_> = std::fs::read_dir(stage.path("program/target"))
        .map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect())
        .unwrap_or_default();
    assert_eq!(left, [""; 0]);
    assert_eq!(stage.sources(), before);
}

#[test]
fn a_command_outside_of_a_workspace_fails_as_cargo_does() {
    let stage = Stage::new();
    let ended = end(stage.otelier("build").current_dir(stage.path("")));
    assert_eq!(ended.code, Some(101));
    assert!(ended.stderr.contains("could not find `Cargo.toml`"), "{}", ended.stderr);
}
