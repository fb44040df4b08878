//! Numbers in the README that are counted in this repository.

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../../README.md");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// The lines of code below `folder`: neither empty ones nor those that are comments.
fn lines_of_code(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += lines_of_code(&path);
        // What only the demo asks for is in no program that one would write.
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("demo.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
            count += text.lines().map(str::trim).filter(is_code).count();
        }
    }
    count
}

#[test]
fn the_two_services_have_the_lines_that_the_readme_says() {
    let [manual, ping] = ["ping-manual", "ping"]
        .map(|example| lines_of_code(&Path::new(EXAMPLES).join(example).join("src")));
    let sentence = format!("in {manual} lines instead of {ping}.");
    assert!(README.contains(&sentence), "the README does not say `{sentence}`");
}
