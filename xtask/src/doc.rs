//! `cargo xtask doc`: the documentation as docs.rs builds it, and a search through its pages: what
//! a reader looks for has a page.
//!
//! docs.rs uses a nightly compiler, all features and `--cfg docsrs`, under which the crates turn on
//! labels that say which feature an item needs. Here the stable rustdoc accepts that, by
//! a wrapper around it: the compiler of the dependencies gets no new setting, and nothing is built
//! again.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::manifest::Role;
use crate::step::{Log, Shown};
use crate::tidy::tracked_files;
use crate::workspace::{Package, Workspace};

/// `--examples` makes cargo count the development dependencies: the dependencies then have the
/// features that clippy has checked them with, and are not checked again.
const DOC: [&str; 7] =
    ["doc", "--workspace", "--no-deps", "--all-features", "--lib", "--bins", "--examples"];

/// The module of the facade that has a constant for each variable.
const VARIABLES: &str = "configuration";

/// Build the documentation as docs.rs does, and check that what a reader looks for has a page.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Builds and searches the documentation, and says where it is.
pub(crate) fn run(_: &Args, workspace: &Workspace) -> Result<()> {
    let mut log = Log::create(workspace, "doc", Shown::Everything)?;
    step(workspace, &mut log)?;
    println!("doc: {}", workspace.display(&workspace.target.join("doc/otelier/index.html")));
    Ok(())
}

/// Builds the documentation and searches it.
pub(crate) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let built = workspace.target.join("doc");
    // What an earlier build left behind must not be found.
    if let Err(error) = fs::remove_dir_all(&built)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("cannot delete {}", built.display()));
    }
    log.run(
        workspace
            .cargo()
            .env("RUSTDOC", rustdoc(workspace)?)
            .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
            .args(DOC),
    )?;
    let missing = search(workspace, &built)?;
    for line in &missing {
        log.line(line)?;
        if log.is_streamed() {
            println!("{line}");
        }
    }
    if !missing.is_empty() {
        bail!("{} things are not found in the documentation", missing.len());
    }
    Ok(())
}

/// A program that runs rustdoc with the features of a nightly one.
pub(crate) fn rustdoc(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.target.join("xtask/rustdoc");
    let script = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";
    fs::create_dir_all(workspace.target.join("xtask"))?;
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// What is not found in the pages of the published crates.
fn search(workspace: &Workspace, built: &Path) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let roles =
        |role: Role| workspace.packages.iter().filter(move |package| package.role() == Some(role));
    let facade = roles(Role::Facade).next().context("no package is the facade")?;
    let facade_pages = Pages::read(built, facade)?;
    let shown: Vec<&Package> = roles(Role::Core).chain(roles(Role::Integration)).collect();
    for package in shown.iter().filter(|package| package.is_published()) {
        let pages = Pages::read(built, package)?;
        for method in setters(workspace, package)? {
            let shown = pages.with_method(&method);
            if shown.is_empty() {
                missing.push(format!("{}: no page shows the method {method}", package.name));
            }
            // The facade shows all of an integration, and some of the core.
            let is_part = package.role() == Some(Role::Integration)
                || shown.iter().any(|page| facade_pages.has_file(page));
            if is_part && facade_pages.with_method(&method).is_empty() {
                missing.push(format!("{}: no page shows the method {method}", facade.name));
            }
        }
        let path = package.name.replace('-', "_");
        missing.extend(
            facade_pages
                .examples_with(&format!("{path}::"))
                .into_iter()
                .map(|page| format!("{}: an example in {page} uses {path}", facade.name)),
        );
        let libraries = package.otelier()?.into_iter().flat_map(|table| table.libraries);
        for line in libraries.flat_map(|library| library.lines) {
            let feature = line.feature;
            let code = format!("<code>{feature}</code>");
            let has_page = facade_pages.has(&format!("{feature}/index.html"));
            if has_page && !facade_pages.label_features(&code) {
                missing.push(format!("{}: no item says that it needs {feature}", facade.name));
            } else if !has_page && !facade_pages.modules_say(&code) {
                missing.push(format!("{}: no module says what {feature} adds", facade.name));
            }
        }
    }
    let constant = format!("{VARIABLES}/constant.OTEL_SERVICE_NAME.html");
    if !facade_pages.has(&constant) {
        missing.push(format!("{}: a search for a variable's name finds no page", facade.name));
    }
    Ok(missing)
}

/// The pages of one crate.
struct Pages(Vec<Page>);

struct Page {
    path: String,
    html: String,
}

impl Pages {
    fn read(built: &Path, package: &Package) -> Result<Self> {
        let root = built.join(package.name.replace('-', "_"));
        let mut pages = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            let entries = fs::read_dir(&folder)
                .with_context(|| format!("{} has no documentation", package.name))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "html") {
                    let html = fs::read_to_string(&path)?;
                    let path = path.strip_prefix(&root).unwrap_or(&path);
                    pages.push(Page { path: path.to_string_lossy().into_owned(), html });
                }
            }
        }
        Ok(Self(pages))
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|page| page.path == path)
    }

    /// Whether a page has this file name, wherever it is.
    fn has_file(&self, path: &str) -> bool {
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        self.0.iter().any(|page| name(&page.path) == name(path))
    }

    /// The pages that show a method.
    fn with_method(&self, name: &str) -> Vec<&str> {
        let anchor = format!("id=\"method.{name}\"");
        let shown = self.0.iter().filter(|page| page.html.contains(&anchor));
        shown.map(|page| page.path.as_str()).collect()
    }

    /// Whether the page of a module, not of the crate, has this text.
    fn modules_say(&self, text: &str) -> bool {
        self.0.iter().any(|page| page.path.ends_with("/index.html") && page.html.contains(text))
    }

    fn label_features(&self, label: &str) -> bool {
        self.0.iter().any(|page| {
            page.html.match_indices("class=\"stab portability\"").any(|(at, _)| {
                let rest = &page.html[at..];
                rest[..rest.find("</span>").unwrap_or(rest.len())].contains(label)
            })
        })
    }

    /// The pages with a code block that contains `text`.
    fn examples_with(&self, text: &str) -> Vec<&str> {
        let has = |page: &Page| {
            page.html.match_indices("<pre class=\"rust rust-example-rendered\">").any(|(at, _)| {
                let rest = &page.html[at..];
                rest[..rest.find("</pre>").unwrap_or(rest.len())].contains(text)
            })
        };
        self.0.iter().filter(|page| has(page)).map(|page| page.path.as_str()).collect()
    }
}

/// The names of the public methods `with_…` in a crate's source. Since what is `pub` there can be
/// reached (`unreachable_pub`), a reader must find it.
fn setters(workspace: &Workspace, package: &Package) -> Result<BTreeSet<String>> {
    let folder = package.manifest().trim_end_matches("Cargo.toml").to_owned() + "src/";
    let mut names = BTreeSet::new();
    for path in tracked_files(&workspace.root)? {
        let is_source =
            path.starts_with(&folder) && path.ends_with(".rs") && !path.ends_with("/tests.rs");
        if is_source && let Ok(text) = fs::read_to_string(workspace.root.join(&path)) {
            names.extend(setters_in(&text).map(str::to_owned));
        }
    }
    Ok(names)
}

fn setters_in(text: &str) -> impl Iterator<Item = &str> {
    let mut is_hidden = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        let function = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "));
        let name = function
            .and_then(|rest| rest.split(['(', '<']).next())
            .filter(|name| name.starts_with("with_") && !is_hidden);
        // Attributes stand between this one and the function.
        is_hidden = line == "#[doc(hidden)]" || (is_hidden && line.starts_with('#'));
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_setters_are_listed() {
        let text = "impl B {\n    pub fn with_a(self) {}\n    pub const fn with_b<T>(self) {}\n    \
                    fn with_c() {}\n\
                    #[doc(hidden)]\n    #[must_use]\n    pub fn with_d() {}\n    pub fn with_e() \
                    {}\n    \
                    pub(crate) fn with_f() {}\n    pub fn build() {}\n";
        assert_eq!(setters_in(text).collect::<Vec<_>>(), ["with_a", "with_b", "with_e"]);
    }

    #[test]
    fn pages_are_searched() {
        let html = "<span class=\"stab portability\" title=\"…\"><code>axum</code></span>\
                    <section id=\"method.with_a\"></section>\
                    <pre class=\"rust rust-example-rendered\"><code>own::A</code></pre> other::B";
        let pages =
            Pages(vec![Page { path: "axum/struct.A.html".to_owned(), html: html.to_owned() }]);
        assert_eq!(pages.with_method("with_a"), ["axum/struct.A.html"]);
        assert_eq!(pages.with_method("with_b"), [""; 0]);
        assert!(pages.has_file("struct.A.html") && !pages.has_file("struct.B.html"));
        assert!(!pages.modules_say("axum"), "the page of a struct is no module's");
        assert!(pages.label_features("<code>axum</code>"));
        assert!(!pages.label_features("<code>tower</code>"));
        assert_eq!(pages.examples_with("own::"), ["axum/struct.A.html"]);
        assert_eq!(pages.examples_with("other::"), [""; 0]);
        assert!(pages.has("axum/struct.A.html") && !pages.has("struct.A.html"));
    }
}
