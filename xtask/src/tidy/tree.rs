//! The tracked files as rules see them, and Rust source split into code, strings and comments.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The tracked text files by their path from the root.
pub(super) struct Tree(BTreeMap<String, String>);

/// A Rust source file.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

/// A piece of Rust source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    /// A string literal, without its quotes.
    Str,
    /// A comment, documentation included.
    Comment,
}

/// A piece of Rust source, with where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) line: usize,
    /// Whether it belongs to an item under `#[cfg(test)]`.
    pub(super) in_test: bool,
}

impl Tree {
    /// Reads the tracked files, and those that would be if somebody added everything.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in tracked_files(root)? {
            // A file that is deleted but still in the index, or that is no text, has no lines to
            // look at.
            if let Ok(text) = fs::read_to_string(root.join(&path)) {
                files.insert(path, text);
            }
        }
        Ok(Self(files))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    pub(super) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        self.files()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| Source { path, text })
    }
}

impl<'a> Source<'a> {
    /// Whether the file is part of what a library's user compiles: under `crates/*/src`, and no
    /// test module.
    pub(super) fn is_library(&self) -> bool {
        let mut parts = self.path.split('/');
        let in_src =
            parts.next() == Some("crates") && parts.next().is_some() && parts.next() == Some("src");
        in_src && !parts.any(|part| part == "tests.rs" || part == "tests" || part == "bin")
    }

    /// The folder of the package, as `crates/otelier-tower`.
    pub(super) fn package(&self) -> &'a str {
        let end = self.path.match_indices('/').nth(1).map_or(self.path.len(), |(at, _)| at);
        &self.path[..end]
    }

    /// The source in pieces, in order.
    pub(super) fn pieces(&self) -> Vec<Piece<'a>> {
        let mut pieces = split(self.text);
        mark_tests(&mut pieces);
        pieces
    }
}

/// The paths git knows, and the new ones it does not ignore. Without git, all there are but build
/// output.
pub(crate) fn tracked_files(root: &Path) -> Result<Vec<String>> {
    if !root.join(".git").exists() {
        let mut paths = Vec::new();
        walk(root, "", &mut paths)?;
        return Ok(paths);
    }
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}

/// Collects the files of a source archive, which comes without git.
fn walk(directory: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a path is not UTF-8")?;
        let path = format!("{prefix}{name}");
        if !entry.file_type()?.is_dir() {
            paths.push(path);
        } else if path != "target" {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        }
    }
    Ok(())
}

fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut at, mut code, mut line) = (0, 0, 1);
    while at < text.len() {
        let rest = &text[at..];
        let Some((kind, skip, inside)) = literal_or_comment(rest, text[..at].chars().next_back())
        else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        // A character literal stays part of the code: it only must not open a string.
        if let Some(kind) = kind {
            for (kind, piece) in [(Kind::Code, &text[code..at]), (kind, &rest[inside])] {
                if !piece.is_empty() || kind == Kind::Str {
                    pieces.push(Piece { kind, text: piece, line, in_test: false });
                }
                if kind == Kind::Code {
                    line += piece.matches('\n').count();
                }
            }
            line += rest[..skip].matches('\n').count();
            code = at + skip;
        }
        at += skip;
    }
    if code < text.len() {
        pieces.push(Piece { kind: Kind::Code, text: &text[code..], line, in_test: false });
    }
    pieces
}

/// The kind of a literal or comment (none for a character literal), its whole length, and where its
/// inside is.
type Token = (Option<Kind>, usize, Range<usize>);

/// What begins here, if it is a literal or a comment.
fn literal_or_comment(rest: &str, before: Option<char>) -> Option<Token> {
    if rest.starts_with("//") {
        let end = rest.find('\n').unwrap_or(rest.len());
        return Some((Some(Kind::Comment), end, 0..end));
    }
    if rest.starts_with("/*") {
        let end = block_comment_end(rest);
        return Some((Some(Kind::Comment), end, 0..end));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if let Some(after) = rest.strip_prefix('"') {
        let end = closing(after, '"');
        return Some((Some(Kind::Str), (end + 2).min(rest.len()), 1..end + 1));
    }
    let raw = ["br", "cr", "r"].iter().find_map(|prefix| rest.strip_prefix(prefix));
    if let Some(raw) = raw.filter(|_| !in_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if let Some(body) = raw[hashes..].strip_prefix('"') {
            let begin = rest.len() - body.len();
            let close = format!("\"{}", "#".repeat(hashes));
            let length = body.find(&close).unwrap_or(body.len());
            let end = (begin + length + close.len()).min(rest.len());
            return Some((Some(Kind::Str), end, begin..begin + length));
        }
    }
    let after = rest.strip_prefix('\'')?;
    let mut chars = after.chars();
    let first = chars.next()?;
    // 'a' or '\n', but not the lifetime 'a.
    if first == '\\' || chars.next() == Some('\'') {
        let end = if first == '\'' { 0 } else { closing(after, '\'') };
        return Some((None, (end + 2).min(rest.len()), 0..0));
    }
    None
}

/// Where the quote is that ends a literal, skipping what is escaped.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && c == quote {
            return at;
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// Block comments nest.
fn block_comment_end(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Marks the items under `#[cfg(test)]`, from the attribute to the brace that closes the item. Code
/// pieces that an item ends in are split, so that what follows is not marked.
fn mark_tests(pieces: &mut Vec<Piece<'_>>) {
    let mut test: Option<i32> = None;
    let mut index = 0;
    while index < pieces.len() {
        let piece = pieces[index];
        if piece.kind != Kind::Code {
            pieces[index].in_test = test.is_some();
            index += 1;
            continue;
        }
        let end = match &mut test {
            None => {
                match piece.text.find("#[cfg(test)]").or_else(|| piece.text.find("#[cfg(all(test"))
                {
                    None => {
                        index += 1;
                        continue;
                    }
                    Some(at) => {
                        test = Some(0);
                        at
                    }
                }
            }
            Some(depth) => {
                pieces[index].in_test = true;
                match item_end(piece.text, depth) {
                    None => {
                        index += 1;
                        continue;
                    }
                    Some(end) => {
                        test = None;
                        end
                    }
                }
            }
        };
        // Cut here: the second half is looked at in the next turn.
        let (head, tail) = piece.text.split_at(end);
        let line = piece.line + head.matches('\n').count();
        pieces[index].text = head;
        pieces.insert(index + 1, Piece { text: tail, line, in_test: false, ..piece });
        index += 1;
    }
}

/// Where an item ends: behind the brace that closes it, or behind a semicolon outside of braces.
fn item_end(code: &str, depth: &mut i32) -> Option<usize> {
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => *depth += 1,
            '}' => {
                *depth -= 1;
                if *depth == 0 {
                    return Some(at + 1);
                }
            }
            ')' | ']' => *depth -= 1,
            ';' if *depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(Kind, &str, usize)> {
        let source = Source { path: "a.rs", text };
        source.pieces().into_iter().map(|piece| (piece.kind, piece.text, piece.line)).collect()
    }

    fn in_tests(text: &str) -> String {
        let source = Source { path: "a.rs", text };
        source.pieces().into_iter().filter(|piece| piece.in_test).map(|piece| piece.text).collect()
    }

    #[test]
    fn strings_comments_and_code_are_told_apart() {
        use Kind::{Code, Comment, Str};
        assert_eq!(
            pieces("a(\"x // y\");\n// \"c\"\nb"),
            [
                (Code, "a(", 1),
                (Str, "x // y", 1),
                (Code, ");\n", 1),
                (Comment, "// \"c\"", 2),
                (Code, "\nb", 2)
            ]
        );
        assert_eq!(pieces(r##"r#"a"b"# c"##), [(Str, "a\"b", 1), (Code, " c", 1)]);
        assert_eq!(pieces(r#""a\"b" c"#), [(Str, "a\\\"b", 1), (Code, " c", 1)]);
        assert_eq!(
            pieces("/* a /* b */ \n */x"),
            [(Comment, "/* a /* b */ \n */", 1), (Code, "x", 2)]
        );
        assert_eq!(
            pieces(r#"f('"', '\'', b'"', 'l') "#),
            [(Code, r#"f('"', '\'', b'"', 'l') "#, 1)]
        );
        assert_eq!(
            pieces("fn f<'a>(x: &'a str) \"s\""),
            [(Code, "fn f<'a>(x: &'a str) ", 1), (Str, "s", 1)]
        );
        assert_eq!(pieces("\"\""), [(Str, "", 1)]);
        assert_eq!(pieces("\"unterminated"), [(Str, "unterminated", 1)]);
    }

    #[test]
    fn test_modules_are_marked_and_what_follows_is_not() {
        assert_eq!(
            in_tests("a\n#[cfg(test)]\nmod t {\n f(\"x}\") {}\n}\nb"),
            "#[cfg(test)]\nmod t {\n f(x}) {}\n}"
        );
        assert_eq!(in_tests("#[cfg(test)]\nmod tests;\nfn f() {}"), "#[cfg(test)]\nmod tests;");
        assert_eq!(in_tests("#[cfg(test)] use a::{b, c}; x"), "#[cfg(test)] use a::{b, c}");
        assert_eq!(in_tests("fn f() {}"), "");
    }

    #[test]
    fn archive_has_all_files_but_build_output() {
        let root = std::env::temp_dir().join(format!("xtask-walk-{}", std::process::id()));
        for file in ["a.rs", "src/b.rs", "src/target/c.rs", "target/d.rs"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        let mut files = tracked_files(&root).unwrap();
        fs::remove_dir_all(root).unwrap();
        files.sort();
        assert_eq!(files, ["a.rs", "src/b.rs", "src/target/c.rs"]);
    }

    #[test]
    fn what_counts_as_library_code() {
        let check = |path, expect: bool| {
            assert_eq!(Source { path, text: "" }.is_library(), expect, "{path}");
        };
        check("crates/otelier-tower/src/layer.rs", true);
        check("crates/otelier-tower/src/layer/tests.rs", false);
        check("crates/otelier-tower/tests/http.rs", false);
        check("crates/otelier-tower/benches/http.rs", false);
        check("examples/ping/src/main.rs", false);
        check("xtask/src/main.rs", false);
    }
}
