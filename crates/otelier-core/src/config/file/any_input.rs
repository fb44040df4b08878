//! Any file: nothing panics, and no message shows a value.
//!
//! Names of properties are shown, if they look like any. So secrets here have a capital letter.

use proptest::prelude::*;

use super::*;

/// A file with most of what there is. Each property changes it.
const FILE: &str = include_str!("any_input.yaml");

/// One change of a file.
#[derive(Clone, Debug)]
enum Edit {
    Remove(usize),
    Repeat(usize),
    Indent(usize, usize),
    Value(usize, String),
    Insert(usize, String),
}

fn value() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        "null",
        "true",
        "-1",
        "0",
        "1.5",
        "1e999",
        ".nan",
        ".inf",
        "99999999999999999999",
        "[]",
        "{}",
        "[Hidden]",
        "{a: Hidden}",
        "\"Hidden",
        "'Hidden'",
        "Hidden",
        "${HIDDEN}",
        "${HIDDEN:-Hidden}",
        "${1}",
        "$$",
        "${",
        "*Hidden",
        "&Hidden x",
        "!!int Hidden",
        "|",
        "> Hidden",
        "http://Hidden@host:1/Hidden",
        "file:///Hidden",
        "\u{feff}",
        "\t",
    ]);
    prop_oneof![
        words.prop_map(str::to_owned),
        "Hidden[ -~]{0,12}",
        "[-0-9.e]{1,12}",
        "[:#{}\\[\\],&*!|>'\"%@` ]{1,8}"
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let line = || 0_usize..200;
    prop_oneof![
        line().prop_map(Edit::Remove),
        line().prop_map(Edit::Repeat),
        (line(), 0_usize..12).prop_map(|(at, width)| Edit::Indent(at, width)),
        (line(), value()).prop_map(|(at, value)| Edit::Value(at, value)),
        (line(), value()).prop_map(|(at, value)| Edit::Insert(at, value)),
    ]
}

fn edited(edits: Vec<Edit>) -> String {
    let mut lines: Vec<String> = FILE.lines().map(str::to_owned).collect();
    for edit in edits {
        let count = lines.len().max(1);
        match edit {
            Edit::Remove(at) => drop(lines.drain(at % count..lines.len().min(at % count + 1))),
            Edit::Repeat(at) => {
                if let Some(line) = lines.get(at % count).cloned() {
                    lines.insert(at % count, line);
                }
            }
            Edit::Indent(at, width) => {
                if let Some(line) = lines.get_mut(at % count) {
                    *line = format!("{}{}", " ".repeat(width), line.trim_start());
                }
            }
            Edit::Value(at, value) => {
                if let Some(line) = lines.get_mut(at % count)
                    && let Some((name, _)) = line.split_once(':')
                {
                    *line = format!("{name}: {value}");
                }
            }
            Edit::Insert(at, value) => lines.insert(at % count, value),
        }
    }
    lines.join("\n")
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let environment: Environment = [("HIDDEN", "Hidden")].into_iter().collect();
    let parsed = parse(&Code::default(), &environment, text).expect("code has no fault");
    for problem in parsed.faults.iter().chain(&parsed.warnings) {
        let shown = problem.to_string();
        prop_assert!(!shown.contains("Hidden"), "shows a value: {}", shown);
        prop_assert!(problem.at.line > 0 && problem.at.column > 0);
    }
    prop_assert_eq!(
        parsed.faults.is_empty(),
        !parsed.settings.sdk_disabled.value || text.contains("disabled: true")
    );
    // What is in force can be listed and given to integrations.
    prop_assert!(parsed.settings.to_config().entries().count() > 0);
    parsed.settings.integrations();
    Ok(())
}

#[test]
fn the_unchanged_file_has_no_fault() {
    let parsed = parse(&Code::default(), &Environment::empty(), FILE).unwrap();
    assert_eq!(parsed.faults, []);
}

proptest! {
    #[test]
    fn changed_files_are_read_without_a_panic(edits in prop::collection::vec(edit(), 1..8)) {
        check(&edited(edits))?;
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[ -~\n\t\u{80}-\u{ff}]{0,200}") {
        parse(&Code::default(), &Environment::empty(), &text).expect("code has no fault");
    }
}
