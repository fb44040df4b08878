//! The tests that are run in a copy of the workspace.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::matrix::scratch::Scratch;
use crate::test;
use crate::workspace::{Package, Workspace};

/// The package of the tests against real servers.
const SERVER_TESTS: &str = "integration-tests";
/// Tests that run programs with lock files of their own, which are the same each time.
const PROGRAMS: &str = "programs::";

/// Some packages, and the tests of `integration-tests` that are about them.
pub(super) struct Selection<'a> {
    packages: Vec<&'a str>,
    /// The test binaries of the packages.
    own: BTreeSet<&'a str>,
    server_tests: BTreeSet<String>,
    /// What the names of tests have in them that are not run.
    left_out: Vec<&'a str>,
}

impl<'a> Selection<'a> {
    pub(super) fn new() -> Self {
        Self {
            packages: Vec::new(),
            own: BTreeSet::new(),
            server_tests: BTreeSet::new(),
            left_out: vec![PROGRAMS],
        }
    }

    /// Adds the unit and integration tests of a package, and those test binaries of
    /// `integration-tests`.
    pub(super) fn add(&mut self, package: &'a Package, server_tests: &[String]) {
        self.packages.push(&package.name);
        let own = package.targets_of("test").map(|target| target.name.as_str());
        self.own.extend(own.filter(|name| *name != "fuzz"));
        self.server_tests.extend(server_tests.iter().cloned());
    }

    /// Leaves out the tests of a feature.
    pub(super) fn leave_out(&mut self, feature: &'a str) {
        self.left_out.push(feature);
    }

    /// Runs them, with all features. No other package is tested: its tests too would be built again
    /// with each version of a dependency.
    pub(super) fn command(&self, workspace: &Workspace, copy: &Scratch, target: &Path) -> Command {
        let mut command = test::runner(workspace, copy.cargo());
        let has_nextest = test::has_nextest(workspace);
        if has_nextest {
            command.args(["-E", &self.filter()]);
        }
        for package in self.packages.iter().chain([&SERVER_TESTS]) {
            command.args(["-p", package]);
        }
        command.args(["--all-features", "--no-fail-fast", "--lib", "--target-dir"]).arg(target);
        let server_tests = self.server_tests.iter().map(String::as_str);
        for name in self.own.iter().copied().chain(server_tests).collect::<BTreeSet<_>>() {
            command.args(["--test", name]);
        }
        if !has_nextest {
            command.arg("--").args(self.left_out.iter().flat_map(|tests| ["--skip", tests]));
        }
        command.env("CARGO_TERM_COLOR", "never");
        command
    }

    fn filter(&self) -> String {
        let packages = self.packages.iter().map(|name| format!("package(={name})"));
        let binary = |name: &String| format!("binary_id(={SERVER_TESTS}::{name})");
        let all: Vec<String> = packages.chain(self.server_tests.iter().map(binary)).collect();
        let all = format!("({})", all.join(" + "));
        self.left_out.iter().fold(all, |tests, other| format!("{tests} - test({other})"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tests_are_those_of_the_packages_and_of_their_servers() {
        let package: Package = serde_json::from_value(json!({
            "id": "a", "name": "a", "license": null, "publish": null, "features": {},
            "manifest_path": "Cargo.toml", "dependencies": [],
            "targets": [{"name": "it", "kind": ["test"]}, {"name": "fuzz", "kind": ["test"]}],
        }))
        .unwrap();
        let mut selection = Selection::new();
        selection.add(&package, &["mysql".to_owned()]);
        selection.leave_out("prometheus");
        let expect = "(package(=a) + binary_id(=integration-tests::mysql)) - test(programs::) \
                      - test(prometheus)";
        assert_eq!(selection.filter(), expect);
        assert_eq!(selection.own, ["it"].into());
    }
}
