//! What is known about the process and the compiler that built it.
//!
//! The process is identified by its id and the time at which it began, because ids are used again.
//! The time comes from `/proc`: where that is missing both are left out, and the rest stays. The
//! version of the compiler is taken when this crate is built, by its build script.
//!
//! Dates are computed here and not by a library, because this is the only place that needs one.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/process/>.

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

/// The attributes of this process. The command line is left out on purpose, because programs are
/// started with secrets in it.
///
/// `executable` is the file name of the program, if it is known.
pub(super) fn detect(executable: Option<&str>) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(key::PROCESS_RUNTIME_NAME, "rustc")];
    if let Some(release) = option_env!("OTELIER_RUSTC_RELEASE") {
        attributes.push(KeyValue::new(key::PROCESS_RUNTIME_VERSION, release));
    }
    if let Some(description) = option_env!("OTELIER_RUSTC_DESCRIPTION") {
        attributes.push(KeyValue::new(key::PROCESS_RUNTIME_DESCRIPTION, description));
    }
    if let Some(name) = executable {
        attributes.push(KeyValue::new(key::PROCESS_EXECUTABLE_NAME, name.to_owned()));
    }
    // Process ids come again: the conventions want them beside the time at which the process began.
    if let Some(time) = creation_time() {
        attributes.push(KeyValue::new(key::PROCESS_PID, i64::from(std::process::id())));
        attributes.push(KeyValue::new(key::PROCESS_CREATION_TIME, iso_8601(time)));
    }
    attributes
}

/// When this process began, on systems that have `/proc` as Linux has it. `None` elsewhere, and if
/// the time would be in the future.
fn creation_time() -> Option<SystemTime> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let boot = std::fs::read_to_string("/proc/stat").ok()?;
    let time = parse_creation_time(&stat, &boot)?;
    // A container may see a clock of its own.
    (time <= SystemTime::now()).then_some(time)
}

/// From the times that `/proc/self/stat` and `/proc/stat` hold: ticks since boot, and seconds of
/// boot. `None` if one of them does not have the form that Linux gives it. The source is the manual
/// page `proc_pid_stat(5)`: the start time is field 22, the 20th after the name.
fn parse_creation_time(stat: &str, boot: &str) -> Option<SystemTime> {
    /// What Linux counts in towards programs, whatever the kernel's own clock is.
    const TICKS_PER_SECOND: u64 = 100;
    // The name of the program is in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let seconds = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim();
    let boot = Duration::from_secs(seconds.parse().ok()?);
    let since = Duration::from_millis(ticks.checked_mul(1000 / TICKS_PER_SECOND)?);
    SystemTime::UNIX_EPOCH.checked_add(boot.checked_add(since)?)
}

/// `2023-11-14T22:13:22.120Z`. In UTC, with milliseconds.
fn iso_8601(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs(), since.subsec_millis());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The date that is `days` after 1970-01-01. Years are counted from March, so that a leap day is
/// the last day of one. Returns year, month and day, the latter two from 1.
///
/// Four hundred years are always the same number of days, so the year is counted within such an
/// era. With the leap day at its end, the lengths of the months follow one line, without a table.
fn civil(days: u64) -> (u64, u64, u64) {
    /// 97 of the years are leap years.
    const DAYS_OF_400_YEARS: u64 = 146_097;
    /// To 1970-01-01.
    const DAYS_FROM_0000_03_01: u64 = 719_468;
    let days = days + DAYS_FROM_0000_03_01;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let is_next_year = month >= 10;
    let month = if is_next_year { month - 9 } else { month + 3 };
    (era * 400 + year + u64::from(is_next_year), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_iso_8601() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (951_868_800, "2000-03-01T00:00:00.007Z"),
            (1_700_000_002, "2023-11-14T22:13:22.007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 7);
            assert_eq!(iso_8601(time), expected);
        }
    }

    #[test]
    fn the_creation_time_is_boot_and_ticks() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 250 20";
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_002_500);
        let boot = "cpu 1 2 3\nbtime 1000\nprocesses 7\n";
        assert_eq!(parse_creation_time(stat, boot), Some(expected));
        for (stat, boot) in [("", boot), ("12 (a) S 1", boot), (stat, "cpu 1"), (stat, "btime x")] {
            assert_eq!(parse_creation_time(stat, boot), None);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_began_after_boot() {
        let began = creation_time().unwrap();
        let boot = std::fs::read_to_string("/proc/stat").unwrap();
        let no_ticks = "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 0";
        assert!(began <= SystemTime::now());
        assert!(began > parse_creation_time(no_ticks, &boot).unwrap());
    }
}
