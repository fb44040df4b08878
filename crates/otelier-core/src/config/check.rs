//! What a configuration file says, without setting anything up.
//!
//! The check uses the same reader as `init`, and changes nothing global. One thing differs: a file
//! of certificates that cannot be read is a warning in place of a fault. So a test in a build can
//! run the check for the file of another machine.

use std::fmt;
use std::path::Path;

use super::code::Code;
use super::entries::Config;
use super::env::Environment;
use super::file::{self, Problem};

/// What a configuration file says. [`check_config_file`] returns it.
///
/// Its [`Display`](fmt::Display) is a line for each problem, then one for each setting.
#[derive(Clone, Debug)]
pub struct ConfigCheck {
    /// The settings in force. With a fault these are the settings without telemetry.
    config: Config,
    /// Each of them alone makes the file unusable.
    faults: Vec<ConfigProblem>,
    /// These leave the file usable.
    warnings: Vec<ConfigProblem>,
}

/// Something that is wrong in a configuration file.
///
/// Its [`Display`](fmt::Display) has line, column and what was expected, and never a value, which
/// may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Counted from one.
    line: u32,
    /// Counted from one, in characters.
    column: u32,
    /// The path of the property, where there is one, and what was expected.
    message: String,
}

/// Reads the configuration file at `path` with the variables that it refers to, and sets nothing
/// up.
///
/// A test can hold a file to the version of Otelier that it is for. Files of certificates need not
/// be there.
///
/// ```
/// # mod otelier { pub use otelier_core::*; }
/// # fn main() -> std::io::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("otel.yaml");
/// let text = r#"
/// file_format: "1.0"
/// tracer_provider:
///   processors:
///     - batch:
///         exporter: {otlp_http: {endpoint: "${COLLECTOR}/v1/traces"}}
/// "#;
/// std::fs::write(&path, text)?;
///
/// let variables = [("COLLECTOR", "http://collector:4318")].into_iter().collect();
/// let check = otelier::check_config_file(&path, &variables);
///
/// assert!(check.is_usable(), "{check}");
/// let endpoint = "tracer_provider.processors[0].batch.exporter.otlp.endpoint";
/// let endpoint = check.config().get(endpoint).expect("one exporter");
/// assert_eq!(endpoint.value(), "http://collector:4318");
/// assert_eq!(endpoint.origin(), "OTEL_CONFIG_FILE:6:42");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn check_config_file(path: impl AsRef<Path>, variables: &Environment) -> ConfigCheck {
    let unusable = |message: String| ConfigCheck {
        config: Config::default(),
        faults: vec![ConfigProblem { line: 1, column: 1, message }],
        warnings: Vec::new(),
    };
    let text = match file::content(path.as_ref()) {
        Ok(text) => text,
        Err(message) => return unusable(message),
    };
    match file::check(&Code::default(), variables, &text) {
        Ok(parsed) => {
            let problems = |problems: Vec<Problem>| problems.into_iter().map(Into::into).collect();
            ConfigCheck {
                config: parsed.settings.to_config(),
                faults: problems(parsed.faults),
                warnings: problems(parsed.warnings),
            }
        }
        // Only what code says can be an error, and there is none.
        Err(error) => unusable(error.to_string()),
    }
}

impl ConfigCheck {
    /// Whether there is telemetry with this file: it has no fault.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.faults.is_empty()
    }

    /// Each setting with its value and its origin. With a fault, telemetry is off in it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What makes the file unusable, in the order of the file.
    pub fn faults(&self) -> impl Iterator<Item = &ConfigProblem> {
        self.faults.iter()
    }

    /// What is ignored, with what there is instead, in the order of the file.
    pub fn warnings(&self) -> impl Iterator<Item = &ConfigProblem> {
        self.warnings.iter()
    }
}

impl fmt::Display for ConfigCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.faults().try_for_each(|fault| writeln!(f, "fault: {fault}"))?;
        self.warnings().try_for_each(|warning| writeln!(f, "warning: {warning}"))?;
        self.config.fmt(f)
    }
}

impl ConfigProblem {
    /// The line, counted from one.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, counted from one in characters.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }

    /// Which property it is about, and what was expected or what there is instead.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl From<Problem> for ConfigProblem {
    fn from(Problem { at, message }: Problem) -> Self {
        Self { line: at.line, column: at.column, message }
    }
}
