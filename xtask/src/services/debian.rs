//! Servers of other Debian releases than this machine's: their packages, with the C library and all
//! others that they need, are unpacked into a folder and run from there. Nothing is installed.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::host::Host;
use super::remove_directory;
use crate::process;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// What every folder of a release holds once it is whole.
const MARKER: &str = "otelier-unpacked";

/// A package of a release.
pub(super) struct Package {
    pub(super) release: &'static str,
    pub(super) name: &'static str,
}

/// A folder with packages of a release.
#[derive(Clone)]
pub(super) struct Unpacked(PathBuf);

impl Package {
    /// Fetches the package with all that it needs, and unpacks it, unless it is there.
    pub(super) fn unpack(&self, host: &Host<'_>, service: &str) -> Result<Unpacked> {
        let Self { release, name } = self;
        for program in ["apt-get", "dpkg-deb"] {
            if host.find(program).is_none() {
                bail!("there is no {program}");
            }
        }
        let cache = host.cache("debian");
        fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let folder = cache.join(format!("{release}-{name}"));
        // Another checkout may be fetching the same.
        let lock = File::create(folder.with_extension("lock"))?;
        lock.lock()?;
        if folder.join(MARKER).exists() {
            return Ok(Unpacked(folder));
        }
        println!("{service:12} fetching {name} of Debian {release} into {}", folder.display());
        remove_directory(&folder)?;
        let apt = folder.join("apt");
        let mut log = host.log(service)?;
        make_apt(&apt, release, &archive()?)?;
        process::run(apt_get(&apt).arg("update"), &mut log)?;
        let install = ["install", "--download-only", "--yes", "--no-install-recommends", name];
        process::run(apt_get(&apt).args(install), &mut log)?;
        let root = folder.join("root");
        fs::create_dir_all(root.join("usr"))?;
        // Packages of different age have their files in either place.
        for shared in ["bin", "sbin", "lib", "lib64"] {
            fs::create_dir_all(root.join("usr").join(shared))?;
            std::os::unix::fs::symlink(Path::new("usr").join(shared), root.join(shared))?;
        }
        // `dpkg-deb --extract` would put folders in the place of the links.
        let unpack = "dpkg-deb --fsys-tarfile \"$1\" | \
                      tar --keep-directory-symlink --no-same-owner -x -f - -C \"$2\"";
        for entry in fs::read_dir(archives(&apt))? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "deb") {
                let mut shell = Command::new("sh");
                shell.args(["-c", unpack, "sh"]).arg(&path).arg(&root);
                process::run(&mut shell, &mut log)?;
            }
        }
        remove_directory(&apt)?;
        fs::write(folder.join(MARKER), "")?;
        Ok(Unpacked(folder))
    }
}

impl Unpacked {
    /// A file of the packages.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.join("root").join(path)
    }

    /// A program of the packages, run by their own loader with their own libraries.
    pub(super) fn command(&self, program: &str) -> Result<Command> {
        let libraries = self.path("usr/lib");
        let triple = fs::read_dir(&libraries)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.to_string_lossy().ends_with("-linux-gnu"))
            .context("the packages have no libraries")?;
        let mut command = Command::new(loader(&triple).or_else(|_| loader(&libraries))?);
        let mysql = triple.join("mysql/private");
        command.arg("--library-path").arg(format!("{}:{}", triple.display(), mysql.display()));
        command.arg(self.path(program));
        Ok(command)
    }
}

fn loader(folder: &Path) -> Result<PathBuf> {
    fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("ld-linux") && path.exists()
        })
        .with_context(|| format!("{} has no loader", folder.display()))
}

fn archives(apt: &Path) -> PathBuf {
    apt.join("var/cache/apt/archives")
}

/// The folders that apt-get wants, for a machine on which nothing is installed.
fn make_apt(apt: &Path, release: &str, archive: &str) -> Result<()> {
    for folder in
        ["etc/apt/preferences.d", "etc/apt/apt.conf.d", "var/lib/apt/lists/partial", "var/lib/dpkg"]
    {
        fs::create_dir_all(apt.join(folder))?;
    }
    fs::create_dir_all(archives(apt).join("partial"))?;
    fs::write(status(apt), "")?;
    let signed = match fs::metadata(KEYRING) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("there is no {KEYRING}"),
        _ => format!("[signed-by={KEYRING}]"),
    };
    fs::write(apt.join("etc/apt/sources.list"), format!("deb {signed} {archive} {release} main\n"))
        .context("cannot write apt's sources")
}

/// Where this machine has its own packages from.
fn archive() -> Result<String> {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run apt-get")?;
    archive_in(&String::from_utf8_lossy(&output.stdout))
        .map(str::to_owned)
        .context("apt-get has no packages from Debian")
}

/// Not that of security updates, and of no other publisher.
fn archive_in(addresses: &str) -> Option<&str> {
    addresses
        .lines()
        .map(|line| line.trim().trim_end_matches('/'))
        .find(|line| line.ends_with("/debian"))
}

fn status(apt: &Path) -> PathBuf {
    apt.join("var/lib/dpkg/status")
}

fn apt_get(apt: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q");
    let status = status(apt);
    for (name, value) in [("Dir", apt), ("Dir::State::status", &status)] {
        command.arg("-o").arg(format!("{name}={}", value.display()));
    }
    // The folder is ours alone: no other user of the machine could read it.
    command.args(["-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=true"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_that_of_debian() {
        let addresses = "http://a.example/debian-security/\nhttp://b.example/debian/\n";
        assert_eq!(archive_in(addresses), Some("http://b.example/debian"));
        assert_eq!(archive_in("http://a.example/ubuntu/\n"), None);
    }
}
