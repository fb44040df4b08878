//! The cargo and the rustc that the user's program is built with.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::config::Config;

/// A compiler, with the cargo that calls it.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    pub(crate) cargo: OsString,
    pub(crate) rustc: OsString,
    /// What `rustc -vV` prints.
    pub(crate) version: String,
}

impl Toolchain {
    /// The one of the current folder.
    pub(crate) fn find(config: &Config) -> Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let rustc = config.program("rustc", "RUSTC").unwrap_or_else(|| "rustc".into());
        let version = output(&rustc, &["-vV"])?;
        // Behind rustup, which compiler this is depends on the folder: name it for good.
        let sysroot = output(&rustc, &["--print", "sysroot"])?;
        let real = PathBuf::from(sysroot.trim()).join("bin/rustc");
        let is_search = !PathBuf::from(&rustc).is_absolute();
        let rustc = if is_search && real.is_file() { real.into_os_string() } else { rustc };
        Ok(Self { cargo, rustc, version })
    }

    /// Its name and number, as `rustc 1.95.0`.
    pub(crate) fn short(&self) -> String {
        let words = self.version.lines().next().unwrap_or_default().split(' ');
        words.take(2).collect::<Vec<_>>().join(" ")
    }

    /// The first two numbers of its version.
    pub(crate) fn numbers(&self) -> [u32; 2] {
        let release = self.version.lines().find_map(|line| line.strip_prefix("release: "));
        crate::agent::numbers(release.unwrap_or_default())
    }

    /// The machine it runs on, as a target.
    pub(crate) fn host(&self) -> &str {
        let host = self.version.lines().find_map(|line| line.strip_prefix("host: "));
        host.unwrap_or_default()
    }
}

fn output(rustc: &OsString, arguments: &[&str]) -> Result<String> {
    let shown = rustc.to_string_lossy();
    let output = Command::new(rustc)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot start {shown}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{shown} {} failed: {error}", arguments.join(" "));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown} prints no UTF-8"))
}
