//! Tests of the settings as data.

use super::*;

#[test]
fn integrations_are_on_by_default() {
    let mut settings = Settings::default();
    assert!(settings.is_enabled("axum"));
    settings.disabled_integrations.insert("axum".to_owned());
    assert!(!settings.is_enabled("axum") && settings.is_enabled("tower"));
    settings = Settings::default();
    settings.enabled = false;
    assert!(!settings.is_enabled("tower"));
}

#[test]
fn properties_of_another_type_are_absent() {
    let all: [(&str, Property); 6] = [
        ("bool", true.into()),
        ("integer", 7.into()),
        ("float", 0.5.into()),
        ("string", "text".into()),
        ("list", vec!["a", "b"].into()),
        ("properties", Properties::from_iter([("inner", true)]).into()),
    ];
    let properties = Properties::from_iter(all.clone());
    for (key, value) in &all {
        assert_eq!(properties.get(key), Some(value));
        assert_eq!(properties.bool(key), (*key == "bool").then_some(true));
        assert_eq!(properties.integer(key), (*key == "integer").then_some(7));
        assert_eq!(properties.string(key), (*key == "string").then_some("text"));
        assert_eq!(properties.list(key), (*key == "list").then_some(vec!["a", "b"]));
        let inner = properties.properties(key).bool("inner");
        assert_eq!(inner, (*key == "properties").then_some(true));
    }
    assert_eq!(properties.iter().count(), all.len());
}

#[test]
fn lists_of_mixed_types_are_absent() {
    let mut properties = Properties::default();
    properties.set("list", vec![Property::from("a"), Property::from(1)]);
    assert_eq!(properties.list("list"), None);
}

#[test]
fn unknown_integrations_have_no_properties() {
    let mut settings = Settings::default();
    settings.properties_mut("mongodb").set("filter_noise", false);
    assert_eq!(settings.properties("mongodb").bool("filter_noise"), Some(false));
    assert_eq!(settings.properties("mysql"), &Properties::default());
}

#[test]
fn properties_are_shown_as_text() {
    let inner = Properties::from_iter([("a", 1), ("b", 2)]);
    for (property, expected) in [
        (Property::from(true), "true"),
        (7.into(), "7"),
        (0.5.into(), "0.5"),
        ("text".into(), "text"),
        (vec!["a", "b"].into(), "a,b"),
        (inner.into(), "a=1,b=2"),
    ] {
        assert_eq!(property.to_string(), expected);
    }
}
