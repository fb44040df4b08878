//! Notes which compiler builds the crate, for `process.runtime.*`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC");
    let Some((release, first_line)) = compiler() else { return };
    println!("cargo:rustc-env=OTELIER_RUSTC_RELEASE={release}");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=OTELIER_RUSTC_DESCRIPTION={first_line} {target}");
}

/// The release, and the first line, of what `rustc -vV` prints. Without them the attributes are
/// left out.
fn compiler() -> Option<(String, String)> {
    let rustc = std::env::var_os("RUSTC")?;
    let output = Command::new(rustc).arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let release = text.lines().find_map(|line| line.strip_prefix("release: "))?;
    Some((release.to_owned(), text.lines().next()?.to_owned()))
}
