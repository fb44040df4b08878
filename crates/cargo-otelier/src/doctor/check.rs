//! Looks through a workspace for what Otelier could trace, and for what loses telemetry.

use std::collections::{BTreeMap, BTreeSet};

use super::code::code;
use super::project::{Asked, Member, Project};
use super::report::{Level, Report};
use super::shutdown;
use super::support::Support;
use crate::cargo_lock::{Lock, Locked};
use crate::version::Version;

/// How many packages are named that lead to one.
const NAMED: usize = 4;

/// Everything there is to say about a workspace.
pub(crate) fn check(project: &Project, support: &Support) -> Report {
    let mut report = Report::default();
    for member in &project.members {
        libraries(project, member, support, &mut report);
    }
    opentelemetry(&project.lock, support, &mut report);
    for member in project.members.iter().filter(|member| member.is_program) {
        shutdown::check(member, &mut report);
    }
    tls(project, &mut report);
    report
}

/// The supported libraries that a package uses, and whether the feature for each is on.
fn libraries(project: &Project, member: &Member, support: &Support, report: &mut Report) {
    let otelier = member.dependencies.iter().find(|it| it.name == "otelier");
    let enabled = enabled(otelier, support);
    let mut wanted = BTreeSet::new();
    let names: BTreeSet<&str> = member
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| support.knows(name))
        .collect();
    for library in names {
        let Some(locked) = project.locked(member, library) else { continue };
        let Some(version) = Version::parse(&locked.version) else { continue };
        let about = format!("{}: {library} {version}", member.name);
        let Some(line) = support.line(library, &version) else {
            let versions = support.versions(library);
            let text = format!("this version is not supported; supported are {versions}");
            report.add(Level::Problem, about, text);
            continue;
        };
        let newer = if version > line.range.newest { ", and this is newer" } else { "" };
        let tested = if line.tested.starts_with(|c: char| c.is_ascii_digit()) {
            format!("tested with {}{newer}", line.tested)
        } else {
            format!("supported from {} on", line.range.oldest)
        };
        if enabled.contains(line.feature.as_str()) {
            let text = format!("{tested}; the feature `{}` is on", line.feature);
            report.add(Level::Fine, about, text);
        } else {
            wanted.insert(line.feature.as_str());
            let text = format!("{tested}; turn on the feature `{}`, and write", line.feature);
            report.add_with(Level::Advice, about, text, vec![line.write.clone()]);
        }
    }
    if !wanted.is_empty() {
        let features = wanted.into_iter().collect::<Vec<_>>().join(",");
        let package = &member.name;
        let command = format!("cargo add -p {package} otelier --features {features}");
        let text = "one command turns these features on";
        report.add_with(Level::Advice, package.as_str(), text, vec![command]);
    }
}

fn enabled<'a>(otelier: Option<&'a Asked>, support: &'a Support) -> BTreeSet<&'a str> {
    let Some(otelier) = otelier else { return BTreeSet::new() };
    let mut features: Vec<&str> = otelier.features.iter().map(String::as_str).collect();
    if otelier.uses_default_features {
        features.push("default");
    }
    support.closure(&features)
}

/// Spans that are made with another version of OpenTelemetry are lost without an error.
fn opentelemetry(lock: &Lock, support: &Support, report: &mut Report) {
    let locked: Vec<&Locked> = lock.named("opentelemetry").collect();
    if locked.is_empty() {
        return;
    }
    let ours = support.opentelemetry.as_ref();
    let fits = |package: &&Locked| {
        let version = Version::parse(&package.version);
        ours.zip(version.as_ref()).is_some_and(|(ours, version)| ours.admits(version))
    };
    let (right, wrong): (Vec<&Locked>, Vec<&Locked>) = locked.iter().copied().partition(fits);
    for package in wrong {
        let about = format!("opentelemetry {}", package.version);
        let wanted = ours.map_or_else(|| "another".to_owned(), ToString::to_string);
        let text = format!(
            "Otelier uses {wanted}; spans and metrics that are made with this one are lost without \
             an error. It is there because of {}",
            because(lock, package)
        );
        let inverse = format!("cargo tree -i opentelemetry@{}", package.version);
        report.add_with(Level::Problem, about, text, vec![inverse]);
    }
    if let [only] = right[..]
        && locked.len() == 1
    {
        report.add(Level::Fine, format!("opentelemetry {}", only.version), "there is one version");
    }
}

/// Who asks for a package, and through whom the workspace does.
fn because(lock: &Lock, package: &Locked) -> String {
    let chains: Vec<String> =
        lock.dependents(package).map(|dependent| chain(lock, dependent)).collect();
    let more = chains.len().saturating_sub(NAMED);
    let named = chains.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// `a 1.0.0 (of b 2.0.0, of shop)`: the shortest way to a package of the workspace.
fn chain(lock: &Lock, from: &Locked) -> String {
    let mut before: BTreeMap<(&str, &str), Option<&Locked>> = BTreeMap::new();
    let key = |package: &'_ Locked| (package.name.clone(), package.version.clone());
    let mut open = std::collections::VecDeque::from([from]);
    before.insert((&from.name, &from.version), None);
    while let Some(package) = open.pop_front() {
        if package.source.is_none() {
            let mut names = Vec::new();
            let mut at = Some(package);
            while let Some(step) = at {
                names.push(shown(step));
                at = before.get(&(&*step.name, &*step.version)).copied().flatten();
            }
            names.reverse();
            let first = names.remove(0);
            let rest: Vec<String> = names.into_iter().map(|name| format!("of {name}")).collect();
            return if rest.is_empty() { first } else { format!("{first} ({})", rest.join(", ")) };
        }
        for dependent in lock.dependents(package) {
            if key(dependent) != key(package) {
                before.entry((&dependent.name, &dependent.version)).or_insert_with(|| {
                    open.push_back(dependent);
                    Some(package)
                });
            }
        }
    }
    shown(from)
}

fn shown(package: &Locked) -> String {
    match &package.source {
        Some(_) => format!("{} {}", package.name, package.version),
        None => package.name.clone(),
    }
}

/// Which cryptography TLS has: with none, or with two to choose from, rustls panics when it is
/// first used.
fn tls(project: &Project, report: &mut Report) {
    let lock = &project.lock;
    for rustls in lock.named("rustls") {
        let has = |name: &str| lock.named(name).any(|provider| rustls.depends_on(provider));
        let about = format!("rustls {}", rustls.version);
        let installs = project
            .members
            .iter()
            .flat_map(|member| &member.sources)
            .any(|source| code(&source.text).contains("install_default"));
        match (has("ring"), has("aws-lc-rs")) {
            (true, true) if !installs => report.add_with(
                Level::Problem,
                about,
                "is built with two providers of cryptography, `ring` and `aws-lc-rs`, and chooses \
                 none by itself: code that asks for its default panics, unless the program \
                 chooses first",
                vec!["rustls::crypto::ring::default_provider().install_default().ok();".to_owned()],
            ),
            (true, true) => report.add(
                Level::Fine,
                about,
                "is built with `ring` and `aws-lc-rs`, and the program chooses one",
            ),
            (true, false) => report.add(Level::Fine, about, "its cryptography is `ring`"),
            (false, true) => report.add(Level::Fine, about, "its cryptography is `aws-lc-rs`"),
            (false, false) => {}
        }
    }
    for member in &project.members {
        let Some(otelier) = member.dependencies.iter().find(|it| it.name == "otelier") else {
            continue;
        };
        let has_tls = otelier.uses_default_features
            || otelier.features.iter().any(|feature| feature.starts_with("tls"));
        if !has_tls {
            report.add(
                Level::Advice,
                format!("{}: otelier", member.name),
                "is built without TLS, so an endpoint with https cannot be reached: turn on \
                 `tls-ring` or `tls-aws-lc` if you need one",
            );
        }
    }
}
