//! The tasks of the Otelier workspace.
fn main() {}
