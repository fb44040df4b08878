//! Types, places and references of YAML.

use super::Scalar::{Bool, Float, Integer, Null, Text};
use super::*;

const VARIABLES: [(&str, &str); 7] = [
    ("STRING_VALUE", "value"),
    ("BOOL_VALUE", "true"),
    ("INT_VALUE", "1"),
    ("FLOAT_VALUE", "1.1"),
    ("HEX_VALUE", "0xdeadbeef"),
    ("INVALID_MAP_VALUE", "value\nkey:value"),
    ("INVALID_LIST", "[a, b]"),
];

fn tree(text: &str) -> Result<Node, SyntaxError> {
    parse(text, &mut |name| {
        let found = VARIABLES.iter().find(|(known, _)| *known == name);
        Ok(found.map(|(_, value)| (*value).to_owned()))
    })
}

/// The value of `key` at the top.
fn value(text: &str) -> Value {
    match tree(text).unwrap().value {
        Value::Mapping(mut entries) => entries.remove(0).1.value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn types_are_known_after_references_are_replaced() {
    for (text, expected) in [
        ("key: ${STRING_VALUE}", (Text, "value")),
        ("key: ${BOOL_VALUE}", (Bool(true), "true")),
        ("key: ${INT_VALUE}", (Integer(1), "1")),
        ("key: ${FLOAT_VALUE}", (Float(1.1), "1.1")),
        ("key: ${HEX_VALUE}", (Integer(3_735_928_559), "0xdeadbeef")),
        ("key: \"${BOOL_VALUE}\"", (Text, "true")),
        ("key: \"${INT_VALUE}\"", (Text, "1")),
        ("key: '${FLOAT_VALUE}'", (Text, "1.1")),
        ("key: \"${HEX_VALUE}\"", (Text, "0xdeadbeef")),
        ("key: ${INVALID_MAP_VALUE}", (Text, "value\nkey:value")),
        ("key: ${INVALID_LIST}", (Text, "[a, b]")),
        ("key: foo ${STRING_VALUE} ${FLOAT_VALUE}", (Text, "foo value 1.1")),
        ("key: 1${INT_VALUE}", (Integer(11), "11")),
        ("key: ${UNDEFINED_KEY}", (Null, "")),
        ("key: \"${UNDEFINED_KEY}\"", (Text, "")),
        ("key: ${UNDEFINED_KEY:-5}", (Integer(5), "5")),
        ("key: $$", (Text, "$")),
        ("key: |\n  ${BOOL_VALUE}\n", (Text, "true\n")),
        ("key: !!str ${BOOL_VALUE}", (Text, "true")),
        ("key:", (Null, "")),
        ("key: # nothing", (Null, "")),
        ("key:\nother: 1", (Null, "")),
        ("key: null", (Null, "null")),
        ("key: ~", (Null, "~")),
        ("key: \"\"", (Text, "")),
        ("key: 'null'", (Text, "null")),
        ("key: 1 # one", (Integer(1), "1")),
        ("key: 007", (Integer(7), "007")),
        ("key: 1_000", (Text, "1_000")),
        ("key: yes", (Text, "yes")),
        ("key: 1e3", (Float(1000.0), "1e3")),
        ("key: .inf", (Float(f64::INFINITY), ".inf")),
        ("key: 99999999999999999999", (Float(1e20), "99999999999999999999")),
        ("key: \"a\\nb\"", (Text, "a\nb")),
        ("key: a\n  b", (Text, "a b")),
        ("key: é ${STRING_VALUE}", (Text, "é value")),
        ("é: 5", (Integer(5), "5")),
        ("{key: 5, other: 6}", (Integer(5), "5")),
    ] {
        match value(text) {
            Value::Scalar(scalar, found) => assert_eq!((scalar, &*found), expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn keys_are_not_substituted() {
    let node = tree("${STRING_VALUE}: value").unwrap();
    let Value::Mapping(entries) = node.value else { panic!("{node:?}") };
    assert_eq!(entries[0].0.name, "${STRING_VALUE}");
}

#[test]
fn anchors_and_merges_are_followed() {
    let text = "first: &a {x: 1}\nsecond: *a\nthird:\n  <<: *a\n  y: \"1\"\n";
    let Value::Mapping(entries) = tree(text).unwrap().value else { panic!() };
    let Value::Mapping(second) = &entries[1].1.value else { panic!("{entries:?}") };
    assert!(matches!(second[0].1.value, Value::Scalar(Integer(1), _)), "{second:?}");
    let Value::Mapping(third) = &entries[2].1.value else { panic!("{entries:?}") };
    let of = |name: &str| &third.iter().find(|(key, _)| key.name == name).unwrap().1.value;
    assert!(matches!(of("x"), Value::Scalar(Integer(1), _)), "{third:?}");
    assert!(matches!(of("y"), Value::Scalar(Text, text) if text == "1"), "{third:?}");
}

#[test]
fn places_count_from_one() {
    let Value::Mapping(entries) = tree("a: 1\nbé:\n  - é: x\n").unwrap().value else { panic!() };
    let (key, list) = &entries[1];
    assert_eq!((key.at.line, key.at.column), (2, 1));
    let Value::Sequence(items) = &list.value else { panic!("{list:?}") };
    let Value::Mapping(entries) = &items[0].value else { panic!("{items:?}") };
    assert_eq!((entries[0].1.at.line, entries[0].1.at.column), (3, 8));
}

#[test]
fn what_is_no_yaml_has_a_place() {
    let no_reference = format!("2:4 expected {}", substitution::EXPECTED);
    for (text, expected) in [
        ("a: 1\nb: [1,\n", "2:4 expected YAML"),
        ("a: 1\n b: 2\n", "2:3 expected YAML"),
        ("a: \"x\n", "1:4 expected YAML"),
        ("a: 1\na: 2\n", "2:1 expected each property once"),
        ("a: *b\n", "1:4 expected the name of an anchor"),
        ("a: 1\n---\nb: 2\n", "3:1 expected one document"),
        ("a: 1\nb: ${1X}\n", &*no_reference),
    ] {
        let SyntaxError { at: Position { line, column }, message } = tree(text).unwrap_err();
        assert_eq!(format!("{line}:{column} {message}"), expected, "{text:?}");
    }
}

#[test]
fn a_file_that_grows_is_refused() {
    let nested = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..9 {
        let items = vec![format!("*a{}", at - 1); 10].join(", ");
        laughs += &format!("a{at}: &a{at} [{items}]\n");
    }
    for text in [nested, laughs] {
        let error = tree(&text).unwrap_err();
        assert!(error.message.starts_with("expected "), "{error:?}");
    }
}
