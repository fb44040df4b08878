//! `cargo xtask tidy`: the rules of the project that no compiler checks.
//!
//! A rule is a function from the tracked files, or from what cargo knows, to findings, so that its
//! tests are small made-up trees. Each rule says why it is one.

mod dependencies;
mod docs;
mod edges;
mod locks;
mod names;
mod packages;
mod pages;
mod properties;
mod roles;
mod sources;
mod style;
mod text;
mod tree;
mod walk;

use std::fmt;

use anyhow::{Result, bail};

use crate::doctor;
use crate::release::{self, api};
use crate::workspace::{Package, Workspace};

use crate::tidy::roles::Roles;
use crate::tidy::tree::Tree;
pub(crate) use crate::tidy::tree::tracked_files;

/// Check the rules of the project that no compiler checks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rewrite what is generated: the tables of features and libraries, and the lock files of
    /// programs.
    #[arg(long)]
    fix: bool,
}

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    /// The line it is in; zero for the whole file.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Prints the findings, and fails if there are any.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    if args.fix {
        for path in fix(workspace)? {
            println!("{path}: rewritten");
        }
    }
    let findings = findings(workspace)?;
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    println!("tidy: no findings");
    Ok(())
}

/// Rewrites what is generated, and says which files that changed.
pub(crate) fn fix(workspace: &Workspace) -> Result<Vec<String>> {
    let tree = Tree::load(&workspace.root)?;
    let mut changed = Vec::new();
    for (path, text) in docs::fixed(&tree, &workspace.packages)? {
        std::fs::write(workspace.root.join(&path), text)?;
        changed.push(path);
    }
    changed.extend(locks::fix(&workspace.root, &tree)?);
    let supported = doctor::supported_file(workspace)?;
    if tree.get(doctor::SUPPORTED) != Some(&*supported) {
        std::fs::write(workspace.root.join(doctor::SUPPORTED), supported)?;
        changed.push(doctor::SUPPORTED.to_owned());
    }
    Ok(changed)
}

/// The `rust-version` that a package needs, if it names another.
pub(crate) fn needed_rust_version(workspace: &Workspace, name: &str) -> Result<Option<String>> {
    Ok(packages::needed_rust_version(&workspace.full_metadata()?, name))
}

/// What is wrong about the `rust-version` of packages.
pub(crate) fn rust_versions(workspace: &Workspace) -> Result<Vec<Finding>> {
    Ok(packages::rust_versions(&workspace.full_metadata()?))
}

/// All findings, in the order of the files.
pub(crate) fn findings(workspace: &Workspace) -> Result<Vec<Finding>> {
    let tree = Tree::load(&workspace.root)?;
    let metadata = workspace.full_metadata()?;
    let members = metadata.members();
    let roles = Roles::of(&members);
    let mut findings = Vec::new();
    findings.extend(packages::check(&metadata));
    findings.extend(packages::check_with_cargo(workspace, &members)?);
    findings.extend(edges::check(&members));
    findings.extend(edges::check_graph(&metadata));
    findings.extend(sources::check(&tree, &roles));
    findings.extend(names::check(&tree, &roles));
    findings.extend(dependencies::check(&tree, &members));
    findings.extend(locks::check(&tree));
    findings.extend(docs::check(&tree, &members));
    findings.extend(properties::check(&tree, &roles));
    findings.extend(walk::check(&tree));
    findings.extend(pages::check(&tree));
    if tree.get(doctor::SUPPORTED) != Some(&*doctor::supported_file(workspace)?) {
        let message = "is not what the manifests say: `cargo xtask tidy --fix` writes it";
        findings.push(Finding::new(doctor::SUPPORTED, 0, message));
    }
    let published: Vec<&Package> = release::published(workspace).collect();
    let missing = api::missing(&api::read_list(workspace)?, &published);
    findings.extend(missing.into_iter().map(|message| Finding::new(api::LIST, 0, message)));
    findings.extend(style::check(&tree, &members));
    findings.extend(text::check(&tree, &members));
    findings.sort();
    Ok(findings)
}
