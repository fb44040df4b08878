//! Reads variables one by one, with what is wrong about them as warnings.
//!
//! One reader lives as long as one reading of the configuration. A function that needs a value asks
//! with the list of variables that may hold it, the kind of the value and the default, and gets a
//! `Setting` whose origin is the variable that was used. Nothing returns an error; at the end the
//! caller takes the warnings and shows them once the level of diagnostics is known.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::super::choices::Choice;
use super::super::setting::Setting;
use super::Environment;
use super::parse::{self, Kind};

/// Reads typed settings from an [`Environment`] and collects what to warn about.
///
/// A warning names the variable and what is used instead, and never holds the value: a token pasted
/// into the wrong variable must not reach a log. Each variable is warned about once, however many
/// settings look at it.
pub(crate) struct Reader<'a> {
    /// That of the process, or a fixed one.
    environment: &'a Environment,
    /// Sentences for the user, in the order in which they arose.
    warnings: Vec<String>,
    /// The variables that a warning is about.
    warned: BTreeSet<&'static str>,
    /// Every variable that was looked at.
    #[cfg(test)]
    pub(crate) asked: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self {
            environment,
            warnings: Vec::new(),
            warned: BTreeSet::new(),
            #[cfg(test)]
            asked: BTreeSet::new(),
        }
    }

    /// What was found wrong, in reading order.
    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }

    /// Warns about `variable` unless that was done before.
    ///
    /// The warning begins with the name of the variable. `problem` must not hold the value.
    pub(crate) fn warn(&mut self, variable: &'static str, problem: impl std::fmt::Display) {
        self.say(variable, format_args!("{variable}: {problem}"));
    }

    /// As [`warn`](Self::warn), with a sentence that names the variable itself.
    pub(crate) fn say(&mut self, variable: &'static str, warning: impl std::fmt::Display) {
        if self.warned.insert(variable) {
            self.warnings.push(warning.to_string());
        }
    }

    /// The text of `variable`, or `None` when it is unset, empty or not Unicode.
    ///
    /// A value that is not Unicode leads to a warning.
    pub(crate) fn text(&mut self, variable: &'static str) -> Option<String> {
        #[cfg(test)]
        self.asked.insert(variable);
        match self.environment.get(variable) {
            Ok(text) => text,
            Err(_) => {
                self.warn(variable, "the value is not valid Unicode and is ignored");
                None
            }
        }
    }

    /// Every variable with its value as it is.
    pub(super) fn all(&self) -> Vec<(OsString, OsString)> {
        self.environment.all()
    }

    /// The first of `variables` that holds a value of `kind`, else `default`.
    ///
    /// Bad values are warned about once it is known what takes their place.
    ///
    /// Variables behind the one that is used are not looked at, so nothing is said about them.
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
    ///
    /// Then no variable is looked at.
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

/// The names that a list may have.
pub(super) struct Names<T> {
    /// Completes "expected …" in a warning.
    pub(super) expected: &'static str,
    /// `None` for a name that the list may not have.
    pub(super) parse: fn(&str) -> Option<T>,
}

impl<T: Choice> Names<T> {
    /// All that there are.
    pub(super) const ALL: Self = Self { expected: T::EXPECTED, parse: T::from_name };
}

/// A list of names in which `none` stands for an empty one. Names that are unknown are left out
/// with a warning, and if no other remains the default is used.
///
/// `names` says which names there are here.
///
/// The origin is that of the list as it was given, even if unknown names were left out. The
/// variable is looked at even if code has a list, for a warning about one that is not Unicode.
pub(super) fn named_list<T: Choice + PartialEq>(
    code: Option<Vec<T>>,
    variable: &'static str,
    names: &Names<T>,
    default: &[T],
    reader: &mut Reader<'_>,
) -> Setting<Vec<T>> {
    let setting = match (code, reader.text(variable)) {
        (Some(list), _) => Setting::code(list),
        (None, None) => Setting::default(default.to_vec()),
        (None, Some(text)) if text.eq_ignore_ascii_case("none") => {
            Setting::environment(Vec::new(), variable)
        }
        (None, Some(text)) => {
            let given: Vec<&str> = parse::list(&text).collect();
            let known: Vec<T> = given.iter().filter_map(|name| (names.parse)(name)).collect();
            let complete = known.len() == given.len();
            let setting = match known.is_empty() {
                true => Setting::default(default.to_vec()),
                false => Setting::environment(known, variable),
            };
            if !complete || given.is_empty() {
                let used: Vec<&str> = setting.value.iter().map(|value| value.name()).collect();
                reader.warn(
                    variable,
                    format_args!("expected {}; using {}", names.expected, used.join(",")),
                );
            }
            setting
        }
    };
    unique(setting)
}

/// The list without what stands in it a second time.
///
/// The first of equal items stays where it is.
pub(in super::super) fn unique<T: Copy + PartialEq>(
    mut setting: Setting<Vec<T>>,
) -> Setting<Vec<T>> {
    let mut seen = Vec::new();
    setting.value.retain(|value| {
        let new = !seen.contains(value);
        seen.push(*value);
        new
    });
    setting
}

#[cfg(test)]
mod tests {
    use super::*;
    fn read(variables: &[(&str, &str)]) -> (Setting<bool>, Vec<String>) {
        let environment: Environment = variables.iter().copied().collect();
        let mut reader = Reader::new(&environment);
        let setting = reader.read(&["NEW", "OLD"], &parse::BOOL, || false);
        (setting, reader.into_warnings())
    }

    #[test]
    fn the_first_good_variable_wins() {
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
    fn warnings_name_the_variable_not_the_value() {
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
