//! What is known between two runs about the services that were started: one small file each.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::workspace::Workspace;

/// `target/services`.
pub(super) struct Directory(PathBuf);

/// A running service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) address: String,
    /// How it was come by, in words.
    pub(super) route: String,
    /// The process, which leads its process group; none when it is not ours.
    pub(super) pid: Option<u32>,
    /// When the process started, in the system's own words: a process id alone may be somebody
    /// else's by now.
    pub(super) started: Option<String>,
    pub(super) is_container: bool,
    /// Whether it runs until it is taken down.
    pub(super) keep: bool,
}

impl Directory {
    /// Creates the directory if need be.
    pub(super) fn open(workspace: &Workspace) -> Result<Self> {
        Self::at(&workspace.target.join("services"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The private directory of a service's server.
    pub(super) fn data(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}-data"))
    }

    /// The log of a service's server.
    pub(super) fn log(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.log"))
    }

    /// The file with the addresses.
    pub(super) fn env_file(&self) -> PathBuf {
        self.0.join("env")
    }

    /// Waits until no other task starts or stops services.
    pub(super) fn lock(&self) -> Result<File> {
        let file = self.lock_file("lock")?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                eprintln!("services: waiting for another task that uses them");
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock the services");
            }
        }
        file.lock().context("cannot lock the services")?;
        Ok(file)
    }

    /// The mark of a task that uses services, held together with others.
    pub(super) fn use_lock(&self) -> Result<File> {
        let file = self.lock_file("in-use")?;
        file.lock_shared().context("cannot mark the services as used")?;
        Ok(file)
    }

    /// What is known about a service.
    pub(super) fn read(&self, service: &str) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.record(service)).ok()?).ok()
    }

    pub(super) fn write(&self, service: &str, record: &Record) -> Result<()> {
        let path = self.record(service);
        fs::write(&path, serde_json::to_vec_pretty(record)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn forget(&self, service: &str) -> Result<()> {
        let path = self.record(service);
        fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))
    }

    fn at(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }

    fn record(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.json"))
    }

    fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.0.join(name);
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))
    }
}

impl Record {
    /// A server that somebody else runs.
    pub(super) fn external(address: String) -> Self {
        let route = "address from the environment".to_owned();
        Self { address, route, pid: None, started: None, is_container: false, keep: true }
    }

    /// A process of ours.
    pub(super) fn process(address: String, route: String, pid: u32, keep: bool) -> Self {
        Self { address, route, pid: Some(pid), started: started(pid), is_container: false, keep }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.pid.is_some() || self.is_container
    }

    /// Whether the very process still runs. Containers and the servers of others are left to the
    /// probe.
    pub(super) fn is_alive(&self) -> bool {
        self.pid.is_none_or(|pid| started(pid).is_some_and(|now| Some(now) == self.started))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  ({}", without_password(&self.address), self.route)?;
        match self.pid {
            Some(pid) => write!(f, ", process {pid})"),
            None => f.write_str(")"),
        }
    }
}

/// When a process started; nothing if it does not run, or is a zombie that its parent has not
/// collected.
fn started(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        return started_in_stat(&stat).map(str::to_owned);
    }
    let output =
        Command::new("ps").args(["-o", "stat=,lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, started) = text.trim().split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// Reads field 22 of `/proc/PID/stat`. The second field is the program's name in brackets and may
/// hold anything.
fn started_in_stat(stat: &str) -> Option<&str> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let started = fields.nth(18)?;
    (state != "Z").then_some(started)
}

fn without_password(address: &str) -> String {
    match (address.find("://"), address.find('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}://…{}", &address[..scheme], &address[at..])
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_lives_as_long_as_its_process() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let record = Record::process("a".into(), "r".into(), child.id(), false);
        let reused = Record { started: Some("another time".into()), ..record.clone() };
        assert!(record.is_alive() && !reused.is_alive());
        child.kill().unwrap();
        // Not collected yet: a zombie.
        while record.is_alive() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!record.is_alive());
    }

    #[test]
    fn the_start_time_is_found_behind_any_program_name() {
        let tail = "1 1 1 0 -1 4194304 10 0 0 0 1 2 0 0 20 0 1 0 4711 1000 10";
        assert_eq!(started_in_stat(&format!("7 (a) S (b)) S {tail}")), Some("4711"));
        assert_eq!(started_in_stat(&format!("7 (sh) Z {tail}")), None);
        assert_eq!(started_in_stat("7 (sh) S 1"), None);
    }

    #[test]
    fn what_is_shown_has_no_password() {
        let mut record = Record::external("mysql://me:hunter2@127.0.0.1:3306/db".into());
        assert_eq!(
            record.to_string(),
            "mysql://…@127.0.0.1:3306/db  (address from the environment)"
        );
        record.address = "http://127.0.0.1:1".into();
        assert_eq!(record.to_string(), "http://127.0.0.1:1  (address from the environment)");
    }

    #[test]
    fn a_record_is_read_back_as_written_until_forgotten() {
        let path = std::env::temp_dir().join(format!("xtask-state-{}", std::process::id()));
        let directory = Directory::at(&path).unwrap();
        let record = Record::external("http://127.0.0.1:1".into());
        assert_eq!(directory.read("aws"), None);
        directory.write("aws", &record).unwrap();
        assert_eq!(directory.read("aws"), Some(record));
        directory.forget("aws").unwrap();
        assert_eq!(directory.read("aws"), None);
        fs::remove_dir_all(path).unwrap();
    }
}
