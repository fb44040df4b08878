//! What a span's line says beyond its name and times: the outcome, the few attributes that matter,
//! errors, links.
//!
//! It is computed once for each span, before the layout, because the width of the outcomes decides
//! the columns. `Drawing` decides afterwards what has room on the span's line and what goes below
//! it.
//!
//! The attributes come from any library and from any version of the conventions, so nothing here is
//! parsed or trusted: texts are compared, escaped with `harmless`, and cut later. Of the
//! conventions only a fixed list is shown, in the order in which a reader wants them; of the
//! attributes that the program chose itself the first few, as `key=value`.

use opentelemetry::trace::Status;

use super::super::style::Ink;
use super::super::text::harmless;
use super::SpanRow;

/// Attributes of the user's own that are shown.
///
/// The number of the others stands behind them.
const OWN_SHOWN: usize = 4;
/// Links of a span that have a line; a further line has the number of the others.
const LINKS_SHOWN: usize = 3;

/// All of it harmless to a terminal.
pub(super) struct Detail {
    /// The status code, or what failed. `None` for a span without a status, a code and an error.
    pub(super) outcome: Option<(String, Ink)>,
    /// Whether the span is one of those in which the trace's time went.
    pub(super) is_slow: bool,
    /// The attributes that matter, or nothing. Those that the name of the span holds are left out.
    pub(super) facts: String,
    /// The error's message. `Tree` clears it where a child has the same one.
    pub(super) message: Option<String>,
    /// A line for each link that is shown, and one for the number of the others.
    pub(super) links: Vec<String>,
}

impl Detail {
    /// `is_orphan`: the span names a parent that is not drawn, which its facts then name.
    pub(super) fn new(row: &SpanRow, is_orphan: bool, is_slow: bool) -> Self {
        let message = match &row.status {
            Status::Error { description } if !description.is_empty() => Some(harmless(description)),
            _ => None,
        };
        let mut links: Vec<_> = row
            .links
            .iter()
            .take(LINKS_SHOWN)
            .map(|(trace_id, span_id)| match *trace_id == row.trace_id {
                true => format!("↗ links to {span_id} of this trace"),
                false => format!("↗ links to {span_id} of trace {trace_id}"),
            })
            .collect();
        if row.links.len() > LINKS_SHOWN {
            links.push(format!("↗ and {} more", row.links.len() - LINKS_SHOWN));
        }
        Self { outcome: outcome(row), is_slow, facts: facts(row, is_orphan), message, links }
    }
}

/// Looks an attribute up by its namespace and the rest of its key.
///
/// Drawn spans come from any library, so this reads the conventions in every form that is around.
/// The namespace is what stands before the first dot of the key. Of two attributes with one key the
/// first counts.
pub(super) fn find<'a>(row: &'a SpanRow, namespace: &str, rest: &str) -> Option<&'a str> {
    let matches = |key: &str| key.split_once('.') == Some((namespace, rest));
    row.attributes.iter().find(|(key, _)| matches(key)).map(|(_, value)| value.as_str())
}

/// The status code of HTTP or RPC, then the `error.type`, in the color of how the span ended.
///
/// Red with a mark is for spans whose status is an error. Yellow is for what the status does not
/// call an error although a code of 4xx or 5xx, an `error.type` or a cancellation says that
/// something is wrong: a server's 404, for example.
fn outcome(row: &SpanRow) -> Option<(String, Ink)> {
    let code = find(row, "http", "response.status_code")
        .or_else(|| find(row, "rpc", "response.status_code"));
    let cancelled = || find(row, "otelier", "cancelled").filter(|value| *value == "true");
    // Of the path of a Rust type, the type's own name.
    let error = find(row, "error", "type").map(|error| error.rsplit("::").next().unwrap_or(error));
    let error = error.or_else(|| cancelled().map(|_| "cancelled"));
    let text = match (code, error) {
        (Some(code), Some(error)) if code != error => Some(format!("{code} {error}")),
        (Some(text), _) | (None, Some(text)) => Some(text.to_owned()),
        (None, None) => None,
    };
    let text = text.as_deref().map(harmless);
    match (&row.status, text) {
        (Status::Error { .. }, text) => {
            Some((format!("✗ {}", text.as_deref().unwrap_or("error")), Ink::Red))
        }
        (_, Some(text)) => {
            let fine = error.is_none() && !text.starts_with(['4', '5']);
            Some((text, if fine { Ink::Green } else { Ink::Yellow }))
        }
        (Status::Ok, None) => Some(("ok".to_owned(), Ink::Green)),
        (Status::Unset, None) => None,
    }
}

/// The values of the attributes that matter, two spaces apart, and at the end the parent of an
/// orphan. Empty if there are none.
fn facts(row: &SpanRow, is_orphan: bool) -> String {
    let mut facts = Vec::new();
    // Not what the name says already.
    let mut add = |fact: Option<&str>, label: &str| {
        if let Some(fact) = fact.filter(|fact| !fact.is_empty() && !row.name.contains(*fact)) {
            facts.push(format!("{label}{}", harmless(fact)));
        }
    };
    add(find(row, "http", "request.method"), "");
    add(find(row, "url", "full").or_else(|| find(row, "url", "path")), "");
    if find(row, "url", "full").is_none() {
        add(find(row, "url", "query"), "?");
    }
    add(find(row, "http", "route"), "route ");
    add(find(row, "http", "request.resend_count"), "resend ");
    add(find(row, "db", "system.name"), "");
    add(find(row, "db", "namespace"), "");
    add(find(row, "db", "query.text").or_else(|| find(row, "db", "query.summary")), "");
    add(find(row, "db", "operation.batch.size"), "batch ");
    add(find(row, "db", "response.returned_rows"), "rows ");
    add(find(row, "messaging", "system"), "");
    add(find(row, "messaging", "destination.name"), "");
    add(find(row, "messaging", "message.id"), "message ");
    add(find(row, "messaging", "batch.message_count"), "messages ");
    add(find(row, "rpc", "method"), "");
    add(find(row, "aws", "s3.bucket"), "");
    add(find(row, "aws", "s3.key"), "");

    let own: Vec<_> = row.attributes.iter().filter(|(key, _)| is_own(key)).collect();
    for (key, value) in own.iter().take(OWN_SHOWN) {
        facts.push(format!("{}={}", harmless(key), harmless(value)));
    }
    if own.len() > OWN_SHOWN {
        facts.push(format!("+{}", own.len() - OWN_SHOWN));
    }
    if let Some(parent) = row.parent_id.filter(|_| is_orphan) {
        facts.push(format!("parent {parent}"));
    }
    facts.join("  ")
}

/// Whether the user chose the attribute, as opposed to an instrumentation library. Told by the
/// namespace: what is in none of those that conventions and the bridges of `tracing` use.
/// `busy_ns`, `idle_ns`, `level` and `target` are whole keys, which those bridges set.
fn is_own(key: &str) -> bool {
    /// Sorted. First segments of keys, of attributes that instrumentation sets.
    const CONVENTIONS: [&str; 21] = [
        "aws",
        "busy_ns",
        "client",
        "cloud",
        "code",
        "db",
        "error",
        "exception",
        "http",
        "idle_ns",
        "level",
        "messaging",
        "network",
        "otelier",
        "rpc",
        "server",
        "target",
        "thread",
        "tls",
        "url",
        "user_agent",
    ];
    let namespace = key.split('.').next().unwrap_or(key);
    !CONVENTIONS.contains(&namespace)
}
