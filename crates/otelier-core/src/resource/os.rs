//! The operating system.
//!
//! The type is that for which the program was built, and is always there. Name, version and
//! description are those of the distribution, from the file that the manual page `os-release(5)`
//! describes. In a container they describe its image, which is the system that the program sees.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/os/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::sources::Sources;
use crate::config::env;

/// `os.type`, and what the file `os-release` has: `os.name`, `os.version`, `os.description`. The
/// latter are left out on systems without the file.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(key::OS_TYPE, kind(env::OS))];
    let files = &sources.files;
    let release = files.read("/etc/os-release").or_else(|| files.read("/usr/lib/os-release"));
    let Some(release) = release else { return attributes };
    for (field, key) in [
        ("NAME", key::OS_NAME),
        ("VERSION_ID", key::OS_VERSION),
        ("PRETTY_NAME", key::OS_DESCRIPTION),
    ] {
        attributes.extend(value(&release, field).map(|value| KeyValue::new(key, value)));
    }
    attributes
}

/// The conventions' name of an operating system that Rust knows. Others have the same name in both.
fn kind(rust: &'static str) -> &'static str {
    match rust {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        other => other,
    }
}

/// The value of `NAME="value"`, as a shell reads it. In double quotation marks a backslash takes
/// the meaning from the next character; in single ones nothing has any. `None` if the field is
/// missing or empty.
fn value(release: &str, field: &str) -> Option<String> {
    let text = release.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix('='))?;
    let text = text.trim();
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let value = match (quoted('"'), quoted('\'')) {
        (Some(inner), _) => {
            let mut value = String::new();
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                value.extend(if letter == '\\' { letters.next() } else { Some(letter) });
            }
            value
        }
        (None, Some(inner)) => inner.to_owned(),
        (None, None) => text.to_owned(),
    };
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{System, assert_pairs};
    use super::*;
    use crate::config::Platform;

    #[test]
    fn the_release_file_is_read_as_a_shell_does() {
        let os = kind(env::OS);
        let debian = "PRETTY_NAME=\"Debian \\\"12\\\"\"\nNAME='Debian'\nVERSION_ID=12\n";
        for (files, expected) in [
            (&[][..], &[("os.type", os)][..]),
            (
                &[("/etc/os-release", debian), ("/usr/lib/os-release", "NAME=other")],
                &[
                    ("os.description", "Debian \"12\""),
                    ("os.name", "Debian"),
                    ("os.type", os),
                    ("os.version", "12"),
                ],
            ),
            (
                &[("/usr/lib/os-release", "NAME=\"Arch\"\nVERSION_ID=\n")],
                &[("os.name", "Arch"), ("os.type", os)],
            ),
        ] {
            assert_pairs(&detect(&System::with(files).sources(Platform::default())), expected);
        }
    }
}
