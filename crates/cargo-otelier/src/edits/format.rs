//! The format of `edits.toml`.
//!
//! ```toml
//! library = "axum"
//! [[edit]]                         # an edit of every range
//! file = "src/lib.rs"
//! append-text = "mod __otelier;"
//! [[range]]
//! versions = ">=0.8.0, <0.9.0"     # the first range that has the version, and fits, is taken
//! [[range.edit]]
//! file = "src/__otelier.rs"
//! create = "hooks.rs"              # a new file, from the snippet beside `edits.toml`
//! [[range.edit]]
//! file = "src/lib.rs"
//! append = "module.rs"             # after the end, from a snippet, or as `append-text`
//! [[range.edit]]
//! file = "src/routing.rs"
//! anchor = "self.call(request)"    # a part of one line, found exactly once
//! after = "let request ="          # a part of an earlier line, found exactly once
//! replace = "hook(self.call(request))"
//! ```
//!
//! With `after`, the anchor is the first one in the lines behind that line. Anchors are looked for
//! in the text as the library has it, so no edit depends on another one. A replacement takes the
//! place of the anchor and is one line too: the lines of a library keep their numbers.

use std::fmt;

use semver::{Version, VersionReq};
use serde::Deserialize;

/// The edits of one library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its name on crates.io.
    pub name: String,
    /// Its ranges of versions, in the order in which they are tried.
    pub ranges: Vec<Range>,
}

/// The edits of a range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The versions.
    pub versions: VersionReq,
    /// What is changed; all of it or nothing.
    pub edits: Vec<Edit>,
}

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A new file.
    Create {
        /// Its path in the package.
        file: String,
        /// What is in it.
        text: String,
    },
    /// Text after the end of a file.
    Append {
        /// Its path in the package.
        file: String,
        /// What is added.
        text: String,
    },
    /// Another text in the place of a part of a line.
    Replace {
        /// The file's path in the package.
        file: String,
        /// The part of the line.
        anchor: String,
        /// A part of an earlier line, behind which the anchor is the first one.
        after: Option<String>,
        /// What takes the anchor's place.
        with: String,
    },
}

/// Why edits cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    library: String,
    reason: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "edits of {}: {}", self.library, self.reason)
    }
}

impl std::error::Error for Invalid {}

impl Library {
    /// Reads `edits.toml`; `snippet` gives the text of a file beside it.
    pub(super) fn parse(
        name: &str,
        text: &str,
        snippet: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Invalid> {
        let invalid = |reason: String| Invalid { library: name.to_owned(), reason };
        let file: File = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        if file.library != name {
            return Err(invalid(format!("the folder {name} has those of {}", file.library)));
        }
        let mut ranges = Vec::new();
        for range in file.range {
            let edits = file.edit.iter().cloned().chain(range.edit);
            let edits = edits.map(|it| it.read(&snippet));
            let edits = edits.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
            if edits.is_empty() {
                return Err(invalid(format!("the range {} has none", range.versions)));
            }
            ranges.push(Range { versions: range.versions, edits });
        }
        Ok(Self { name: file.library, ranges })
    }

    /// Whether some range has the version.
    pub fn has(&self, version: &Version) -> bool {
        self.ranges.iter().any(|range| range.versions.matches(version))
    }
}

impl Edit {
    /// The file that is changed.
    pub fn file(&self) -> &str {
        match self {
            Self::Create { file, .. } | Self::Append { file, .. } | Self::Replace { file, .. } => {
                file
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    library: String,
    #[serde(default)]
    edit: Vec<FileEdit>,
    range: Vec<FileRange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRange {
    versions: VersionReq,
    #[serde(default)]
    edit: Vec<FileEdit>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileEdit {
    file: String,
    create: Option<String>,
    append: Option<String>,
    append_text: Option<String>,
    anchor: Option<String>,
    after: Option<String>,
    replace: Option<String>,
}

impl FileEdit {
    fn read(self, snippet: impl Fn(&str) -> Option<String>) -> Result<Edit, String> {
        let Self { file, create, append, append_text, anchor, after, replace } = self;
        let snippet =
            |name: String| snippet(&name).ok_or(format!("the snippet {name} is not there"));
        if file.starts_with('/') || file.split('/').any(|part| part == "..") {
            return Err(format!("{file} is outside of the package"));
        }
        match (create, append, append_text, anchor, after, replace) {
            (Some(name), None, None, None, None, None) => {
                Ok(Edit::Create { file, text: snippet(name)? })
            }
            (None, Some(name), None, None, None, None) => {
                Ok(Edit::Append { file, text: without_inner_docs(&snippet(name)?) })
            }
            (None, None, Some(text), None, None, None) => Ok(Edit::Append { file, text }),
            (None, None, None, Some(anchor), after, Some(with)) => {
                let parts = [Some(&anchor), after.as_ref(), Some(&with)];
                if parts.into_iter().flatten().any(|part| part.contains('\n')) {
                    return Err(format!("{file}: `{}` has more than one line", anchor.trim()));
                }
                if anchor.is_empty() || after.as_deref() == Some("") {
                    return Err(format!("{file}: an anchor is empty"));
                }
                Ok(Edit::Replace { file, anchor, after, with })
            }
            _ => Err(format!(
                "{file} needs one of `create`, `append`, `append-text`, or `anchor` and `replace`"
            )),
        }
    }
}

/// A snippet without the `//!` that says its role: after the end of a file it would not compile.
fn without_inner_docs(text: &str) -> String {
    let is_doc = |line: &&str| line.starts_with("//!");
    text.split_inclusive('\n').skip_while(is_doc).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(edit: &str) -> Result<Edit, String> {
        let text = format!(
            "library = \"a\"\n[[range]]\nversions = \">=1.2.0, <2\"\n[[range.edit]]\n{edit}"
        );
        let snippet = |name: &str| (name == "a.rs").then(|| "//! A.\n//!\nfn a() {}\n".to_owned());
        let library = Library::parse("a", &text, snippet).map_err(|it| it.to_string())?;
        Ok(library.ranges[0].edits[0].clone())
    }

    #[test]
    fn each_kind_of_edit_is_read() {
        let file = || "src/lib.rs".to_owned();
        let check = |text: &str, expect: Edit| {
            assert_eq!(parse(&format!("file = \"src/lib.rs\"\n{text}")), Ok(expect), "{text}");
        };
        let whole = "//! A.\n//!\nfn a() {}\n".to_owned();
        check("create = \"a.rs\"", Edit::Create { file: file(), text: whole });
        check("append = \"a.rs\"", Edit::Append { file: file(), text: "fn a() {}\n".to_owned() });
        check("append-text = \"mod b;\"", Edit::Append { file: file(), text: "mod b;".to_owned() });
        let replace = |after: Option<&str>| Edit::Replace {
            file: file(),
            anchor: "a".to_owned(),
            after: after.map(str::to_owned),
            with: "b".to_owned(),
        };
        check("anchor = \"a\"\nreplace = \"b\"", replace(None));
        check("anchor = \"a\"\nafter = \"c\"\nreplace = \"b\"", replace(Some("c")));
    }

    #[test]
    fn edits_of_every_range_come_before_its_own() {
        let text = "library = \"a\"\n[[edit]]\nfile = \"a\"\nappend-text = \"b\"\n[[range]]\n\
                    versions = \"1\"\n[[range]]\nversions = \"2\"\n[[range.edit]]\nfile = \"c\"\n\
                    append-text = \"d\"\n";
        let library = Library::parse("a", text, |_| None).unwrap();
        let files = |range: &Range| range.edits.iter().map(Edit::file).collect::<String>();
        assert_eq!(library.ranges.iter().map(files).collect::<Vec<_>>(), ["a", "ac"]);
    }

    #[test]
    fn what_does_not_follow_the_format_is_refused() {
        let check = |text: &str, expect: &str| {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        };
        check("file = \"a\"", "a needs one of `create`");
        check("file = \"a\"\nanchor = \"b\"", "a needs one of `create`");
        check("file = \"a\"\ncreate = \"a.rs\"\nreplace = \"b\"", "a needs one of `create`");
        check("file = \"a\"\ncreate = \"b.rs\"", "the snippet b.rs is not there");
        check("file = \"../a\"\ncreate = \"a.rs\"", "../a is outside of the package");
        check("file = \"/a\"\ncreate = \"a.rs\"", "/a is outside of the package");
        check("file = \"a\"\nanchor = \"b\\nc\"\nreplace = \"\"", "`b\nc` has more than one line");
        check("file = \"a\"\nanchor = \"b\"\nreplace = \"c\\nd\"", "more than one line");
        check("file = \"a\"\nanchor = \"\"\nreplace = \"c\"", "an anchor is empty");
        check("file = \"a\"\ndelete = true", "unknown field `delete`");
    }

    #[test]
    fn a_library_has_the_versions_of_its_ranges() {
        let text = "library = \"a\"\n[[range]]\nversions = \">=0.7.1, <0.9\"\n[[range.edit]]\n\
                    file = \"a\"\nappend-text = \"b\"\n";
        let library = Library::parse("a", text, |_| None).unwrap();
        for (version, expect) in
            [("0.7.0", false), ("0.7.1", true), ("0.8.9", true), ("0.9.0", false)]
        {
            assert_eq!(library.has(&Version::parse(version).unwrap()), expect, "{version}");
        }
        let error = Library::parse("b", text, |_| None).unwrap_err().to_string();
        assert_eq!(error, "edits of b: the folder b has those of a");
    }
}
