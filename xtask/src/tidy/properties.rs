//! The properties of integrations that a configuration file may have are those that integrations
//! read. The file's reader is in one crate and the integrations in others, so nothing else would
//! notice a property that the schema lacks, or one that nobody reads.
//!
//! A test of otelier-core holds the schema to the file's reader; this rule holds it to the reads.
//! Integrations ask for a property by two literals, `.properties("mongodb").bool("filter_noise")`.
//! Payloads are the exception: one function reads them for whoever names itself. There the
//! integrations are those whose names stand in the code of a crate that lets its users turn
//! payloads on, and those that the AWS client asks for.

use std::collections::BTreeMap;

use super::Finding;
use super::roles::Roles;
use super::tree::{Kind, Piece, Source, Tree};
use crate::manifest::Role;

const SCHEMA: &str = "crates/otelier-core/schema/otelier.json";
/// Read by a function that is given the name of the integration.
const PAYLOADS: &str = "capture_payloads";
/// What the builders of integrations with payloads have.
const BUILDER: &str = "fn with_payload_capture(";
/// What the core does for every integration, without a word of its own.
const ENABLED: &str = "enabled";

/// An integration and one of its properties.
type Name = (String, String);

/// Compares the schema with the library code.
pub(super) fn check(tree: &Tree, roles: &Roles) -> Vec<Finding> {
    let Some(schema) = tree.get(SCHEMA) else { return Vec::new() };
    let Some(described) = described(schema) else {
        return vec![Finding::new(SCHEMA, 0, "has no properties of integrations")];
    };
    let read = reads(tree, roles, &described);
    let mut findings = Vec::new();
    for ((integration, property), (path, line)) in &read {
        if !described.contains(&(integration.clone(), property.clone())) {
            let message = format!("the property `{property}` of {integration} is not in {SCHEMA}");
            findings.push(Finding::new(path, *line, message));
        }
    }
    for (integration, property) in &described {
        if property != ENABLED && !read.contains_key(&(integration.clone(), property.clone())) {
            let message = format!("nothing reads the property `{property}` of {integration}");
            findings.push(Finding::new(SCHEMA, 0, message));
        }
    }
    findings
}

/// What the schema has.
fn described(schema: &str) -> Option<Vec<Name>> {
    let schema: serde_json::Value = serde_json::from_str(schema).ok()?;
    let at =
        |value: &serde_json::Value, name: &str| Some(value.get("properties")?.get(name)?.clone());
    let rust = at(&at(&schema, "instrumentation/development")?, "rust")?;
    let mut names = Vec::new();
    for (integration, schema) in rust.get("properties")?.as_object()? {
        for property in schema.get("properties")?.as_object()?.keys() {
            names.push((integration.clone(), property.clone()));
        }
    }
    Some(names)
}

/// What library code reads, and where.
fn reads(tree: &Tree, roles: &Roles, described: &[Name]) -> BTreeMap<Name, (String, usize)> {
    let is_integration = |text: &str| described.iter().any(|(name, _)| name == text);
    let with_payloads: Vec<&str> = tree
        .sources()
        .filter(|source| source.is_library() && source.text.contains(BUILDER))
        .map(|source| source.package())
        .filter(|package| roles.is(package, Role::Integration))
        .collect();
    let mut read = BTreeMap::new();
    for source in tree.sources().filter(Source::is_library) {
        let pieces: Vec<Piece<'_>> = source
            .pieces()
            .into_iter()
            .filter(|piece| !piece.in_test && piece.kind != Kind::Comment)
            .collect();
        let mut add = |integration: &str, property: &str, piece: &Piece<'_>| {
            let name = (integration.to_owned(), property.to_owned());
            read.entry(name).or_insert((source.path.to_owned(), piece.line));
        };
        for at in 1..pieces.len() {
            let (before, piece) = (&pieces[at - 1], &pieces[at]);
            if piece.kind != Kind::Str || before.kind != Kind::Code {
                continue;
            }
            let call = before.text.trim_end();
            if call.ends_with(".properties(")
                && let Some(property) = pieces.get(at + 2).filter(|it| it.kind == Kind::Str)
            {
                add(piece.text, property.text, piece);
            }
            let asks = call.ends_with("payloads(")
                || with_payloads.contains(&source.package()) && is_name(call);
            if asks && is_integration(piece.text) {
                add(piece.text, PAYLOADS, piece);
            }
        }
    }
    read
}

/// Whether what stands before a literal makes it the name that an integration has for itself, and
/// not the one of a feature or the like.
fn is_name(call: &str) -> bool {
    ["integration!(", "INTEGRATION: &str =", "&["].iter().any(|end| call.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: &str = "crates/otelier-mongodb/src/recorder.rs";

    fn check(properties: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<String> {
        let mut rust = serde_json::Map::new();
        for (integration, property) in properties {
            let schema = rust
                .entry(*integration)
                .or_insert_with(|| serde_json::json!({ "properties": { "enabled": {} } }));
            schema["properties"][*property] = serde_json::json!({});
        }
        let rust = serde_json::json!({ "properties": rust });
        let part = serde_json::json!({ "properties": { "rust": rust } });
        let schema = serde_json::json!({ "properties": { "instrumentation/development": part } });
        let schema = schema.to_string();
        let all = [&[(SCHEMA, schema.as_str())], files].concat();
        let roles = Roles::list(&[("crates/otelier-mongodb", Role::Integration)]);
        super::check(&Tree::of(&all), &roles).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn both_sides_have_the_same() {
        let read = "fn a() {\n    settings\n        .properties(\"mongodb\")\n        .bool(\"noise\");\n}";
        assert_eq!(check(&[("mongodb", "noise")], &[(READER, read)]), [""; 0]);
        let lacks = format!("{READER}:3: the property `noise` of mongodb is not in {SCHEMA}");
        assert_eq!(check(&[("mongodb", "enabled")], &[(READER, read)]), [lacks]);
        let unread = format!("{SCHEMA}: nothing reads the property `noise` of mongodb");
        assert_eq!(check(&[("mongodb", "noise")], &[]), std::slice::from_ref(&unread));
        let test = format!("#[cfg(test)]\nmod tests {{ {read} }}");
        assert_eq!(check(&[("mongodb", "noise")], &[(READER, &test)]), [unread]);
    }

    #[test]
    fn payloads_are_read_for_those_who_name_themselves() {
        let name = "fn a() { Recorder::new(integration!(\"mongodb\")); }";
        let builder = "impl Builder { pub fn with_payload_capture(self) {} }";
        let other = ("crates/otelier-mongodb/src/builder.rs", builder);
        let with = [("mongodb", "enabled"), ("mongodb", PAYLOADS)];
        assert_eq!(check(&with, &[(READER, name), other]), [""; 0]);
        let unread = format!("{SCHEMA}: nothing reads the property `{PAYLOADS}` of mongodb");
        assert_eq!(check(&with, &[(READER, name)]), [unread]);
        let lacks = format!("{READER}:1: the property `{PAYLOADS}` of mongodb is not in {SCHEMA}");
        assert_eq!(check(&with[..1], &[(READER, name), other]), [lacks]);
        let client =
            ("crates/otelier-instrument/src/client.rs", "fn a() { payloads(\"mongodb\"); }");
        assert_eq!(check(&with, &[client]), [""; 0]);
    }
}
