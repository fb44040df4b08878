//! One version of a library: the edits are applied, it is compiled, and a program is run with it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::edits::library::Library;
use crate::edits::program::Program;
use crate::edits::scratch::Scratch;
use crate::edits::spans;
use crate::edits::table::{Row, Tested};
use crate::programs::Driver;
use crate::receiver;
use crate::step::Log;
use crate::version::Version;
use crate::workspace::Workspace;

/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(60);

/// A library, whose versions are tried one after the other.
pub(super) struct Trial<'a> {
    library: &'a Library,
    /// A package that depends on the library alone.
    alone: Scratch,
    program: Option<Run<'a>>,
}

/// A program with what it needs.
struct Run<'a> {
    program: &'a Program,
    scratch: Scratch,
    stage: &'a Stage,
    /// Where the receiver writes what it is sent.
    received: PathBuf,
}

/// What all programs are run with.
pub(super) struct Stage {
    pub(super) receiver: receiver::Binary,
    /// The addresses of services.
    pub(super) variables: Vec<(String, String)>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        workspace: &Workspace,
        library: &'a Library,
        program: Option<(&'a Program, &'a Stage)>,
        driver: &Driver,
    ) -> Result<Self> {
        let alone = Scratch::create(workspace, &library.name, driver)?;
        alone.write_source("lib.rs", "//! Nothing but a dependency.\n")?;
        let run = |(program, stage): (&'a Program, &'a Stage)| -> Result<Run<'a>> {
            let name = format!("{}-program", library.name);
            let scratch = Scratch::create(workspace, &name, driver)?;
            let received = workspace.target.join("edits/received").join(&library.name);
            Ok(Run { program, scratch, stage, received })
        };
        Ok(Self { library, alone, program: program.map(run).transpose()? })
    }

    /// The published versions.
    pub(super) fn versions(&self, log: &mut Log) -> Result<Vec<Version>> {
        self.library.versions(&self.alone, log)
    }

    /// Tries a version: by the program, or without one whether the edits fit.
    pub(super) fn check(&self, version: Version, only_apply: bool, log: &mut Log) -> Result<Row> {
        if let Some(run) = self.program.as_ref().filter(|_| !only_apply) {
            return run.check(&self.library.name, version, log);
        }
        self.alone.write(&self.library.manifest(&format!("={version}")))?;
        self.alone.resolve(log)?;
        let name = &self.library.name;
        let range = range_of(name, &self.alone.status()?);
        let reason = range.is_empty().then(|| "its source is not as expected".to_owned());
        Ok(Row { version, range, tested: Tested::Applied, pins: String::new(), reason })
    }
}

impl Run<'_> {
    fn check(&self, library: &str, version: Version, log: &mut Log) -> Result<Row> {
        self.program.write(library, &version, &self.scratch)?;
        let pins = self.program.pins(library, &version);
        let with: Vec<String> = pins.map(|(name, pin)| format!("{name} {pin}")).collect();
        let (range, reason) = (String::new(), None);
        let mut row = Row { version, range, tested: Tested::Traced, pins: with.join(", "), reason };
        if self.scratch.resolve(log).is_err() {
            crate::process::check_interrupted()?;
            let last = log.last()?;
            if !last.contains("failed to select a version") {
                bail!("cargo cannot resolve the program of {library}: {last}");
            }
            row.reason = Some("no versions of what the program needs go with it".to_owned());
            return Ok(row);
        }
        row.range = range_of(library, &self.scratch.status()?);
        let arguments = self.program.arguments(library, &row.version);
        row.reason = build(library, &self.scratch, &arguments, log)?;
        if row.reason.is_none() {
            row.reason = self.trace(library, &row.version, log)?;
        }
        Ok(row)
    }

    /// Runs the program. Says what is wrong about it, if anything.
    fn trace(&self, library: &str, version: &Version, log: &mut Log) -> Result<Option<String>> {
        let receiver = self.stage.receiver.start_writing(&self.received)?;
        let mut command = Command::new(self.scratch.built(&self.program.name));
        // Nothing else may decide about the telemetry.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.stage.variables.iter().map(|(name, value)| (name, value)));
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint);
        let ended = log.run_within(LIMIT, &mut command);
        // Then all is written.
        drop(receiver);
        crate::process::check_interrupted()?;
        if let Err(error) = ended {
            let error = error.to_string();
            // Not the path.
            let how = error.rsplit("` ").next().unwrap_or_default();
            return Ok(Some(format!("the program failed: it {}", how.trim_start_matches("it "))));
        }
        let written = fs::read_to_string(self.received.join("traces.jsonl"));
        let arrived = spans::lines(&written.context("the receiver has written no traces")?)?;
        if arrived == self.program.spans(library, version) {
            return Ok(None);
        }
        log.line("these spans arrived:")?;
        for line in &arrived {
            log.line(line)?;
        }
        Ok(Some("spans differ from those that are expected".to_owned()))
    }
}

/// Builds a package by `cargo otelier`, which says why a library is not traced if it is not.
fn build(
    library: &str,
    scratch: &Scratch,
    arguments: &[String],
    log: &mut Log,
) -> Result<Option<String>> {
    let result = log.run(&mut scratch.build(arguments));
    crate::process::check_interrupted()?;
    let output = log.last()?;
    Ok(match result {
        Ok(()) => not_traced(library, &output),
        Err(_) => Some(not_compiled(&output)),
    })
}

/// Why a library is not traced, by what `cargo otelier` says while it compiles it.
fn not_traced(library: &str, output: &str) -> Option<String> {
    let start = format!("warning: {library} ");
    let line = output.lines().find(|line| line.starts_with(&start))?;
    let (_, reason) = line.split_once(" is not traced: ")?;
    // The log is on this machine.
    Some(reason.split(", see /").next().unwrap_or(reason).replace('|', "/"))
}

/// What does not compile, by what cargo says.
fn not_compiled(output: &str) -> String {
    let line = output.lines().find_map(|line| line.strip_prefix("error: could not compile `"));
    let package = line.and_then(|line| line.split('`').next());
    match package {
        Some(package) => format!("{package} does not compile, with or without edits"),
        None => "it cannot be built, with or without edits".to_owned(),
    }
}

/// The range whose edits `cargo otelier status` has tried with success.
fn range_of(library: &str, status: &str) -> String {
    let start = format!("✓ {library} ");
    let line = status.lines().find(|line| line.starts_with(&start));
    let range = line.and_then(|line| line.split_once("(edits for ")?.1.strip_suffix(')'));
    range.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_cargo_otelier_says() {
        let output = "    Checking http v1\nwarning: axum 0.8.9 is not traced: it does not compile \
                      with the edits for 0.8 (exit status 1), see /a/b.log\nwarning: other\n";
        let expect = "it does not compile with the edits for 0.8 (exit status 1)";
        assert_eq!(not_traced("axum", output).as_deref(), Some(expect));
        assert_eq!(not_traced("axum-core", output), None);
        let status = "✓ axum 0.8.9: traced by 2 edits in 1 of its files (edits for >=0.8, <0.9)\n";
        assert_eq!(range_of("axum", status), ">=0.8, <0.9");
        assert_eq!(range_of("axum", "✗ axum 0.8.9: not traced: x\n"), "");
    }

    #[test]
    fn what_does_not_compile_is_named() {
        let output =
            "error[E0599]: no method\n\nerror: could not compile `a-b` (lib) due to 1 error\n";
        assert_eq!(not_compiled(output), "a-b does not compile, with or without edits");
        assert_eq!(not_compiled("error: x\n"), "it cannot be built, with or without edits");
    }
}
