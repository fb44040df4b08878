//! The walk through the README of the project that was the first model names a test for each
//! promise, and each of these is there and runs.

use super::Finding;
use super::tree::Tree;

const WALK: &str = "docs/from-lumigo-python.md";

/// Every promise of the first model's README has a test, unless the page says that it is not kept
/// yet or refers to another page.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get(WALK) else {
        return vec![Finding::new(WALK, 0, "is missing")];
    };
    let mut findings = Vec::new();
    for (number, line) in page.lines().enumerate() {
        let Some(cells) = line.strip_prefix("| ").and_then(|it| it.strip_suffix('|')) else {
            continue;
        };
        let (rest, shown_by) = cells.rsplit_once('|').unwrap_or_default();
        let here = rest.rsplit('|').next().unwrap_or_default();
        if shown_by.trim().is_empty() && !here.contains("not yet") && !here.contains("](") {
            findings.push(Finding::new(WALK, number + 1, "names no test"));
        }
        for name in shown_by.split('`').skip(1).step_by(2) {
            let is_test = |text: &str| {
                let function = text.split_once(&format!("fn {name}("));
                // Or a macro makes tests of it.
                function.is_some_and(|(before, _)| is_behind_test_attribute(before))
                    || text.contains(&format!("!({name});"))
            };
            if !tree.sources().any(|source| is_test(source.text)) {
                let message = format!("names a test that is not there: {name}");
                findings.push(Finding::new(WALK, number + 1, message));
            }
        }
    }
    findings
}

/// Whether the attributes and the comments at the end of `before` make a test of what follows.
fn is_behind_test_attribute(before: &str) -> bool {
    let (_, item) = before.rsplit_once("\n\n").unwrap_or(("", before));
    item.lines().any(|line| {
        let line = line.trim();
        line.starts_with("#[") && line.contains("test") && !line.starts_with("#[cfg")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_named_test_is_there() {
        let source =
            "#[test]\nfn it_works() {}\n\n#[tokio::test]\nasync fn so_it_does() {}\n\nfn no() {}\n";
        let source = ("crates/a/src/lib.rs", source);
        let check = |page: &str, expect: &[&str]| {
            let findings = check(&Tree::of(&[(WALK, page), source]));
            let messages: Vec<String> = findings.iter().map(Finding::to_string).collect();
            assert_eq!(messages, expect);
        };
        check("| a | `b` | `it_works`, `so_it_does` |\n| a | not yet | |\n| a | [b](b) | |\n", &[]);
        let none = "docs/from-lumigo-python.md:1: names no test";
        check("| a | `b` | |\n", &[none]);
        let no_test = "docs/from-lumigo-python.md:1: names a test that is not there: no";
        check("| a | b | `no` |\n", &[no_test]);
        let missing = "docs/from-lumigo-python.md:2: names a test that is not there: it_work";
        check("# A\n| a | b | `it_works`, `it_work` |\n", &[missing]);
        let none = "docs/from-lumigo-python.md: is missing";
        let findings = super::check(&Tree::of(&[source]));
        assert_eq!(findings.iter().map(Finding::to_string).collect::<Vec<_>>(), [none]);
    }
}
