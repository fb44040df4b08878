//! The report of dependencies: what the program is built from, sent once to a vendor that asks for
//! it.
//!
//! The report is an extra that must not cost anything: it runs on a thread of its own, is sent once
//! without a retry, and what goes wrong is only shown at the level debug. `report` decides whether
//! and where it goes, `auditable` and `lock_file` read the two sources.
//!
//! A library does not see what else a program is built from. Two sources are honest: the list that
//! `cargo auditable build` puts into the executable, and the text of Cargo.lock, which the program
//! includes and hands over. The first needs no line and has little more than what was linked, so it
//! comes first; the second also has what other platforms and tests need.

mod auditable;
mod lock_file;
mod report;

use std::thread;

use opentelemetry_sdk::Resource;

use self::report::Report;
use crate::config::{Settings, env};
use crate::diagnostics;
use crate::export::suppress_telemetry_of_this_thread;

/// A package that the program is built from. Ordered by name, then by version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
struct Dependency {
    /// As the registry has it.
    name: String,
    /// As the source has it; versions are compared as texts.
    version: String,
}

/// Sends the report in the background, if the settings are such that there is one. Returns at once.
/// The settings are checked before a thread is started, so other programs pay nothing.
pub(crate) fn report(settings: &Settings, resource: &Resource, lock_file: Option<&'static str>) {
    let Some(report) = Report::new(settings, resource) else { return };
    let work = move || {
        suppress_telemetry_of_this_thread();
        let outcome = match find(lock_file) {
            Some(dependencies) => report.send(&dependencies),
            None => Err("the program is not built by `cargo auditable build`, and \
                         `with_lock_file` gives no Cargo.lock"
                .to_owned()),
        };
        diagnostics::debug(|| match outcome {
            Ok(count) => format!("the names and versions of {count} dependencies were reported"),
            Err(reason) => format!("the dependencies are not reported: {reason}"),
        });
    };
    let spawned = thread::Builder::new().name("otelier-report".to_owned()).spawn(work);
    if let Err(error) = spawned {
        diagnostics::debug(|| format!("the dependencies are not reported: {error}"));
    }
}

/// The dependencies, sorted, each once. `None` if there is neither source. The executable is read
/// from the disk, which is why this runs in the background.
fn find(lock_file: Option<&str>) -> Option<Vec<Dependency>> {
    let of_executable = env::executable().and_then(|path| auditable::read(&path));
    let mut found = of_executable.or_else(|| lock_file.map(lock_file::parse))?;
    found.sort_unstable();
    found.dedup();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_sorted_by_name_and_each_is_there_once() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"x\"\n\n")
        };
        let lock_file =
            [("tokio", "1.2.0"), ("axum", "0.8.9"), ("axum", "0.7.9"), ("tokio", "1.2.0")]
                .map(|(name, version)| package(name, version))
                .concat();
        let found = find(Some(&lock_file)).unwrap();
        let found: Vec<_> = found.iter().map(|it| (&*it.name, &*it.version)).collect();
        assert_eq!(found, [("axum", "0.7.9"), ("axum", "0.8.9"), ("tokio", "1.2.0")]);
        assert!(find(None).is_none(), "this test is not built by cargo-auditable");
    }
}
