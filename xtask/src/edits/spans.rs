//! What the receiver has written, as lines: the kind and name of each span, below its parent.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The part of an export request that counts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    resource_spans: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    scope_spans: Vec<Scope>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scope {
    spans: Vec<Span>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Span {
    span_id: String,
    parent_span_id: String,
    name: String,
    kind: usize,
    start_time_unix_nano: String,
    links: Vec<Link>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Link {
    span_id: String,
}

/// The kinds, by their numbers.
const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/// A line for each span, in the order in which they started, those of the same parent below it:
/// its kind, its name, and the names of the spans that it has links to.
pub(super) fn lines(written: &str) -> Result<Vec<String>> {
    let mut spans = Vec::new();
    for line in written.lines() {
        let request: Request =
            serde_json::from_str(line).context("the receiver has written no export request")?;
        let resources = request.resource_spans.into_iter();
        let scopes = resources.flat_map(|it| it.scope_spans);
        spans.extend(scopes.flat_map(|it| it.spans));
    }
    spans.sort_by_key(|span| span.start_time_unix_nano.parse::<u64>().unwrap_or_default());
    let known: BTreeSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let is_root = |span: &&Span| !known.contains(span.parent_span_id.as_str());
    let mut lines = Vec::new();
    for root in spans.iter().filter(is_root) {
        below(root, 0, &spans, &mut lines);
    }
    Ok(lines)
}

fn below(span: &Span, depth: usize, spans: &[Span], lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let kind = KINDS.get(span.kind).copied().unwrap_or("unknown");
    let mut line = format!("{indent}{kind} {}", span.name);
    for link in &span.links {
        let linked = spans.iter().find(|it| it.span_id == link.span_id);
        line += " -> ";
        line += linked.map_or("a span that did not arrive", |it| &it.name);
    }
    lines.push(line);
    for child in spans.iter().filter(|it| it.parent_span_id == span.span_id) {
        below(child, depth + 1, spans, lines);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spans_are_lines_below_their_parents() {
        let span = |id: &str, parent: &str, kind: u8, name: &str, start: &str, link: &str| {
            let links = if link.is_empty() { json!([]) } else { json!([{ "spanId": link }]) };
            json!({
                "traceId": "0", "spanId": id, "parentSpanId": parent, "kind": kind, "name": name,
                "startTimeUnixNano": start, "links": links,
            })
        };
        let request = |spans: &[serde_json::Value]| {
            let scope = json!({ "scope": { "name": "a" }, "spans": spans });
            json!({ "resourceSpans": [{ "scopeSpans": [scope] }] }).to_string()
        };
        // A span arrives when it has ended: before its parent. Ten is after nine.
        let written = [
            request(&[span("b", "a", 2, "GET /", "9", ""), span("d", "", 3, "poll", "10", "b")]),
            request(&[
                span("a", "elsewhere", 3, "GET", "8", ""),
                span("e", "d", 4, "x", "11", "?"),
            ]),
        ];
        let expect = [
            "client GET",
            "  server GET /",
            "client poll -> GET /",
            "  producer x -> a span that did not arrive",
        ];
        assert_eq!(lines(&written.join("\n")).unwrap(), expect);
        assert_eq!(lines("").unwrap(), [""; 0]);
        assert!(lines("{").is_err());
    }
}
