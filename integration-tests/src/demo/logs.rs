//! Log records that a scene expects.

use anyhow::{Result, ensure};
use otelier_testing::{Attributes, LogRecord, Received, Span};

/// What is said by a service, in a span of its own.
pub(crate) struct ExpectedLog {
    pub(crate) service: &'static str,
    pub(crate) message: &'static str,
    /// What the span's name begins with.
    pub(crate) span: &'static str,
}

/// Each of them was received once, with the ids of a span that was received too.
pub(crate) fn check_logs(received: &Received, expected: &[ExpectedLog]) -> Result<()> {
    let (logs, spans) = (received.logs(), received.spans());
    for ExpectedLog { service, message, span } in expected {
        let is_it =
            |log: &&LogRecord| log.body.as_str() == Some(message) && is_of(&log.resource, service);
        let found: Vec<&LogRecord> = logs.iter().filter(is_it).collect();
        ensure!(found.len() == 1, "{service} said `{message}` {} times", found.len());
        let is_inside = |it: &Span| {
            let has_ids = (it.trace_id, it.span_id) == (found[0].trace_id, found[0].span_id);
            has_ids && it.name.starts_with(span) && is_of(&it.resource, service)
        };
        ensure!(spans.iter().any(is_inside), "{service} said `{message}` outside of `{span}`");
    }
    Ok(())
}

fn is_of(resource: &Attributes, service: &str) -> bool {
    resource.get("service.name").and_then(|name| name.as_str()) == Some(service)
}
