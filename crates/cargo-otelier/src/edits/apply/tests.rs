//! Tests of what edits make of a text.

use super::*;

fn replace(anchor: &str, after: Option<&str>, with: &str) -> Edit {
    Edit::Replace {
        file: "lib.rs".to_owned(),
        anchor: anchor.to_owned(),
        after: after.map(str::to_owned),
        with: with.to_owned(),
    }
}

fn append(text: &str) -> Edit {
    Edit::Append { file: "lib.rs".to_owned(), text: text.to_owned() }
}

#[track_caller]
fn check(before: &str, edits: &[Edit], expect: Result<&str, &str>) {
    let edits: Vec<&Edit> = edits.iter().collect();
    let expect = expect.map(str::to_owned).map_err(str::to_owned);
    assert_eq!(edit(before, &edits), expect);
}

#[test]
fn an_anchor_is_replaced_where_it_is_the_only_one() {
    check("a b c\n", &[replace("b", None, "x")], Ok("a x c\n"));
    check("a c\n", &[replace(" b ", None, "x")], Err("has no `b`"));
    check("b b\nb\n", &[replace("b", None, "x")], Err("has `b` 3 times"));
}

#[test]
fn an_anchor_after_a_line_is_the_first_behind_it() {
    let text = "b\nfn f() { b\n  b\n  b\n}\n";
    check(text, &[replace("b", Some("fn f"), "x")], Ok("b\nfn f() { b\n  x\n  b\n}\n"));
    check(text, &[replace("b", Some("fn g"), "x")], Err("has no `fn g`"));
    check(text, &[replace("b", Some("  b"), "x")], Err("has `b` 2 times"));
    check("a\nc", &[replace("b", Some("c"), "x")], Err("has no `b` behind the line with `c`"));
}

#[test]
fn edits_do_not_see_each_other() {
    check("a b\n", &[replace("b", None, "a"), replace("a", None, "b")], Ok("b a\n"));
    check(
        "a b c\n",
        &[replace("a b", None, ""), replace("b c", None, "")],
        Err("has two edits of `b c`"),
    );
}

#[test]
fn text_is_appended_in_lines_of_its_own() {
    check("a\n", &[append("b"), append("c\n")], Ok("a\nb\nc\n"));
    check("a", &[append("b"), replace("a", None, "x")], Ok("x\nb\n"));
    check("", &[append("b")], Ok("b\n"));
}

#[test]
fn the_first_range_that_fits_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lib.rs"), "old\n").unwrap();
    let range = |versions: &str, edits: Vec<Edit>| Range {
        versions: semver::VersionReq::parse(versions).unwrap(),
        edits,
    };
    let create = Edit::Create { file: "new.rs".to_owned(), text: "new\n".to_owned() };
    let library = Library {
        name: "a".to_owned(),
        ranges: vec![
            range(">=1.0.0, <2.0.0", vec![create.clone(), replace("new", None, "x")]),
            range(">=1.0.0, <1.5.0", vec![create, replace("old", None, "x"), append("y")]),
            range(">=3.0.0, <4.0.0", vec![replace("new", None, "x")]),
        ],
    };
    let apply = |version: &str| library.apply(&Version::parse(version).unwrap(), folder.path());
    let edited = apply("1.2.3").unwrap();
    assert_eq!((edited.versions.as_str(), edited.edits), (">=1.0.0, <1.5.0", 3));
    let files: Vec<_> = edited
        .files
        .iter()
        .map(|(path, file)| (path.as_str(), file.before.as_deref(), file.after.as_str()))
        .collect();
    assert_eq!(files, [("lib.rs", Some("old\n"), "x\ny\n"), ("new.rs", None, "new\n")]);
    assert_eq!(
        apply("1.5.0").unwrap_err().to_string(),
        "its source is not as expected: lib.rs has no `new`"
    );
    assert_eq!(
        apply("2.0.0").unwrap_err().to_string(),
        "there are edits for the versions >=1.0.0, <2.0.0; >=1.0.0, <1.5.0; >=3.0.0, <4.0.0 only"
    );
    fs::write(folder.path().join("new.rs"), "").unwrap();
    assert_eq!(
        apply("1.2.3").unwrap_err().to_string(),
        "its source is not as expected: lib.rs has no `new`; new.rs is there already"
    );
    assert_eq!(fs::read_to_string(folder.path().join("lib.rs")).unwrap(), "old\n");
}
