//! `docs/versions.md`: what was tested, a row for each version. It is a table for people, and read
//! back from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::manifest::Line;
use crate::matrix::plan::Cell;
use crate::services;
use crate::step;
use crate::version::{Range, Version};

/// Where the results are.
pub(crate) const PATH: &str = "docs/versions.md";

const HEAD: &str = "# Tested versions\n\n\
    `cargo xtask matrix` writes this file. For each version it pins the library in a copy of the\n\
    workspace, and runs the tests of the integration there, those against real servers included.\n\
    The other dependencies are those of Cargo.lock.\n\n\
    ![The tested versions of each library](versions.svg)\n";
const COLUMNS: &str = "| version | result | tests | took | date | rustc | servers | reason |\n\
                       |---|---|---|---|---|---|---|---|\n";

/// The results of all versions, by library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results(BTreeMap<String, Vec<Row>>);

/// What came of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) version: Version,
    pub(crate) passed: bool,
    /// How many tests there were, or how many of them failed.
    pub(crate) tests: String,
    pub(crate) took: Duration,
    pub(crate) date: String,
    pub(crate) rustc: String,
    pub(crate) servers: String,
    /// Why it failed.
    pub(crate) reason: String,
}

impl Row {
    /// The word for what came of it.
    pub(crate) fn verdict(&self) -> &'static str {
        if self.passed { "pass" } else { "fail" }
    }

    /// The name of the server that it was tested on, if that is not the usual one.
    fn other_server(&self) -> Option<&'static str> {
        let called = self.servers.to_lowercase().replace(' ', "-");
        services::names_of_others().find(|name| called.starts_with(name))
    }

    fn parse(line: &str) -> Option<Self> {
        let line = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [version, result, tests, took, date, rustc, servers, reason] = columns[..] else {
            return None;
        };
        let passed = match result {
            "pass" => true,
            "fail" => false,
            _ => return None,
        };
        let text = str::to_owned;
        Some(Self {
            version: Version::parse(version)?,
            passed,
            tests: text(tests),
            took: seconds(took)?,
            date: text(date),
            rustc: text(rustc),
            servers: text(servers),
            reason: text(reason),
        })
    }
}

/// Reads what [`step::duration`] writes.
fn seconds(text: &str) -> Option<Duration> {
    let mut sum = 0.0;
    for word in text.split_whitespace() {
        sum += match (word.strip_suffix('m'), word.strip_suffix('s')) {
            (Some(minutes), _) => 60.0 * minutes.parse::<f64>().ok()?,
            (None, Some(seconds)) => seconds.parse::<f64>().ok()?,
            (None, None) => return None,
        };
    }
    Duration::try_from_secs_f64(sum).ok()
}

impl Results {
    /// Reads the file; without one there are no results.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(PATH)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {PATH}")),
        }
    }

    /// Writes the file.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let path = root.join(PATH);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, self.render()).with_context(|| format!("cannot write {PATH}"))
    }

    /// Reads the rows below each heading.
    pub(crate) fn parse(text: &str) -> Self {
        let mut results = Self::default();
        let mut library = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("## ") {
                library = Some(name.trim());
            } else if let (Some(library), Some(row)) = (library, Row::parse(line)) {
                results.set(library, row);
            }
        }
        results
    }

    /// The text of the file.
    pub(crate) fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for (library, rows) in &self.0 {
            text.push_str(&format!("\n## {library}\n\n{COLUMNS}"));
            for row in rows {
                let took = step::duration(row.took);
                let columns = [
                    &*row.version.to_string(),
                    row.verdict(),
                    &row.tests,
                    &took,
                    &row.date,
                    &row.rustc,
                    &row.servers,
                    &row.reason,
                ];
                text.push_str(&format!("| {} |\n", columns.join(" | ")));
            }
        }
        text
    }

    /// Replaces the result of a version on a server.
    pub(crate) fn set(&mut self, library: &str, row: Row) {
        let rows = self.0.entry(library.to_owned()).or_default();
        let key = |row: &Row| (row.version.clone(), row.other_server());
        rows.retain(|other| key(other) != key(&row));
        rows.push(row);
        rows.sort_by_key(key);
    }

    /// The results of each library.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = (&str, &[Row])> {
        self.0.iter().map(|(library, rows)| (library.as_str(), rows.as_slice()))
    }

    /// The result of a version.
    pub(crate) fn row(&self, cell: &Cell) -> Option<&Row> {
        let rows = self.0.get(&cell.library)?;
        let server = cell.server.as_deref();
        rows.iter().find(|row| row.version == cell.version && row.other_server() == server)
    }

    /// How long a version will take: as the last time, else as long as its library's others do.
    pub(crate) fn expected(&self, cell: &Cell) -> Option<Duration> {
        let known = self.row(cell).map(|row| row.took);
        known.or_else(|| {
            let rows = self.0.get(&cell.library)?;
            let sum: Duration = rows.iter().map(|row| row.took).sum();
            sum.checked_div(u32::try_from(rows.len()).ok()?)
        })
    }

    /// What was tested of a line, in words: `0.8.0 to 0.8.9; 0.8.3 fails`, and on which servers
    /// beside the usual one.
    pub(crate) fn summary(&self, library: &str, line: &Line) -> String {
        if library.ends_with('*') {
            return "those of its services".to_owned();
        }
        let range = Range::of(&line.versions);
        let rows = self.0.get(library).into_iter().flatten();
        let in_line = |row: &&Row| range.as_ref().is_some_and(|it| it.contains(&row.version));
        let (on_others, rows): (Vec<&Row>, Vec<&Row>) =
            rows.filter(in_line).partition(|row| row.other_server().is_some());
        let (passed, failed): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| row.passed);
        let tested = match passed[..] {
            [] if failed.is_empty() => return "not tested yet".to_owned(),
            [] => "none".to_owned(),
            [only] => only.version.to_string(),
            [first, .., last] => format!("{} to {}", first.version, last.version),
        };
        let also: Vec<&str> =
            on_others.iter().filter(|row| row.passed).map(|row| &*row.servers).collect();
        let tested =
            if also.is_empty() { tested } else { format!("{tested}, also on {}", also.join(", ")) };
        let is_passed = |version: &str| passed.iter().any(|row| row.version.to_string() == version);
        let without = line.without.iter().filter(|(version, _)| is_passed(version));
        let tested = without.fold(tested, |tested, (version, feature)| {
            format!("{tested}; {version} without `{feature}`")
        });
        let failed_on = on_others.iter().filter(|row| !row.passed);
        let names: Vec<String> = failed
            .iter()
            .map(|row| row.version.to_string())
            .chain(failed_on.map(|row| format!("{} on {}", row.version, row.servers)))
            .collect();
        match names[..] {
            [] => tested,
            [ref only] => format!("{tested}; {only} fails"),
            _ => format!("{tested}; {} fail", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::plan::Place;

    fn row(version: &str, passed: bool) -> Row {
        Row {
            version: Version::parse(version).unwrap(),
            passed,
            tests: "65".to_owned(),
            took: Duration::from_secs(61),
            date: "2026-11-28".to_owned(),
            rustc: "1.95.0".to_owned(),
            servers: "MariaDB 10.11.14".to_owned(),
            reason: if passed { String::new() } else { "error: why".to_owned() },
        }
    }

    fn cell(version: &str) -> Cell {
        let version = Version::parse(version).unwrap();
        Cell {
            package: String::new(),
            library: "axum".to_owned(),
            line: Range::of(&["0.8.0".to_owned()]).unwrap(),
            locked: version.clone(),
            version,
            place: Place::Between,
            pins: BTreeMap::new(),
            without: None,
            tests: Vec::new(),
            server: None,
        }
    }

    fn line() -> Line {
        Line {
            feature: String::new(),
            adapter: String::new(),
            versions: Vec::new(),
            pins: BTreeMap::new(),
            without: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut results = Results::default();
        results.set("mysql_async", row("0.37.1", true));
        results.set("axum", row("0.8.10", true));
        results.set("axum", row("0.8.9", false));
        let text = results.render();
        assert_eq!(Results::parse(&text), results);
        let rest = "1m 01s | 2026-11-28 | 1.95.0 | MariaDB 10.11.14";
        let rows = format!(
            "## axum\n\n{COLUMNS}| 0.8.9 | fail | 65 | {rest} | error: why |\n\
             | 0.8.10 | pass | 65 | {rest} |  |\n"
        );
        assert!(text.contains(&rows), "{text}");
    }

    #[test]
    fn new_results_replace_old_ones() {
        let mut results = Results::default();
        results.set("axum", row("0.8.9", false));
        results.set("axum", row("0.8.9", true));
        assert_eq!(results.row(&cell("0.8.9")).unwrap().verdict(), "pass");
        assert_eq!(results.libraries().next().unwrap().1.len(), 1);
    }

    #[test]
    fn each_server_has_a_result_of_its_own() {
        let on =
            |servers: &str, passed| Row { servers: servers.to_owned(), ..row("0.8.9", passed) };
        let mut results = Results::default();
        results.set("axum", on("MySQL 9.7.4", false));
        results.set("axum", on("MariaDB 10.11.14", true));
        results.set("axum", on("MariaDB 11.8.3", true));
        results.set("axum", on("MySQL 9.7.5", true));
        let rows = results.libraries().next().unwrap().1;
        let servers: Vec<&str> = rows.iter().map(|row| &*row.servers).collect();
        assert_eq!(servers, ["MariaDB 10.11.14", "MariaDB 11.8.3", "MySQL 9.7.5"]);
        let of = |server: &str| Cell { server: Some(server.to_owned()), ..cell("0.8.9") };
        assert_eq!(results.row(&of("mysql-9")).unwrap().servers, "MySQL 9.7.5");
        assert_eq!(results.row(&cell("0.8.9")).unwrap().servers, "MariaDB 10.11.14");
        assert_eq!(Results::parse(&results.render()), results);
        let line = Line { versions: vec!["0.8.9".to_owned()], ..line() };
        let also = "0.8.9, also on MariaDB 11.8.3, MySQL 9.7.5";
        assert_eq!(results.summary("axum", &line), also);
        results.set("axum", on("MySQL 9.7.5", false));
        let failed = "0.8.9, also on MariaDB 11.8.3; 0.8.9 on MySQL 9.7.5 fails";
        assert_eq!(results.summary("axum", &line), failed);
    }

    #[test]
    fn what_will_be_needed_is_known_from_before() {
        let mut results = Results::default();
        assert_eq!(results.expected(&cell("0.8.0")), None);
        results.set("axum", Row { took: Duration::from_secs(20), ..row("0.8.9", true) });
        results.set("axum", Row { took: Duration::from_secs(40), ..row("0.8.8", true) });
        let expected = |text| results.expected(&cell(text)).unwrap().as_secs();
        assert_eq!((expected("0.8.8"), expected("0.8.0")), (40, 30));
        assert_eq!(seconds("9.5s"), Some(Duration::from_millis(9_500)));
        assert_eq!(seconds("60m 00s"), Some(Duration::from_secs(3_600)));
    }

    #[test]
    fn lines_are_summed_up_by_what_passed() {
        let mut results = Results::default();
        for (version, passed) in
            [("0.7.0", true), ("0.7.9", true), ("0.7.3", false), ("0.8.9", true), ("0.9.1", false)]
        {
            results.set("axum", row(version, passed));
        }
        let check = |library: &str, versions: &[&str], expect: &str| {
            let versions = versions.iter().map(|version| (*version).to_owned()).collect();
            let line = Line { versions, ..line() };
            assert_eq!(results.summary(library, &line), expect);
        };
        check("axum", &["0.7.0", "0.7.9"], "0.7.0 to 0.7.9; 0.7.3 fails");
        check("axum", &["0.8.0"], "0.8.9");
        check("axum", &["0.9.0"], "none; 0.9.1 fails");
        let without = [("0.7.0", "ws"), ("0.7.3", "ws")]
            .map(|(version, feature)| (version.to_owned(), feature.to_owned()));
        let versions = ["0.7.0", "0.7.9"].map(str::to_owned).into();
        let line = Line { versions, without: without.into(), ..line() };
        let expect = "0.7.0 to 0.7.9; 0.7.0 without `ws`; 0.7.3 fails";
        assert_eq!(results.summary("axum", &line), expect);
        check("tower", &["0.5.0", "0.5.3"], "not tested yet");
        check("aws-sdk-*", &["1.1.0"], "those of its services");
    }
}
