//! The names of a place in source code.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/>.

/// The path of the file.
pub const CODE_FILE_PATH: &str = "code.file.path";
/// The line in the file, counted from 1.
pub const CODE_LINE_NUMBER: &str = "code.line.number";
/// The column in the line.
pub const CODE_COLUMN_NUMBER: &str = "code.column.number";
