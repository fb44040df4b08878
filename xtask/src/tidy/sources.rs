//! Rules on each Rust file: it says what it is for, stays readable, and leaves nothing unfinished
//! behind.

use super::Finding;
use super::roles::Roles;
use super::tree::{Kind, Source, Tree};
use crate::manifest::Role;

const MAX_LINES: usize = 600;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// The only reader of the environment, so that each setting has one origin and one set of rules.
const ENVIRONMENT: &str = "crates/otelier-core/src/config/env.rs";
/// Reads what cargo says of the process, which is no setting.
const OF_BUILDS: &str = "crates/otelier-agent/src/inert.rs";

/// Words that mark unfinished work. Unfinished work belongs in an issue, where it can be found.
const MARKERS: [&str; 3] = ["TODO", "FIXME", "XXX"];
/// Macros that mark unfinished work.
const MACROS: [&str; 3] = ["dbg!", "todo!", "unimplemented!"];

/// Checks all Rust files.
pub(super) fn check(tree: &Tree, roles: &Roles) -> Vec<Finding> {
    check_with(tree, roles, &LONG_FILES)
}

fn check_with(tree: &Tree, roles: &Roles, long_files: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources() {
        if !source.text.starts_with("//!") {
            findings.push(Finding::new(
                source.path,
                1,
                "must open with a `//!` line that says its one role",
            ));
        }
        findings.extend(length(&source, long_files));
        findings.extend(unfinished(&source));
        findings.extend(environment(&source, roles));
    }
    for (path, _) in long_files {
        if tree.get(path).is_none() {
            findings.push(Finding::new(
                path,
                0,
                "tidy excuses the length of this file, but it does not exist",
            ));
        }
    }
    findings
}

fn length(source: &Source<'_>, long_files: &[(&str, &str)]) -> Option<Finding> {
    let lines = source.text.lines().count();
    let is_excused = long_files.iter().any(|(path, _)| *path == source.path);
    let message = match (lines > MAX_LINES, is_excused) {
        (true, false) => {
            format!("has {lines} lines, more than {MAX_LINES}: split it, or tell tidy why not")
        }
        (false, true) => format!("has only {lines} lines: tidy need not excuse it any more"),
        _ => return None,
    };
    Some(Finding::new(source.path, 0, message))
}

fn unfinished(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for piece in source.pieces() {
        let words: &[&str] = match piece.kind {
            Kind::Comment => &MARKERS,
            Kind::Code => &MACROS,
            Kind::Str => continue,
        };
        for word in words {
            findings.extend(lines_with_word(piece.text, word).map(|line| {
                Finding::new(source.path, piece.line + line, format!("{word} is left over"))
            }));
        }
    }
    findings
}

fn environment(source: &Source<'_>, roles: &Roles) -> Vec<Finding> {
    if !source.is_library()
        || [ENVIRONMENT, OF_BUILDS].contains(&source.path)
        || [Role::Testing, Role::Driver].iter().any(|role| roles.is(source.package(), *role))
    {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for piece in source.pieces().iter().filter(|piece| piece.kind == Kind::Code && !piece.in_test) {
        for (number, line) in piece.text.lines().enumerate() {
            if reads_environment(line) {
                let message = format!("only {ENVIRONMENT} reads the environment");
                findings.push(Finding::new(source.path, piece.line + number, message));
            }
        }
    }
    findings
}

fn reads_environment(line: &str) -> bool {
    let module = line.match_indices("std::env").any(|(at, found)| {
        // `std::env!` is the macro of build time.
        !line[at + found.len()..].starts_with('!')
    });
    let import = line.trim_start().starts_with("use std::{") && has_word(line, "env");
    let function = ["var", "var_os", "vars", "vars_os", "set_var", "remove_var"]
        .iter()
        .any(|function| line.contains(&format!("env::{function}(")));
    module || import || function
}

/// The lines, counted from zero, that hold `word` as a word.
pub(super) fn lines_with_word<'a>(
    text: &'a str,
    word: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter(move |(_, line)| has_word(line, word)).map(|(number, _)| number)
}

/// The words that tell unfinished work, in a text that is not Rust.
pub(super) fn markers() -> &'static [&'static str] {
    &MARKERS
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_part)
            && (word.ends_with('!') || !line[at + word.len()..].starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expect: &[&str]) {
        let messages: Vec<String> = super::check(&Tree::of(&[(path, text)]), &Roles::list(&[]))
            .iter()
            .map(Finding::to_string)
            .collect();
        assert_eq!(messages, expect);
    }

    #[test]
    fn a_file_says_its_role_first() {
        check("a.rs", "//! A.\n", &[]);
        let message = "a.rs:1: must open with a `//!` line that says its one role";
        check("a.rs", "fn f() {}\n", &[message]);
        check("a.rs", "\n//! A.\n", &[message]);
        check("a.md", "no source", &[]);
    }

    #[test]
    fn only_long_files_need_an_excuse() {
        let long = format!("//! A.\n{}", "x\n".repeat(MAX_LINES));
        check("a.rs", &long[..long.len() - 2], &[]);
        check(
            "a.rs",
            &long,
            &["a.rs: has 601 lines, more than 600: split it, or tell tidy why not"],
        );
        let excused = |text| {
            check_with(&Tree::of(&[("a.rs", text)]), &Roles::list(&[]), &[("a.rs", "a table")])
                .iter()
                .map(Finding::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(excused(&long), Vec::<String>::new());
        assert_eq!(excused("//! A."), ["a.rs: has only 1 lines: tidy need not excuse it any more"]);
        let absent = check_with(&Tree::of(&[]), &Roles::list(&[]), &[("a.rs", "a table")]);
        assert_eq!(absent.len(), 1);
    }

    #[test]
    fn nothing_unfinished_is_left() {
        check("a.rs", "//! A.\n// TODO: b\n", &["a.rs:2: TODO is left over"]);
        check("a.rs", "//! A.\nfn f() {\n    todo!()\n}\n", &["a.rs:3: todo! is left over"]);
        check("a.rs", "//! A.\nfn f() { dbg!(1); }\n", &["a.rs:2: dbg! is left over"]);
        check("a.rs", "//! A.\n/* b\n FIXME */\n", &["a.rs:3: FIXME is left over"]);
        check("a.rs", "//! A.\nlet x = \"TODO\"; // XXXL and mastodons, not `TODOS`\n", &[]);
    }

    #[test]
    fn one_file_reads_the_environment() {
        let finding = |path: &str| format!("{path}:2: only {ENVIRONMENT} reads the environment");
        let path = "crates/otelier-tower/src/layer.rs";
        for line in [
            "let x = std::env::var(\"X\");",
            "use std::env;",
            "use std::{env, fmt};",
            "let x = env::var_os(name);",
        ] {
            check(path, &format!("//! A.\n{line}\n"), &[&finding(path)]);
            for fine in [
                ENVIRONMENT,
                "xtask/src/a.rs",
                "examples/a/src/main.rs",
                "crates/otelier-tower/tests/a.rs",
            ] {
                check(fine, &format!("//! A.\n{line}\n"), &[]);
            }
        }
        check(
            path,
            "//! A.\n// std::env::var\nconst V: &str = env!(\"CARGO_PKG_VERSION\");\n",
            &[],
        );
        check(path, "//! A.\n#[cfg(test)]\nmod tests {\n    use std::env;\n}\n", &[]);
        check(
            path,
            "//! A.\n#[cfg(test)]\nmod tests {}\nuse std::env;\n",
            &[&finding(path).replace(":2:", ":4:")],
        );
    }
}
