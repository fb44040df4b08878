//! The libraries of a workspace, by what is done with them.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use semver::Version;
use serde_json::Value;

use crate::edits::{Edited, Edits};

/// Crates that a program with telemetry of its own has.
const TELEMETRY: [&str; 2] = ["opentelemetry_sdk", "otelier"];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Libraries {
    traced: Vec<(String, Edited)>,
    not_traced: Vec<(String, String)>,
    /// What brings telemetry already.
    telemetry: Vec<String>,
}

/// Looks through the packages that cargo names, and tries the edits on each.
pub(super) fn find(metadata: &Value, edits: &Edits) -> Result<Libraries> {
    let mut found = Libraries::default();
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    for package in packages {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let shown = format!("{name} {version}");
        if TELEMETRY.contains(&name) {
            found.telemetry.push(shown.clone());
        }
        let Some(library) = edits.library(name)? else { continue };
        let root = Path::new(text(package, "manifest_path")).parent().unwrap_or(Path::new(""));
        let version = Version::parse(version).with_context(|| format!("the version of {shown}"))?;
        match library.apply(&version, root) {
            Ok(edited) => found.traced.push((shown, edited)),
            Err(reason) => found.not_traced.push((shown, reason.to_string())),
        }
    }
    found.traced.sort_by(|one, two| one.0.cmp(&two.0));
    found.not_traced.sort();
    found.telemetry.sort();
    Ok(found)
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

impl Libraries {
    /// What there is to say, with every changed line if `with_diff`.
    pub(super) fn report(&self, with_diff: bool) -> String {
        let mut text = String::new();
        for (library, edited) in &self.traced {
            let Edited { versions, edits, files } = edited;
            let _ = writeln!(
                text,
                "✓ {library}: traced by {} in {} of its files (edits for {versions})",
                count(*edits, "edit"),
                files.values().filter(|file| file.before.is_some()).count()
            );
            if with_diff {
                let _ = write!(text, "{edited}");
            }
        }
        for (library, reason) in &self.not_traced {
            let _ = writeln!(text, "✗ {library}: not traced: {reason}");
        }
        if self.traced.is_empty() && self.not_traced.is_empty() {
            text.push_str("There are edits for none of the libraries of this workspace.\n");
        }
        for library in &self.telemetry {
            let _ = writeln!(
                text,
                "! {library}: the program has OpenTelemetry already. Traced by `cargo otelier` it \
                 has two SDKs, whose spans are in different traces; use one of them"
            );
        }
        text
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
