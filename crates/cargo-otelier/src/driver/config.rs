//! Cargo's configuration, as far as it decides what is compiled by what.
//!
//! Cargo shows its configuration to no other program on stable. Its rules are few: options of the
//! command line come first, then variables, then `.cargo/config.toml` of each folder upwards, then
//! that of cargo's home.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The configuration that cargo has in a folder.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Tables, each with the folder that its paths start from, the one that counts most first.
    command_line: Vec<(Table, PathBuf)>,
    files: Vec<(Table, PathBuf)>,
}

impl Config {
    /// Reads it for a folder, given the values of `--config`.
    ///
    /// A file that cannot be read says nothing: cargo itself reports it.
    pub(crate) fn load(folder: &Path, options: &[&OsStr]) -> Self {
        let mut config = Self::default();
        // The last option counts most.
        for option in options.iter().rev() {
            let text = option.to_string_lossy();
            match toml::from_str(&text) {
                Ok(table) => config.command_line.push((table, folder.to_owned())),
                Err(_) => config.command_line.extend(read(&folder.join(&*text), folder)),
            }
        }
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
        let of_folders = folder.ancestors().map(|folder| folder.join(".cargo"));
        let mut seen = Vec::new();
        for place in of_folders.chain(home) {
            if seen.contains(&place) {
                continue;
            }
            // Without an ending is the older name, and comes first where both are there.
            let file = ["config", "config.toml"].map(|name| place.join(name));
            if let Some(file) = file.into_iter().find(|file| file.is_file()) {
                config.files.extend(read(&file, place.parent().unwrap_or(&place)));
            }
            seen.push(place);
        }
        config
    }

    /// The program that a key of `[build]` names, and its variable. An empty one is none.
    pub(crate) fn program(&self, key: &str, variable: &str) -> Option<OsString> {
        let found = env::var_os(variable).or_else(|| self.build(key, &program));
        found.filter(|program| !program.is_empty())
    }

    /// The targets that `build.target` names.
    pub(crate) fn targets(&self) -> Vec<String> {
        let names = |value: &Value, folder: &Path| match value {
            Value::String(name) => Some(vec![target(name, folder)]),
            Value::Array(names) => {
                Some(names.iter().filter_map(Value::as_str).map(|it| target(it, folder)).collect())
            }
            _ => None,
        };
        self.find("target", &names, || {
            let name = env::var("CARGO_BUILD_TARGET").ok()?;
            Some(vec![name])
        })
        .unwrap_or_default()
    }

    fn build(
        &self,
        key: &str,
        read: &dyn Fn(&Value, &Path) -> Option<OsString>,
    ) -> Option<OsString> {
        let variable = format!("CARGO_BUILD_{}", key.replace('-', "_").to_uppercase());
        self.find(key, read, || env::var_os(variable))
    }

    fn find<T>(
        &self,
        key: &str,
        read: &dyn Fn(&Value, &Path) -> Option<T>,
        variable: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        let first = |tables: &[(Table, PathBuf)]| {
            tables.iter().find_map(|(table, folder)| read(table.get("build")?.get(key)?, folder))
        };
        first(&self.command_line).or_else(variable).or_else(|| first(&self.files))
    }
}

fn read(file: &Path, folder: &Path) -> Option<(Table, PathBuf)> {
    let text = fs::read_to_string(file).ok()?;
    Some((toml::from_str(&text).ok()?, folder.to_owned()))
}

/// A program: with a slash it is a path that starts from the folder, without one it is searched
/// for.
fn program(value: &Value, folder: &Path) -> Option<OsString> {
    let text = value.as_str()?;
    let is_path = text.contains('/');
    Some(if is_path { folder.join(text).into_os_string() } else { text.into() })
}

/// A target: the name of one, or the path of its description.
fn target(name: &str, folder: &Path) -> String {
    let is_file = name.ends_with(".json");
    if is_file { folder.join(name).to_string_lossy().into_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts_and_paths_start_from_its_folder() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".cargo/config.toml", "[build]\nrustc-wrapper = \"tools/one\"\ntarget = \"a\"\n");
        write("x/.cargo/config.toml", "[build]\nrustc-wrapper = \"two\"\n");
        write("x/y/.cargo/config.toml", "not toml");
        write("more.toml", "[build]\nrustc-wrapper = \"three\"\ntarget = [\"b\", \"c.json\"]\n");
        let wrapper = |folder: &str, options: &[&str]| {
            let options: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
            let config = Config::load(&root.path().join(folder), &options);
            (config.program("rustc-wrapper", "NO_SUCH_VARIABLE"), config.targets())
        };
        let a = || vec!["a".to_owned()];
        let one = root.path().join("tools/one").into_os_string();
        assert_eq!(wrapper("", &[]), (Some(one), a()));
        assert_eq!(wrapper("x/y", &[]), (Some("two".into()), a()));
        let option = "build.rustc-wrapper = \"four\"";
        assert_eq!(wrapper("x", &["more.toml", option]).0, Some("four".into()));
        let file = root.path().join("more.toml");
        let json = root.path().join("x/c.json").to_string_lossy().into_owned();
        assert_eq!(
            wrapper("x", &[option, file.to_str().unwrap()]),
            (Some("three".into()), vec!["b".to_owned(), json])
        );
        assert_eq!(wrapper("x", &["build.rustc-wrapper = \"\""]).0, None);
    }
}
