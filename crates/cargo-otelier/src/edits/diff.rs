//! Shows what edits change, line by line.

use std::fmt;

use super::apply::{Edited, EditedFile};

impl fmt::Display for Edited {
    /// Writes each changed line as `-` and `+`, under the file it is in. Since no edit adds or
    /// removes a line, lines before and after have the same number; what is new comes at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, file) in &self.files {
            let before = if file.before.is_some() { path } else { "/dev/null" };
            writeln!(f, "--- {before}\n+++ {path}")?;
            lines(file, f)?;
        }
        Ok(())
    }
}

fn lines(file: &EditedFile, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut before = file.before.as_deref().unwrap_or_default().lines();
    let mut last = None;
    for (number, after) in (1_usize..).zip(file.after.lines()) {
        let before = before.next();
        if before == Some(after) {
            continue;
        }
        if before.is_some() || last != Some(number - 1) {
            writeln!(f, "@@ line {number} @@")?;
        }
        last = Some(number);
        if let Some(before) = before {
            writeln!(f, "-{before}")?;
        }
        writeln!(f, "+{after}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn changed_and_new_lines_are_shown() {
        let file = |before: Option<&str>, after: &str| EditedFile {
            before: before.map(str::to_owned),
            after: after.to_owned(),
        };
        let edited = Edited {
            versions: "1".to_owned(),
            edits: 3,
            files: BTreeMap::from([
                ("a.rs".to_owned(), file(Some("a\nb\nc\n"), "a\nx\nc\nd\ne\n")),
                ("b.rs".to_owned(), file(None, "new\nfile\n")),
            ]),
        };
        assert_eq!(
            edited.to_string(),
            "--- a.rs\n+++ a.rs\n@@ line 2 @@\n-b\n+x\n@@ line 4 @@\n+d\n+e\n--- /dev/null\n\
             +++ b.rs\n@@ line 1 @@\n+new\n+file\n"
        );
    }
}
