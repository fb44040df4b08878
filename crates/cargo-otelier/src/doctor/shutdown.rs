//! How a program ends: what is recorded last is delivered only if the program ends in order.

use super::code::code;
use super::project::{Member, Source};
use super::report::{Level, Report};

/// Looks through the sources of a program.
pub(super) fn check(member: &Member, report: &mut Report) {
    let uses_otelier = member.dependencies.iter().any(|it| it.name == "otelier");
    let code: Vec<(&Source, String)> =
        member.sources.iter().map(|source| (source, code(&source.text))).collect();
    let find = |what: &str| {
        code.iter().find_map(|(source, code)| {
            let line = code.lines().position(|line| contains(line, what))?;
            Some(format!("{}:{}", source.path, line + 1))
        })
    };
    let calls = ["init", "init_shared", "builder"];
    // What was imported is called by its own name.
    let imports = |code: &str| {
        let uses = code.split("use otelier::").skip(1).filter_map(|rest| rest.split(';').next());
        let mut names =
            uses.flat_map(|names| names.split(|c: char| c != '_' && !c.is_alphanumeric()));
        names.any(|name| calls.contains(&name)) || code.contains("use otelier::*")
    };
    if let Some(place) = find("axum::serve(").filter(|_| find("with_graceful_shutdown").is_none()) {
        report.add_with(
            Level::Problem,
            format!("{}: shutdown", member.name),
            format!(
                "{place} serves until the process is killed, so what was recorded last is lost; \
                 write"
            ),
            vec![".with_graceful_shutdown(otelier::shutdown_signal())".to_owned()],
        );
    }
    if !uses_otelier {
        return;
    }
    let inits = [
        "otelier::init(",
        "otelier::tracing::init(",
        "otelier::builder(",
        "otelier::init_shared(",
        "otelier::tracing::builder(",
        "otelier::tracing::init_shared(",
    ];
    let is_called = inits.iter().any(|init| find(init).is_some());
    if !is_called && !code.iter().any(|(_, code)| imports(code)) {
        report.add_with(
            Level::Problem,
            format!("{}: start", member.name),
            "depends on otelier, but never calls it; write, first in `main`",
            vec!["let _otel = otelier::init()?;".to_owned()],
        );
    }
    if let Some(place) = inits.iter().find_map(|init| find(&format!("let _ = {init}"))) {
        report.add_with(
            Level::Problem,
            format!("{}: start", member.name),
            format!("{place} binds the guard to `_`, which drops it at once; write"),
            vec!["let _otel = otelier::init()?;".to_owned()],
        );
    }
    if let Some(place) = find("process::exit(") {
        report.add(
            Level::Advice,
            format!("{}: shutdown", member.name),
            format!(
                "{place} ends the process without dropping the guard: return from `main`, or call \
                 the guard's `shutdown` first"
            ),
        );
    }
}

/// Whether `what` is in a line of code, and not as the end of a longer name.
fn contains(line: &str, what: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut found = line.match_indices(what);
    found.any(|(at, _)| !line[..at].ends_with(is_name))
}
