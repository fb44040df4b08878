//! Versions as Cargo orders them, and the requirements of a manifest that name one line of them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A version: three numbers, and what marks a prerelease.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Version {
    numbers: [u64; 3],
    prerelease: String,
    /// How many of the numbers were written; a requirement may leave some out.
    written: usize,
}

impl Version {
    /// Reads `1`, `1.2`, `1.2.3` or `1.2.3-rc.1`, also with an operator (`^`, `=`, `~`, `>=`)
    /// before it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['^', '=', '~', '>', '<']).trim();
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, prerelease) = text.split_once('-').unwrap_or((text, ""));
        let mut version = Self { numbers: [0; 3], prerelease: prerelease.to_owned(), written: 0 };
        for part in numbers.split('.') {
            if part == "*" {
                break;
            }
            *version.numbers.get_mut(version.written)? = part.parse().ok()?;
            version.written += 1;
        }
        (version.written > 0).then_some(version)
    }

    /// Whether this is the oldest version of a line that `other` is in, or an older one: what a
    /// caret requirement of this version admits.
    pub(crate) fn admits(&self, other: &Self) -> bool {
        // The first number that is not zero may not change; without one, the last that was written.
        let fixed = self.numbers.iter().position(|number| *number != 0);
        let fixed = fixed.unwrap_or(self.written - 1).min(self.written - 1);
        let is_prerelease = !other.prerelease.is_empty() && self.prerelease.is_empty();
        !is_prerelease
            && other >= self
            && self.numbers.iter().zip(&other.numbers).take(fixed + 1).all(|(one, two)| one == two)
    }

    /// The line it is in, as cargo names it: `0.8`, `1`.
    pub(crate) fn line(&self) -> String {
        match self.numbers {
            [0, 0, patch] => format!("0.0.{patch}"),
            [0, minor, _] => format!("0.{minor}"),
            [major, ..] => major.to_string(),
        }
    }

    /// Whether it marks a prerelease.
    pub(crate) fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

/// The versions of a line: from the oldest that is named to the newest, and what is newer and
/// compatible with it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Range {
    pub(crate) oldest: Version,
    pub(crate) newest: Version,
}

impl Range {
    /// The line that these versions, in order, stand for.
    pub(crate) fn of(versions: &[String]) -> Option<Self> {
        let (oldest, newest) = (versions.first()?, versions.last()?);
        Some(Self { oldest: Version::parse(oldest)?, newest: Version::parse(newest)? })
    }

    /// Whether a version is in the line.
    pub(crate) fn contains(&self, version: &Version) -> bool {
        let in_bounds = *version >= self.oldest && *version <= self.newest;
        self.newest.admits(version) || (in_bounds && !version.is_prerelease())
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} is no version"))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            // A prerelease comes before its release.
            let release = |version: &Self| version.prerelease.is_empty();
            release(self).cmp(&release(other)).then_with(|| self.prerelease.cmp(&other.prerelease))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_read_and_shown_whole() {
        for (text, shown) in [
            ("1", "1.0.0"),
            ("^0.37.1", "0.37.1"),
            ("=1.2", "1.2.0"),
            (">=1.2, <2", "-"),
            ("0.9.0-rc.1", "0.9.0-rc.1"),
            ("1.0.0+build", "1.0.0"),
            ("0.8.*", "0.8.0"),
            ("*", "-"),
            ("latest", "-"),
            ("1.2.3.4", "-"),
        ] {
            let found = Version::parse(text).map_or_else(|| "-".to_owned(), |it| it.to_string());
            assert_eq!(found, shown, "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number_and_prereleases_come_first() {
        let mut versions = ["0.10.0", "0.9.1", "1.0.0", "1.0.0-rc.1", "0.9.0"].map(version);
        versions.sort();
        let shown = versions.map(|version| version.to_string());
        assert_eq!(shown, ["0.9.0", "0.9.1", "0.10.0", "1.0.0-rc.1", "1.0.0"]);
    }

    #[test]
    fn a_version_names_its_line() {
        for (text, line) in [("0.8.9", "0.8"), ("1.24.0", "1"), ("0.0.3", "0.0.3")] {
            assert_eq!(version(text).line(), line);
        }
    }

    #[test]
    fn a_requirement_admits_its_line_only() {
        let check = |requirement: &str, other: &str, expect: bool| {
            let found = version(requirement).admits(&version(other));
            assert_eq!(found, expect, "{requirement} {other}");
        };
        check("0.8", "0.8.9", true);
        check("0.8", "0.9.0", false);
        check("0.8.4", "0.8.3", false);
        check("0.37.1", "0.37.1", true);
        check("1", "1.99.0", true);
        check("1.24", "1.23.9", false);
        check("1.24", "2.0.0", false);
        check("0.0.3", "0.0.4", false);
        check("0.0", "0.0.4", true);
        check("0", "0.5.0", true);
        check("0.8", "0.8.1-rc.1", false);
    }

    #[test]
    fn a_line_may_span_several_compatible_ranges() {
        let line = Range::of(&["0.3.0".to_owned(), "0.4.2".to_owned()]).unwrap();
        for (text, expect) in [
            ("0.2.9", false),
            ("0.3.0", true),
            ("0.3.9", true),
            ("0.4.0-rc.1", false),
            ("0.4.2", true),
            ("0.4.9", true),
            ("0.5.0", false),
        ] {
            assert_eq!(line.contains(&version(text)), expect, "{text}");
        }
        assert_eq!(Range::of(&[]), None);
    }
}
