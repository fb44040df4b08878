//! What was recorded in one run, as lines that are the same in another run.

use std::collections::BTreeMap;

use otelier_testing::{Attributes, MetricPoint, PointData, Received, Scope, Span, Value};

/// What differs from run to run whatever records: each value, and what stands for it.
pub(crate) type Replaced = Vec<(String, String)>;

/// Attributes of a resource that tell two runs of two programs apart.
const OF_PROCESS: [&str; 6] = [
    "process.pid",
    "process.creation.time",
    "process.executable.name",
    "process.executable.path",
    "process.command",
    "service.instance.id",
];

/// Attributes with the client's own port, which the system chooses.
const OF_CONNECTION: [&str; 2] = ["network.peer.port", "client.port"];

/// How bytes begin in a document that is an attribute.
const BASE_64: &str = r#"\"base64\":\""#;

/// The lines that only one side has.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) hooks: Vec<String>,
    pub(crate) layers: Vec<String>,
}

/// The lines, with how often each is there.
#[derive(Debug, Default)]
pub(crate) struct Facts(BTreeMap<String, usize>);

impl Facts {
    /// Reads what a receiver got of one run.
    pub(crate) fn of(received: &Received, replaced: &Replaced) -> Self {
        let spans = received.spans();
        let mut lines = Vec::new();
        // A process may export the same points more than once: the last time counts.
        let mut points: Vec<MetricPoint> = received.points();
        points.sort_by_key(|it| it.time);
        let mut last = BTreeMap::new();
        for point in points {
            last.insert(format!("{}{}{:?}", point.scope.name, point.name, point.attributes), point);
        }
        lines.extend(last.values().flat_map(of_point));
        for log in received.logs() {
            // The driver of MongoDB may just ask a server when its client is shut down.
            let error = log.attribute("error.type").and_then(Value::as_str);
            if error.is_some_and(|error| error.starts_with("Intern")) {
                continue;
            }
            let (severity, attributes) = (&log.severity_text, list(&log.attributes));
            lines.push(format!("log {severity} {} {attributes}", log.body));
        }
        let resources = spans.iter().map(|it| &it.resource);
        let resources = resources.chain(last.values().map(|it| &it.resource));
        let attributes: Attributes =
            resources.flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        for (key, value) in attributes {
            match OF_PROCESS.contains(&&*key) {
                true => lines.push(format!("resource: {key}")),
                false => lines.push(format!("resource: {key} = {value}")),
            }
        }
        let lines = lines.iter().map(|line| same_in_each_run(line, replaced));
        let roots: Vec<&Span> = spans.iter().filter(|it| is_root(it, &spans)).collect();
        let mut facts = Facts::default();
        trees(&roots, &spans, replaced).into_iter().chain(lines).for_each(|line| facts.add(line));
        facts
    }

    /// What one of the two has and the other has not.
    pub(crate) fn compare(hooks: &Self, layers: &Self) -> Compared {
        Compared { hooks: hooks.without(layers), layers: layers.without(hooks) }
    }

    /// Whether a call left a trace, or was measured.
    pub(crate) fn has_telemetry(&self) -> bool {
        self.0.keys().any(|line| !line.starts_with("resource: "))
    }

    fn without(&self, other: &Self) -> Vec<String> {
        let missing = |line: &str, count: usize| {
            count.saturating_sub(other.0.get(line).copied().unwrap_or_default())
        };
        let lines = self
            .0
            .iter()
            .flat_map(|(line, count)| std::iter::repeat_n(line.clone(), missing(line, *count)));
        lines.collect()
    }

    fn add(&mut self, line: String) {
        *self.0.entry(line).or_default() += 1;
    }
}

fn is_root(span: &Span, all: &[Span]) -> bool {
    !all.iter().any(|it| span.is_child_of(it))
}

/// The lines of spans and of those below them, each with the names that lead to its span.
///
/// Siblings of one name are numbered in the order of what is recorded of them: which one starts
/// first may be up to chance.
fn trees(siblings: &[&Span], all: &[Span], replaced: &Replaced) -> Vec<String> {
    let tree = |span: &&Span| (same_in_each_run(&span.name, replaced), tree(span, all, replaced));
    let mut trees: Vec<(String, Vec<String>)> = siblings.iter().map(tree).collect();
    trees.sort();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for (name, tree) in trees {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        let number = if *count == 1 { String::new() } else { format!(" #{count}") };
        lines.extend(tree.into_iter().map(|line| format!("{name}{number}{line}")));
    }
    lines
}

/// The lines of a span and of those below it, without its name.
fn tree(span: &Span, all: &[Span], replaced: &Replaced) -> Vec<String> {
    let lines = of_span(span).into_iter();
    let lines = lines.map(|line| same_in_each_run(&format!(" | {line}"), replaced));
    let below: Vec<&Span> = all.iter().filter(|it| it.is_child_of(span)).collect();
    let below = trees(&below, all, replaced).into_iter().map(|line| format!(" > {line}"));
    lines.chain(below).collect()
}

fn of_span(span: &Span) -> Vec<String> {
    let Span { kind, status, trace_state, parent_is_remote, dropped, .. } = span;
    let mut lines = vec![
        format!("kind {kind:?}"),
        format!("status {status:?}"),
        format!("scope {}", scope(&span.scope)),
    ];
    if !trace_state.is_empty() {
        lines.push(format!("trace state {trace_state}"));
    }
    if *parent_is_remote {
        lines.push("parent is remote".to_owned());
    }
    lines.extend(span.attributes.iter().map(|(key, value)| format!("{key} = {value}")));
    let events = span.events.iter();
    lines.extend(events.map(|it| format!("event {} {}", it.name, list(&it.attributes))));
    lines.extend(span.links.iter().map(|it| format!("link {}", list(&it.attributes))));
    if (dropped.attributes, dropped.events, dropped.links) != (0, 0, 0) {
        lines.push(format!("dropped {dropped:?}"));
    }
    lines
}

fn of_point(point: &MetricPoint) -> [String; 2] {
    let MetricPoint { name, description, unit, kind, temporality, data, .. } = point;
    let scope = scope(&point.scope);
    let measured = match data {
        PointData::Number(value) => format!("{value}"),
        // Durations are never the same, and sizes always.
        PointData::Histogram { count, bounds, .. } if unit == "s" => {
            format!("{count} times in {bounds:?}")
        }
        PointData::Histogram { count, sum, bounds, .. } => {
            format!("{count} times, {sum} in sum, in {bounds:?}")
        }
        other => format!("{other:?}"),
    };
    [
        format!("metric {name} | {kind:?} of {unit} | {temporality:?} | {description:?} | {scope}"),
        format!("metric {name} {} | {measured}", list(&point.attributes)),
    ]
}

fn scope(scope: &Scope) -> String {
    let Scope { name, version, schema_url, attributes, .. } = scope;
    format!("{name} {version} {schema_url} {}", list(attributes))
}

fn list(attributes: &Attributes) -> String {
    let list = attributes.iter().map(|(key, value): (&String, &Value)| format!("{key} = {value}"));
    format!("{{{}}}", list.collect::<Vec<_>>().join(", "))
}

/// The line without what differs from run to run.
fn same_in_each_run(line: &str, replaced: &Replaced) -> String {
    let line =
        replaced.iter().fold(line.to_owned(), |line, (value, name)| line.replace(value, name));
    without_ids(&without_ports(line))
}

fn without_ports(line: String) -> String {
    for key in OF_CONNECTION {
        if let Some((start, port)) = line.split_once(&format!("| {key} = "))
            && port.parse::<u16>().is_ok()
        {
            return format!("{start}| {key} = PORT");
        }
    }
    line
}

/// What drivers and servers number, and random bytes: ten digits and more, and base 64.
fn without_ids(line: &str) -> String {
    let mut texts = line.split(BASE_64);
    let mut line = texts.next().unwrap_or_default().to_owned();
    for text in texts {
        let end = text.find('\\').unwrap_or(text.len());
        line = line + BASE_64 + "ID" + &text[end..];
    }
    let mut without = String::new();
    let mut digits = String::new();
    for character in line.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        without += if digits.len() < 10 { &digits } else { "NUMBER" };
        digits.clear();
        without.push(character);
    }
    without.trim_end_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use otelier_testing::Capture;

    use super::*;

    fn facts(lines: &[&str]) -> Facts {
        let mut facts = Facts::default();
        lines.iter().for_each(|line| facts.add((*line).to_owned()));
        facts
    }

    /// The lines of two spans, the values of an attribute of theirs in the order of their start.
    fn of_two(values: [&'static str; 2]) -> Vec<String> {
        let capture = Capture::new();
        let tracer = capture.tracer_provider().tracer("calls");
        for value in values {
            tracer.start("find").set_attribute(KeyValue::new("body", value));
        }
        let spans = capture.spans();
        trees(&spans.iter().collect::<Vec<_>>(), &spans, &Replaced::new())
    }

    #[test]
    fn which_of_two_calls_starts_first_is_no_difference() {
        let lines = of_two(["first", "second"]);
        assert_eq!(lines, of_two(["second", "first"]));
        assert!(lines.contains(&"find #2 | body = \"second\"".to_owned()), "{lines:?}");
        assert_ne!(lines, of_two(["first", "first"]));
    }

    #[test]
    fn a_line_that_is_missing_once_is_found() {
        let compared = Facts::compare(&facts(&["a", "b", "b"]), &facts(&["b", "c"]));
        assert_eq!(
            (compared.hooks, compared.layers),
            (vec!["a".into(), "b".into()], vec!["c".into()])
        );
    }

    #[test]
    fn ids_are_no_difference() {
        let line = |id: &str, number: u64| {
            without_ids(&format!(r#"body = "{{\"base64\":\"{id}\",\"cursor\":{number}}}""#))
        };
        assert_eq!(line("a+b=", 1_000_000_000_006), line("c/d==", 1_000_000_000_007));
        assert_ne!(line("a", 6), line("a", 7));
    }

    #[test]
    fn ports_of_the_system_are_no_difference() {
        let line = |port: &str| without_ports(format!("GET | network.peer.port = {port}"));
        assert_eq!(line("40000"), "GET | network.peer.port = PORT");
        assert_eq!(line("SERVER"), "GET | network.peer.port = SERVER");
    }
}
