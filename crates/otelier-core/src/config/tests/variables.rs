//! Every variable in every situation: unset, valid, empty, invalid, beside a weaker one, beside
//! code, and beside a configuration file.
//!
//! `table` has a row for each variable. The checks here are the same for all rows, so a new
//! variable needs a row and no code.

mod table;

use std::collections::BTreeSet;

use super::*;
use crate::configuration;

/// What is known about one variable.
pub(super) struct Row {
    variable: &'static str,
    /// The names of the entries of [`Config`] that show it, or a property of the platform.
    parts: Vec<Part>,
    /// What is set besides in every situation, because the variable has no effect alone.
    with: Vec<(&'static str, String)>,
    /// What has to be set where another variable is: that one, and what goes with it.
    together: Vec<(&'static str, &'static str, String)>,
    /// What each part shows when the variable is not set.
    unset: String,
    /// Valid values, and what each part shows then.
    good: Vec<(String, String)>,
    /// Invalid values: each leads to one warning, and is as good as unset.
    bad: Vec<&'static str>,
    /// What an invalid value stands for, if it is not as good as unset.
    fails_to: Option<String>,
    /// Why there are no invalid values, or none that are warned about.
    takes_all: Option<&'static str>,
    /// Weaker variables of the same setting, each with a valid value.
    weaker: Vec<(&'static str, String)>,
    /// Code for the same setting, and what is shown then.
    code: Option<(Code, &'static str)>,
    /// The same property of a file, as the argument of `yaml` with `@` for its value; a value; and
    /// what is shown then.
    file: Option<(&'static str, String, &'static str)>,
}

/// Where the effect of a variable is seen.
pub(super) enum Part {
    /// An entry of the list of settings, with its origin.
    Entry(String),
    /// What a detector is told; the list of settings does not have it.
    Platform(fn(&Platform) -> String),
    /// Something else that the list of settings does not show.
    Other(fn(&Settings) -> String),
}

impl Part {
    fn seen(&self, settings: &Settings) -> String {
        match self {
            Self::Entry(name) => match settings.to_config().get(name) {
                Some(entry) => format!("{} ({})", entry.value(), entry.origin()),
                None => "absent".to_owned(),
            },
            Self::Platform(show) => show(&settings.resource.platform),
            Self::Other(show) => show(settings),
        }
    }
}

impl Row {
    fn resolve(&self, code: &Code, own: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let with = self.with.iter().map(|(name, value)| (*name, value.as_str()));
        let is_set =
            |name: &str| own.iter().any(|(it, value)| *it == name && !value.trim().is_empty());
        let together = self.together.iter().filter(|(name, ..)| is_set(name));
        let together = together.map(|(_, name, value)| (*name, value.as_str()));
        let variables: Vec<(&str, &str)> =
            with.chain(together).chain(own.iter().copied()).collect();
        comparable(resolve_with(code, &variables))
    }

    /// That every part shows `expected`, after `own` was set beside `with`.
    #[track_caller]
    fn expect(&self, code: &Code, own: &[(&str, &str)], expected: &str) -> Vec<String> {
        let (settings, warnings) = self.resolve(code, own);
        for part in &self.parts {
            assert_eq!(part.seen(&settings), expected, "{own:?}");
        }
        warnings
    }

    fn is_platform(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Platform(_)))
    }
}

/// Without the copy of the environment, which differs in any case.
fn comparable((mut settings, warnings): (Settings, Vec<String>)) -> (Settings, Vec<String>) {
    settings.resource.platform.variables = Variables::default();
    (settings, warnings)
}

/// A file in which each part of `path` is a property of the one before: `a > - b > c: @`. Before
/// `|` stands another property at the same place.
fn yaml(path: &str) -> String {
    let mut text = "file_format: \"1.0\"\n".to_owned();
    let mut depth = 0;
    let parts: Vec<&str> = path.split(" > ").collect();
    for (at, part) in parts.iter().enumerate() {
        for line in part.split(" | ") {
            let end = if at + 1 < parts.len() && part.ends_with(line) { ":" } else { "" };
            text += &format!("{}{line}{end}\n", " ".repeat(depth));
        }
        depth += if part.starts_with("- ") { 4 } else { 2 };
    }
    text
}

/// The rows, and the files that some of them name.
fn with_rows(check: impl Fn(&Row)) {
    let files = table::Files::new();
    table::rows(&files).iter().for_each(check);
}

/// One warning, which begins with the name of the variable and does not show its value.
#[track_caller]
fn assert_warned(warnings: &[String], variable: &str, value: &str) {
    let [warning] = warnings else { panic!("{variable}={value}: {warnings:?}") };
    assert!(warning.starts_with(variable), "{warning}");
    assert!(value.len() < 5 || !warning.contains(value), "{warning}");
}

#[test]
fn no_variable_is_missing_from_the_table() {
    let files = table::Files::new();
    let rows = table::rows(&files);
    let described: BTreeSet<String> =
        rows.iter().map(|row| row.variable.to_ascii_uppercase()).collect();
    let mut known: BTreeSet<String> =
        configuration::ALL.iter().map(|name| (*name).to_owned()).collect();
    // The file itself has tests of its own, in `file/tests.rs`.
    known.remove("OTEL_CONFIG_FILE");
    assert_eq!(described, known);
    for row in &rows {
        assert!(!row.good.is_empty(), "{}", row.variable);
        assert_ne!(row.bad.is_empty(), row.takes_all.is_none(), "{}", row.variable);
    }
}

#[test]
fn every_documented_alias_is_in_the_table() {
    let files = table::Files::new();
    let rows = table::rows(&files);
    let text = include_str!("../../configuration.rs");
    let mut found = 0;
    for row in &rows {
        let Some((_, text)) = text.split_once(&format!("    {}:", row.variable)) else { continue };
        let (text, _) = text.split_once(';').unwrap();
        let stronger = text.split("The same as [`").nth(1);
        let stronger = stronger.filter(|_| text.contains("comes first"));
        let base = text.split("that of [`").nth(1);
        let named = |text: &str| text.split('`').next().unwrap().to_owned();
        let weaker = |of: &str| {
            let row = rows.iter().find(|row| row.variable == of).unwrap();
            row.weaker.iter().map(|(name, _)| *name).collect::<Vec<_>>()
        };
        if let Some(stronger) = stronger.map(named) {
            assert!(weaker(&stronger).contains(&row.variable), "{stronger}, {}", row.variable);
            found += 1;
        }
        if let Some(base) = base.map(named) {
            assert!(weaker(row.variable).contains(&&*base), "{base}, {}", row.variable);
            found += 1;
        }
    }
    assert!(found > 40, "{found}");
}

#[test]
fn unset_is_the_default() {
    with_rows(|row| {
        let warnings = row.expect(&Code::default(), &[], &row.unset);
        assert_eq!(warnings, [""; 0], "{}", row.variable);
    });
}

#[test]
fn empty_is_unset() {
    with_rows(|row| {
        let unset = row.resolve(&Code::default(), &[]);
        for value in ["", "  ", "\t"] {
            let found = row.resolve(&Code::default(), &[(row.variable, value)]);
            assert!(found == unset, "{}={value:?}: {:?}", row.variable, found.1);
        }
    });
}

#[test]
fn valid_values_count_and_are_trimmed() {
    with_rows(|row| {
        for (value, expected) in &row.good {
            for value in [value.clone(), format!(" {value}  ")] {
                let own = [(row.variable, &*value)];
                let warnings = row.expect(&Code::default(), &own, expected);
                assert_eq!(warnings, [""; 0], "{}={value}", row.variable);
            }
        }
    });
}

#[test]
fn invalid_values_warn_and_are_as_good_as_unset() {
    with_rows(|row| {
        let (unset, _) = row.resolve(&Code::default(), &[]);
        for value in &row.bad {
            let own = [(row.variable, *value)];
            let expected = row.fails_to.as_ref().unwrap_or(&row.unset);
            let warnings = row.expect(&Code::default(), &own, expected);
            assert_warned(&warnings, row.variable, value);
            let (settings, _) = row.resolve(&Code::default(), &own);
            assert_eq!(*expected == row.unset, settings == unset, "{}={value}", row.variable);
        }
    });
}

#[test]
fn the_stronger_variable_counts() {
    with_rows(|row| {
        let (value, expected) = &row.good[0];
        for (weaker, other) in &row.weaker {
            let own = |value| [(row.variable, value), (*weaker, &**other)];
            let warnings = row.expect(&Code::default(), &own(value), expected);
            assert_eq!(warnings, [""; 0], "{} over {weaker}", row.variable);
            // Nothing is said about the weaker one either, and empty is no value.
            let (alone, _) = row.resolve(&Code::default(), &[(weaker, other)]);
            let (settings, warnings) = row.resolve(&Code::default(), &own(" "));
            let names = format!("{} empty, {weaker}", row.variable);
            assert_eq!(warnings, [""; 0], "{names}");
            assert!(settings == alone, "{names}");
            for part in &row.parts {
                let seen = part.seen(&settings);
                assert_ne!(seen, row.unset, "{weaker} has an effect");
                assert_ne!(&seen, expected, "{weaker} has another effect");
            }
            for bad in &row.bad {
                let (settings, warnings) = row.resolve(&Code::default(), &own(bad));
                assert_warned(&warnings, row.variable, bad);
                for part in &row.parts {
                    let fallback = part.seen(&alone);
                    let expected = row.fails_to.as_ref().unwrap_or(&fallback);
                    assert_eq!(&part.seen(&settings), expected, "{}={bad}", row.variable);
                }
            }
        }
    });
}

#[test]
fn code_beats_the_variable() {
    with_rows(|row| {
        let Some((code, expected)) = &row.code else { return };
        // Attributes of code are added to those of the variable, which is read all the same.
        let is_merged = row.variable == configuration::OTEL_RESOURCE_ATTRIBUTES;
        let bad = row.bad.iter().copied().filter(|_| !is_merged);
        let values = row.good.iter().map(|(value, _)| value.as_str()).chain(bad);
        for value in values {
            let warnings = row.expect(code, &[(row.variable, value)], expected);
            assert_eq!(warnings, [""; 0], "{}={value}", row.variable);
        }
    });
}

/// The settings with a file beside the variables.
fn beside_file(row: &Row, text: &str, own: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), yaml(text)).unwrap();
    let path = ("OTEL_CONFIG_FILE", file.path().to_str().unwrap());
    let own: Vec<(&str, &str)> = own.iter().copied().chain([path]).collect();
    row.resolve(&Code::default(), &own)
}

/// What is shown without the place in the file, which differs from row to row.
fn without_place(seen: String) -> String {
    match seen.split_once(" (OTEL_CONFIG_FILE:") {
        Some((value, _)) => format!("{value} (OTEL_CONFIG_FILE)"),
        None => seen,
    }
}

#[test]
fn a_file_beats_the_variable_or_lets_it_count() {
    with_rows(|row| {
        let (value, expected) = &row.good[0];
        let own = [(row.variable, value.as_str())];
        let counts = configuration::counts_beside_a_file(&row.variable.to_ascii_uppercase());
        let names = |warnings: &[String]| {
            warnings.iter().any(|it| it.contains("ignored: ") && it.contains(row.variable))
        };
        if let Some((text, in_file, expected)) = &row.file {
            let (settings, warnings) = beside_file(row, &text.replace('@', in_file), &own);
            assert_eq!(names(&warnings), !counts, "{}: {warnings:?}", row.variable);
            for part in &row.parts {
                let expected = format!("{expected} (OTEL_CONFIG_FILE)");
                assert_eq!(without_place(part.seen(&settings)), expected, "{}", row.variable);
            }
            if text.contains('@') {
                // A variable that the file refers to counts again.
                let text = text.replace('@', &format!("${{{}}}", row.variable));
                let (settings, warnings) = beside_file(row, &text, &own);
                assert!(!names(&warnings), "{}: {warnings:?}", row.variable);
                for part in &row.parts {
                    let (shown, _) = row.good[0].1.rsplit_once(" (").unwrap();
                    let expected = format!("{shown} (OTEL_CONFIG_FILE)");
                    assert_eq!(without_place(part.seen(&settings)), expected, "{}", row.variable);
                }
            }
        } else if counts && !row.is_platform() && row.with.is_empty() {
            let (settings, warnings) = beside_file(row, "", &own);
            assert!(!names(&warnings), "{warnings:?}");
            for part in &row.parts {
                assert_eq!(&part.seen(&settings), expected, "{}", row.variable);
            }
        } else {
            let (settings, warnings) = beside_file(row, "", &own);
            let (bare, _) = beside_file(row, "", &[]);
            assert_eq!(names(&warnings), !counts, "{}: {warnings:?}", row.variable);
            assert_eq!(settings != bare, row.is_platform(), "{}", row.variable);
        }
    });
}
