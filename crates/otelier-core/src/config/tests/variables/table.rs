//! The variables: a row for each, and helpers for those that differ in their names only.

mod export;
mod process;
mod signals;

use super::super::super::*;
use super::{Part, Row};

/// Files that variables name.
pub(super) struct Files(tempfile::TempDir);

impl Files {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for name in ["all", "one"] {
            std::fs::write(folder.path().join(name), format!("{name}\n{pem}")).unwrap();
        }
        Self(folder)
    }

    /// A file in PEM form. Its first line is its name: `all` or `one`.
    fn pem(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// A row whose effect is seen at `entry`, which is `unset` by default.
fn row(variable: &'static str, entry: impl Into<String>, unset: &str) -> Row {
    Row {
        variable,
        parts: vec![Part::Entry(entry.into())],
        with: Vec::new(),
        together: Vec::new(),
        unset: format!("{unset} (default)"),
        good: Vec::new(),
        bad: Vec::new(),
        fails_to: None,
        takes_all: None,
        weaker: Vec::new(),
        code: None,
        file: None,
    }
}

/// A variable that a platform sets: any text is right, and a detector sees it.
fn platform(variable: &'static str, value: &str, show: fn(&Platform) -> String) -> Row {
    let mut row = row(variable, "", "");
    row.parts = vec![Part::Platform(show)];
    row.unset = show(&Platform::default());
    let shown = if value == "true" { value.to_owned() } else { format!("Some({value:?})") };
    row.gives(value, &shown).all("a platform is right by definition")
}

impl Row {
    fn also(mut self, entry: impl Into<String>) -> Self {
        self.parts.push(Part::Entry(entry.into()));
        self
    }

    fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.with.push((variable, value.into()));
        self
    }

    /// What has to be set where `variable` is.
    fn together(mut self, variable: &'static str, other: &'static str, value: &str) -> Self {
        self.together.push((variable, other, value.to_owned()));
        self
    }

    /// What is shown without the variable, with its origin.
    fn unset(mut self, shown: &str) -> Self {
        self.unset = shown.to_owned();
        self
    }

    /// A valid value, which becomes the setting.
    fn good(self, value: &str, shown: &str) -> Self {
        let shown = format!("{shown} ({})", self.variable);
        self.gives(value, &shown)
    }

    /// A valid value that changes a setting of another origin.
    fn gives(mut self, value: &str, shown: &str) -> Self {
        self.good.push((value.to_owned(), shown.to_owned()));
        self
    }

    fn bad(mut self, values: &[&'static str]) -> Self {
        self.bad.extend(values);
        self
    }

    /// An invalid value is this, and neither the default nor that of a weaker variable.
    fn fails_to(mut self, shown: &str) -> Self {
        self.fails_to = Some(format!("{shown} ({})", self.variable));
        self
    }

    /// An invalid value is as good as unset, and a weaker variable does not count either.
    fn fails_to_unset(mut self) -> Self {
        self.fails_to = Some(self.unset.clone());
        self
    }

    /// There is no invalid value.
    fn all(mut self, reason: &'static str) -> Self {
        self.takes_all = Some(reason);
        self
    }

    fn over(mut self, weaker: &'static str, value: impl Into<String>) -> Self {
        self.weaker.push((weaker, value.into()));
        self
    }

    fn code(mut self, set: impl FnOnce(&mut Code), shown: &'static str) -> Self {
        let mut code = Code::default();
        set(&mut code);
        self.code = Some((code, shown));
        self
    }

    fn file(mut self, text: &'static str, value: impl Into<String>, shown: &'static str) -> Self {
        self.file = Some((text, value.into(), shown));
        self
    }
}

const BOOLEAN: &[&str] = &["1", "yes", "s3cret"];
const NUMBER: &[&str] = &["-1", "1.5", "s3cret", "99999999999999999999"];
const MILLIS: &[&str] = &["-1", "5s", "1.5", "s3cret"];
const INTERVAL: &[&str] = &["0", "-1", "5s", "s3cret"];
const SIZE: &[&str] = &["0", "-5", "1048577", "s3cret"];
/// The first processor or reader of each signal.
const SIGNALS: [&str; 3] = [
    "tracer_provider.processors[0].batch",
    "meter_provider.readers[0].periodic",
    "logger_provider.processors[0].batch",
];
const TOKEN: &str = "t_0123456789";

/// A boolean that is `default`, with its alias if it has one.
fn boolean(variable: &'static str, entry: &'static str, default: bool) -> Row {
    let (default, other) = (default.to_string(), (!default).to_string());
    row(variable, entry, &default)
        .good(&other, &other)
        .good(&other.to_uppercase(), &other)
        .good(&default, &default)
        .bad(BOOLEAN)
}

/// Otelier's own boolean, and Lumigo's.
fn booleans(
    [own, alias]: [&'static str; 2],
    entry: &'static str,
    default: bool,
    of: fn(Row) -> Row,
) -> [Row; 2] {
    // The other value, else there would be no difference.
    let rows = [boolean(own, entry, default), boolean(alias, entry, default)].map(of);
    let weaker = default.to_string();
    rows.map(|row| if row.variable == own { row.over(alias, weaker.clone()) } else { row })
}

/// The rows, in the order of the documentation.
pub(super) fn rows(files: &Files) -> Vec<Row> {
    let mut rows = process::rows();
    rows.extend(export::rows(files));
    rows.extend(signals::rows());
    rows
}
