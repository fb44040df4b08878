//! The receiver as others use it: behind an exporter, and as a program.

mod exporters;
mod program;
