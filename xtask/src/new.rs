//! `cargo xtask new LIBRARY`: the crate of an integration, from the kit, with its place in the
//! facade, in the documents and in the manifests. It passes its tests and tidy from the first run;
//! what is left to write is how the library's own types map to its recorder.

mod domain;
mod edits;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::matrix::newest_version;
use crate::new::domain::{COMMON, Domain, FACADE_MODULE, Templates};
use crate::tidy;
use crate::version::Version;
use crate::workspace::{Workspace, cargo_in};

/// The file that defines the database products that the conventions list.
const SYSTEMS: &str = "crates/otelier-instrument/src/semconv/db/system.rs";

/// Create the crate of an integration, with tests, an example and a benchmark.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The library, by its name on crates.io.
    library: String,
    /// What it is, in the words of the semantic conventions.
    #[arg(long, value_enum, default_value_t = Domain::Db)]
    domain: Domain,
    /// The oldest version to support; by default that of Cargo.lock, else the newest there is.
    #[arg(long)]
    version: Option<String>,
}

/// What the placeholders of a template stand for.
struct Names {
    library: String,
    version: Version,
    /// All versions to test, as a list in TOML has them.
    versions: String,
    /// The product as the conventions list it, if they do.
    system: Option<System>,
    rust: String,
    templates: &'static Templates,
}

/// A database product that the conventions list.
struct System {
    /// Its constant of `DbSystem`.
    constant: String,
    /// Whether its namespaces are numbers, which are left out of names.
    is_numbered: bool,
}

impl System {
    /// The one called `name` among those that `source` defines.
    fn find(source: &str, name: &str) -> Option<Self> {
        let quoted = format!("\"{name}\"");
        let line = source.lines().map(str::trim).find(|line| {
            let value = line.strip_prefix("pub const ").unwrap_or(line).split(" = ").nth(1);
            let value = value.map(|value| value.strip_prefix("Self::new(").unwrap_or(value));
            value.is_some_and(|value| value.starts_with(&quoted))
        })?;
        let name = line.strip_prefix("pub const ").unwrap_or(line).split([' ', ':']).next()?;
        let is_numbered = line.contains(".with_numbered_namespaces()");
        Some(Self { constant: name.to_owned(), is_numbered })
    }
}

impl Names {
    fn fill(&self, template: &str) -> String {
        let of = self.templates;
        let (system, target, targets) = match &self.system {
            Some(System { constant, is_numbered: true }) => {
                (format!("DbSystem::{constant}"), "db.example:7071", "server.address}:{server.port")
            }
            Some(System { constant, .. }) => {
                (format!("DbSystem::{constant}"), "shop", "db.namespace")
            }
            None => (format!("DbSystem::new(\"{}\", None)", self.library), "shop", "db.namespace"),
        };
        let mut text = template.to_owned();
        // These have several lines, and may have names themselves.
        for (name, lines) in
            [("@usage@", of.usage), ("@emitted@", of.emitted), ("@bench@", of.bench)]
        {
            text = fill_lines(&text, name, lines);
        }
        for (name, value) in [
            ("@what@", of.what),
            ("@face@", of.face),
            ("@role@", of.role),
            ("@keyword@", of.keyword),
            ("@category@", of.category),
            ("@conventions@", of.conventions),
            ("@setters@", of.setters),
            ("@described@", of.described),
            ("@system@", &system),
            ("@target@", target),
            ("@targets@", targets),
            ("@versions@", &self.versions),
            ("@library@", &self.library),
            ("@module@", &self.module()),
            ("@version@", &self.version.to_string()),
            ("@rust@", &self.rust),
        ] {
            text = text.replace(name, value);
        }
        text
    }

    /// The library as a name in Rust.
    fn module(&self) -> String {
        self.library.replace('-', "_")
    }
}

/// Replaces a line that ends with `name` by `lines`, each behind what stands before the name.
fn fill_lines(template: &str, name: &str, lines: &str) -> String {
    let mut text = String::new();
    for line in template.lines() {
        match line.strip_suffix(name) {
            Some(before) => lines.lines().for_each(|line| {
                text.push_str(format!("{before}{line}").trim_end());
                text.push('\n');
            }),
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// Creates the crate and says what is left to do.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let lock = Lock::parse(&fs::read_to_string(workspace.root.join("Cargo.lock"))?);
    let version = match &args.version {
        Some(text) => Version::parse(text).with_context(|| format!("`{text}` is no version"))?,
        None => {
            match lock.named(&args.library).filter_map(|it| Version::parse(&it.version)).max() {
                Some(version) => version,
                None => newest_version(&args.library)?,
            }
        }
    };
    create(&workspace.root, &args.library, version, args.domain)?;
    finish(&workspace.root, &args.library)?;
    let library = &args.library;
    let module = library.replace('-', "_");
    println!(
        "created crates/otelier-{library}; now\n  cargo test -p otelier-{library}\n  cargo run -p \
         otelier-{library} --example {module}_traced\nand write what maps the library's own types, \
         in src/adapter.rs: \"Add an integration\" in CONTRIBUTING.md"
    );
    Ok(())
}

/// Writes the files of the crate, and its lines in the others.
fn create(root: &Path, library: &str, version: Version, domain: Domain) -> Result<()> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if library.is_empty() || !library.chars().all(is_name) {
        bail!("`{library}` is no name of a crate");
    }
    let templates = domain.templates();
    let folder = root.join(format!("crates/otelier-{library}"));
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    // A dependency of the workspace has a version already.
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let asked = edits::asked(&manifest, library);
    let versions = match &asked {
        Some(asked) if *asked != version => format!("\"{asked}\", \"{version}\""),
        _ => format!("\"{version}\""),
    };
    let systems = fs::read_to_string(root.join(SYSTEMS)).context("cannot read the systems")?;
    let names = Names {
        library: library.to_owned(),
        version: asked.unwrap_or(version),
        versions,
        system: System::find(&systems, library),
        rust: "1.88".to_owned(),
        templates,
    };
    for (path, template) in COMMON.iter().chain(templates.files) {
        // Benchmarks of all packages are chosen by name, and examples of all are documented in one
        // folder.
        let module = names.module();
        let path = path
            .replace("benches/call.rs", &format!("benches/{module}_call.rs"))
            .replace("examples/traced.rs", &format!("examples/{module}_traced.rs"));
        let path = folder.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, names.fill(template))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        symlink(format!("../../{license}"), folder.join(license))?;
    }
    let module = root.join(format!("crates/otelier/src/{}.rs", names.module()));
    fs::write(module, names.fill(FACADE_MODULE))?;
    edits::apply(root, library, &names.version, templates)
}

/// Brings up to date what is computed: the lock file, `rust-version` and the tables.
fn finish(root: &Path, library: &str) -> Result<()> {
    metadata(root)?;
    let workspace = Workspace::at(root)?;
    let manifest = root.join(format!("crates/otelier-{library}/Cargo.toml"));
    if let Some(version) = tidy::needed_rust_version(&workspace, &format!("otelier-{library}"))? {
        let text = fs::read_to_string(&manifest)?;
        let line = format!("rust-version = \"{version}\"");
        fs::write(&manifest, text.replace("rust-version = \"1.88\"", &line))?;
    }
    // How long a line gets, and where the module stands among the others, depends on the name.
    let package = format!("otelier-{library}");
    let mut format = cargo_in(root);
    format.args(["fmt", "-p", &package, "-p", "otelier"]);
    if !format.status().context("cannot run cargo fmt")?.success() {
        bail!("cargo fmt cannot format {package}");
    }
    let workspace = Workspace::at(root)?;
    for path in tidy::fix(&workspace)? {
        println!("{path}: rewritten");
    }
    Ok(())
}

/// Lets cargo add the new packages to the lock file: from what is there, else from the registry.
fn metadata(root: &Path) -> Result<()> {
    let run = |offline: &[&str]| {
        cargo_in(root)
            .args(["metadata", "--format-version", "1"])
            .args(offline)
            .stdin(Stdio::null())
            .output()
            .context("cannot run cargo metadata")
    };
    if run(&["--offline"])?.status.success() {
        return Ok(());
    }
    let output = run(&[])?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
