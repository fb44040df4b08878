//! Takes the program out of the page.

use std::path::Path;
use std::{env, fs};

const PAGE: &str = "../../../docs/first-trace.md";

fn main() {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE).expect("the page");
    let (_, rest) = page.split_once("\n```rust,no_run\n").expect("a program on the page");
    let (program, _) = rest.split_once("\n```").expect("the end of the program");
    // A test cannot rely on a port, so the program is told where to listen. Nothing else changes.
    let listens = "\"127.0.0.1:8080\"";
    assert_eq!(program.matches(listens).count(), 1, "the program listens in one place");
    let program = program.replace(listens, "std::env::var(\"ADDRESS\")?");
    let out = env::var_os("OUT_DIR").expect("a directory for the result");
    fs::write(Path::new(&out).join("page.rs"), program).expect("the program is written");
}
