//! The parameters of a statement as text, for those who ask for it.
//!
//! Values may be secrets. They are recorded only if the user asks for them, and this is called only
//! then.

use super::mysql_async::{Params, Value};
use crate::recorder::bounded;

/// Keys and values for `db.query.parameter.<key>`, of `chars` characters at most: named ones by
/// name, others by index from 0.
pub(super) fn texts(parameters: &Params, chars: usize) -> Vec<(String, String)> {
    match parameters {
        Params::Empty => Vec::new(),
        Params::Positional(values) => values
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), text(value, chars)))
            .collect(),
        Params::Named(values) => {
            let named = values.iter();
            let mut texts: Vec<_> =
                named.map(|(key, value)| (bounded(key, chars), text(value, chars))).collect();
            texts.sort_unstable();
            texts
        }
    }
}

/// The value itself where it is text, else as SQL would write it.
///
/// Cut to `chars` characters if it is text or bytes; other values are short.
fn text(value: &Value, chars: usize) -> String {
    match value {
        Value::Bytes(bytes) => bounded(bytes, chars),
        other => other.as_sql(true).trim_matches('\'').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::mysql_async::params;

    use super::*;

    #[test]
    fn are_named_by_index_or_name() {
        let pairs = |params: Params| texts(&params, 20);
        assert_eq!(pairs(Params::Empty), []);
        let expected = [("0", "it's"), ("1", "-7"), ("2", "NULL"), ("3", "1.5")];
        assert_eq!(
            pairs(("it's", -7, None::<u8>, 1.5).into()),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        let expected = [("a", "x"), ("b", "2026-11-21 10:11:12")];
        let date = Value::Date(2026, 11, 21, 10, 11, 12, 0);
        assert_eq!(
            pairs(params! { "b" => date, "a" => "x" }),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn long_values_are_cut() {
        let long = vec![b'x'; 1 << 20];
        let texts = texts(&(long, "short").into(), 20);
        assert_eq!(texts[0].1, "x".repeat(20));
        assert_eq!(texts[1].1, "short");
    }
}
