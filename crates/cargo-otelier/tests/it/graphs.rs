//! Where libraries come from, and what is built of them.

use std::process::Command;

use crate::support::{Stage, TRACED, package, succeed, warnings};

#[test]
fn a_library_of_a_git_repository_is_edited() {
    let stage = Stage::new();
    commit(&stage, "greeter");
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
fn a_library_of_a_private_registry_is_edited() {
    let stage = Stage::new();
    let mut package_it = stage.cargo("package --quiet --no-verify --allow-dirty --manifest-path");
    succeed(package_it.arg(stage.path("greeter/Cargo.toml")));
    let packaged = stage.path("greeter/target/package/greeter-1.2.3.crate");
    let sum = succeed(Command::new("sha256sum").arg(&packaged)).stdout;
    let sum = sum.split(' ').next().unwrap();
    let versions = format!(
        "{{\"name\":\"greeter\",\"vers\":\"1.2.3\",\"deps\":[],\"cksum\":\"{sum}\",\
         \"features\":{{}},\"yanked\":false}}\n"
    );
    stage.write("index/gr/ee/greeter", &versions);
    let packages = packaged.parent().unwrap().display().to_string();
    let packages = format!("{{\"dl\":\"file://{packages}/{{crate}}-{{version}}.crate\"}}");
    stage.write("index/config.json", &packages);
    commit(&stage, "index");
    let index = format!("file://{}", stage.path("index").display());
    let dependency = "greeter = { version = \"1\", registry = \"ours\" }\n";
    let manifest = package("program", "0.1.0", dependency) + "[workspace]\n";
    stage.write("program/Cargo.toml", &manifest);
    let in_home = |mut command: Command, home: &str| {
        command.env("CARGO_REGISTRIES_OURS_INDEX", &index).env("CARGO_HOME", stage.path(home));
        command.env_remove("CARGO_NET_OFFLINE");
        succeed(&mut command)
    };
    let first = in_home(stage.otelier("run"), "home");
    assert_eq!((first.stdout.trim(), warnings(&first)), (TRACED, vec![]));
    assert!(first.stderr.contains("registry `ours`"), "{}", first.stderr);

    // And as `cargo vendor` keeps it.
    let replaced = in_home(stage.cargo("vendor"), "home").stdout;
    stage.write("program/.cargo/config.toml", &replaced);
    let vendored = in_home(stage.otelier("run --frozen"), "another home");
    assert_eq!((vendored.stdout.trim(), warnings(&vendored)), (TRACED, vec![]));
}

/// Makes a folder a git repository.
fn commit(stage: &Stage, folder: &str) {
    let git = |words: &str| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=it", "-c", "user.email=it@example.org"]);
        succeed(git.args(words.split(' ')).current_dir(stage.path(folder)));
    };
    git("init --quiet");
    git("add .");
    git("commit --quiet --message=first");
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
