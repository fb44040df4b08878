//! Says if the program holds two versions of `opentelemetry`: what is recorded by the other one is
//! lost without an error.
//!
//! A library does not see what else is linked. But the places of its panics are in the executable,
//! as paths that have its version: `…/opentelemetry-0.33.1/src/…`. They are looked for in builds
//! with debug assertions only, in the background. Where paths are remapped, nothing is found.
//!
//! Two versions are two sets of statics: a library that uses the other one finds no provider there.
//! The executable is read once, piece by piece, on a thread of its own, so the start is not
//! delayed. All failures are silent, or said at the level of debug: this is a hint for development.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::thread;

use crate::config::env;
use crate::diagnostics;

/// The folder of the crate, not of one whose name ends so.
const CRATE: [&[u8]; 2] = [b"/opentelemetry-", b"\\opentelemetry-"];
/// What follows the version in the path of a source file of the crate.
const SOURCES: &[u8] = b"src";
/// The longest version that is recognized.
/// In bytes.
const VERSION: usize = 24;

/// Looks for a second version, and warns if there is one.
///
/// Returns at once. Without debug assertions it does nothing.
pub(crate) fn look() {
    if !cfg!(debug_assertions) {
        return;
    }
    let Some(path) = env::executable() else { return };
    let look = move || {
        let found = File::open(path).and_then(versions);
        if let Some(warning) = found.ok().and_then(|versions| warning(&versions)) {
            diagnostics::warn(&warning);
        }
    };
    let spawned = thread::Builder::new().name("otelier-versions".to_owned()).spawn(look);
    if let Err(error) = spawned {
        diagnostics::debug(|| format!("no second opentelemetry is looked for: {error}"));
    }
}

/// `None` for fewer than two versions.
fn warning(versions: &BTreeSet<String>) -> Option<String> {
    if versions.len() < 2 {
        return None;
    }
    let all: Vec<&str> = versions.iter().map(String::as_str).collect();
    Some(format!(
        "this program holds opentelemetry in versions {}: what is recorded by another version than \
         Otelier's is lost; `cargo tree -i opentelemetry@VERSION` shows who brings it",
        all.join(" and ")
    ))
}

/// The versions in the paths of an executable.
///
/// Sorted, each once. Fails if the executable cannot be read.
fn versions(executable: impl Read) -> std::io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut reader = BufReader::with_capacity(64 * 1024, executable);
    let mut is_after_name = false;
    let mut text = Vec::new();
    // From one `-` to the next: std finds those quickly, also where nothing else is optimized.
    while reader.read_until(b'-', &mut text)? > 0 {
        if is_after_name {
            found.extend(version(&text));
        }
        is_after_name = CRATE.iter().any(|name| text.ends_with(name));
        text.clear();
    }
    Ok(found)
}

/// The version that a path goes on with: `0.33.1/src`.
///
/// `path` is what comes after the name of the crate. `None` if it is no version, or not one of
/// sources.
fn version(path: &[u8]) -> Option<String> {
    let length = path.iter().take(VERSION).position(|byte| matches!(byte, b'/' | b'\\'))?;
    let (version, rest) = path.split_at(length);
    let is_version = version.first().is_some_and(u8::is_ascii_digit)
        && version.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte));
    let is_sources = rest.get(1..).is_some_and(|rest| rest.starts_with(SOURCES));
    (is_version && is_sources).then(|| String::from_utf8_lossy(version).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        // The whole name is in no literal here: this program is looked through as well.
        versions(text.replace("NAME", "opentelemetry").as_bytes()).unwrap().into_iter().collect()
    }

    #[test]
    fn paths_of_the_crate_tell_its_versions() {
        let paths = "\0/r/NAME-0.33.1/src/a.rs\0C:\\r\\NAME-0.31.0\\src\\b.rs";
        assert_eq!(found(paths), ["0.31.0", "0.33.1"]);
        for other in [
            "/r/tracing-NAME-0.34.0/src/a.rs",
            "/r/NAME-otlp-0.31.0/src/a.rs",
            "/r/NAME_sdk-0.31.0/src/a.rs",
            "/r/NAME-0.31.0/tests/a.rs",
            "/r/NAME-0.31.0",
            "see NAME-x/src",
            "",
        ] {
            assert_eq!(found(other), [""; 0], "{other}");
        }
    }

    #[test]
    fn this_program_has_one_version() {
        let path = env::executable().unwrap();
        let versions = versions(File::open(path).unwrap()).unwrap();
        assert_eq!(versions.len(), 1, "{versions:?}");
        assert_eq!(warning(&versions), None);
    }

    #[test]
    fn two_versions_are_one_warning() {
        let versions = BTreeSet::from(["0.31.0".to_owned(), "0.33.1".to_owned()]);
        let warning = warning(&versions).unwrap();
        assert!(warning.contains("in versions 0.31.0 and 0.33.1:"), "{warning}");
        assert!(warning.contains("cargo tree -i opentelemetry@"), "{warning}");
    }
}
