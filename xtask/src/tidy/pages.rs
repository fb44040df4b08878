//! Pages for users are found and hold what they say: each is linked, and its programs are compiled.

use super::Finding;
use super::tree::Tree;

/// Where the pages are.
const FOLDER: &str = "docs/";
/// What links to them: the first page of the repository, and that of docs.rs.
const README: &str = "README.md";
const FACADE: &str = "crates/otelier/src/lib.rs";
/// What has the examples of pages compiled.
const COMPILED: &str = "integration-tests/src/pages.rs";

/// A page that nobody finds is not read, and an example that nobody compiles stops working.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let has = |path: &str, text: &str| tree.get(path).is_some_and(|it| it.contains(text));
    let mut findings = Vec::new();
    let pages =
        || tree.files().filter(|(path, _)| path.starts_with(FOLDER) && path.ends_with(".md"));
    for (path, page) in pages() {
        let name = &path[FOLDER.len()..];
        let mut find = |message: String| findings.push(Finding::new(path, 0, message));
        if has(README, path) {
            if !has(FACADE, path) {
                find(format!("is linked from {README} and not from {FACADE}"));
            }
        } else if !pages().any(|(_, other)| other.contains(&format!("]({name}"))) {
            find("is linked from nowhere".to_owned());
        }
        if page.lines().any(|line| line.trim_start().starts_with("```rust"))
            && !has(COMPILED, &format!("include_str!(\"../../{path}\")"))
        {
            find(format!("has examples and is not in {COMPILED}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_linked_and_compiled() {
        let check = |files: &[(&str, &str)], expect: &[&str]| {
            let findings = check(&Tree::of(files));
            let messages: Vec<String> = findings.iter().map(Finding::to_string).collect();
            assert_eq!(messages, expect);
        };
        let readme = (README, "[a](docs/a.md)");
        let facade = (FACADE, "//! - [A](https://example.com/docs/a.md)");
        let compiled = (COMPILED, "#[doc = include_str!(\"../../docs/a.md\")]");
        let program = ("docs/a.md", "# A\n\n```rust,no_run\n```\n");
        check(&[readme, facade, compiled, program], &[]);
        check(
            &[readme, program],
            &[
                "docs/a.md: is linked from README.md and not from crates/otelier/src/lib.rs",
                "docs/a.md: has examples and is not in integration-tests/src/pages.rs",
            ],
        );
        // A page below another one.
        let below = ("docs/b.md", "# B\n");
        let page = ("docs/a.md", "# A\n\n[b](b.md#c)\n");
        check(&[readme, facade, page, below], &[]);
        check(&[readme, facade, program, compiled, below], &["docs/b.md: is linked from nowhere"]);
        check(&[("docs/images/a.svg", "<svg/>")], &[]);
    }
}
