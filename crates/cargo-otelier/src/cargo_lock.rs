//! What a Cargo.lock says: which packages, in which versions, and who asks for them.

/// The packages of a lock file.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    pub(crate) packages: Vec<Locked>,
}

/// One package of a lock file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where it comes from; nothing for a package of the workspace.
    pub(crate) source: Option<String>,
    /// What it depends on, each as a name, with a version where the name alone is ambiguous.
    dependencies: Vec<String>,
}

impl Lock {
    /// Reads the text of a lock file. It is written by cargo, a value to a line.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lock = Self::default();
        let mut in_dependencies = false;
        for line in text.lines() {
            if line == "[[package]]" {
                lock.packages.push(Locked::default());
                continue;
            }
            let Some(package) = lock.packages.last_mut() else { continue };
            if in_dependencies {
                match line.trim().strip_prefix('"').and_then(|line| line.split_once('"')) {
                    Some((dependency, _)) => package.dependencies.push(dependency.to_owned()),
                    None => in_dependencies = false,
                }
            } else if line == "dependencies = [" {
                in_dependencies = true;
            } else if let Some(name) = value(line, "name") {
                package.name = name.to_owned();
            } else if let Some(version) = value(line, "version") {
                package.version = version.to_owned();
            } else if let Some(source) = value(line, "source") {
                package.source = Some(source.to_owned());
            }
        }
        lock
    }

    /// The packages of a name, one for each version.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Locked> {
        self.packages.iter().filter(move |package| package.name == name)
    }

    /// The packages that depend on this one.
    pub(crate) fn dependents<'a>(&'a self, of: &'a Locked) -> impl Iterator<Item = &'a Locked> {
        self.packages.iter().filter(move |package| package.depends_on(of))
    }
}

impl Locked {
    /// Whether it depends on another package itself.
    pub(crate) fn depends_on(&self, other: &Self) -> bool {
        self.dependencies.iter().any(|dependency| {
            let mut words = dependency.split(' ');
            words.next() == Some(&*other.name)
                && words.next().is_none_or(|version| version == other.version)
        })
    }
}

/// The value of a `key = "value"` line.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "shop"
version = "0.1.0"
dependencies = [
 "axum 0.7.9",
 "tower",
]

[[package]]
name = "axum"
version = "0.7.9"
source = "registry+https://example.org/index"
checksum = "00"

[[package]]
name = "axum"
version = "0.8.9"

[[package]]
name = "tower"
version = "0.5.3"
dependencies = [
 "axum 0.8.9",
]
"#;

    #[test]
    fn packages_and_who_asks_for_them_are_read() {
        let lock = Lock::parse(LOCK);
        assert_eq!(lock.packages.len(), 4);
        let versions: Vec<&str> = lock.named("axum").map(|it| it.version.as_str()).collect();
        assert_eq!(versions, ["0.7.9", "0.8.9"]);
        assert!(lock.packages[1].source.is_some() && lock.packages[2].source.is_none());
        let dependents = |index: usize| -> Vec<&str> {
            lock.dependents(&lock.packages[index]).map(|it| it.name.as_str()).collect()
        };
        assert_eq!(dependents(1), ["shop"]);
        assert_eq!(dependents(2), ["tower"]);
        assert_eq!(dependents(3), ["shop"], "a name that is there once has no version");
    }
}
