//! The JSON schema of the Rust part has what the reader knows, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::config::choices::SqsParent;
use crate::config::env::instrumentation::INTEGRATIONS;

const SCHEMA: &str = include_str!("../../../../schema/otelier.json");

/// The part of the schema at `path`.
fn schema(path: &[&str]) -> Value {
    let root: Value = serde_json::from_str(SCHEMA).unwrap();
    path.iter().fold(root, |schema, name| schema["properties"][*name].clone())
}

/// The names of the properties that the schema has at `path`.
fn described(path: &[&str]) -> BTreeSet<String> {
    let schema = schema(path);
    assert_eq!(schema["additionalProperties"], false, "{path:?}");
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

/// The names of the properties that the reader asks for at `path`: a fault lists them.
fn asked(path: &[&str]) -> BTreeSet<String> {
    let mut text = "file_format: \"1.0\"\n".to_owned();
    for (depth, name) in path.iter().chain([&"unheard"]).enumerate() {
        text += &format!(
            "{}{name}:{}\n",
            "  ".repeat(depth),
            if *name == "unheard" { " 1" } else { "" }
        );
    }
    let fault = fault(&text);
    let (_, list) = fault.split_once("expected ").unwrap();
    let (list, _) = list.split_once(", and not unheard").unwrap_or_else(|| panic!("{fault}"));
    list.split(", ").flat_map(|names| names.split(" or ")).map(str::to_owned).collect()
}

#[test]
fn the_schema_has_what_the_reader_asks_for() {
    let rust = ["instrumentation/development", "rust"];
    let integrations: BTreeSet<String> =
        schema(&rust)["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(integrations, INTEGRATIONS.iter().map(|name| (*name).to_owned()).collect());
    for name in INTEGRATIONS {
        let path = [rust[0], rust[1], name];
        assert_eq!(described(&path), asked(&path), "{name}");
    }
    for path in [
        &["distribution", "otelier"][..],
        &["distribution", "otelier", "log_lines"],
        &["distribution", "otelier", "runtime_metrics"],
        &["distribution", "otelier", "filter_http_endpoints"],
        &["distribution", "otelier", "masking"],
    ] {
        assert_eq!(described(path), asked(path), "{path:?}");
    }
}

#[test]
fn the_schema_has_every_choice() {
    fn names<T: crate::config::Choice>() -> Vec<Value> {
        let names = T::ALL.iter().map(|(name, _)| Value::from(*name));
        names.chain([Value::Null]).collect()
    }
    let format = schema(&["distribution", "otelier", "log_lines", "format"]);
    assert_eq!(format["enum"], Value::from(names::<crate::LogFormat>()));
    let parent = schema(&["instrumentation/development", "rust", "aws-sqs", "parent"]);
    assert_eq!(parent["enum"], Value::from(names::<SqsParent>()));
}
