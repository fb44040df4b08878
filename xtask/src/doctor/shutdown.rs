//! How a program ends: what is recorded last is delivered only if the program ends in order.

use super::project::{Member, Source};
use super::report::{Level, Report};

/// Looks through the sources of a program.
pub(super) fn check(member: &Member, report: &mut Report) {
    let uses_otelier = member.dependencies.iter().any(|it| it.name == "otelier");
    let code: Vec<(&Source, Vec<&str>)> =
        member.sources.iter().map(|source| (source, code(&source.text))).collect();
    let find = |what: &str| {
        code.iter().find_map(|(source, lines)| {
            let line = lines.iter().position(|line| line.contains(what))?;
            Some(format!("{}:{}", source.path, line + 1))
        })
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
    let inits = ["otelier::init(", "otelier::tracing::init(", "otelier::builder("];
    if inits.iter().all(|init| find(init).is_none()) && find("init_shared(").is_none() {
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

/// The lines without their comments.
fn code(text: &str) -> Vec<&str> {
    let code = |line: &'_ str| line.find("//").unwrap_or(line.len());
    text.lines().map(|line| &line[..code(line)]).collect()
}
