//! Names of attributes and metrics are written once, in otelier-instrument's semconv modules: spans
//! and metrics that come from the same constants and the same operation cannot disagree.

use std::collections::BTreeSet;

use super::Finding;
use super::roles::Roles;
use super::tree::{Kind, Piece, Source, Tree};
use crate::manifest::Role;

const SEMCONV: &str = "crates/otelier-instrument/src/semconv";
const NAMES: &str = include_str!("../../data/semconv-names.txt");

/// What makes an attribute of a name.
const CONSTRUCTORS: [&str; 5] =
    ["KeyValue::new", "Key::new", "Key::from", "Key::from_static_str", "Key::from_static"];

/// Checks the library code of all crates but those that read telemetry rather than write it.
pub(super) fn check(tree: &Tree, roles: &Roles) -> Vec<Finding> {
    let names = Names::parse(NAMES);
    let mut findings = Vec::new();
    for source in tree.sources().filter(|source| is_checked(source, roles)) {
        let is_integration = roles.is(source.package(), Role::Integration);
        let pieces: Vec<Piece<'_>> = source
            .pieces()
            .into_iter()
            .filter(|piece| !piece.in_test && piece.kind != Kind::Comment)
            .collect();
        for (index, piece) in pieces.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| pieces.get(index));
            findings.extend(match piece.kind {
                Kind::Str => literal(&source, &names, piece, before),
                _ if is_integration => built(&source, piece),
                _ => Vec::new(),
            });
        }
    }
    findings
}

fn is_checked(source: &Source<'_>, roles: &Roles) -> bool {
    let is_semconv = source
        .path
        .strip_prefix(SEMCONV)
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs");
    // The console exporter shows attributes, it writes none.
    let is_console = source.path.contains("/console/") || source.path.ends_with("/console.rs");
    source.is_library() && !is_semconv && !is_console && !roles.is(source.package(), Role::Testing)
}

fn literal(
    source: &Source<'_>,
    names: &Names,
    piece: &Piece<'_>,
    before: Option<&Piece<'_>>,
) -> Vec<Finding> {
    let is_argument = before.filter(|piece| piece.kind == Kind::Code).is_some_and(|piece| {
        let call = piece.text.trim_end().strip_suffix('(').unwrap_or_default();
        CONSTRUCTORS.iter().any(|constructor| call.ends_with(constructor))
    });
    if names.contain(piece.text) || is_argument {
        let message = format!("the name `{}` belongs in {SEMCONV}, as a constant", piece.text);
        return vec![Finding::new(source.path, piece.line, message)];
    }
    Vec::new()
}

/// Whatever makes a `KeyValue`, by its name or under another one, in one line or in several.
fn built(source: &Source<'_>, piece: &Piece<'_>) -> Vec<Finding> {
    let makes = |(at, name): (usize, &str)| {
        let before = piece.text[..at].chars().next_back();
        let after = piece.text[at + name.len()..].trim_start();
        let is_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        // The brace behind a return type opens the function.
        let is_result = piece.text[..at].trim_end().ends_with("->");
        let is_made = after.starts_with("::") || (after.starts_with('{') && !is_result);
        (is_word && (is_made || after.starts_with("as "))).then_some(at)
    };
    let message = format!(
        "an integration passes what it knows to an operation, and builds no KeyValue: the \
         attribute \
         belongs in {SEMCONV}"
    );
    piece
        .text
        .match_indices("KeyValue")
        .filter_map(makes)
        .map(|at| {
            let line = piece.line + piece.text[..at].matches('\n').count();
            Finding::new(source.path, line, message.clone())
        })
        .collect()
}

/// The names of the conventions.
struct Names {
    whole: BTreeSet<&'static str>,
    prefixes: Vec<&'static str>,
}

impl Names {
    fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (prefixes, whole): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with('.'));
        Self { whole: whole.into_iter().collect(), prefixes }
    }

    fn contain(&self, text: &str) -> bool {
        self.whole.contains(text) || self.prefixes.iter().any(|prefix| text.starts_with(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expect: &[&str]) {
        let messages: Vec<String> = super::check(&Tree::of(&[(path, text)]), &roles())
            .iter()
            .map(Finding::to_string)
            .collect();
        assert_eq!(messages, expect);
    }

    fn roles() -> Roles {
        Roles::list(&[
            ("crates/otelier-tower", Role::Integration),
            ("crates/otelier-core", Role::Core),
            ("crates/otelier-testing", Role::Testing),
        ])
    }

    const LAYER: &str = "crates/otelier-tower/src/layer.rs";

    #[test]
    fn a_name_outside_of_semconv_is_found() {
        let text = "//! A.\nconst A: &str = \"http.request.method\";\n";
        let name = "http.request.method";
        let finding = format!("{LAYER}:2: the name `{name}` belongs in {SEMCONV}, as a constant");
        check(LAYER, text, &[&finding]);
        for fine in [
            "crates/otelier-instrument/src/semconv/http.rs",
            "crates/otelier-instrument/src/semconv.rs",
            "crates/otelier-core/src/console/tree.rs",
            "crates/otelier-testing/src/assert.rs",
            "crates/otelier-tower/tests/http.rs",
            "crates/otelier-tower/src/layer/tests.rs",
            "examples/ping/src/main.rs",
        ] {
            check(fine, text, &[]);
        }
        check(
            "crates/otelier-instrument/src/semconv_more.rs",
            text,
            &[&finding.replace(LAYER, "crates/otelier-instrument/src/semconv_more.rs")],
        );
    }

    #[test]
    fn metric_names_and_templates_are_names_too() {
        let finding = |name: &str| {
            format!("{LAYER}:1: the name `{name}` belongs in {SEMCONV}, as a constant")
        };
        for name in ["http.server.request.duration", "http.request.header.x-id"] {
            check(LAYER, &format!("f(\"{name}\")"), &[&finding(name)]);
        }
        check(LAYER, "f(\"http.request\", \"just text\", \"key\")", &[]);
    }

    #[test]
    fn invented_attribute_names_are_found() {
        let path = "crates/otelier-core/src/resource.rs";
        let finding = format!("{path}:1: the name `my.own` belongs in {SEMCONV}, as a constant");
        check(path, "KeyValue::new(\"my.own\", 1)", &[&finding]);
        check(path, "Key::from_static_str(\n    \"my.own\")", &[&finding.replace(":1:", ":2:")]);
        check(path, "KeyValue::new(semconv::MY_OWN, \"my.own\")", &[]);
    }

    #[test]
    fn an_integration_builds_no_attribute() {
        let finding = |line| {
            format!(
                "{LAYER}:{line}: an integration passes what it knows to an operation, and builds \
                 no KeyValue: \
                 the attribute belongs in {SEMCONV}"
            )
        };
        for text in [
            "KeyValue::new(semconv::ROUTE, route)",
            "[opentelemetry::KeyValue ::new(A, 1)]",
            "KeyValue { key, value }",
            "KeyValue::from(pair)",
            "use opentelemetry::KeyValue as Pair;",
        ] {
            check(LAYER, text, &[&finding(1)]);
        }
        check(LAYER, "let a =\n    KeyValue\n        ::new(A, 1);", &[&finding(2)]);
        check("crates/otelier-core/src/a.rs", "KeyValue::new(semconv::A, 1)", &[]);
        check(LAYER, "fn f(more: &[KeyValue]) -> KeyValue { g(more) }", &[]);
        check(LAYER, "fn f(own: MyKeyValue) { OwnKeyValue::new() }", &[]);
        check(
            LAYER,
            "// KeyValue::new(a, b)\n#[cfg(test)]\nmod tests { fn f() { KeyValue::new(A, 1); } }",
            &[],
        );
    }

    #[test]
    fn the_list_of_names_is_there() {
        let names = Names::parse(NAMES);
        assert!(names.whole.len() > 200 && names.prefixes.len() > 20);
        assert!(names.contain("db.client.operation.duration") && !names.contain("key"));
    }
}
