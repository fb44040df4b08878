//! The version that a line of a manifest asks for of a dependency.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::version::Version;

/// Changes lines of manifests. Says whether any is another one now.
pub(crate) fn change_lines(manifests: &[PathBuf], change: impl Fn(&str) -> String) -> Result<bool> {
    let mut is_changed = false;
    for path in manifests {
        let text = fs::read_to_string(path).context("cannot read a manifest")?;
        let changed: String = text.split_inclusive('\n').map(&change).collect();
        if changed != text {
            fs::write(path, changed).context("cannot write a manifest")?;
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// The line with a newer version, if it is about this dependency and asks for an older one.
pub(crate) fn raised(line: &str, name: &str, version: &str) -> String {
    let is_plain = is_plain(line, name);
    // Down and up again would never end.
    changed(line, name, version, |now, then| then > now && (is_plain || now.admits(then)))
}

/// The line with an older version, if it is about this dependency and asks for a newer one that is
/// compatible with it.
pub(crate) fn lowered(line: &str, name: &str, version: &str) -> String {
    changed(line, name, version, |now, then| then < now && then.admits(now))
}

/// The line with this version and no other, if it is about this dependency.
pub(crate) fn exact(line: &str, name: &str, version: &str) -> Option<String> {
    let place = place(line, name)?;
    Some(format!("{}={version}{}", &line[..place.start], &line[place.end..]))
}

fn changed(
    line: &str,
    name: &str,
    version: &str,
    is_wanted: impl Fn(&Version, &Version) -> bool,
) -> String {
    let place = place(line, name).filter(|place| {
        let versions = (Version::parse(&line[place.clone()]), Version::parse(version));
        matches!(versions, (Some(now), Some(then)) if is_wanted(&now, &then))
    });
    match place {
        Some(place) => format!("{}{version}{}", &line[..place.start], &line[place.end..]),
        None => line.to_owned(),
    }
}

/// Where the version stands. A dependency from a path has none that counts.
fn place(line: &str, name: &str) -> Option<Range<usize>> {
    // Another line of the versions, under a name of its own.
    let is_renamed = !line.starts_with('#') && line.contains(&format!("package = \"{name}\""));
    if !(is_plain(line, name) || is_renamed) || line.contains("path = \"") {
        return None;
    }
    let value = line.find(" = \"").map(|at| at + 4).filter(|at| *at == name.len() + 4);
    let start = value.or_else(|| line.find("version = \"").map(|at| at + "version = \"".len()))?;
    let end = line[start..].find('"').map_or(line.len(), |end| start + end);
    Some(start..end)
}

/// Whether the dependency has no other name here than its package.
fn is_plain(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_manifest_get_another_version() {
        let check = |line: &str, expect: &str| {
            assert_eq!(raised(line, "http", "1.3.1"), expect);
            // And back again.
            let older = expect.replace("1.3.1", "1.1");
            assert_eq!(lowered(expect, "http", "1.1"), older);
        };
        check("http = \"1.1\"\n", "http = \"1.3.1\"\n");
        check("http = { version = \"1.1\", x = 1 }\n", "http = { version = \"1.3.1\", x = 1 }\n");
        check(
            "http_1 = { package = \"http\", version = \"1.1\" }\n",
            "http_1 = { package = \"http\", version = \"1.3.1\" }\n",
        );
        for other in [
            "http_0_2 = { package = \"http\", version = \"0.2\" }\n",
            "http-body = \"1.1\"\n",
            "http = { path = \"a\", version = \"1\" }\n",
            "http = { workspace = true }\n",
            "# http = \"1\"\n",
        ] {
            check(other, other);
        }
        let newer = "http = \"1.4\"\n";
        assert_eq!(raised(newer, "http", "1.3.1"), newer);
        let older = "http = \"1.1\"\n";
        assert_eq!(lowered(older, "http", "1.3.1"), older);
        // Another line.
        let other = "http = \"1.1\"\n";
        assert_eq!(lowered(other, "http", "0.2.12"), other);
    }
}
