//! Dependencies point one way, so that an integration never pulls in the SDK, an exporter or TLS of
//! ours.
//!
//! What a package may depend on follows from its role, which its manifest states.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::manifest::Role;
use crate::workspace::{Metadata, Package};

/// The roles that a role may depend on.
fn own(role: Role) -> &'static [Role] {
    match role {
        Role::Facade => &[Role::Core, Role::Tracing, Role::Integration],
        // Of instrument: settings and keys only.
        Role::Core => &[Role::Instrument, Role::Propagation],
        Role::Tracing => &[Role::Core, Role::Instrument],
        Role::Integration => &[Role::Instrument, Role::Sql],
        Role::Testing => &[Role::Propagation],
        Role::Agent => &[Role::Core, Role::Instrument, Role::Integration, Role::Sql],
        // It carries the agent's source, and is built without it.
        Role::Instrument | Role::Propagation | Role::Sql | Role::Driver => &[],
        // What is there to be copied uses only what its reader can use.
        Role::Example => &[Role::Facade],
    }
}

/// The packages of OpenTelemetry that a role may depend on; `None` for any.
fn opentelemetry(role: Role) -> Option<&'static [&'static str]> {
    match role {
        Role::Core | Role::Tracing | Role::Agent | Role::Example => None,
        Role::Facade => Some(&["opentelemetry", "opentelemetry_sdk"]),
        Role::Integration | Role::Instrument | Role::Propagation => Some(&["opentelemetry"]),
        Role::Testing => Some(&["opentelemetry", "opentelemetry_sdk", "opentelemetry-proto"]),
        Role::Sql | Role::Driver => Some(&[]),
    }
}

/// Checks the dependency tables of the packages that have a role. Development dependencies may also
/// name the crate with the test helpers and any OpenTelemetry package: users never build them.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let roles: BTreeMap<&str, Option<Role>> =
        packages.iter().map(|package| (package.name.as_str(), package.role())).collect();
    let mut findings = Vec::new();
    for package in packages {
        let Some(role) = package.role() else { continue };
        for dependency in &package.dependencies {
            let is_dev = dependency.kind.as_deref() == Some("dev");
            let name = dependency.name.as_str();
            let is_fine = if let Some(other) = roles.get(name) {
                other.is_some_and(|other| {
                    own(role).contains(&other)
                        || (is_dev
                            && matches!(other, Role::Testing | Role::Propagation | Role::Sql))
                })
            } else if name.contains("opentelemetry") {
                is_dev || opentelemetry(role).is_none_or(|allowed| allowed.contains(&name))
            } else {
                true
            };
            if !is_fine {
                let message = format!(
                    "must not depend on {name}: its role is `{role}` (which role may use which is \
                     in \
                     xtask/src/tidy/edges.rs)"
                );
                findings.push(Finding::new(package.manifest(), 0, message));
            }
        }
    }
    findings
}

/// Checks that no integration reaches the SDK or an exporter through what it depends on.
pub(super) fn check_graph(metadata: &Metadata) -> Vec<Finding> {
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package.name.as_str()))
        .collect();
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let normal =
            node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        edges.insert(&node.id, normal.map(|dep| dep.pkg.as_str()).collect());
    }
    let mut findings = Vec::new();
    let members = metadata.members();
    for package in members.iter().filter(|package| package.role() == Some(Role::Integration)) {
        let mut reached = BTreeSet::new();
        let mut open = vec![package.id.as_str()];
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(edges.get(id).into_iter().flatten());
            }
        }
        for name in reached.iter().filter_map(|id| names.get(id)) {
            if ["opentelemetry_sdk", "opentelemetry-otlp"].contains(name) {
                let message = format!("reaches {name} through its dependencies");
                findings.push(Finding::new(package.manifest(), 0, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ROLES: [(&str, &str); 10] = [
        ("otelier", "facade"),
        ("otelier-core", "core"),
        ("otelier-instrument", "instrument"),
        ("otelier-testing", "testing"),
        ("otelier-propagation", "propagation"),
        ("otelier-sql", "sql"),
        ("otelier-tower", "integration"),
        ("otelier-mysql", "integration"),
        ("otelier-agent", "agent"),
        ("cargo-otelier", "driver"),
    ];

    fn package(name: &str, role: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            dependencies.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect();
        let folder = if role == "example" { "examples" } else { "crates" };
        json!({
            "id": name, "name": name, "license": null,
            "publish": null, "features": {}, "targets": [],
            "manifest_path": format!("{folder}/{name}/Cargo.toml"), "dependencies": dependencies,
            "metadata": {"otelier": {"role": role}},
        })
    }

    #[track_caller]
    fn messages(name: &str, role: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
        let mut packages: Vec<Package> = ROLES
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(other, role)| serde_json::from_value(package(other, role, &[])).unwrap())
            .collect();
        packages.push(serde_json::from_value(package(name, role, &[(dependency, kind)])).unwrap());
        super::check(&packages).into_iter().map(|f| f.to_string()).collect()
    }

    fn role_of(name: &str) -> &'static str {
        ROLES.iter().find(|(other, _)| *other == name).map_or("example", |(_, role)| role)
    }

    #[test]
    fn edges_that_point_the_right_way() {
        for (name, dependency, kind) in [
            ("otelier", "otelier-tower", None),
            ("otelier-core", "otelier-instrument", None),
            ("otelier-core", "opentelemetry-otlp", None),
            ("otelier-tower", "otelier-instrument", None),
            ("otelier-tower", "otelier-testing", Some("dev")),
            ("otelier-tower", "opentelemetry_sdk", Some("dev")),
            ("otelier-core", "otelier-propagation", None),
            ("otelier-testing", "otelier-propagation", None),
            ("otelier-mysql", "otelier-sql", None),
            ("otelier-mysql", "mysql_async", None),
            ("otelier-agent", "otelier-core", None),
            ("otelier-agent", "otelier-tower", None),
            ("otelier-agent", "opentelemetry_sdk", None),
            ("ping", "otelier", None),
        ] {
            let found = messages(name, role_of(name), dependency, kind);
            assert_eq!(found, [""; 0], "{name} -> {dependency}");
        }
    }

    #[test]
    fn edges_that_point_the_wrong_way() {
        for (name, dependency, kind) in [
            ("otelier", "otelier-instrument", None),
            ("otelier", "otelier-testing", None),
            ("otelier-tower", "otelier-core", None),
            ("otelier-tower", "otelier-core", Some("dev")),
            ("otelier-tower", "otelier-testing", None),
            ("otelier-tower", "otelier-testing", Some("build")),
            ("otelier-mysql", "otelier-tower", None),
            ("otelier-mysql", "opentelemetry_sdk", None),
            ("otelier-instrument", "opentelemetry_sdk", None),
            ("otelier-instrument", "otelier-sql", None),
            ("otelier-instrument", "opentelemetry-semantic-conventions", None),
            ("otelier-core", "otelier-tower", None),
            ("otelier-testing", "otelier-core", None),
            ("otelier-propagation", "opentelemetry_sdk", None),
            ("otelier-propagation", "otelier-core", None),
            ("otelier-tower", "otelier-propagation", None),
            ("otelier-sql", "opentelemetry", None),
            ("otelier-agent", "otelier", None),
            ("cargo-otelier", "otelier-agent", None),
            ("cargo-otelier", "otelier-agent", Some("build")),
            ("cargo-otelier", "opentelemetry", None),
            ("ping", "otelier-core", None),
        ] {
            let role = role_of(name);
            let folder = if role == "example" { "examples" } else { "crates" };
            assert_eq!(
                messages(name, role, dependency, kind),
                [format!(
                    "{folder}/{name}/Cargo.toml: must not depend on {dependency}: its role is \
                     `{role}` (which \
                     role may use which is in xtask/src/tidy/edges.rs)"
                )]
            );
        }
    }

    #[test]
    fn an_example_that_is_an_integration_has_its_role() {
        assert_eq!(messages("custom", "integration", "otelier-instrument", None), [""; 0]);
    }

    #[test]
    fn transitive_sdk_is_found_outside_tests() {
        let graph = |kind: Option<&str>| -> Metadata {
            let edge = |pkg: &str, kind: Option<&str>| json!([{"pkg": pkg, "dep_kinds": [{"kind": kind}]}]);
            let other = |name: &str| {
                let mut other = package(name, "core", &[]);
                other["metadata"] = Value::Null;
                other
            };
            serde_json::from_value(json!({
                "packages": [
                    package("otelier-mysql", "integration", &[]),
                    other("driver"),
                    other("opentelemetry_sdk"),
                ],
                "workspace_members": ["otelier-mysql"],
                "workspace_root": "/w", "target_directory": "/w/target",
                "resolve": {"nodes": [
                    {"id": "otelier-mysql", "deps": edge("driver", kind)},
                    {"id": "driver", "deps": edge("opentelemetry_sdk", None)},
                    {"id": "opentelemetry_sdk", "deps": []},
                ]},
            }))
            .unwrap()
        };
        let messages =
            |kind| check_graph(&graph(kind)).iter().map(Finding::to_string).collect::<Vec<_>>();
        assert_eq!(
            messages(None),
            ["crates/otelier-mysql/Cargo.toml: reaches opentelemetry_sdk through its dependencies"]
        );
        assert_eq!(messages(Some("dev")), Vec::<String>::new());
    }
}
