//! Puts the trace context into the text of a query, if the user asked for it.
//!
//! Only text queries get a comment, prepared statements never. Whether one may be added at all is
//! decided before: the user's option, and whether the server may keep a part of the text, as it
//! keeps the body of a procedure.
//!
//! The text is handled as bytes, since a query need not be UTF-8.
//!
//! Source: <https://google.github.io/sqlcommenter/spec/>.

/// `text` with `comment` at its end, as sqlcommenter does it. `None` if the text has a comment
/// already, which may be a hint to the server or another tool's context.
///
/// The comment goes before a closing semicolon: after it, the server would take it for an empty
/// statement.
pub(super) fn with_comment(text: &[u8], comment: &str) -> Option<Vec<u8>> {
    let statement = text.trim_ascii_end();
    let statement = statement.strip_suffix(b";").unwrap_or(statement).trim_ascii_end();
    if statement.is_empty() || statement.windows(2).any(|pair| pair == b"/*") {
        return None;
    }
    let (statement, rest) = text.split_at(statement.len());
    Some([statement, b" ", comment.as_bytes(), rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_before_the_closing_semicolon() {
        let check = |text: &str, expected: &str| {
            let commented =
                with_comment(text.as_bytes(), "/*c*/").map(|text| String::from_utf8(text).unwrap());
            assert_eq!(commented.as_deref(), Some(expected), "{text:?}");
        };
        check("SELECT 1", "SELECT 1 /*c*/");
        check("SELECT 1;", "SELECT 1 /*c*/;");
        check("SELECT 1 ; \n", "SELECT 1 /*c*/ ; \n");
        check("SELECT 1; SELECT 2", "SELECT 1; SELECT 2 /*c*/");
    }

    #[test]
    fn commented_and_empty_texts_stay_as_they_are() {
        for text in ["", ";", "  ", "SELECT /*+ hint */ 1", "/*! SET NAMES utf8 */"] {
            assert_eq!(with_comment(text.as_bytes(), "/*c*/"), None, "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        assert_eq!(with_comment(b"SELECT '\xff'", "/*c*/").unwrap(), b"SELECT '\xff' /*c*/");
    }
}
