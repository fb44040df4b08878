//! Which spans are slow: where the time of a trace went.
//!
//! A long span is not slow because a span below it is: only time that no direct child covers counts
//! as its own. So the mark is on the spans where time was spent, and not on all of their ancestors.
//! Children may overlap, since they may run side by side; time that several of them cover is taken
//! off once.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanId;

use super::SpanRow;
use super::detail::find;

/// A span that takes this long outside of its children is marked. The same for all spans: it is
/// about what a person notices, not about what is usual for a route.
const SLOW: Duration = Duration::from_millis(100);

/// The spans that took long, each without the time in which one of its children ran. A consumer's
/// wait for messages is not among them: it waits on purpose. Returns their ids.
pub(super) fn slow_spans(rows: &[&SpanRow]) -> HashSet<SpanId> {
    let mut children: HashMap<SpanId, Vec<(SystemTime, SystemTime)>> = HashMap::new();
    for row in rows {
        if let Some(parent) = row.parent_id {
            children.entry(parent).or_default().push((row.start, row.end));
        }
    }
    let is_slow = |row: &&&SpanRow| {
        let waits = find(row, "messaging", "operation.type") == Some("receive");
        let children = || children.get(&row.span_id).cloned().unwrap_or_default();
        !waits && row.duration() >= SLOW && own_time(row, children()) >= SLOW
    };
    rows.iter().filter(is_slow).map(|row| row.span_id).collect()
}

/// The span's duration without these intervals. They are the times of the children, in any order.
/// What of them is before or after the span itself does not count.
fn own_time(row: &SpanRow, mut intervals: Vec<(SystemTime, SystemTime)>) -> Duration {
    intervals.sort_unstable();
    let mut own = Duration::ZERO;
    let mut at = row.start;
    for (start, end) in intervals {
        own += start.min(row.end).duration_since(at).unwrap_or_default();
        at = at.max(end);
    }
    own + row.end.duration_since(at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn own_time_leaves_children_out() {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        let row = SpanRow { start: at(100), end: at(200), ..SpanRow::default() };
        let check = |children: &[(u64, u64)], expected| {
            let children = children.iter().map(|(start, end)| (at(*start), at(*end))).collect();
            assert_eq!(own_time(&row, children), Duration::from_millis(expected));
        };
        check(&[], 100);
        check(&[(110, 120), (150, 190)], 50);
        // They overlap, one is inside of another, and they come in any order.
        check(&[(150, 160), (110, 140), (120, 130), (130, 150)], 50);
        // Begun before the span, and running on after it.
        check(&[(0, 110), (190, 900)], 80);
        check(&[(0, 900)], 0);
        check(&[(0, 50), (300, 400)], 100);
    }
}
