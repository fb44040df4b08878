//! Dependencies point one way, so that an integration never pulls in the SDK, an exporter or TLS of ours.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::workspace::{Metadata, Package};

/// What one package may depend on, of the workspace's own packages and of OpenTelemetry's.
struct Allowed {
    package: &'static str,
    own: &'static [&'static str],
    opentelemetry: &'static [&'static str],
}

const INTEGRATIONS: [&str; 5] =
    ["otelier-tower", "otelier-reqwest", "otelier-aws", "otelier-mongodb", "otelier-mysql"];

const CRATES: [Allowed; 6] = [
    Allowed {
        package: "otelier",
        own: &[
            "otelier-core",
            "otelier-tower",
            "otelier-reqwest",
            "otelier-aws",
            "otelier-mongodb",
            "otelier-mysql",
        ],
        opentelemetry: &["opentelemetry"],
    },
    Allowed {
        package: "otelier-core",
        // Settings only.
        own: &["otelier-instrument"],
        opentelemetry: &[
            "opentelemetry",
            "opentelemetry_sdk",
            "opentelemetry-otlp",
            "opentelemetry-http",
            "opentelemetry-proto",
            // The `tracing` feature.
            "tracing-opentelemetry",
            "opentelemetry-appender-tracing",
        ],
    },
    Allowed { package: "otelier-instrument", own: &[], opentelemetry: &["opentelemetry"] },
    Allowed {
        package: "otelier-mysql",
        own: &["otelier-instrument", "otelier-sql"],
        opentelemetry: &["opentelemetry"],
    },
    Allowed { package: "otelier-sql", own: &[], opentelemetry: &[] },
    Allowed {
        package: "otelier-testing",
        own: &[],
        opentelemetry: &["opentelemetry", "opentelemetry_sdk", "opentelemetry-proto"],
    },
];

const INTEGRATION: Allowed =
    Allowed { package: "", own: &["otelier-instrument"], opentelemetry: &["opentelemetry"] };

/// Checks the dependency tables of the packages under `crates/`. Development dependencies may also name
/// otelier-testing and any OpenTelemetry package: users never build them.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let own: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let manifest = package.manifest_path.to_string_lossy();
        let is_crate = manifest.contains(&format!("/crates/{}/", package.name));
        if !is_crate {
            findings.extend(example(package, &manifest, &own));
            continue;
        }
        let path = format!("crates/{}/Cargo.toml", package.name);
        let Some(allowed) = allowed_for(&package.name) else {
            findings.push(Finding::new(
                &path,
                0,
                "tidy does not know what this crate may depend on",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let is_dev = dependency.kind.as_deref() == Some("dev");
            let name = dependency.name.as_str();
            let is_fine = if own.contains(name) {
                allowed.own.contains(&name) || (is_dev && name == "otelier-testing")
            } else if name.contains("opentelemetry") {
                allowed.opentelemetry.contains(&name) || is_dev
            } else {
                true
            };
            if !is_fine {
                findings.push(Finding::new(&path, 0, format!("must not depend on {name}")));
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
    for package in
        metadata.packages.iter().filter(|package| INTEGRATIONS.contains(&package.name.as_str()))
    {
        let mut reached = BTreeSet::new();
        let mut open = vec![package.id.as_str()];
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(edges.get(id).into_iter().flatten());
            }
        }
        for name in reached.iter().filter_map(|id| names.get(id)) {
            if ["opentelemetry_sdk", "opentelemetry-otlp"].contains(name) {
                let path = format!("crates/{}/Cargo.toml", package.name);
                findings.push(Finding::new(
                    &path,
                    0,
                    format!("reaches {name} through its dependencies"),
                ));
            }
        }
    }
    findings
}

fn allowed_for(package: &str) -> Option<&'static Allowed> {
    let listed = CRATES.iter().find(|allowed| allowed.package == package);
    listed.or_else(|| INTEGRATIONS.contains(&package).then_some(&INTEGRATION))
}

/// An example is there to be copied: it may use only what its reader can use.
fn example(package: &Package, manifest: &str, own: &BTreeSet<&str>) -> Vec<Finding> {
    let Some((_, folder)) = manifest.split_once("/examples/") else { return Vec::new() };
    let path = format!("examples/{folder}");
    let internal = package.dependencies.iter().filter(|dependency| {
        dependency.kind.is_none()
            && own.contains(dependency.name.as_str())
            && dependency.name != "otelier"
    });
    internal
        .map(|dependency| {
            Finding::new(&path, 0, format!("an example uses otelier only, not {}", dependency.name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn package(folder: &str, name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            dependencies.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect();
        json!({
            "id": name, "name": name, "license": null, "publish": null, "features": {}, "targets": [],
            "manifest_path": format!("/w/{folder}/{name}/Cargo.toml"), "dependencies": dependencies,
        })
    }

    fn check(folder: &str, name: &str, dependency: &str, kind: Option<&str>, expect: Option<&str>) {
        let mut packages: Vec<Package> =
            ["otelier", "otelier-core", "otelier-instrument", "otelier-sql", "otelier-testing"]
                .iter()
                .chain(&INTEGRATIONS)
                .filter(|other| **other != name)
                .map(|other| serde_json::from_value(package("crates", other, &[])).unwrap())
                .collect();
        packages
            .push(serde_json::from_value(package(folder, name, &[(dependency, kind)])).unwrap());
        let messages: Vec<String> =
            super::check(&packages).into_iter().map(|f| f.to_string()).collect();
        assert_eq!(messages, expect.map(str::to_owned).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn edges_that_point_the_right_way() {
        check("crates", "otelier", "otelier-tower", None, None);
        check("crates", "otelier-core", "otelier-instrument", None, None);
        check("crates", "otelier-core", "opentelemetry-otlp", None, None);
        check("crates", "otelier-tower", "otelier-instrument", None, None);
        check("crates", "otelier-tower", "otelier-testing", Some("dev"), None);
        check("crates", "otelier-tower", "opentelemetry_sdk", Some("dev"), None);
        check("crates", "otelier-mysql", "mysql_async", None, None);
        check("crates", "otelier-mysql", "otelier-instrument", None, None);
        check("crates", "otelier-mysql", "otelier-sql", None, None);
        check("examples", "ping", "otelier", None, None);
    }

    #[test]
    fn edges_that_point_the_wrong_way() {
        let of = |name: &str, dependency: &str| {
            Some(format!("crates/{name}/Cargo.toml: must not depend on {dependency}"))
        };
        for (name, dependency, kind) in [
            ("otelier", "otelier-instrument", None),
            ("otelier", "otelier-testing", None),
            ("otelier-tower", "otelier-core", None),
            ("otelier-tower", "otelier-core", Some("dev")),
            ("otelier-tower", "otelier-testing", None),
            ("otelier-tower", "otelier-testing", Some("build")),
            ("otelier-reqwest", "otelier-tower", None),
            ("otelier-aws", "opentelemetry_sdk", None),
            ("otelier-mongodb", "otelier-sql", None),
            ("otelier-sql", "opentelemetry", None),
            ("otelier-sql", "otelier-instrument", None),
            ("otelier-instrument", "otelier-sql", None),
            ("otelier-instrument", "opentelemetry_sdk", None),
            ("otelier-instrument", "opentelemetry-semantic-conventions", None),
            ("otelier-core", "otelier-tower", None),
            ("otelier-testing", "otelier-core", None),
        ] {
            check("crates", name, dependency, kind, of(name, dependency).as_deref());
        }
    }

    #[test]
    fn an_unknown_crate_and_an_example_that_reaches_inside() {
        let unknown =
            "crates/otelier-new/Cargo.toml: tidy does not know what this crate may depend on";
        check("crates", "otelier-new", "http", None, Some(unknown));
        let inside = "examples/ping/Cargo.toml: an example uses otelier only, not otelier-core";
        check("examples", "ping", "otelier-core", None, Some(inside));
    }

    #[test]
    fn the_sdk_behind_a_dependency_is_found_unless_only_tests_reach_it() {
        let graph = |kind: Option<&str>| -> Metadata {
            let edge = |pkg: &str, kind: Option<&str>| json!([{"pkg": pkg, "dep_kinds": [{"kind": kind}]}]);
            serde_json::from_value(json!({
                "packages": [
                    package("crates", "otelier-mysql", &[]),
                    package("other", "driver", &[]),
                    package("other", "opentelemetry_sdk", &[]),
                ],
                "workspace_members": ["otelier-mysql"], "workspace_root": "/w", "target_directory": "/w/target",
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
