//! How output looks: its width, its colors, and lines that know how wide they are.
//!
//! A drawing is built from `Line`s: texts are pushed at a column, each with an `Ink`. The line
//! counts columns and not bytes, so escape sequences of color never move what follows them, and the
//! same code draws with and without color. White space at the end of a line is never written, so
//! that output in files has none.
//!
//! `Style` says how wide a drawing may be and whether it has colors. It is decided when the
//! `Console` is made; a terminal that is resized later is drawn for its old width.

use opentelemetry::logs::Severity;

use super::text;

/// Whether to use colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Colors when standard output is a terminal.
    #[default]
    Auto,
    /// Colors always, for a pager or a log viewer that understands them.
    Always,
    /// Plain text: what `NO_COLOR` asks for.
    Never,
}

/// How wide a drawing may be, and whether in color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to write ANSI colors.
    pub color: bool,
}

impl Default for Style {
    /// 100 columns of plain text.
    fn default() -> Self {
        Self { width: 100, color: false }
    }
}

impl Style {
    /// The width that is drawn for: neither so narrow that nothing fits nor so wide that the eye
    /// loses the line. From 60 to 180 columns.
    pub(super) fn columns(self) -> usize {
        self.width.clamp(60, 180)
    }
}

/// What a piece of text is painted with.
///
/// The drawings choose by meaning: red is what failed, yellow what to look at, dim what is only
/// there to help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

impl Ink {
    /// Colors of the table of 256, because a terminal's own first 16 may be illegible on its
    /// background: yellow on white, for example. These are of medium brightness, and are legible on
    /// black and on white.
    ///
    /// The parameters of the escape sequence; empty for plain text, which has no sequence.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Dim => "38;5;243",
            Self::Red => "38;5;160",
            Self::Green => "38;5;64",
            Self::Yellow => "38;5;130",
            Self::Blue => "38;5;68",
            Self::Magenta => "38;5;133",
            Self::Cyan => "38;5;30",
        }
    }
}

/// The color of a log record's level. Levels below INFO are blue; a record without a severity has
/// none.
pub(super) fn severity_ink(severity: Option<Severity>) -> Ink {
    match severity {
        None => Ink::Plain,
        Some(severity) if severity >= Severity::Error => Ink::Red,
        Some(severity) if severity >= Severity::Warn => Ink::Yellow,
        Some(severity) if severity >= Severity::Info => Ink::Green,
        Some(_) => Ink::Blue,
    }
}

/// A line under construction that counts its columns, and never ends in white space.
pub(super) struct Line {
    /// The line so far, with escape sequences.
    text: String,
    /// Columns that hold text.
    width: usize,
    /// The column where the next text goes. Never less than `width`; the gap is filled when text
    /// follows.
    column: usize,
    color: bool,
}

impl Line {
    /// An empty line at column 0.
    pub(super) fn new(style: Style) -> Self {
        Self { text: String::new(), width: 0, column: 0, color: style.color }
    }

    /// The column at which the next text goes, with trailing spaces counted.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Appends `text`, which must hold no control characters. Spaces at its ends are not painted,
    /// and those at its end are only written once more text follows.
    pub(super) fn push(&mut self, text: &str, ink: Ink) -> &mut Self {
        let inked = text.trim_end_matches(' ');
        let width = text::width(text);
        if !inked.is_empty() {
            let leading = inked.len() - inked.trim_start_matches(' ').len();
            self.text.extend(std::iter::repeat_n(' ', self.column - self.width + leading));
            self.paint(&inked[leading..], ink);
            self.width = self.column + text::width(inked);
        }
        self.column += width;
        self
    }

    /// Appends `text` between the sequence of its color and the one that resets it. The width is
    /// counted by the caller.
    fn paint(&mut self, text: &str, ink: Ink) {
        if self.color && ink != Ink::Plain {
            for part in ["\u{1b}[", ink.code(), "m", text, "\u{1b}[0m"] {
                self.text.push_str(part);
            }
        } else {
            self.text.push_str(text);
        }
    }

    /// Moves to `column`, if the line is not beyond it.
    pub(super) fn pad_to(&mut self, column: usize) -> &mut Self {
        self.column = self.column.max(column);
        self
    }

    /// Writes the line and its line feed. Without the trailing spaces.
    pub(super) fn finish(&self, out: &mut String) {
        out.push_str(&self.text);
        out.push('\n');
    }
}

/// Writes the rule above a drawing: on the left what it is, with as many of the facts as there is
/// room for; on the right the first of `rights` that fits. Of the title 24 columns are kept in any
/// case; what it has beyond them gives way to the facts and to what is on the right. Of the facts
/// the last ones are left out first. `title` and `facts` must be harmless.
pub(super) fn rule(
    out: &mut String,
    style: Style,
    title: &str,
    facts: &[(String, Ink)],
    rights: &[&str],
) {
    /// The rule's beginning, and one column of it at least after the facts.
    const ENDS: usize = 5;
    /// Columns that a title keeps if it is that long, before anything else has room.
    const SHORTEST_TITLE: usize = 24;
    let columns = style.columns();
    let mut left = ENDS + text::width(title).min(SHORTEST_TITLE);
    let fitting = facts.iter().take_while(|(fact, _)| {
        left += text::width(fact) + 3;
        left <= columns
    });
    let facts = &facts[..fitting.count()];
    let facts_width: usize = facts.iter().map(|(fact, _)| text::width(fact) + 3).sum();
    let room = columns - ENDS - facts_width;
    let fits = |right: &&&str| text::width(title).min(SHORTEST_TITLE) + text::width(right) < room;
    let right = rights.iter().find(fits);
    let right_width = right.map_or(0, |right| text::width(right) + 1);

    let mut line = Line::new(style);
    line.push("── ", Ink::Dim).push(&text::fit(title, room - right_width), Ink::Bold);
    for (fact, ink) in facts {
        line.push(" · ", Ink::Dim).push(fact, *ink);
    }
    line.push(" ", Ink::Plain);
    let fill = columns.saturating_sub(line.column() + right_width);
    line.push(&"─".repeat(fill), Ink::Dim);
    if let Some(right) = right {
        line.push(" ", Ink::Plain).push(right, Ink::Dim);
    }
    line.finish(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(color: bool, draw: impl FnOnce(&mut Line)) -> String {
        let mut line = Line::new(Style { width: 80, color });
        draw(&mut line);
        let mut out = String::new();
        line.finish(&mut out);
        out
    }

    #[test]
    fn lines_are_padded_between_texts_only() {
        let draw = |line: &mut Line| {
            line.push("日本", Ink::Red).pad_to(6).push(" x ", Ink::Plain).pad_to(20);
            assert_eq!(line.column(), 20);
        };
        assert_eq!(drawn(false, draw), "日本   x\n");
        assert_eq!(drawn(true, draw), "\u{1b}[38;5;160m日本\u{1b}[0m   x\n");
    }

    /// The contrast of a color of the table of 256 with black and with white, as the guidelines for
    /// web content compute it.
    fn contrasts(color: u32) -> [f64; 2] {
        let level = |index: u32| if index == 0 { 0 } else { 55 + 40 * index };
        let rgb = match color {
            16..232 => {
                let cube = color - 16;
                [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
            }
            _ => [8 + 10 * (color - 232); 3],
        };
        let [red, green, blue] = rgb.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        [(luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05)]
    }

    #[test]
    fn colors_are_legible_on_any_background() {
        assert_eq!(contrasts(16).map(f64::round), [1.0, 21.0]);
        assert_eq!(contrasts(231).map(f64::round), [21.0, 1.0]);
        for ink in [Ink::Dim, Ink::Red, Ink::Green, Ink::Yellow, Ink::Blue, Ink::Magenta, Ink::Cyan]
        {
            let color = ink.code().strip_prefix("38;5;").unwrap().parse().unwrap();
            // The least that the guidelines ask for where text is large or decorative.
            for contrast in contrasts(color) {
                assert!(contrast >= 3.0, "{ink:?}: {contrast:.2}");
            }
        }
    }
}
