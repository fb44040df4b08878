//! One version of one library: its tests are run, and what came of them is read from the log.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};

use crate::matrix::plan::Cell;
use crate::matrix::results::Row;
use crate::matrix::scratch::Scratch;
use crate::matrix::selection::Selection;
use crate::process;
use crate::services::{self, Session};
use crate::step::Log;
use crate::tidy::tracked_files;
use crate::workspace::Workspace;

/// A build that is not over by then, or a test that hangs, is a failure.
const LIMIT: Duration = Duration::from_secs(40 * 60);
/// How many failed tests a result names.
const NAMED: usize = 3;
/// What a result says at most.
const REASON: usize = 240;

/// Pins the version and runs the unit and integration tests of the package, and its tests against
/// real servers, in the build that `cargo xtask test` uses.
pub(super) fn run(
    workspace: &Workspace,
    scratch: &Scratch,
    cell: &Cell,
    session: &Session<'_>,
    log: &mut Log,
) -> Result<()> {
    scratch.pin(workspace, cell, log)?;
    let mut selection = Selection::new();
    let package = workspace.packages.iter().find(|package| package.name == cell.package);
    let package = package.with_context(|| format!("{} is not there", cell.package))?;
    selection.add(package, &cell.tests);
    if let Some(feature) = &cell.without {
        selection.leave_out(feature);
    }
    let mut command = selection.command(workspace, scratch, &scratch.target);
    command.envs(session.variables_of(&services_of(workspace, cell)?));
    log.run_within(LIMIT, &mut command)
}

/// Whether the time was over before a test began: that says something of the machine, and nothing
/// of the version.
pub(super) fn is_out_of_time(log: &Log, result: &Result<()>) -> Result<bool> {
    let is_ended = |error: &anyhow::Error| error.to_string().starts_with(process::ENDED);
    Ok(result.as_ref().is_err_and(is_ended) && !has_begun(&log.read()?))
}

/// Whether a runner has begun with the tests.
fn has_begun(log: &str) -> bool {
    let is_start = |line: &str| line.starts_with("Nextest run ID") || line.starts_with("running ");
    log.lines().map(str::trim_start).any(is_start)
}

/// What is written down about a cell that was run.
pub(super) fn row(
    workspace: &Workspace,
    cell: &Cell,
    session: &Session<'_>,
    log: &Log,
    result: &Result<()>,
    took: Duration,
) -> Result<Row> {
    let text = log.read()?;
    let (total, failed) = tests(&text);
    let reason = match result {
        Ok(()) if total == 0 => "no test was run".to_owned(),
        Ok(()) => without(cell),
        Err(error) => reason(&text).unwrap_or_else(|| format!("{error:#}")),
    };
    let servers = session.versions(&services_of(workspace, cell)?);
    Ok(Row {
        version: cell.version.clone(),
        passed: result.is_ok() && total > 0,
        tests: if failed.is_empty() {
            total.to_string()
        } else {
            format!("{} of {total} fail", failed.len())
        },
        took,
        date: date(SystemTime::now()),
        rustc: rustc(workspace),
        servers: servers.join(", "),
        reason: cut(&reason),
    })
}

/// What a cell that passed was tested without.
fn without(cell: &Cell) -> String {
    let of = |feature| format!("without the feature `{feature}`, which needs a newer version");
    cell.without.as_ref().map(of).unwrap_or_default()
}

/// The services that any of the cells needs.
pub(super) fn needed_services(workspace: &Workspace, cells: &[Cell]) -> Result<Vec<&'static str>> {
    let mut needed = BTreeSet::new();
    for cell in cells {
        needed.extend(services_of(workspace, cell)?);
    }
    Ok(needed.into_iter().collect())
}

/// The services whose address some test of the integration reads; the cell's server stands in for
/// the one that is usual.
fn services_of(workspace: &Workspace, cell: &Cell) -> Result<Vec<&'static str>> {
    let server = cell.server.as_deref().map(services::other).transpose()?;
    let package = workspace.packages.iter().find(|package| package.name == cell.package);
    let mut folders: Vec<String> =
        cell.tests.iter().map(|test| format!("integration-tests/tests/{test}/")).collect();
    folders.extend(package.map(|package| package.manifest().replace("Cargo.toml", "")));
    let sources: Vec<String> = tracked_files(&workspace.root)?
        .into_iter()
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter_map(|path| fs::read_to_string(workspace.root.join(path)).ok())
        .collect();
    Ok(services::names_and_variables()
        .filter(|(_, variable)| sources.iter().any(|text| text.contains(variable)))
        .map(|(name, variable)| match server {
            Some((other, for_variable)) if for_variable == variable => other,
            _ => name,
        })
        .collect())
}

/// How many tests there were, and which failed.
fn tests(log: &str) -> (usize, BTreeSet<&str>) {
    let mut total = 0;
    let mut failed = BTreeSet::new();
    // nextest shows what cargo's runner prints in each test that failed.
    let is_nextest = log.contains("Nextest run ID");
    for line in log.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            // nextest: `Summary [  12.3s] 65 tests run: 63 passed, 2 failed, 0 skipped`
            ["Summary", ..] => {
                let number = words.iter().position(|word| word.starts_with("test"));
                let number =
                    number.and_then(|at| words.get(at.checked_sub(1)?)?.parse::<usize>().ok());
                total += number.unwrap_or_default();
            }
            // nextest: `FAIL [   0.012s] (1/65) otelier-mysql::it pools::name`
            ["FAIL" | "TIMEOUT" | "SIGABRT" | "SIGSEGV", .., name] => {
                failed.insert(name);
            }
            // cargo: `test pools::name ... FAILED`
            ["test", name, "...", result] if !is_nextest => {
                total += usize::from(result != "ignored");
                if result == "FAILED" {
                    failed.insert(name);
                }
            }
            _ => {}
        }
    }
    (total, failed)
}

/// Why it failed: the first error of cargo or the compiler, or the tests.
fn reason(log: &str) -> Option<String> {
    let (_, failed) = tests(log);
    if !failed.is_empty() {
        let names: Vec<&str> = failed.iter().copied().take(NAMED).collect();
        let more = failed.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Some(format!("tests fail: {}{more}", names.join(", ")));
    }
    // One of the compiler's before one of cargo's, which refuses some versions before others.
    let begins = |with: &str| log.lines().position(|line| line.starts_with(with));
    let mut lines = log.lines().skip(begins("error[").or_else(|| begins("error"))?);
    let error = lines.next()?;
    let place = lines
        .map_while(|line| (!line.trim().is_empty()).then_some(line.trim()))
        .find_map(|line| line.strip_prefix("--> ").or(line.strip_prefix("required by ")));
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    Some(format!("{error}{place}"))
}

fn cut(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default().replace('|', "/");
    match line.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn rustc(workspace: &Workspace) -> String {
    let output = Command::new("rustc").current_dir(&workspace.root).arg("--version").output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let version = text.as_deref().unwrap_or_default().split(' ').nth(1);
    version.unwrap_or("unknown").to_owned()
}

/// The day in UTC, as `2026-11-28`.
fn date(time: SystemTime) -> String {
    let days = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
    // Years begin in March, so that the day that some lack is the last:
    // <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests_of_logs {
    use super::*;

    #[test]
    fn tests_are_counted_in_the_output_of_both_runners() {
        let nextest = [
            " Nextest run ID 1 with nextest profile: default",
            "        PASS [   0.012s] (1/3) a::it one",
            "        FAIL [   0.100s] (2/3) a::it pools::two",
            "    test pools::two ... FAILED",
            "     Summary [   1.234s] 3 tests run: 2 passed, 1 failed, 0 skipped",
            "        FAIL [   0.100s] (2/3) a::it pools::two",
        ]
        .join("\n");
        let nextest = nextest.as_str();
        assert_eq!(tests(nextest), (3, ["pools::two"].into()));
        let cargo = "test one ... ok\ntest two ... FAILED\ntest three ... ignored\n";
        assert_eq!(tests(cargo), (2, ["two"].into()));
        assert_eq!(tests("Summary [ 1s] 1 test run: 1 passed, 0 skipped"), (1, BTreeSet::new()));
    }

    #[test]
    fn a_build_that_was_ended_has_begun_no_test() {
        assert!(!has_begun("   Compiling a v1.0.0\n     Running unittests src/lib.rs (a)\n"));
        assert!(has_begun("     Running unittests src/lib.rs (a)\n\nrunning 12 tests\n"));
        assert!(has_begun("   Compiling a\n Nextest run ID 1 with nextest profile: default\n"));
    }

    #[test]
    fn a_failure_says_its_first_reason() {
        let check = |log: &str, expect: Option<&str>| {
            assert_eq!(reason(log).as_deref(), expect);
        };
        check("   Compiling a\n", None);
        check(
            "warning: x\nerror[E0599]: no method named `f`\n   --> src/a.rs:1:2\n    |\n\nerror: two\n",
            Some("error[E0599]: no method named `f` (src/a.rs:1:2)"),
        );
        check(
            "error: failed to select a version for `tower`.\nrequired by package `axum v0.8.9`\n",
            Some("error: failed to select a version for `tower`. (package `axum v0.8.9`)"),
        );
        check(
            "error: failed to select\n\nerror[E0599]: no method\n --> a.rs:1:2\n",
            Some("error[E0599]: no method (a.rs:1:2)"),
        );
        let log: String =
            ["a", "b", "c", "d"].map(|name| format!("test {name} ... FAILED\n")).concat();
        check(&log, Some("tests fail: a, b, c and 1 more"));
        assert_eq!(cut("a | b\nc"), "a / b");
        assert_eq!(cut(&"x".repeat(300)).chars().count(), REASON + 1);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |seconds, expect: &str| {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(seconds)), expect);
        };
        check(0, "1970-01-01");
        check(951_782_400, "2000-02-29");
        check(1_709_164_800, "2024-02-29");
        check(1_709_251_200, "2024-03-01");
        check(1_767_225_599, "2025-12-31");
    }
}
