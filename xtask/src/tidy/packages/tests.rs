//! Manifests that lack something, and the findings that say what.

use serde_json::{Value, json};

use super::*;

/// The manifest of an integration that lacks nothing.
fn integration() -> Value {
    json!({
        "id": "otelier-x", "name": "otelier-x", "license": "MIT OR Apache-2.0", "publish": null,
        "features": {"default": ["x"], "x": ["dep:x"]}, "targets": [],
        "manifest_path": "crates/otelier-x/Cargo.toml",
        "description": "X.", "documentation": "https://docs.rs/otelier-x",
        "repository": "https://example.org", "readme": "README.md", "rust_version": "1.88",
        "keywords": ["x"], "categories": ["database"],
        "dependencies": [{"name": "x", "kind": null, "optional": true, "req": "^0.8"}],
        "metadata": {
            "otelier": {
                "role": "integration", "drivers": ["x"],
                "libraries": [{
                    "name": "x", "signals": ["traces"], "conventions": "database: stable",
                    "lines": [{
                        "feature": "x", "adapter": "x", "versions": ["0.8.0", "0.8.10"],
                        "pins": {"0.8.0": {"y": "1.0.0"}},
                    }],
                }],
            },
            "docs": {"rs": {"all-features": true, "rustdoc-args": ["--cfg", "docsrs"]}},
        },
    })
}

fn facade() -> Value {
    json!({
        "id": "otelier", "name": "otelier", "license": null, "publish": [], "features": {"x": []},
        "targets": [], "manifest_path": "crates/otelier/Cargo.toml", "dependencies": [],
        "metadata": {"otelier": {"role": "facade"}},
    })
}

fn library(id: &str, rust_version: &str) -> Value {
    json!({
        "id": id, "name": id, "license": null, "publish": null, "features": {}, "targets": [],
        "manifest_path": "elsewhere/Cargo.toml", "dependencies": [], "rust_version": rust_version,
    })
}

fn metadata(package: &Value, dependency: &Value, kind: Option<&str>) -> Metadata {
    let edge = json!([{"pkg": dependency["id"], "dep_kinds": [{"kind": kind}]}]);
    serde_json::from_value(json!({
        "packages": [package, facade(), dependency],
        "workspace_members": ["otelier-x", "otelier"],
        "workspace_root": "/w", "target_directory": "/w/target",
        "resolve": {"nodes": [
            {"id": "otelier-x", "deps": edge}, {"id": dependency["id"], "deps": []},
        ]},
    }))
    .unwrap()
}

/// What is said of the manifest, without its path.
fn messages(package: &Value) -> Vec<String> {
    said(check(&metadata(package, &library("x", "1.60"), None)))
}

fn said(findings: Vec<Finding>) -> Vec<String> {
    findings
        .into_iter()
        .map(|finding| {
            let text = finding.to_string();
            text.strip_prefix("crates/otelier-x/Cargo.toml: ").map(str::to_owned).unwrap_or(text)
        })
        .collect()
}

fn with(pointer: &str, value: Value) -> Value {
    let mut manifest = integration();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    manifest.pointer_mut(parent).unwrap()[key] = value;
    manifest
}

#[test]
fn a_complete_manifest_has_no_findings() {
    assert_eq!(messages(&integration()), [""; 0]);
}

#[test]
fn a_crate_has_a_role() {
    assert_eq!(
        messages(&with("/metadata/otelier", Value::Null)).len(),
        1,
        "a table that is null cannot be read"
    );
    assert_eq!(
        messages(&with("/metadata", json!({"docs": integration()["metadata"]["docs"]}))),
        ["needs a table `[package.metadata.otelier]` with a `role`, which is one \
             of \"facade\", \"core\", \
          \"instrument\", \"integration\", \"tracing\", \"sql\", \"testing\", \"agent\", \
          \"driver\""]
    );
    let unknown = messages(&with("/metadata/otelier/role", json!("server")));
    assert!(unknown[0].contains("unknown variant `server`"), "{unknown:?}");
}

#[test]
fn an_integration_names_its_libraries() {
    let said = messages(&with("/metadata/otelier/libraries", json!([])));
    assert!(said[0].starts_with("names no library: add `[[package.metadata"), "{said:?}");
    assert_eq!(
        messages(&with("/metadata/otelier/libraries/0/signals", json!(["spans"]))),
        ["x: `spans` is none of traces, metrics, logs"]
    );
    assert_eq!(
        messages(&with("/metadata/otelier/libraries/0/signals", json!([]))),
        ["x: says nothing of signals, lines or conventions"]
    );
}

#[test]
fn a_line_has_versions_and_an_adapter() {
    let check = |field: &str, value: Value, expected: &str| {
        let pointer = format!("/metadata/otelier/libraries/0/lines/0/{field}");
        assert_eq!(messages(&with(&pointer, value)), [expected]);
    };
    check(
        "feature",
        json!("y"),
        "says that the feature y of otelier brings x, which has no such feature: add it to \
         crates/otelier/Cargo.toml",
    );
    check("adapter", json!("y"), "x: the adapter `y` is no feature of this package");
    check(
        "versions",
        json!(["0.8.0", "0.8.10", "0.8.9"]),
        "x: the versions of a line go from the oldest to the newest, and not [\"0.8.0\", \
         \"0.8.10\", \"0.8.9\"]",
    );
    check("pins", json!({"0.8.1": {}}), "x: pins 0.8.1, which is no version of its line");
    check("without", json!({"0.8.2": "y"}), "x: without 0.8.2, which is no version of its line");
}

#[test]
fn the_oldest_versions_are_those_of_the_dependencies() {
    let check = |requirement: &str, expected: &[&str]| {
        assert_eq!(messages(&with("/dependencies/0/req", json!(requirement))), expected);
    };
    check("^0.8.0", &[]);
    check(">=0.8, <0.10", &[]);
    check(
        "^0.7",
        &["x: the oldest versions of its lines are 0.8.0, but the dependencies ask for 0.7.0"],
    );
}

#[test]
fn what_else_it_is_tested_with_begins_at_what_the_dependencies_ask_for() {
    let check = |versions: Value, expected: &[&str]| {
        let mut package = with("/metadata/otelier/tested_with", json!([{"name": "runtime"}]));
        let dependency =
            json!({"name": "runtime", "kind": null, "optional": true, "req": "^1.5.6"});
        package["dependencies"].as_array_mut().unwrap().push(dependency);
        package["metadata"]["otelier"]["tested_with"][0]["lines"] =
            json!([{"versions": versions, "pins": {"1.5.6": {"y": "1.0.0"}}}]);
        assert_eq!(messages(&package), expected);
    };
    check(json!(["1.5.6", "1.10.2"]), &[]);
    check(
        json!(["1.5.7"]),
        &[
            "runtime: pins 1.5.6, which is no version of its line",
            "runtime: the oldest versions of its lines are 1.5.7, but the dependencies ask for \
             1.5.6",
        ],
    );
}

#[test]
fn an_integration_names_its_drivers() {
    let none = messages(&with("/metadata/otelier/drivers", json!([])));
    assert!(none[0].starts_with("names no driver: `drivers` in"), "{none:?}");
    assert_eq!(
        messages(&with("/metadata/otelier/drivers", json!(["y"]))),
        ["names the driver y, but does not depend on it"]
    );
    assert_eq!(
        messages(&with("/dependencies/0/optional", json!(false))),
        ["the driver x must be an optional dependency, behind a default feature, so that the \
             recorder \
          builds without it"]
    );
}

#[test]
fn a_recorder_is_built_without_its_driver() {
    let package: Package = serde_json::from_value(integration()).unwrap();
    let table = package.otelier().unwrap().unwrap();
    let tree = "otelier-x v0.1.0\nopentelemetry v0.33.1\nx-types v1.0.0\n";
    assert_eq!(said(without_driver(&package, &table, tree)), [""; 0]);
    assert_eq!(
        said(without_driver(&package, &table, &format!("{tree}x v0.8.0\n"))),
        ["its recorder is built with x: `cargo tree -p otelier-x --no-default-features -e \
             normal -i x` \
          says why"]
    );
}

#[test]
fn a_published_crate_has_what_registries_show() {
    for (field, finding) in [
        ("/description", "needs `description`"),
        ("/documentation", "needs `documentation = \"https://docs.rs/otelier-x\"`"),
        ("/repository", "needs `repository.workspace = true`"),
        ("/readme", "needs `readme`"),
    ] {
        assert_eq!(messages(&with(field, Value::Null)), [finding]);
    }
    assert_eq!(
        messages(&with("/keywords", json!(["a", "b", "c", "d", "e", "f"]))),
        ["needs one to five `keywords`"]
    );
    assert_eq!(messages(&with("/categories", json!([]))), ["needs one to five `categories`"]);
    assert_eq!(
        messages(&with("/metadata/docs/rs/all-features", json!(false))),
        ["needs `[package.metadata.docs.rs]` with `all-features = true` and `rustdoc-args = \
             [\"--cfg\", \
          \"docsrs\"]`"]
    );
    assert_eq!(messages(&with("/publish", json!([]))), [""; 0], "it is not published by accident");
}

#[test]
fn what_is_not_published_needs_no_description() {
    let mut private = with("/description", Value::Null);
    private["publish"] = json!([]);
    assert_eq!(messages(&private), [""; 0]);
}

#[test]
fn the_rust_version_is_what_dependencies_need() {
    let check = |needed: &str, kind: Option<&str>, declared: &str| {
        let package = with("/rust_version", json!(declared));
        said(super::check(&metadata(&package, &library("x", needed), kind)))
    };
    assert_eq!(check("1.90", None, "1.90.0"), [""; 0]);
    assert_eq!(check("1.90", None, "1.88"), ["needs `rust-version = \"1.90\"`, because of x"]);
    assert_eq!(
        check("1.70", None, "1.90"),
        ["needs `rust-version = \"1.88\"`, because of the language"]
    );
    assert_eq!(check("1.90", Some("dev"), "1.88"), [""; 0]);
}

#[test]
fn a_package_holds_license_and_readme() {
    let package: Package = serde_json::from_value(integration()).unwrap();
    assert_eq!(
        said(packaged(&package, "LICENSE-APACHE\nLICENSE-MIT\nREADME.md\nsrc/lib.rs\n")),
        [""; 0]
    );
    assert_eq!(
        said(packaged(&package, "LICENSE-APACHE\ndocs/README.md\nsrc/lib.rs\n")),
        [
            "`cargo package` does not pack LICENSE-MIT: put it beside this file",
            "`cargo package` does not pack README.md: put it beside this file",
        ]
    );
}
