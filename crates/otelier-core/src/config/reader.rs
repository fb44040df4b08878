//! Reads settings one by one, remembers where each came from and what was wrong with it.

use std::collections::BTreeSet;

use super::env::Environment;
use super::parse::Kind;

/// Where a setting came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Code,
    Environment(&'static str),
    Default,
}

/// A value and where it came from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    pub(crate) fn code(value: T) -> Self {
        Self { value, origin: Origin::Code }
    }

    pub(crate) fn environment(value: T, variable: &'static str) -> Self {
        Self { value, origin: Origin::Environment(variable) }
    }

    pub(crate) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }
}

/// Reads typed settings from an [`Environment`] and collects what to warn about.
///
/// A warning names the variable and what is used instead, and never holds the value: a token pasted into the wrong
/// variable must not reach a log. Each variable is warned about once, however many settings look at it.
pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    warnings: Vec<String>,
    warned: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, warnings: Vec::new(), warned: BTreeSet::new() }
    }

    /// What was found wrong, in reading order.
    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }

    /// Warns about `variable` unless that was done before.
    pub(crate) fn warn(&mut self, variable: &'static str, problem: impl std::fmt::Display) {
        if self.warned.insert(variable) {
            self.warnings.push(format!("{variable}: {problem}"));
        }
    }

    /// The text of `variable`, or `None` when it is unset, empty or not Unicode.
    pub(crate) fn text(&mut self, variable: &'static str) -> Option<String> {
        match self.environment.get(variable) {
            Ok(text) => text,
            Err(_) => {
                self.warn(variable, "the value is not valid Unicode and is ignored");
                None
            }
        }
    }

    /// The first of `variables` that holds a value of `kind`, else `default`.
    ///
    /// Bad values are warned about once it is known what takes their place.
    pub(crate) fn read<T>(
        &mut self,
        variables: &[&'static str],
        kind: &Kind<T>,
        default: impl FnOnce() -> T,
    ) -> Setting<T> {
        let mut bad = Vec::new();
        let mut found = None;
        for &variable in variables {
            let Some(text) = self.text(variable) else { continue };
            match (kind.parse)(&text) {
                Some(value) => {
                    found = Some(Setting::environment(value, variable));
                    break;
                }
                None => bad.push(variable),
            }
        }
        let setting = found.unwrap_or_else(|| Setting::default(default()));
        for variable in bad {
            let used = (kind.show)(&setting.value);
            self.warn(variable, format_args!("expected {}; using {used}", kind.expected));
        }
        setting
    }

    /// As [`read`](Self::read), unless code has already said it.
    pub(crate) fn resolve<T>(
        &mut self,
        code: Option<T>,
        variables: &[&'static str],
        kind: &Kind<T>,
        default: impl FnOnce() -> T,
    ) -> Setting<T> {
        match code {
            Some(value) => Setting::code(value),
            None => self.read(variables, kind, default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn read(variables: &[(&str, &str)]) -> (Setting<bool>, Vec<String>) {
        let environment: Environment = variables.iter().copied().collect();
        let mut reader = Reader::new(&environment);
        let setting = reader.read(&["NEW", "OLD"], &parse::BOOL, || false);
        (setting, reader.into_warnings())
    }

    #[test]
    fn the_first_good_variable_wins_and_is_remembered() {
        assert_eq!(read(&[]), (Setting::default(false), vec![]));
        assert_eq!(read(&[("OLD", "true")]), (Setting::environment(true, "OLD"), vec![]));
        assert_eq!(
            read(&[("NEW", ""), ("OLD", "true")]),
            (Setting::environment(true, "OLD"), vec![])
        );
        assert_eq!(
            read(&[("NEW", "false"), ("OLD", "true")]),
            (Setting::environment(false, "NEW"), vec![])
        );
    }

    #[test]
    fn a_warning_names_the_variable_and_what_is_used_and_not_the_value() {
        let (setting, warnings) = read(&[("NEW", "s3cret"), ("OLD", "TRUE")]);
        assert_eq!(setting, Setting::environment(true, "OLD"));
        assert_eq!(warnings, ["NEW: expected true or false; using true"]);
    }

    #[test]
    fn a_variable_is_warned_about_once() {
        let environment = Environment::from_iter([("X", "what")]);
        let mut reader = Reader::new(&environment);
        for _ in 0..3 {
            reader.read(&["X"], &parse::BOOL, || false);
        }
        assert_eq!(reader.into_warnings(), ["X: expected true or false; using false"]);
    }
}
