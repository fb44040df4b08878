//! The lines that a new integration has in files that are there already.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::new::domain::Templates;
use crate::release::api;
use crate::version::Version;

/// Adds the lines. Each goes before a line that is known, or at the end.
pub(super) fn apply(
    root: &Path,
    library: &str,
    version: &Version,
    templates: &Templates,
) -> Result<()> {
    let module = library.replace('-', "_");
    let package = format!("otelier-{library}");
    edit(root, "Cargo.toml", |text| {
        let own = text.lines().find(|line| line.starts_with("otelier-mysql = "))?;
        let own = own.replace("otelier-mysql", &package);
        let mut text = before(text, "otelier-mysql = ", &own)?;
        if !text.lines().any(|line| line.starts_with(&format!("{library} = "))) {
            let line =
                format!("{library} = {{ version = \"{version}\", default-features = false }}");
            text = before(&text, "tokio = ", &line)?;
        }
        Some(text)
    })?;
    edit(root, "crates/otelier/Cargo.toml", |text| {
        let feature = format!(
            "# `otelier::{module}`: {}.\n{library} = \
             [\"dep:{package}\", \"{package}/{library}\"]",
            templates.what
        );
        let text = before(text, "# `otelier::shutdown_signal()`", &feature)?;
        let text = text.replacen("\"mysql\", ", &format!("\"mysql\", \"{library}\", "), 1);
        before(
            &text,
            "otelier-reqwest = ",
            &format!("{package} = {{ workspace = true, optional = true }}"),
        )
    })?;
    edit(root, "crates/otelier/src/lib.rs", |text| {
        let row = format!(
            "//! | `{library}` | `otelier::{module}::{}{} |",
            templates.face, templates.methods
        );
        let text = before(text, "//! | `tracing` |", &row)?;
        let item = format!("#[cfg(feature = \"{library}\")]\npub mod {module};");
        before(&text, "#[cfg(feature = \"tower\")]", &item)
    })?;
    edit(root, "ARCHITECTURE.md", |text| {
        let row = format!(
            "| `crates/{package}` | The integration of {library}. `recorder.rs` decides from plain \
             data what is recorded, `adapter.rs` maps what the library does to it. |"
        );
        let text = before(text, "| `crates/otelier-tracing` |", &row)?;
        let text = insert(&text, "otelier -> core, ", "\n", &format!(", {library}"))?;
        let text = insert(&text, "tower | ", " -> instrument", &format!(" | {library}"))?;
        let line = format!("- `{library}`: an instrumented library.");
        if text.lines().any(|other| other.starts_with(&format!("- `{library}`"))) {
            return Some(text);
        }
        before(&text, "- `regex`:", &line)
    })?;
    edit(root, api::LIST, |text| {
        let lines = format!(
            "# {module}: the library itself, which a program that names its types takes from \
             here.\n{package}: {module}, opentelemetry"
        );
        before(text, "otelier-propagation: ", &lines)
    })?;
    edit(root, "CHANGELOG.md", |text| {
        let line = format!("- `{library}`: {}.", templates.what);
        Some(format!("{}\n{line}\n", text.trim_end()))
    })
}

/// The version that the workspace asks for already.
pub(super) fn asked(manifest: &str, library: &str) -> Option<Version> {
    let named = format!("{library} = ");
    let line = manifest.lines().find(|line| line.starts_with(&named))?;
    Version::parse(line.split('"').nth(1)?)
}

fn edit(root: &Path, path: &str, change: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let file = root.join(path);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
    let changed = change(&text)
        .with_context(|| format!("{path} has another form: nothing of it is a place to add to"))?;
    fs::write(&file, changed).with_context(|| format!("cannot write {path}"))
}

/// The text with `line` before the first line that begins with `place`.
fn before(text: &str, place: &str, line: &str) -> Option<String> {
    let mut at = 0;
    for other in text.split_inclusive('\n') {
        if other.starts_with(place) {
            return Some(format!("{}{line}\n{}", &text[..at], &text[at..]));
        }
        at += other.len();
    }
    None
}

/// The text with `what` before the first `end` in or behind the first line that begins with
/// `place`.
fn insert(text: &str, place: &str, end: &str, what: &str) -> Option<String> {
    let line = text.find(&format!("\n{place}"))? + 1;
    let at = line + text[line..].find(end)?;
    Some(format!("{}{what}{}", &text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_of_the_workspace_keeps_its_version() {
        let manifest =
            "[workspace.dependencies]\nhttp = \"1.1\"\nhttp-body = { version = \"2\" }\n";
        let found = |name: &str| asked(manifest, name).map(|version| version.to_string());
        assert_eq!(found("http").as_deref(), Some("1.1.0"));
        assert_eq!(found("http-body").as_deref(), Some("2.0.0"));
        assert_eq!(found("body"), None);
    }

    #[test]
    fn a_line_goes_before_the_one_that_is_named() {
        assert_eq!(before("a\nbc\nbd\n", "b", "x").as_deref(), Some("a\nx\nbc\nbd\n"));
        assert_eq!(before("a\n", "b", "x"), None);
    }

    #[test]
    fn a_list_gets_another_item() {
        let text = "x\na -> b, c\nb | c -> d\n";
        assert_eq!(insert(text, "a -> ", "\n", ", e").unwrap(), "x\na -> b, c, e\nb | c -> d\n");
        let text = insert(text, "b | ", " -> d", " | e");
        assert_eq!(text.as_deref(), Some("x\na -> b, c\nb | c | e -> d\n"));
        assert_eq!(insert("a\n", "b", "\n", "x"), None);
    }
}
