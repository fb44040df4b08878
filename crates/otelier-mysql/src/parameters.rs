//! The parameters of a statement as text, for those who ask for it.

use mysql_async::{Params, Value};

/// Keys and values for `db.query.parameter.<key>`: named ones by name, others by index from 0.
pub(crate) fn texts(parameters: &Params) -> Vec<(String, String)> {
    match parameters {
        Params::Empty => Vec::new(),
        Params::Positional(values) => values
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), text(value)))
            .collect(),
        Params::Named(values) => {
            let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
            let mut texts: Vec<_> =
                values.iter().map(|(key, value)| (name(key), text(value))).collect();
            texts.sort_unstable();
            texts
        }
    }
}

/// The value itself where it is text, else as SQL would write it.
fn text(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.as_sql(true).trim_matches('\'').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use mysql_async::params;

    use super::*;

    #[test]
    fn are_told_by_index_or_name() {
        let pairs = |params: Params| texts(&params);
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
}
