//! `cargo xtask doctor`: what Otelier could trace in a workspace, and what loses telemetry there.
//!
//! The modules below are those of `cargo otelier doctor`, the same text: that one has in its binary
//! what is supported, this one reads it in the manifests of this workspace, and writes it there.
//! A dependency on that crate would build it, and the agent's archive, before each task.

#[path = "../../crates/cargo-otelier/src/doctor/check.rs"]
mod check;
#[path = "../../crates/cargo-otelier/src/doctor/code.rs"]
mod code;
#[path = "../../crates/cargo-otelier/src/doctor/project.rs"]
mod project;
#[path = "../../crates/cargo-otelier/src/doctor/report.rs"]
mod report;
#[path = "../../crates/cargo-otelier/src/doctor/shutdown.rs"]
mod shutdown;
#[path = "../../crates/cargo-otelier/src/doctor/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::doctor::project::Project;
use crate::doctor::report::Level;
use crate::doctor::support::{Support, SupportedLine};
use crate::manifest::Role;
use crate::matrix::Results;
use crate::version::{Range, Version};
use crate::workspace::Workspace;

/// Where a table says which line a user writes for each feature.
const FACADE_DOCS: &str = "crates/otelier/src/lib.rs";

/// Look through a workspace: which of its libraries Otelier supports, and what loses telemetry.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The Cargo.toml of the workspace, or of one of its packages.
    #[arg(long, value_name = "PATH", default_value = "Cargo.toml")]
    manifest_path: PathBuf,
}

/// Prints what was found, and fails if telemetry is lost.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let project = Project::load(&args.manifest_path)?;
    let report = check::check(&project, &supported(workspace)?);
    print!("{report}");
    let problems = report.count(Level::Problem);
    if problems > 0 {
        bail!("{problems} problems");
    }
    println!("doctor: no problems, {} things to add", report.count(Level::Advice));
    Ok(())
}

/// What the manifests and the tested versions of this workspace say.
fn supported(workspace: &Workspace) -> Result<Support> {
    let results = Results::read(&workspace.root)?;
    let facade = workspace.packages.iter().find(|package| package.role() == Some(Role::Facade));
    let facade = facade.context("no package is the facade")?;
    let docs = fs::read_to_string(workspace.root.join(FACADE_DOCS))
        .with_context(|| format!("cannot read {FACADE_DOCS}"))?;
    let lines = lines_to_write(&docs);
    let opentelemetry = facade.dependencies.iter().find(|it| it.name == "opentelemetry");
    let mut support = Support {
        features: facade.features.clone(),
        opentelemetry: opentelemetry.and_then(|it| Version::parse(&it.req)),
        ..Support::default()
    };
    for package in &workspace.packages {
        let Some(table) = package.otelier()? else { continue };
        for library in table.libraries {
            for line in &library.lines {
                support.lines.push(SupportedLine {
                    library: library.name.clone(),
                    range: Range::of(&line.versions).context("a line has no versions")?,
                    tested: results.summary(&library.name, line),
                    feature: line.feature.clone(),
                    write: lines.get(&line.feature).cloned().unwrap_or_default(),
                });
            }
        }
    }
    Ok(support)
}

/// The rows of the table, by feature. A row may name several.
fn lines_to_write(docs: &str) -> BTreeMap<String, String> {
    let mut rows = docs
        .lines()
        .skip_while(|line| *line != "//! | feature | what you add |")
        .skip(2)
        .map_while(|line| line.strip_prefix("//! | ")?.strip_suffix(" |")?.split_once(" | "));
    let mut lines = BTreeMap::new();
    for (features, text) in rows.by_ref() {
        for feature in features.split('`').skip(1).step_by(2) {
            lines.insert(feature.to_owned(), text.replace('`', ""));
        }
    }
    lines
}

/// Where `cargo otelier doctor` has what is supported.
pub(crate) const SUPPORTED: &str = "crates/cargo-otelier/src/doctor/supported.json";

/// What is supported, as that file has it.
pub(crate) fn supported_file(workspace: &Workspace) -> Result<String> {
    let text = serde_json::to_string_pretty(&supported(workspace)?);
    Ok(text.context("cannot write what is supported")? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_write_is_that_of_the_documentation() {
        let docs = "//! Text.\n//! | feature | what you add |\n//! |---|---|\n\
                    //! | `axum` | `.layer(a)` on the router |\n//! | `sqs`, `sns` | the same |\n//!\n\
                    //! | `other` | table |\n";
        let lines = lines_to_write(docs);
        let get = |feature: &str| lines.get(feature).map(String::as_str);
        assert_eq!(get("axum"), Some(".layer(a) on the router"));
        assert_eq!(
            (get("sqs"), get("sns"), get("other")),
            (Some("the same"), Some("the same"), None)
        );
    }
}
