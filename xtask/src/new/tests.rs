//! A new integration in a copy of the workspace is green from the first run.

use super::*;
use crate::tidy::tracked_files;

/// In the workspace's Cargo.lock, so that no network is needed, and instrumented by nothing.
const LIBRARY: &str = "httpdate";

#[test]
fn what_has_no_template_says_where_to_begin() {
    let error = |library: &str, domain| {
        let version = Version::parse("1").unwrap();
        create(Path::new("missing"), library, version, domain).unwrap_err().to_string()
    };
    assert!(error("a", Domain::HttpServer).contains("copy crates/otelier-tower"));
    assert!(error("a", Domain::HttpClient).contains("copy crates/otelier-reqwest"));
    assert!(error("a", Domain::Messaging).contains("copy crates/otelier-aws"));
    assert!(error("a", Domain::Rpc).contains("no domain for RPC"));
    assert_eq!(error("../a", Domain::Db), "`../a` is no name of a crate");
}

/// Takes the time of one small build, into a folder that the next run finds again.
#[test]
fn a_new_integration_passes_tidy_and_its_own_tests() {
    let workspace = Workspace::load().unwrap();
    let root = workspace.target.join("xtask/new/source");
    let _ = fs::remove_dir_all(&root);
    for path in tracked_files(&workspace.root).unwrap() {
        let (from, to) = (workspace.root.join(&path), root.join(&path));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match fs::read_link(&from) {
            Ok(target) => symlink(target, to).unwrap(),
            Err(_) if from.exists() => drop(fs::copy(from, to).unwrap()),
            Err(_) => {}
        }
    }
    create(&root, LIBRARY, Version::parse("1.0.3").unwrap(), Domain::Db).unwrap();
    finish(&root, LIBRARY).unwrap();

    let findings: Vec<String> = tidy::findings(&Workspace::at(&root).unwrap())
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(findings, [""; 0]);

    let output = cargo_in(&root)
        .args([
            "clippy",
            "--offline",
            "--no-deps",
            "--all-targets",
            "-p",
            "otelier-httpdate",
            "--target-dir",
        ])
        .arg(workspace.target.join("xtask/new/build"))
        .args(["--", "-D", "warnings"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = cargo_in(&root)
        .args(["check", "--offline", "--lib", "-p", "otelier", "--no-default-features"])
        .args(["--features", LIBRARY, "--target-dir"])
        .arg(workspace.target.join("xtask/new/build"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = cargo_in(&root)
        .args(["test", "--offline", "-p", "otelier-httpdate", "--target-dir"])
        .arg(workspace.target.join("xtask/new/build"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("test result: ok. 7 passed"), "{text}");
    fs::remove_dir_all(root).unwrap();
}
