//! A trace's time axis: where a moment is on it, and the marks above the bars.
//!
//! A bar has a resolution of half a column, because there are box characters for the left and the
//! right half. The marks are at multiples of 1, 2 or 5 times a power of ten, at the shortest
//! distance at which no label touches the next mark. Times are relative to the start of the trace.

use std::time::{Duration, SystemTime};

use super::super::text;

/// A span of time drawn over a number of columns.
#[derive(Clone, Copy)]
pub(super) struct TimeScale {
    /// The left edge.
    start: SystemTime,
    /// The time from the left edge to the right one; may be zero.
    total: Duration,
    /// The width of the axis.
    columns: usize,
}

impl TimeScale {
    pub(super) fn new(start: SystemTime, total: Duration, columns: usize) -> Self {
        Self { start, total, columns }
    }

    /// A bar from one moment to another, in half columns. Has exactly `columns` characters, spaces
    /// among them, and at least one half column that is filled, so that the shortest span can be
    /// seen. What is outside of the axis is cut.
    pub(super) fn bar(&self, start: SystemTime, end: SystemTime) -> String {
        let halves = 2 * self.columns;
        let total = self.total.as_secs_f64();
        let at = |time: SystemTime| {
            let offset = time.duration_since(self.start).unwrap_or_default().as_secs_f64();
            // A trace without duration is drawn over its whole width.
            let share = if total > 0.0 { offset / total } else { 0.0 };
            ((share * halves as f64).round() as usize).min(halves)
        };
        let first = at(start).min(halves - 1);
        let last = if total > 0.0 { at(end).max(first + 1) } else { halves };
        let cell = |index: usize| {
            let covered = |half: usize| (first..last).contains(&half);
            match (covered(2 * index), covered(2 * index + 1)) {
                (true, true) => '━',
                (true, false) => '╸',
                (false, true) => '╺',
                (false, false) => ' ',
            }
        };
        (0..self.columns).map(cell).collect()
    }

    /// Marks at round times, `╷0   ╷20ms  ╷40ms`; nothing if there is no room for one. A mark's
    /// column is where its time is; the label stands on its right.
    pub(super) fn marks(&self) -> String {
        let total = self.total.as_nanos();
        // The shortest step for which no mark runs into the next one.
        let mut steps = (0..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u128.pow(power)));
        let marks = steps.find_map(|step| (step <= total).then(|| self.marks_by(step)).flatten());
        marks.unwrap_or_default()
    }

    /// Marks each `step` nanoseconds, if they fit. `None`: they do not, or only the mark at zero
    /// does.
    fn marks_by(&self, step: u128) -> Option<String> {
        let total = self.total.as_nanos();
        let most = (self.columns / 3) as u128;
        if total / step > most {
            return None;
        }
        let mut marks = String::new();
        for time in (0..=total / step).map(|index| index * step) {
            let at = (time as f64 / total as f64 * self.columns as f64).round() as usize;
            let label = format!("╷{}", label(time));
            if at + text::width(&label) > self.columns {
                // The last one may be too far to the right.
                break;
            }
            if time > 0 && at < text::width(&marks) + 2 {
                return None;
            }
            marks.extend(std::iter::repeat_n(' ', at - text::width(&marks)));
            marks.push_str(&label);
        }
        (text::width(&marks) > 2).then_some(marks)
    }
}

/// `20ms`: a round time, without digits that say nothing. In the largest unit in which it is a
/// whole number.
fn label(nanos: u128) -> String {
    /// From the largest to the smallest; the last one fits every number but 0.
    const UNITS: [(u128, &str); 4] =
        [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs"), (1, "ns")];
    let unit = UNITS.into_iter().find(|(scale, _)| nanos >= *scale && nanos.is_multiple_of(*scale));
    unit.map_or_else(|| "0".to_owned(), |(scale, unit)| format!("{}{unit}", nanos / scale))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn marks_are_at_round_times() {
        let check = |total, columns, expected| {
            assert_eq!(TimeScale::new(UNIX_EPOCH, total, columns).marks(), expected, "{total:?}");
        };
        let micros = Duration::from_micros;
        check(micros(12_400), 40, "╷0    ╷2ms   ╷4ms  ╷6ms   ╷8ms  ╷10ms");
        check(micros(86_100), 30, "╷0     ╷20ms  ╷40ms  ╷60ms");
        check(micros(86_100), 14, "╷0      ╷50ms");
        check(Duration::from_millis(1_400), 24, "╷0       ╷500ms  ╷1s");
        check(Duration::from_secs(90), 20, "╷0         ╷50s");
        check(Duration::from_nanos(7), 20, "╷0            ╷5ns");
        // No room, and no time.
        check(micros(86_100), 4, "");
        check(Duration::ZERO, 40, "");
    }
}
