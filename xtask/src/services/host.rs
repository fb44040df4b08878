//! What this machine offers: programs on PATH, Python environments of our own, apt-get.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};

use super::remove_directory;
use super::state::Directory;
use crate::process;
use crate::workspace::Workspace;

/// Where servers live on systems whose PATH leaves them out for ordinary users.
const MORE_PLACES: [&str; 5] = [
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/opt/homebrew/opt/mariadb/bin",
];

/// This machine.
pub(super) struct Host<'a> {
    workspace: &'a Workspace,
    directory: &'a Directory,
    /// Whether the package lists are fresh.
    apt: Mutex<bool>,
}

impl<'a> Host<'a> {
    pub(super) fn new(workspace: &'a Workspace, directory: &'a Directory) -> Self {
        Self { workspace, directory, apt: Mutex::new(false) }
    }

    /// A program on PATH, or where servers usually are.
    pub(super) fn find(&self, program: &str) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(MORE_PLACES.iter().map(PathBuf::from))
            .map(|directory| directory.join(program))
            .find(|file| is_executable(file))
    }

    /// A program that also runs: version managers put names on PATH that only say that nothing is
    /// behind them.
    pub(super) fn find_running(&self, program: &str, argument: &str) -> Option<PathBuf> {
        self.find(program).filter(|file| succeeds(file, &[argument]))
    }

    /// Installs Python packages and gives the directory of their programs.
    ///
    /// Each set of packages has an environment of its own in the user's cache, which outlives
    /// `target`: checkouts share it, and a machine of CI can keep it.
    pub(super) fn pip_install(&self, service: &str, requirements: &[&str]) -> Result<PathBuf> {
        let wanted = requirements.join(" ");
        let cache = self.cache("python");
        fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let venv = cache.join(folder_name(&wanted));
        // Another checkout may be installing the same.
        let lock = File::create(venv.with_extension("lock"))?;
        lock.lock()?;
        let python = venv.join("bin/python");
        let marker = venv.join("otelier-installed");
        // An environment breaks when the Python it was made from goes.
        let works = succeeds(&python, &["-m", "pip", "--version"]);
        if works && fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
            return Ok(venv.join("bin"));
        }
        let mut log = self.log(service)?;
        if !works {
            self.make_venv(&venv, &mut log)?;
        }
        println!("{service:8} installing {wanted} into {}", self.workspace.display(&venv));
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"])
            .args(requirements);
        process::run(&mut pip, &mut log)?;
        fs::write(&marker, wanted)?;
        Ok(venv.join("bin"))
    }

    /// Installs Debian packages, if we may.
    pub(super) fn apt_install(&self, service: &str, packages: &[&str]) -> Result<()> {
        if !nix::unistd::geteuid().is_root() {
            bail!("only root can use apt-get");
        }
        let Some(apt_get) = self.find("apt-get") else { bail!("there is no apt-get") };
        let mut lists_are_fresh = self.apt.lock().unwrap_or_else(PoisonError::into_inner);
        let mut log = self.log(service)?;
        println!("{service:8} installing {} with apt-get", packages.join(" "));
        let apt = |arguments: &[&str]| {
            let mut command = Command::new(&apt_get);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            // Somebody else may be installing at the same time.
            command.args(["-q", "-o", "DPkg::Lock::Timeout=120"]).args(arguments);
            command
        };
        if !*lists_are_fresh {
            process::run(&mut apt(&["update"]), &mut log)?;
            *lists_are_fresh = true;
        }
        process::run(apt(&["install", "-y", "--no-install-recommends"]).args(packages), &mut log)
    }

    /// A folder of the user's cache for what is fetched once for all checkouts.
    pub(super) fn cache(&self, name: &str) -> PathBuf {
        cache().unwrap_or_else(|| self.directory.path().to_owned()).join(name)
    }

    /// Makes a fresh environment. Debian splits `venv` from `python3`, and the failure shows only
    /// when it is used.
    fn make_venv(&self, venv: &Path, log: &mut File) -> Result<()> {
        let mut reasons = Vec::new();
        for attempt in 0..2 {
            if attempt == 1 {
                process::check_interrupted()?;
                if let Err(error) = self.apt_install("python", &["python3", "python3-venv"]) {
                    reasons.push(format!("{error:#}"));
                    break;
                }
            }
            for (program, arguments) in [
                ("python3", ["-m", "venv"].as_slice()),
                ("python", &["-m", "venv"]),
                ("virtualenv", &[]),
            ] {
                let Some(program) = self.find(program) else { continue };
                remove_directory(venv)?;
                match process::run(Command::new(program).args(arguments).arg(venv), log) {
                    Ok(()) if succeeds(&venv.join("bin/python"), &["-m", "pip", "--version"]) => {
                        return Ok(());
                    }
                    Ok(()) => reasons.push("the environment has no pip".to_owned()),
                    Err(error) => reasons.push(format!("{error:#}")),
                }
                process::check_interrupted()?;
            }
        }
        if reasons.is_empty() {
            reasons.push("there is no python3".to_owned());
        }
        bail!("cannot make a Python environment: {}", reasons.join("; "))
    }

    /// What installations print, apart from the server's own log.
    pub(super) fn log(&self, service: &str) -> Result<File> {
        let path = self.directory.path().join(format!("{service}-install.log"));
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        writeln!(file)?;
        Ok(file)
    }
}

/// Where things are kept for all checkouts; none without a home directory.
fn cache() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("otelier"))
}

/// Requirements as the name of a folder. No dots: what follows one would be an extension.
fn folder_name(requirements: &str) -> String {
    let words: Vec<&str> = requirements
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}

/// Runs a program without showing what it prints.
pub(super) fn succeeds(program: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    process::Process::spawn(&mut command)
        .and_then(|process| process.wait(|| ()))
        .is_ok_and(|status| status.success())
}

/// What a program prints on standard output.
pub(super) fn output_of(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_of_packages_has_a_folder() {
        assert_eq!(folder_name("nx-27017==0.8.1"), "nx-27017-0-8-1");
        assert_eq!(folder_name("moto[sqs]==5.2.5 flask"), "moto-sqs-5-2-5-flask");
    }
}
