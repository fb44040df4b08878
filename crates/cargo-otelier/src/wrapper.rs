//! What cargo starts in the place of rustc: a library that there are edits for is compiled from an
//! edited copy.
//!
//! Whatever does not fit, the library is compiled as it is, and a warning says why. So nothing here
//! can break a build.

mod copy;
mod dep_info;
mod invocation;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Output, Stdio};

use anyhow::{Context as _, Result};
use semver::Version;

pub(crate) use invocation::Invocation;

use crate::agent::Agent;
use crate::edits::Edited;
use crate::session::Session;
use crate::unix;

/// The package that cargo compiles, by the variables that cargo sets.
struct Package {
    name: String,
    version: String,
    root: PathBuf,
}

/// A library about to be compiled from a copy.
struct Library {
    edited: Edited,
    /// Where in the call the source is.
    source: usize,
    /// The source's path in the package.
    inside: PathBuf,
    /// The folder of the package as cargo names it: whole, or from the root of the workspace on.
    shown: PathBuf,
}

pub(crate) fn run(tool: &Path, words: Vec<OsString>) -> Result<ExitCode> {
    let session = Session::beside(tool)?;
    let call = Invocation::new(words)?;
    let (Some(name), Some(agent)) = (call.crate_name(), session.agents.get(&call.target())) else {
        return unix::exec(&mut session.rustc(&call, &[]));
    };
    // A build script may ask the compiler what it can do, by compiling something.
    if is_build_script() {
        return unix::exec(&mut session.rustc(&call, &[]));
    }
    let search = agent.search_path();
    let Some(package) = Package::of(name, &call) else {
        return unix::exec(&mut session.rustc(&call, &search));
    };
    match package.library(&session, &call) {
        Ok(Some(library)) => package.compile(&library, &session, agent, &call),
        Ok(None) => unix::exec(&mut session.rustc(&call, &search)),
        Err(reason) => {
            package.warn(&format!("{reason:#}"));
            unix::exec(&mut session.rustc(&call, &search))
        }
    }
}

/// Whether the wrapper was started by a build script, which is given these.
fn is_build_script() -> bool {
    ["HOST", "TARGET", "NUM_JOBS", "OUT_DIR"].iter().all(|name| env::var_os(name).is_some())
}

impl Session {
    /// The call of the compiler, through the user's own wrapper if there is one.
    fn rustc(&self, call: &Invocation, more: &[OsString]) -> Command {
        let mut words = self.wrapper.iter().chain(call.words()).chain(more);
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command.args(words);
        command
    }
}

impl Package {
    /// The package, if this is its library.
    fn of(crate_name: &str, call: &Invocation) -> Option<Self> {
        let name = env::var("CARGO_PKG_NAME").ok()?;
        let is_its_library = call.is_library() && name.replace('-', "_") == crate_name;
        is_its_library.then_some(Self {
            name,
            version: env::var("CARGO_PKG_VERSION").ok()?,
            root: PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?),
        })
    }

    /// The library as it is to be compiled; nothing if there are no edits for it.
    fn library(&self, session: &Session, call: &Invocation) -> Result<Option<Library>> {
        let Some(library) = session.edits().library(&self.name)? else { return Ok(None) };
        let version = Version::parse(&self.version)?;
        let edited = library.apply(&version, &self.root)?;
        let source = call.source().context("its source is not found")?;
        let path = Path::new(&call.words()[source]);
        let folder = env::current_dir().context("there is no current folder")?;
        let inside = folder
            .join(path)
            .strip_prefix(&self.root)
            .context("its source is outside of its package")?
            .to_owned();
        let shown = path.ancestors().nth(inside.components().count()).unwrap_or(&self.root);
        Ok(Some(Library { edited, source, inside, shown: shown.to_owned() }))
    }

    /// Compiles the copy; and the library as it is, if that fails.
    fn compile(
        &self,
        library: &Library,
        session: &Session,
        agent: &Agent,
        call: &Invocation,
    ) -> Result<ExitCode> {
        let search = agent.search_path();
        // A folder for each build of the crate: cargo runs no two of the same at once.
        let build = format!("{}-{}{}", self.name, self.version, call.extra_filename());
        let copy = session.sources.join(&build);
        if let Err(error) = copy::make(&self.root, &library.edited, &copy) {
            self.warn(&format!("{} cannot be written: {error}", copy.display()));
            return unix::exec(&mut session.rustc(call, &search));
        }
        let words = call.replaced(library.source, copy.join(&library.inside).into_os_string());
        let mut more = search.clone();
        more.extend(agent.link());
        more.push("--remap-path-prefix".into());
        more.push(remapping(&copy, &call.remapped(&library.shown)));
        let output = session
            .rustc(&words, &more)
            .stdin(Stdio::null())
            .stdout(Stdio::inherit())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(std::process::Child::wait_with_output)
            .context("cannot start the compiler")?;
        if output.status.success() {
            io::stderr().write_all(&output.stderr).context("cannot pass warnings on")?;
            if let Some(list) = call.dep_info() {
                dep_info::rewrite(&list, &copy, &self.root, &library.shown)
                    .with_context(|| format!("cannot rewrite {}", list.display()))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        // A signal has ended the compiler: nobody wants it to start again.
        let Some(code) = output.status.code() else { return Ok(exit_code(output.status)) };
        let status = session.rustc(call, &search).status().context("cannot start the compiler")?;
        if status.success() {
            let log = session.logs.join(build).with_extension("log");
            let written = write_log(&log, &output);
            let see =
                written.map_or_else(|_| String::new(), |()| format!(", see {}", log.display()));
            self.warn(&format!(
                "it does not compile with the edits for {} (exit status {code}){see}",
                library.edited.versions
            ));
        }
        Ok(exit_code(status))
    }

    fn warn(&self, reason: &str) {
        eprintln!("warning: {} {} is not traced: {reason}", self.name, self.version);
    }
}

/// What makes the compiler show the paths of the library in place of those of the copy.
fn remapping(copy: &Path, shown: &Path) -> OsString {
    let mut mapping = copy.as_os_str().to_owned();
    mapping.push("=");
    mapping.push(shown);
    mapping
}

fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Writes what the compiler said, as a person reads it.
fn write_log(log: &Path, output: &Output) -> io::Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().map(|line| {
        let message: Option<serde_json::Value> = serde_json::from_str(line).ok();
        match message {
            Some(message) => message["rendered"].as_str().unwrap_or_default().to_owned(),
            None => format!("{line}\n"),
        }
    });
    fs::write(log, without_colors(&lines.collect::<String>()))
}

/// The text without what makes a terminal color it: `ESC [ … m`.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
