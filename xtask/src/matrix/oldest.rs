//! A lock file with the oldest versions that the manifests ask for: what a user has who updates
//! nothing.
//!
//! Cargo's own `-Z direct-minimal-versions` fails as soon as one library needs a newer version of
//! another than we do. Here each dependency becomes as old as the others let it.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cargo_lock::Lock;
use crate::matrix::scratch::{CRATES_ONLY, Scratch};
use crate::step::Log;
use crate::version::{Range, Version};
use crate::workspace::{Package, Workspace};

/// A dependency that a published package asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    name: String,
    requirement: String,
}

/// Checks the published packages with all features and the oldest dependencies.
pub(crate) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let scratch = Scratch::create(workspace, "oldest", CRATES_ONLY)?;
    lower(workspace, &scratch, log)?;
    let mut command = scratch.cargo();
    command.args(["check", "--color=never", "--lib", "--all-features", "--target-dir"]);
    command.arg(&scratch.target);
    for package in published(workspace) {
        command.args(["-p", &package.name]);
    }
    log.run(&mut command)
}

/// Makes every direct dependency in the lock file of the copy as old as it can be.
fn lower(workspace: &Workspace, scratch: &Scratch, log: &mut Log) -> Result<()> {
    scratch.reset_lock(workspace)?;
    let mut open = asked(published(workspace));
    // What is lowered first may keep another from it, and the other way round: while a round lowers
    // something, another may lower more.
    loop {
        let mut left = BTreeSet::new();
        let mut lowered = 0;
        for asked in &open {
            let lock = Lock::parse(&scratch.lock()?);
            match too_new(&lock, asked) {
                None => {}
                Some((package, oldest)) => match scratch.update(&package, &oldest, log) {
                    Ok(()) => lowered += 1,
                    Err(_) => {
                        crate::process::check_interrupted()?;
                        left.insert(asked.clone());
                    }
                },
            }
        }
        if lowered == 0 || left.is_empty() {
            let lock = Lock::parse(&scratch.lock()?);
            for (package, oldest) in left.iter().filter_map(|asked| too_new(&lock, asked)) {
                log.line(&format!("{package} cannot be {oldest}: another dependency needs it"))?;
            }
            return Ok(());
        }
        open = left;
    }
}

fn published(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    workspace.packages.iter().filter(|package| package.is_published() && package.has_library())
}

/// The dependencies from elsewhere that users of the packages build.
fn asked<'a>(packages: impl Iterator<Item = &'a Package>) -> BTreeSet<Asked> {
    packages
        .flat_map(|package| &package.dependencies)
        .filter(|it| it.kind.as_deref() != Some("dev") && !it.name.starts_with("otelier"))
        .map(|it| Asked { name: it.name.clone(), requirement: it.req.clone() })
        .collect()
}

/// The package to lower, and the version to give it, if the lock file has a newer one.
fn too_new(lock: &Lock, asked: &Asked) -> Option<(String, String)> {
    let bounds: Vec<String> = asked.requirement.split(',').map(str::to_owned).collect();
    let oldest = Version::parse(bounds.first()?)?;
    let newest =
        lock.named(&asked.name)
            .filter_map(|package| Version::parse(&package.version))
            .filter(|version| match &bounds[..] {
                [_] => oldest.admits(version),
                // `>=0.3, <0.5`
                bounds => Range::of(bounds)
                    .is_some_and(|it| *version >= it.oldest && *version < it.newest),
            })
            .max()?;
    (newest > oldest).then(|| (format!("{}@{newest}", asked.name), oldest.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_users_build_is_asked_for() {
        let package: Package = serde_json::from_value(json!({
            "id": "a", "name": "otelier-x", "license": null, "publish": null, "features": {},
            "targets": [], "manifest_path": "Cargo.toml",
            "dependencies": [
                {"name": "axum", "kind": null, "req": "^0.8"},
                {"name": "axum", "kind": null, "req": "^0.7", "rename": "axum_0_7"},
                {"name": "tokio", "kind": "dev", "req": "^1"},
                {"name": "otelier-instrument", "kind": null, "req": "^0.1.0"},
            ],
        }))
        .unwrap();
        let asked: Vec<String> = asked([&package].into_iter())
            .into_iter()
            .map(|it| format!("{} {}", it.name, it.requirement))
            .collect();
        assert_eq!(asked, ["axum ^0.7", "axum ^0.8"]);
    }

    #[test]
    fn the_version_of_the_line_that_is_asked_for_is_lowered() {
        let lock = Lock::parse(
            "[[package]]\nname = \"axum\"\nversion = \"0.7.9\"\n\
             [[package]]\nname = \"axum\"\nversion = \"0.8.0\"\n\
             [[package]]\nname = \"middleware\"\nversion = \"0.4.2\"\n",
        );
        let check = |name: &str, requirement: &str, expect: Option<(&str, &str)>| {
            let asked = Asked { name: name.to_owned(), requirement: requirement.to_owned() };
            let found = too_new(&lock, &asked);
            let expect = expect.map(|(package, version)| (package.to_owned(), version.to_owned()));
            assert_eq!(found, expect, "{name} {requirement}");
        };
        check("axum", "^0.7", Some(("axum@0.7.9", "0.7.0")));
        check("axum", "^0.8", None);
        check("axum", "^0.9", None);
        check("middleware", ">=0.3, <0.5", Some(("middleware@0.4.2", "0.3.0")));
        check("absent", "^1", None);
    }
}
