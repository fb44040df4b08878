//! Where libraries come from, and what is built of them.

use std::process::Command;

use crate::support::{Stage, TRACED, package, succeed, warnings};

#[test]
fn a_library_of_a_git_repository_is_edited() {
    let stage = Stage::new();
    let git = |words: &str| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=it", "-c", "user.email=it@example.org"]);
        succeed(git.args(words.split(' ')).current_dir(stage.path("greeter")));
    };
    git("init --quiet");
    git("add .");
    git("commit --quiet --message=first");
    let source = stage.path("greeter").display().to_string();
    let dependency = format!("greeter = {{ git = \"file://{source}\" }}\n");
    let manifest = package("program", "0.1.0", &dependency) + "[workspace]\n";
    stage.write("program/Cargo.toml", &manifest);
    let mut command = stage.otelier("run");
    // Nothing of it stays in the cache of the user.
    command.env("CARGO_HOME", stage.path("home")).env_remove("CARGO_NET_OFFLINE");
    let first = succeed(&mut command);
    assert_eq!((first.stdout.trim(), warnings(&first)), (TRACED, vec![]));
    let mut again = stage.otelier("run --frozen");
    let again = succeed(again.env("CARGO_HOME", stage.path("home")));
    assert_eq!(again.stdout.trim(), TRACED);
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);
}

#[test]
fn all_binaries_of_a_workspace_are_traced() {
    let stage = Stage::new();
    let main = "fn main() {\n    println!(\"{}\", greeter::greeting());\n}\n";
    stage.write("program/src/bin/second.rs", main);
    let manifest = stage.read("program/Cargo.toml");
    stage.write("program/Cargo.toml", &manifest.replace("[workspace]", WORKSPACE));
    let dependency = "greeter = { path = \"../../greeter\" }\n";
    stage.write("program/member/Cargo.toml", &package("member", "0.1.0", dependency));
    stage.write("program/member/src/main.rs", main);
    let built = succeed(&mut stage.otelier("build --workspace"));
    assert_eq!(warnings(&built), [""; 0]);
    for name in ["program", "second", "member"] {
        let program = stage.path("program/target/otelier/current/debug").join(name);
        assert_eq!(succeed(&mut Command::new(program)).stdout.trim(), TRACED, "{name}");
    }
    let mut run = stage.otelier("run -q --package member");
    assert_eq!(succeed(&mut run).stdout.trim(), TRACED);
}

const WORKSPACE: &str = "[workspace]\nmembers = [\"member\"]";

#[test]
fn tests_that_nextest_runs_are_traced() {
    let stage = Stage::new();
    let version = stage.cargo("nextest --version").output().unwrap();
    if !version.status.success() {
        eprintln!("nextest is not installed: nothing is tested");
        return;
    }
    let said = format!("assert_eq!(greeter::greeting(), {TRACED:?});");
    stage.write("program/src/lib.rs", &format!("#[test]\nfn unit() {{ {said} }}\n"));
    stage.write("program/tests/whole.rs", &format!("#[test]\nfn whole() {{ {said} }}\n"));
    let ended = succeed(&mut stage.otelier("nextest run"));
    assert!(ended.stderr.contains("2 tests run: 2 passed"), "{}", ended.stderr);
    assert_eq!(warnings(&ended), [""; 0]);
    assert!(!stage.path("program/target/debug").exists(), "it has a target directory of its own");
}
