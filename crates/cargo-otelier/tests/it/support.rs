//! A workspace in a folder of its own, with a library, edits of it, and an agent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What the library says where it was not edited.
pub(crate) const PLAIN: &str = "plain";
/// What it says through the agent.
pub(crate) const TRACED: &str = "traced by the agent";

const LIBRARY: &str = "//! A library.\n\n/// Who speaks.\npub fn greeting() -> String {\n    \
                       String::from(\"plain\")\n}\n\n/// Says where it panics.\npub fn fail() {\n    \
                       panic!(\"{}\", greeting());\n}\n";
const EDITS: &str = "library = \"greeter\"\n[[range]]\nversions = \">=1.2.0, <1.9.0\"\n\
                     [[range.edit]]\nfile = \"src/__otelier.rs\"\ncreate = \"hooks.rs\"\n\
                     [[range.edit]]\nfile = \"src/lib.rs\"\nappend-text = \"mod __otelier;\"\n\
                     [[range.edit]]\nfile = \"src/lib.rs\"\nanchor = 'String::from(\"plain\")'\n\
                     after = \"pub fn greeting()\"\nreplace = \"__otelier::greeting()\"\n";
const HOOKS: &str = "//! Hooks.\npub(crate) fn greeting() -> String {\n    \
                     ::otelier_agent::greeting().into()\n}\n";
const AGENT: &str = "pub fn greeting() -> &'static str {\n    otelier_words::WORDS\n}\n";

/// The folders of a test, removed with it.
pub(crate) struct Stage {
    folder: TempDir,
}

/// What a command printed, and how it ended.
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Stage {
    /// A program that prints what the library says, with a library beside it.
    pub(crate) fn new() -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        stage.write("greeter/Cargo.toml", &package("greeter", "1.2.3", ""));
        stage.write("greeter/src/lib.rs", LIBRARY);
        stage.write("edits/greeter/edits.toml", EDITS);
        stage.write("edits/greeter/hooks.rs", HOOKS);
        // The agent has a dependency: that is found by its path too.
        let words = "otelier-words = { path = \"words\" }\n";
        stage.write(
            "agent/Cargo.toml",
            &(package("otelier-agent", "0.1.0", words) + "[workspace]\n"),
        );
        stage.write("agent/src/lib.rs", AGENT);
        stage.write("agent/words/Cargo.toml", &package("otelier-words", "0.1.0", ""));
        stage.write("agent/words/src/lib.rs", &format!("pub const WORDS: &str = {TRACED:?};\n"));
        let dependency = "greeter = { path = \"../greeter\" }\n";
        let manifest = package("program", "0.1.0", dependency) + "[workspace]\n";
        stage.write("program/Cargo.toml", &manifest);
        stage.main("println!(\"{}\", greeter::greeting());");
        stage
    }

    /// Gives the program another body of `main`.
    pub(crate) fn main(&self, body: &str) {
        self.write("program/src/main.rs", &format!("fn main() {{\n    {body}\n}}\n"));
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    /// `cargo otelier WORDS` in the folder of the program.
    pub(crate) fn otelier(&self, words: &str) -> Command {
        self.otelier_of(Path::new(env!("CARGO_BIN_EXE_cargo-otelier")), words)
    }

    /// The same by another copy of the binary.
    pub(crate) fn otelier_of(&self, binary: &Path, words: &str) -> Command {
        let mut command = Command::new(binary);
        command.arg("otelier").args(words.split_whitespace());
        command
            .env("CARGO", env!("CARGO"))
            .env("CARGO_OTELIER_CACHE", self.path("cache"))
            .env("CARGO_OTELIER_AGENT", self.path("agent"))
            .env("CARGO_OTELIER_EDITS", self.path("edits"));
        self.clean(&mut command);
        command
    }

    /// `cargo WORDS` in the folder of the program.
    pub(crate) fn cargo(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(words.split_whitespace());
        self.clean(&mut command);
        command
    }

    /// Takes away what the test's own cargo has set.
    fn clean(&self, command: &mut Command) {
        command.current_dir(self.path("program"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_of_cargo = text.starts_with("CARGO") || text.starts_with("RUST");
            let is_kept = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"].contains(&&*text);
            if (is_of_cargo && !is_kept && text != "CARGO") || text.starts_with("NEXTEST") {
                command.env_remove(name);
            }
        }
        command.env("CARGO_NET_OFFLINE", "true");
    }

    /// All files below the folders of program and library, but those that are built.
    pub(crate) fn sources(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in ["program", "greeter"] {
            read_all(&self.path(folder), &mut files);
        }
        files
    }
}

fn read_all(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                read_all(&path, files);
            }
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// A manifest.
pub(crate) fn package(name: &str, version: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\n\
         [dependencies]\n{dependencies}\n"
    )
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn end(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ended {
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: without_waiting(&String::from_utf8(stderr).unwrap()),
        code: status.code(),
    }
}

/// Other cargos may be at work, and cargo says that it waits for them.
fn without_waiting(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.contains("Blocking waiting for")).collect()
}

/// Runs a command that is to succeed.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Ended {
    let ended = end(command);
    assert_eq!(ended.code, Some(0), "{command:?}\n{}\n{}", ended.stdout, ended.stderr);
    ended
}

/// The names of the crates that cargo says it compiles.
pub(crate) fn compiled(ended: &Ended) -> Vec<&str> {
    let lines = ended.stderr.lines().filter_map(|line| {
        let line = line.trim();
        line.strip_prefix("Compiling ").or_else(|| line.strip_prefix("Checking "))
    });
    lines.filter_map(|line| line.split(' ').next()).collect()
}

/// The lines that say that something is not traced.
pub(crate) fn warnings(ended: &Ended) -> Vec<&str> {
    ended.stderr.lines().filter(|line| line.contains("is not traced")).collect()
}
