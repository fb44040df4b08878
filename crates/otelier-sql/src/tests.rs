//! The work an analysis takes, counted in bytes looked at, is proportional to the text.

use crate::lexer::VISITED;
use crate::{Analysis, Backslash, Options, analyze};

fn work(text: &str, options: Options) -> (usize, Analysis) {
    VISITED.set(0);
    let found = analyze(text, options);
    (VISITED.get(), found)
}

/// Every text, at each of two sizes, takes at most a fixed number of looks at each byte.
#[track_caller]
fn check_linear(name: &str, make: impl Fn(usize) -> String) {
    for options in
        [Options::mysql(), Options::standard(), Options::mysql().with_backslash(Backslash::Escapes)]
    {
        for size in [1_000, 100_000] {
            let text = make(size);
            let (work, found) = work(&text, options);
            let most = 8 * text.len() + 100;
            assert!(work <= most, "{name} of {} bytes under {options:?}: {work} looks", text.len());
            assert!(work >= text.len(), "{name}: {work} looks at {} bytes are not all", text.len());
            assert!(found.text().len() <= text.len(), "{name}");
        }
    }
}

#[test]
fn looks_at_a_character_are_bounded() {
    let row = "(12345, 'a name', 0xDEADBEEF, NULL, -1.5e3), ";
    let text = format!("INSERT INTO t VALUES {}", row.repeat(1_000_000 / row.len() + 1));
    assert!(text.len() > 1_000_000);
    let (work, found) = work(&text, Options::mysql());
    assert!(work < 8 * text.len(), "{work}");
    assert_eq!(found.summary().map(|s| &**s), Some("INSERT t"));
}

#[test]
fn hostile_texts_take_linear_work() {
    check_linear("parentheses", |n| format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)));
    check_linear("open parentheses", |n| "(".repeat(n));
    check_linear("subqueries", |n| "SELECT a FROM (".repeat(n / 10));
    check_linear("open string", |n| format!("SELECT '{}", "x".repeat(n)));
    check_linear("quotes", |n| "'".repeat(n));
    check_linear("backslashes and quotes", |n| format!("'{}", r"\'".repeat(n)));
    check_linear("settled backslashes", |n| r"'it\'s', ".repeat(n / 9));
    check_linear("unsettled backslashes", |n| r"'a\' + ' \' + 'b' ".repeat(n / 10));
    check_linear("plain backslashes", |n| format!("{}'x', 'y\\'", r"'a\', ".repeat(n / 6)));
    check_linear("open comment", |n| format!("/*{}", "x".repeat(n)));
    check_linear("comment starts", |n| "/*".repeat(n));
    check_linear("comments", |n| "/**/".repeat(n));
    check_linear("version comments", |n| "/*!".repeat(n));
    check_linear("version comments with strings", |n| format!("/*!{}", "'x' ".repeat(n)));
    check_linear("slashes", |n| "/".repeat(n));
    check_linear("dashes", |n| "-".repeat(n));
    check_linear("hashes", |n| "#\n".repeat(n));
    check_linear("backticks", |n| "`".repeat(n));
    check_linear("dollars", |n| "$".repeat(n));
    check_linear("dollar tags", |n| "$a".repeat(n));
    check_linear("open dollar string", |n| format!("$tag${}", "$ta".repeat(n)));
    check_linear("long dollar tag", |n| format!("${0}$ ${0}", "a".repeat(n)));
    check_linear("one word", |n| "a".repeat(n));
    check_linear("one number", |n| "1e+1".repeat(n));
    check_linear("signs", |n| "-1+1".repeat(n));
    check_linear("dots", |n| format!("SELECT a FROM b{}", ".c".repeat(n)));
    check_linear("tables", |n| format!("SELECT a FROM b{}", ", c".repeat(n)));
    check_linear("values", |n| format!("a IN (1{})", ", 1".repeat(n)));
    check_linear("lists", |n| "IN (1) ".repeat(n));
    check_linear("open lists", |n| "IN (1,".repeat(n));
    check_linear("statements", |n| "SELECT a;".repeat(n));
    check_linear("white space", |n| " ".repeat(n));
    check_linear("words between strings", |n| "'a' and ".repeat(n / 8));
    check_linear("words that break strings", |n| "'a' b ".repeat(n / 6));
    check_linear("a long word between strings", |n| format!("'a' {} 'b'", "x".repeat(n)));
    check_linear("space between strings", |n| format!("'a' and{} 'b'", " ".repeat(n)));
    check_linear("not ASCII", |n| "é".repeat(n));
}

#[test]
fn a_query_deep_in_parentheses_is_still_counted_out() {
    let deep =
        |n: usize| format!("SELECT {}SELECT a FROM t{} FROM u", "(".repeat(n), ")".repeat(n));
    let summary = |n| analyze(deep(n), Options::mysql()).summary().map(ToString::to_string);
    assert_eq!(summary(64).as_deref(), Some("SELECT SELECT t u"));
    assert_eq!(summary(65).as_deref(), Some("SELECT u"));
    assert_eq!(summary(100_000).as_deref(), Some("SELECT u"));
}
