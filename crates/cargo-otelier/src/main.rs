//! The program `cargo-otelier`, which cargo starts for `cargo otelier`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_otelier::main()
}
