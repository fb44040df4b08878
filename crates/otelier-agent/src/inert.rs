//! Which processes hooks do nothing in: those that are part of a build.
//!
//! A library is compiled once for a program and for the build scripts and procedural macros that
//! use it too, so hooks also run where nobody asked for telemetry. A build script has variables
//! that cargo sets for it alone. A procedural macro runs inside the compiler, which is recognized
//! by the name of its executable, and by a variable that cargo sets for compilers alone. What such
//! a process starts inherits its variables and is part of the build as well.
//!
//! Nothing here is a setting: those are read by `otelier-core`.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

/// What cargo sets for a build script, taken together. Source:
/// <https://doc.rust-lang.org/cargo/reference/environment-variables.html>.
const BUILD_SCRIPT: [&str; 4] = ["OUT_DIR", "TARGET", "HOST", "NUM_JOBS"];
/// What cargo sets for the compiler, and for nothing else.
const COMPILER: &str = "CARGO_CRATE_NAME";
/// Programs that load procedural macros.
const COMPILERS: [&str; 6] =
    ["rustc", "rustdoc", "clippy-driver", "miri", "rust-analyzer", "rust-analyzer-proc-macro-srv"];

/// Whether this process is part of a build.
pub(crate) fn is_build() -> bool {
    is_build_with(|name| env::var_os(name).is_some(), env::current_exe().ok().as_deref())
}

fn is_build_with(is_set: impl Fn(&str) -> bool, executable: Option<&Path>) -> bool {
    let name = executable.and_then(Path::file_stem).and_then(OsStr::to_str);
    BUILD_SCRIPT.iter().all(|name| is_set(name))
        || is_set(COMPILER)
        || name.is_some_and(|name| COMPILERS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[&str], executable: &str, expected: bool) {
        let is_build = is_build_with(|name| variables.contains(&name), Some(Path::new(executable)));
        assert_eq!(is_build, expected, "{variables:?} {executable}");
    }

    #[test]
    fn build_script_has_all_of_its_variables() {
        let program = "/app/target/debug/app";
        check(&BUILD_SCRIPT, program, true);
        check(&["OUT_DIR", "TARGET", "HOST"], program, false);
        // What `cargo run` and `cargo test` set.
        check(&["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"], program, false);
        check(&[], program, false);
    }

    #[test]
    fn compiler_is_recognized_by_name_or_variable() {
        check(&[], "/usr/lib/rustup/bin/rustc", true);
        check(&[], "/bin/clippy-driver", true);
        check(&[], "/bin/rust-analyzer-proc-macro-srv", true);
        check(&["CARGO_CRATE_NAME"], "/bin/some-driver", true);
        check(&[], "/bin/rustc-of-mine", false);
    }

    #[test]
    fn unknown_executable_is_a_program() {
        assert!(!is_build_with(|_| false, None));
    }
}
