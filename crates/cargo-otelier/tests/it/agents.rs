//! Several agents with one compiler, which share a target directory.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Stage, TRACED, compiled, succeed, warnings};

/// Says in a file that it has built the agent, and ends when there is another file.
const SLOW_CARGO: &str = "#!/bin/sh\n\"$REAL\" \"$@\"\nstatus=$?\ncase \" $* \" in\n    \
                          *\" build \"*) touch \"$FOLDER/built\"\n        \
                          while [ -e \"$FOLDER/built\" ] && [ ! -e \"$FOLDER/go\" ]; do\n            \
                          sleep 0.01\n        done ;;\nesac\nexit $status\n";

/// A second agent, which says something else.
fn other_agent(stage: &Stage) {
    for file in ["Cargo.toml", "src/lib.rs", "words/Cargo.toml", "words/src/lib.rs"] {
        let text = stage.read(&format!("agent/{file}")).replace(TRACED, "by another agent");
        stage.write(&format!("other/{file}"), &text);
    }
}

/// What the program says, built anew with the agent in a folder.
#[track_caller]
fn said(stage: &Stage, agent: &str) -> String {
    let _ = fs::remove_dir_all(stage.path("program/target"));
    let ended = succeed(stage.otelier("run").env("CARGO_OTELIER_AGENT", stage.path(agent)));
    assert_eq!(warnings(&ended), [""; 0]);
    assert!(!ended.stderr.contains("Preparing"), "{}", ended.stderr);
    ended.stdout.trim().to_owned()
}

#[test]
fn an_agent_is_whole_after_another_one_was_built() {
    let stage = Stage::new();
    other_agent(&stage);
    for agent in ["agent", "other"] {
        succeed(stage.otelier("prepare").env("CARGO_OTELIER_AGENT", stage.path(agent)));
    }
    assert_eq!(said(&stage, "agent"), TRACED);
    assert_eq!(said(&stage, "other"), "by another agent");
}

#[test]
fn an_update_while_the_agent_is_built_is_no_fault() {
    let stage = Stage::new();
    let installed = stage.path("bin/cargo-otelier");
    stage.write("bin/update", "");
    for file in [&installed, &stage.path("bin/update")] {
        fs::copy(env!("CARGO_BIN_EXE_cargo-otelier"), file).unwrap();
    }
    // As `cargo install` does it.
    let update = format!("std::fs::rename({:?}, {installed:?})", stage.path("bin/update"));
    stage.write("agent/build.rs", &format!("fn main() {{ {update}.unwrap(); }}\n"));
    let ended = succeed(&mut stage.otelier_of(&installed, "run"));
    assert_eq!((ended.stdout.trim(), warnings(&ended)), (TRACED, vec![]));
    assert!(!stage.path("bin/update").exists());
}

#[test]
fn copies_of_the_binary_do_not_take_the_place_of_each_other() {
    let stage = Stage::new();
    let copies = ["one/cargo-otelier", "other/cargo-otelier"].map(|path| {
        stage.write(path, "");
        fs::copy(env!("CARGO_BIN_EXE_cargo-otelier"), stage.path(path)).unwrap();
        stage.path(path)
    });
    let [one, other] = copies.each_ref().map(|copy| succeed(&mut stage.otelier_of(copy, "run")));
    assert_eq!((one.stdout.trim(), other.stdout.trim()), (TRACED, TRACED));
    assert_eq!(compiled(&other), [""; 0]);
    let used = || {
        let folder = stage.path("program/target/otelier/current/sessions");
        let sessions = fs::read_dir(folder).unwrap().map(|session| session.unwrap().path());
        let tools = sessions.map(|session| fs::read_link(session.join("otelier-rustc")).unwrap());
        tools.collect::<BTreeSet<_>>()
    };
    assert_eq!(used(), copies.clone().into());
    // What is left of a copy that is gone goes with the next build.
    let [one, other] = copies;
    fs::remove_file(one).unwrap();
    succeed(&mut stage.otelier_of(&other, "run"));
    assert_eq!(used(), [other].into());
}

#[test]
fn two_agents_that_are_built_at_the_same_moment_wait_for_each_other() {
    let stage = Stage::new();
    other_agent(&stage);
    stage.write("slow-cargo", SLOW_CARGO);
    fs::set_permissions(stage.path("slow-cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut first = stage.otelier("prepare -q");
    first.env("CARGO", stage.path("slow-cargo")).env("REAL", env!("CARGO"));
    let mut first = first.env("FOLDER", stage.path("")).spawn().unwrap();
    let limit = Instant::now() + Duration::from_secs(300);
    while !stage.path("built").exists() {
        assert!(Instant::now() < limit, "the first agent is not built");
        std::thread::sleep(Duration::from_millis(10));
    }

    let mut second = stage.otelier("prepare");
    second.env("CARGO_OTELIER_AGENT", stage.path("other"));
    let mut second = second.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // It says that it waits, or it ends, which is found below.
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = lines.any(|line| line.contains("waiting for another cargo otelier"));
    stage.write("go", "");
    let rest: Vec<String> = lines.collect();
    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success(), "{rest:?}");
    assert_eq!(said(&stage, "agent"), TRACED);
    assert_eq!(said(&stage, "other"), "by another agent");
    assert!(waits);
}
