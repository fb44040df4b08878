//! The walk through the README of the project that was the first model names tests that are there.

use super::Finding;
use super::tree::Tree;

const WALK: &str = "docs/from-lumigo-python.md";

/// Every test that the walk through the first model's README names is there.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get(WALK) else {
        return vec![Finding::new(WALK, 0, "is missing")];
    };
    let mut findings = Vec::new();
    for (number, line) in page.lines().enumerate() {
        let Some(cells) = line.strip_prefix("| ").and_then(|it| it.strip_suffix('|')) else {
            continue;
        };
        let shown_by = cells.rsplit('|').next().unwrap_or_default();
        for name in shown_by.split('`').skip(1).step_by(2) {
            let is_test = |text: &str| text.contains(&format!("fn {name}("));
            if !tree.sources().any(|source| is_test(source.text)) {
                let message = format!("names a test that is not there: {name}");
                findings.push(Finding::new(WALK, number + 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_named_test_is_there() {
        let source =
            ("crates/a/src/lib.rs", "#[test]\nfn it_works() {}\nasync fn so_it_does() {}\n");
        let check = |page: &str, expect: &[&str]| {
            let findings = check(&Tree::of(&[(WALK, page), source]));
            let messages: Vec<String> = findings.iter().map(Finding::to_string).collect();
            assert_eq!(messages, expect);
        };
        check("| a | `b` | `it_works`, `so_it_does` |\n| a | `b` | |\n| a | b | |\n", &[]);
        let missing = "docs/from-lumigo-python.md:2: names a test that is not there: it_work";
        check("# A\n| a | b | `it_works`, `it_work` |\n", &[missing]);
        let none = "docs/from-lumigo-python.md: is missing";
        let findings = super::check(&Tree::of(&[source]));
        assert_eq!(findings.iter().map(Finding::to_string).collect::<Vec<_>>(), [none]);
    }
}
