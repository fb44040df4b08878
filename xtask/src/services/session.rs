//! Bringing services up, and down again when no session uses them.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;
use std::{env, thread};

use anyhow::{Context as _, Result, anyhow, bail};

use super::state::{Directory, Record};
use super::{SERVICES, Service, all, compose, host::Host, launch, remove_directory, running};
use crate::process;
use crate::workspace::Workspace;

/// What becomes of a service when the session that started it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It runs until `services down`.
    Running,
    /// It stops with the last session that uses it.
    WhileInUse,
}

/// The use of some services; dropping it stops those that were not asked to be kept.
pub(crate) struct Session<'a> {
    workspace: &'a Workspace,
    directory: Directory,
    up: Vec<(&'static dyn Service, Record)>,
    /// Held shared by every session: the one that can take it exclusively is the last one.
    in_use: Option<File>,
}

impl<'a> Session<'a> {
    /// Brings up the named services, at the same time, and says how each was come by.
    pub(crate) fn start(workspace: &'a Workspace, names: &[&str], keep: Keep) -> Result<Self> {
        let directory = Directory::open(workspace)?;
        let mut session = Self { workspace, directory, up: Vec::new(), in_use: None };
        if names.is_empty() {
            return Ok(session);
        }
        let lock = session.directory.lock()?;
        session.in_use = Some(session.directory.use_lock()?);
        let wanted: Vec<&'static dyn Service> =
            all().filter(|service| names.contains(&service.name())).collect();
        let host = Host::new(workspace, &session.directory);
        let directory = &session.directory;
        let results: Vec<Result<Record>> = thread::scope(|scope| {
            let threads: Vec<_> = wanted
                .iter()
                .map(|service| {
                    scope.spawn(|| bring_up(workspace, directory, &host, *service, keep))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("the thread panicked"))))
                .collect()
        });
        let mut failures = String::new();
        for (service, result) in wanted.into_iter().zip(results) {
            match result {
                Ok(record) => {
                    println!("{:12} {record}", service.name());
                    session.up.push((service, record));
                }
                Err(error) => {
                    let _ = write!(failures, "\n{}: {error:#}", service.name());
                }
            }
        }
        write_env_file(&session.directory, &session.up)?;
        drop(lock);
        process::check_interrupted()?;
        if !failures.is_empty() {
            bail!("some services are not there:{failures}");
        }
        Ok(session)
    }

    /// What a test process must be told: the addresses, and what client libraries want beside them.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        self.up
            .iter()
            .flat_map(|(service, record)| variables_of(*service, &record.address))
            .collect()
    }

    /// The same, of some services.
    pub(crate) fn variables_of(&self, names: &[&str]) -> Vec<(String, String)> {
        let wanted = self.up.iter().filter(|(service, _)| names.contains(&service.name()));
        wanted.flat_map(|(service, record)| variables_of(*service, &record.address)).collect()
    }

    /// A line on each service.
    pub(crate) fn report(&self) -> Vec<String> {
        self.up.iter().map(|(service, record)| format!("{:12} {record}", service.name())).collect()
    }

    /// What the servers of some services call themselves.
    pub(crate) fn versions(&self, names: &[&str]) -> Vec<String> {
        let wanted = self.up.iter().filter(|(service, _)| names.contains(&service.name()));
        wanted
            .map(|(service, record)| {
                let version = service.version(&record.address, &record.route);
                version.unwrap_or_else(|| service.name().to_owned())
            })
            .collect()
    }

    /// The file with the addresses.
    pub(crate) fn env_file(&self) -> PathBuf {
        self.directory.env_file()
    }

    fn end(&mut self) -> Result<()> {
        let Some(in_use) = self.in_use.take() else { return Ok(()) };
        let _lock = self.directory.lock()?;
        in_use.unlock()?;
        if in_use.try_lock().is_err() {
            return Ok(());
        }
        for service in all() {
            if let Some(record) = self.directory.read(service.name()).filter(|record| !record.keep)
            {
                stop(self.workspace, &self.directory, service, &record)?;
            }
        }
        write_env_file(&self.directory, &[])
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("services: {error:#}; `cargo xtask services down` stops what is left");
        }
    }
}

/// Stops a service that was started here and deletes its data.
pub(super) fn stop(
    workspace: &Workspace,
    directory: &Directory,
    service: &dyn Service,
    record: &Record,
) -> Result<()> {
    if record.is_container {
        compose::down(workspace, service)?;
    } else if let Some(id) = record.pid {
        process::stop(id, || {
            process::reap(id);
            record.is_alive()
        })?;
    }
    remove_directory(&directory.data(service.name()))?;
    directory.forget(service.name())
}

/// Writes the addresses of what was started here, and of what is in use from elsewhere; without any
/// the file goes.
pub(super) fn write_env_file(
    directory: &Directory,
    in_use: &[(&dyn Service, Record)],
) -> Result<()> {
    let mut text = String::new();
    // Of two for one variable, a shell takes that which was asked for by name: it is the last.
    for service in all() {
        let elsewhere = in_use.iter().find(|(used, _)| used.name() == service.name());
        let record =
            elsewhere.map(|(_, record)| record.clone()).or_else(|| directory.read(service.name()));
        if let Some(record) = record {
            for (name, value) in variables_of(service, &record.address) {
                let _ = writeln!(text, "{name}={}", quoted(&value));
            }
        }
    }
    let path = directory.env_file();
    if text.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    let head = "# Addresses of the running services. To use them: set -a; . this file; set +a\n";
    fs::write(&path, format!("{head}{text}"))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The address a person gave, if any.
pub(super) fn address_from_environment(service: &dyn Service) -> Option<String> {
    // Who asks for a server by name wants no other one.
    if !SERVICES.iter().any(|usual| usual.name() == service.name()) {
        return None;
    }
    env::var(service.variable()).ok().filter(|address| !address.is_empty())
}

fn bring_up(
    workspace: &Workspace,
    directory: &Directory,
    host: &Host<'_>,
    service: &'static dyn Service,
    keep: Keep,
) -> Result<Record> {
    if let Some(mut record) = running(directory, service) {
        if record.is_ours() && keep == Keep::Running && !record.keep {
            record.keep = true;
            directory.write(service.name(), &record)?;
        }
        return Ok(record);
    }
    if let Some(address) = address_from_environment(service) {
        let error = service.probe(&address).err().unwrap_or_else(|| anyhow!("no answer"));
        let variable = service.variable();
        bail!(
            "nothing answers at the address in {variable} (unset it to have one started): {error:#}"
        );
    }
    if let Some(dead) = directory.read(service.name()) {
        stop(workspace, directory, service, &dead)?;
    }
    let mut reasons = Vec::new();
    let start =
        |server: launch::Server| launch::start(directory, service, &server, keep == Keep::Running);
    match service.on_path(host).map(&start) {
        Some(Ok(record)) => return Ok(record),
        Some(Err(error)) => reasons.push(format!("on PATH: {error:#}")),
        None => reasons.push("on PATH: no such program".to_owned()),
    }
    process::check_interrupted()?;
    match service.install(host).and_then(start) {
        Ok(record) => return Ok(record),
        Err(error) => reasons.push(format!("installing: {error:#}")),
    }
    process::check_interrupted()?;
    match compose::up(workspace, directory, service, keep == Keep::Running) {
        Ok(record) => Ok(record),
        Err(error) => {
            reasons.push(format!("docker compose: {error:#}"));
            bail!("no way worked\n  {}\n  {}", reasons.join("\n  "), service.hint())
        }
    }
}

fn variables_of(service: &dyn Service, address: &str) -> Vec<(String, String)> {
    let mut variables = vec![(service.variable().to_owned(), address.to_owned())];
    variables.extend(service.more_variables(address));
    variables
}

/// A value as a shell reads it back.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_same_value() {
        for value in ["mongodb://127.0.0.1:1/?a=b&c=d", "it's $HOME `x`"] {
            let output = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(value))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
        }
    }
}
