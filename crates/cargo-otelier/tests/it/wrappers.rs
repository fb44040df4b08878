//! Other wrappers around rustc are called too.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{Stage, TRACED, succeed};

/// A wrapper that counts, by crate, in a file beside it.
fn wrapper(stage: &Stage, name: &str) {
    let log = stage.path(&format!("{name}.log"));
    let script = format!("#!/bin/sh\necho \"$@\" >> '{}'\nexec \"$@\"\n", log.display());
    stage.write(name, &script);
    let path = stage.path(name);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The crates that a wrapper was called for, and whether the library was a copy.
fn called(stage: &Stage, name: &str) -> Vec<(String, bool)> {
    let log = stage.read(&format!("{name}.log"));
    let mut called: Vec<(String, bool)> = log
        .lines()
        .filter_map(|line| {
            let name = line.split("--crate-name ").nth(1)?.split(' ').next()?;
            Some((name.to_owned(), line.contains("/otelier/") && line.contains("/sources/")))
        })
        .filter(|(name, _)| name != "___")
        .collect();
    called.sort();
    called.dedup();
    called
}

fn run(command: &mut Command) {
    assert_eq!(succeed(command).stdout.trim(), TRACED);
}

#[test]
fn a_wrapper_of_the_configuration_is_called() {
    let stage = Stage::new();
    wrapper(&stage, "wrap");
    stage.write("program/.cargo/config.toml", "[build]\nrustc-wrapper = \"../wrap\"\n");
    run(&mut stage.otelier("run -q"));
    let library = ("greeter".to_owned(), true);
    assert_eq!(called(&stage, "wrap"), [library, ("program".to_owned(), false)]);
}

#[test]
fn a_wrapper_of_a_variable_is_called_and_the_program_sees_the_variable() {
    let stage = Stage::new();
    wrapper(&stage, "wrap");
    stage.main(
        "assert!(std::env::var(\"RUSTC_WRAPPER\").unwrap().ends_with(\"/wrap\")); \
                println!(\"{}\", greeter::greeting());",
    );
    run(stage.otelier("run -q").env("RUSTC_WRAPPER", stage.path("wrap")));
    let names: Vec<String> = called(&stage, "wrap").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["greeter", "otelier_agent", "otelier_words", "program"]);
}

#[test]
fn a_wrapper_of_the_command_line_is_called() {
    let stage = Stage::new();
    wrapper(&stage, "wrap");
    let option = format!("build.rustc-wrapper='{}'", stage.path("wrap").display());
    run(stage.otelier("run -q --config").arg(option));
    assert_eq!(called(&stage, "wrap").len(), 2);
}

#[test]
fn a_wrapper_around_the_workspace_is_called_for_its_crates() {
    let stage = Stage::new();
    wrapper(&stage, "wrap");
    run(stage.otelier("run -q").env("RUSTC_WORKSPACE_WRAPPER", stage.path("wrap")));
    assert_eq!(called(&stage, "wrap"), [("program".to_owned(), false)]);
}
