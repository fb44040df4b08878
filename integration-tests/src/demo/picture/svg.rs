//! A drawing in a terminal's colors as an SVG: a cell of the terminal has one size, whatever font
//! shows it.

use std::fmt::Write as _;

const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 14.0;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const BACKGROUND: &str = "#0d1117";
const FOREGROUND: &str = "#e6edf3";

/// A piece of a line that looks the same throughout.
#[derive(Debug, Default, PartialEq)]
struct Run {
    column: usize,
    text: String,
    paint: Paint,
}

/// How text is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Paint {
    is_bold: bool,
    /// In the table of 256 colors.
    color: Option<u8>,
}

/// The SVG of `drawing`, lines with ANSI colors.
pub(super) fn of(drawing: &str) -> String {
    let lines: Vec<Vec<Run>> = drawing.lines().map(runs).collect();
    let end = |line: &Vec<Run>| line.last().map_or(0, |run| run.column + run.text.chars().count());
    let columns = lines.iter().map(end).max().unwrap_or(0);
    let width = columns as f64 * CELL.0 + 2.0 * MARGIN;
    let height = lines.len() as f64 * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"{FONT}\" font-size=\"14\" fill=\"{FOREGROUND}\" \
         xml:space=\"preserve\">\n"
    );
    for (index, line) in lines.iter().enumerate() {
        let y = MARGIN + (index as f64 + 0.75) * CELL.1;
        for run in line {
            write_run(&mut svg, run, y);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn write_run(svg: &mut String, run: &Run, y: f64) {
    let x = MARGIN + run.column as f64 * CELL.0;
    let length = run.text.chars().count() as f64 * CELL.0;
    let mut paint = String::new();
    if let Some(color) = run.paint.color {
        paint.push_str(&format!(" fill=\"{}\"", hex(color)));
    }
    if run.paint.is_bold {
        paint.push_str(" font-weight=\"bold\"");
    }
    let text = run.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\"{paint}>{text}</text>"
    );
}

/// The pieces of a line, each cut where there are several spaces.
fn runs(line: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut paint = Paint::default();
    let mut column = 0;
    for (index, part) in line.split("\u{1b}[").enumerate() {
        let text = match part.split_once('m').filter(|_| index > 0) {
            Some((code, text)) => {
                paint = after(paint, code);
                text
            }
            None => part,
        };
        for piece in text.split_inclusive("  ") {
            let shown = piece.trim_end();
            if !shown.is_empty() {
                let indent = shown.chars().count() - shown.trim_start().chars().count();
                let text = shown.trim_start().to_owned();
                runs.push(Run { column: column + indent, text, paint });
            }
            column += piece.chars().count();
        }
    }
    runs
}

fn after(paint: Paint, code: &str) -> Paint {
    match code {
        "0" => Paint::default(),
        "1" => Paint { is_bold: true, ..paint },
        _ => Paint { color: code.strip_prefix("38;5;").and_then(|it| it.parse().ok()), ..paint },
    }
}

/// A color of the table of 256, beyond the 16 that each terminal has its own of.
fn hex(color: u8) -> String {
    let level = |index: u8| if index == 0 { 0 } else { 55 + 40 * index };
    let [red, green, blue] = match color {
        0..16 => [128; 3],
        16..232 => {
            let cube = color - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        232.. => [8 + 10 * (color - 232); 3],
    };
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_into_runs() {
        let run = |column, text: &str, is_bold, color| Run {
            column,
            text: text.to_owned(),
            paint: Paint { is_bold, color },
        };
        assert_eq!(
            runs("   \u{1b}[1mGET /a\u{1b}[0m  \u{1b}[38;5;30mshop api\u{1b}[0m    12ms  ━━"),
            [
                run(3, "GET /a", true, None),
                run(11, "shop api", false, Some(30)),
                run(23, "12ms", false, None),
                run(29, "━━", false, None),
            ]
        );
        assert_eq!(runs(""), []);
        assert_eq!(runs("\u{1b}[38;5;243m── \u{1b}[0m"), [run(0, "──", false, Some(243))]);
    }

    #[test]
    fn a_drawing_is_an_svg() {
        let svg = of("a \u{1b}[1m<b>\u{1b}[0m\n\u{1b}[38;5;160m✗\u{1b}[0m\n");
        let expected = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 70 64\" \
                        width=\"70\" height=\"64\">\n\
                        <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n";
        assert!(svg.starts_with(expected), "{svg}");
        let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
        assert_eq!(
            lines,
            [
                "<text x=\"14.0\" y=\"27.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\">a</text>",
                "<text x=\"30.8\" y=\"27.5\" textLength=\"25.2\" lengthAdjust=\"spacingAndGlyphs\" font-weight=\"bold\">&lt;b&gt;</text>",
                "<text x=\"14.0\" y=\"45.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d70000\">✗</text>",
            ]
        );
    }
}
