//! `docs/versions.svg`: the results as a picture, a box for each version.

use crate::matrix::results::Results;

/// Where the picture is.
pub(crate) const PATH: &str = "docs/versions.svg";

const LABEL: usize = 150;
const BOX: (usize, usize) = (66, 22);
const GAP: usize = 4;
const IN_ROW: usize = 9;
const PASS: &str = "#1a7f37";
const FAIL: &str = "#cf222e";

/// Draws the results. Green has passed, red has failed; a failed box also has a cross, for those
/// who do not see the colors apart.
pub(crate) fn draw(results: &Results) -> String {
    let mut boxes = String::new();
    let mut top = GAP;
    for (library, rows) in results.libraries() {
        boxes.push_str(&format!(
            "<text x=\"{GAP}\" y=\"{}\" fill=\"#6e7781\">{library}</text>\n",
            top + 15
        ));
        for (index, row) in rows.iter().enumerate() {
            if index > 0 && index % IN_ROW == 0 {
                top += BOX.1 + GAP;
            }
            let left = LABEL + (index % IN_ROW) * (BOX.0 + GAP);
            let (color, mark) = if row.passed { (PASS, "") } else { (FAIL, " ✗") };
            boxes.push_str(&format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"4\" \
                 fill=\"{color}\"><title>{library} {}: {}, {}</title></rect>\n\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#ffffff\">{}{mark}</text>\n",
                BOX.0,
                BOX.1,
                row.version,
                row.verdict(),
                row.date,
                left + BOX.0 / 2,
                top + 15,
                row.version,
            ));
        }
        top += BOX.1 + 2 * GAP;
    }
    let width = LABEL + IN_ROW * (BOX.0 + GAP);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{top}\" \
         viewBox=\"0 0 {width} {top}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>The tested versions of each library</title>\n{boxes}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_a_box() {
        let row = |version: usize, verdict: &str| {
            format!("| 0.8.{version} | {verdict} | 1 | 1s | 2026-11-28 | 1.95.0 |  |  |\n")
        };
        let rows: String = (0..IN_ROW).map(|version| row(version, "pass")).collect();
        let text = format!("## axum\n{rows}{}## tower\n{}", row(IN_ROW, "fail"), row(1, "pass"));
        let picture = draw(&Results::parse(&text));
        assert_eq!(picture.matches(PASS).count(), IN_ROW + 1);
        assert_eq!(picture.matches(FAIL).count(), 1);
        assert!(picture.contains(">0.8.9 ✗</text>"), "{picture}");
        assert!(picture.contains("<title>tower 0.8.1: pass, 2026-11-28</title>"), "{picture}");
        // Three rows: the tenth box of axum begins its second.
        assert!(picture.contains("height=\"90\""), "{picture}");
        assert_eq!(picture.matches('<').count(), picture.matches('>').count());
    }
}
