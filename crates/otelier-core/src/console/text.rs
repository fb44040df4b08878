//! Text for a terminal: harmless, measured, cut and humanized.
//!
//! The drawings are made of text that other programs and people sent, and that goes to a terminal.
//! So two things are done with all of it: what would act on the terminal is escaped, and widths are
//! counted in columns and not in bytes or characters, because characters of East Asian scripts take
//! two columns and combining ones take none.
//!
//! The numbers are for the eye: three significant digits and a unit, so that values of one column
//! can be compared at a glance. Exact values are in what is exported.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Escapes what would move the cursor, change the terminal or reorder the line: a span's name or an
/// attribute may come from anyone who can send a request. Everything else stays as it is, in any
/// script.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Line separators, marks of direction, and characters of no width that make one text look like
/// another. The tags of U+E0000 are among them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The columns that `text` takes. `text` must be harmless: control characters are not measured in a
/// useful way.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Cuts `text` to `columns`, with an ellipsis in the place of what is missing. The result is never
/// wider than `columns`; it is empty for 0 columns.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = prefix(text, columns.saturating_sub(1)).to_owned();
    // A sequence can be wider than the sum of its characters.
    while width(&cut) >= columns && cut.pop().is_some() {}
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// Breaks `text` into lines of at most `columns`, at spaces where there are any; what is beyond
/// `max` lines is cut. The last line that is left then ends in an ellipsis. Lines have no space at
/// their ends; a text of spaces has no lines.
///
/// A space is used only in the second half of a line, so that a long word does not leave a short
/// line before it. `columns` below 2 are taken as 2, so that a wide character always fits.
pub(super) fn wrap(text: &str, columns: usize, max: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == max || width(rest) <= columns {
            lines.push(fit(rest, columns));
            break;
        }
        let line = prefix(rest, columns);
        let line = match line.rfind(' ') {
            Some(space) if space > line.len() / 2 => &line[..space],
            _ => line,
        };
        lines.push(line.trim_end().to_owned());
        rest = rest[line.len()..].trim_start();
    }
    lines
}

/// The longest beginning of `text` that takes at most `columns`, and one character at least unless
/// there are none. Nothing for 0 columns. The result may be wider than `columns` by its one
/// character.
fn prefix(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find_map(|(index, c)| {
        used += c.width().unwrap_or(0);
        (used > columns && index > 0 || columns == 0).then_some(index)
    });
    end.map_or(text, |end| &text[..end])
}

/// `12.3ms`: three digits and a unit. From a minute on, `2m05s`, and from an hour on, `2h03m`.
///
/// A value that would be rounded to 1000 of a unit is shown in the next one.
pub(super) fn duration(duration: Duration) -> String {
    const UNITS: [(f64, &str); 4] = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    if duration >= Duration::from_millis(59_995) {
        // Rounded to the second first, so that the carry reaches the minutes.
        let seconds = (duration + Duration::from_millis(500)).as_secs();
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        return match hours {
            0 => format!("{minutes}m{:02}s", seconds % 60),
            _ => format!("{hours}h{:02}m", minutes % 60),
        };
    }
    let nanos = duration.as_nanos() as f64;
    if nanos < 1000.0 {
        return format!("{nanos}ns");
    }
    let fits = |(scale, _): &(f64, &str)| nanos / scale < 999.5;
    let (scale, unit) = UNITS.into_iter().skip(1).find(fits).unwrap_or((1e9, "s"));
    format!("{}{unit}", digits(nanos / scale))
}

/// Three significant digits, or all of the whole part. Values below a thousandth, or of 16 digits
/// and more, are written with an exponent.
pub(super) fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if !(0.001..1e15).contains(&v) => format!("{value:.2e}"),
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `14:03:22.123Z`: the time of day, in UTC because the library for time zones would weigh more
/// than this module. A time before 1970 is shown as midnight.
pub(super) fn time_of_day(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs() % 86_400, since.subsec_millis());
    format!("{:02}:{:02}:{:02}.{millis:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `1 span`, `2 spans`. For nouns whose plural ends in `s`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\r\n\t\u{9b}31m\u{7f}"),
            "a\\u{1b}[2Jb\\r\\n\\t\\u{9b}31m\\u{7f}"
        );
        assert_eq!(harmless("abc\u{202e}cba\u{feff}"), "abc\\u{202e}cba\\u{feff}");
        assert_eq!(harmless("naïve 日本語 👩‍💻"), "naïve 日本語 👩‍💻");
    }

    #[test]
    fn text_is_cut_by_columns() {
        for (text, columns, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("日本語", 2, "…"),
            ("日本語", 1, "…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(fit(text, columns), expected, "{text} to {columns}");
            assert!(width(&fit(text, columns)) <= columns);
        }
    }

    #[test]
    fn text_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two three", 8, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4, 9), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("one two three four", 8, 2), ["one two", "three f…"]);
        assert_eq!(wrap("日本語日本語", 5, 9), ["日本", "語日", "本語"]);
        assert_eq!(wrap("  ", 5, 9), Vec::<String>::new());
    }

    #[test]
    fn durations_have_three_digits() {
        for (nanos, expected) in [
            (0, "0ns"),
            (7, "7ns"),
            (999, "999ns"),
            (1_000, "1.00µs"),
            (12_340, "12.3µs"),
            (999_499, "999µs"),
            (999_500, "1.00ms"),
            (9_994_000, "9.99ms"),
            (9_996_000, "10.0ms"),
            (123_456_789, "123ms"),
            (1_234_567_890, "1.23s"),
            (59_990_000_000, "60.0s"),
            (59_999_000_000, "1m00s"),
            (125_000_000_000, "2m05s"),
            (3_599_600_000_000, "1h00m"),
            (7_380_000_000_000, "2h03m"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), expected, "{nanos}");
        }
    }

    #[test]
    fn times_are_of_the_day() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_002_123);
        assert_eq!(time_of_day(time), "22:13:22.123Z");
        assert_eq!(time_of_day(UNIX_EPOCH - Duration::from_secs(1)), "00:00:00.000Z");
    }
}
