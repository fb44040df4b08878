//! OpenTelemetry for Rust services: one line in main, one layer or wrapper per library.
