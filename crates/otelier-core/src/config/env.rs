//! The only place that reads the process environment, behind a source that a caller can replace.

use std::collections::HashMap;
use std::env::{self, VarError};
use std::ffi::OsStr;

/// Where settings that are not made in code come from: the process environment, or a fixed set of variables.
///
/// A test, or a program with its own configuration files, builds one from pairs and hands it to
/// [`Builder::with_environment`](crate::Builder::with_environment).
///
/// ```
/// let environment: otelier_core::Environment = [("OTEL_SERVICE_NAME", "checkout")].into_iter().collect();
/// let builder = otelier_core::builder().with_environment(environment);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Environment(Source);

#[derive(Clone)]
enum Source {
    Process,
    Fixed(HashMap<String, String>),
}

// Values may be secret, so not even a debug print shows them.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Process => f.write_str("Process"),
            Self::Fixed(variables) => f.debug_set().entries(variables.keys()).finish(),
        }
    }
}

/// A variable is set to something that is not Unicode, so no setting can be read from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotUnicode;

impl Environment {
    /// The environment of the process, as it is when [`init`](crate::init) is called.
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// The value of `variable`, trimmed; empty counts as unset.
    pub(crate) fn get(&self, variable: &str) -> Result<Option<String>, NotUnicode> {
        let value = match &self.0 {
            Source::Process => match env::var(variable) {
                Ok(value) => Some(value),
                Err(VarError::NotPresent) => None,
                Err(VarError::NotUnicode(_)) => return Err(NotUnicode),
            },
            Source::Fixed(variables) => variables.get(variable).cloned(),
        };
        Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::process()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(Source::Fixed(
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ))
    }
}

/// The file name of the running program. Never its arguments, which may carry secrets.
pub(crate) fn executable_name() -> Option<String> {
    let path = env::current_exe().ok()?;
    path.file_name().map(OsStr::to_string_lossy).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_blank_are_unset_and_values_are_trimmed() {
        let environment: Environment = [("A", ""), ("B", "  "), ("C", " x ")].into_iter().collect();
        assert_eq!(environment.get("A"), Ok(None));
        assert_eq!(environment.get("B"), Ok(None));
        assert_eq!(environment.get("C"), Ok(Some("x".to_owned())));
        assert_eq!(environment.get("D"), Ok(None));
    }

    #[test]
    fn the_process_is_read_only_when_asked_for() {
        assert!(matches!(Environment::process().get("PATH"), Ok(Some(_))));
        assert_eq!(Environment::from_iter([("X", "y")]).get("PATH"), Ok(None));
    }

    #[test]
    fn debug_output_holds_no_value() {
        let environment =
            Environment::from_iter([("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret")]);
        assert_eq!(format!("{environment:?}"), r#"Environment({"OTEL_EXPORTER_OTLP_HEADERS"})"#);
    }

    #[test]
    fn the_executable_has_a_name_without_its_folder() {
        let name = executable_name().unwrap();
        assert!(name.starts_with("otelier_core") && !name.contains('/'), "{name}");
    }
}
