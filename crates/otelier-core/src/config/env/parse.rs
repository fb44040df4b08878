//! What each kind of value looks like as text: how it is read, described and shown in a warning.
//!
//! A `Kind` is a table of three entries. `Reader::read` uses all of them: it parses, and if that
//! fails it builds the warning from what was expected and from the value that is used instead. So
//! every warning has the same form, and no place that reads a variable writes one of its own.
//! Values are trimmed before they come here, and are not empty.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::super::choices::{Choice, LogFormat};
use super::super::file_output::FileOutput;

/// One kind of value.
pub(crate) struct Kind<T> {
    /// Completes "expected …" in a warning.
    pub(crate) expected: &'static str,
    /// `None` when the text (trimmed, not empty) is no such value.
    pub(crate) parse: fn(&str) -> Option<T>,
    /// Shows a value that takes the place of a bad one; never anything secret.
    pub(crate) show: fn(&T) -> String,
}

/// `true` or `false`, in any case.
///
/// `1` and `yes` are neither.
pub(crate) const BOOL: Kind<bool> =
    Kind { expected: "true or false", parse: boolean, show: |value| value.to_string() };

/// How log lines look; `None` is what suits the terminal, and is never said in a variable.
pub(crate) const LOG_FORMAT: Kind<Option<LogFormat>> = Kind {
    expected: LogFormat::EXPECTED,
    parse: |text| LogFormat::from_name(text).map(Some),
    show: |format| match format {
        Some(format) => format.name().to_owned(),
        None => "pretty on a terminal, else compact".to_owned(),
    },
};

/// Where a dump is written: any text is a path.
pub(crate) const DUMP: Kind<Option<FileOutput>> = Kind {
    expected: "a path",
    parse: |text| Some(Some(FileOutput::of_dump(text))),
    show: |output| output.as_ref().map_or_else(|| "none".to_owned(), FileOutput::to_string),
};

/// A whole number, zero included.
pub(crate) const COUNT: Kind<u32> = Kind {
    expected: "a whole number, zero or more",
    parse: |text| text.parse().ok(),
    show: |value| value.to_string(),
};

/// A number of characters, zero included.
pub(crate) const LENGTH: Kind<usize> = Kind {
    expected: "a whole number, zero or more",
    parse: |text| text.parse().ok(),
    show: |value| value.to_string(),
};

/// A number of characters, zero included; `None` is without limit, and is never said.
pub(crate) const OPTIONAL_LENGTH: Kind<Option<usize>> = Kind {
    expected: LENGTH.expected,
    parse: |text| (LENGTH.parse)(text).map(Some),
    show: |value| value.map_or_else(|| "no limit".to_owned(), |value| value.to_string()),
};

/// The size of a queue or batch. The SDK allocates all of it at once, so there has to be an end.
pub(crate) const SIZE: Kind<usize> = Kind {
    expected: "a whole number from 1 to 1048576",
    parse: |text| text.parse().ok().filter(|size| (1..=1 << 20).contains(size)),
    show: |value| value.to_string(),
};

/// A number of milliseconds, zero included.
///
/// Neither a sign nor a unit nor a fraction is allowed.
pub(crate) const MILLIS: Kind<Duration> = Kind {
    expected: "a number of milliseconds, zero or more",
    parse: |text| text.parse().map(Duration::from_millis).ok(),
    show: |value| value.as_millis().to_string(),
};

/// A number of milliseconds above zero.
pub(crate) const INTERVAL: Kind<Duration> = Kind {
    expected: "a number of milliseconds above zero",
    parse: |text| (MILLIS.parse)(text).filter(|interval| !interval.is_zero()),
    show: MILLIS.show,
};

/// A port of TCP.
pub(crate) const PORT: Kind<u16> = Kind {
    expected: "a port, from 0 to 65535",
    parse: |text| text.parse().ok(),
    show: |value| value.to_string(),
};

/// Any text, such as the name of a host.
pub(crate) const TEXT: Kind<String> =
    Kind { expected: "text", parse: |text| Some(text.to_owned()), show: String::clone };

/// A probability.
///
/// `NaN` is none.
pub(crate) const RATIO: Kind<f64> = Kind {
    expected: "a number from 0.0 to 1.0",
    parse: |text| text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)),
    show: |value| format!("{value:?}"),
};

/// One of a fixed set of names, in any case.
///
/// The names are those of `Choice::ALL`, aliases included.
pub(crate) fn choice<T: Choice>() -> Kind<T> {
    Kind { expected: T::EXPECTED, parse: T::from_name, show: |value| value.name().to_owned() }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The items of a comma-separated list, trimmed, without empty ones.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The pairs of a `key=value,key=value` list, percent-decoded, or `None` for an item that is no
/// pair.
///
/// This is the form of `OTEL_RESOURCE_ATTRIBUTES`, and that of W3C Baggage without properties.
///
/// Only the first `=` of an item separates, and a value may be empty. A key may not.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Option<(String, String)>> {
    list(text).map(|item| {
        let (key, value) = item.split_once('=')?;
        let (key, value) = (percent_decode(key.trim())?, percent_decode(value.trim())?);
        (!key.is_empty()).then_some((key, value))
    })
}

/// As [`pairs`], but a key or value that cannot be decoded stands for itself: a token may hold a
/// `%`.
pub(crate) fn raw_pairs(text: &str) -> impl Iterator<Item = Option<(String, String)>> {
    let decode = |text: &str| percent_decode(text).unwrap_or_else(|| text.to_owned());
    list(text).map(move |item| {
        let (key, value) = item.split_once('=')?;
        let (key, value) = (decode(key.trim()), decode(value.trim()));
        (!key.is_empty()).then_some((key, value))
    })
}

/// Decodes `%41` to `A`; `None` when a `%` is not followed by two hexadecimal digits or the result
/// is no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_complete = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'%').all(|(at, _)| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !is_complete {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: PartialEq + std::fmt::Debug>(kind: &Kind<T>, cases: &[(&str, Option<T>)]) {
        for (text, expected) in cases {
            assert_eq!(&(kind.parse)(text), expected, "{text:?} as {}", kind.expected);
        }
    }

    #[test]
    fn booleans() {
        check(
            &BOOL,
            &[
                ("true", Some(true)),
                ("TRUE", Some(true)),
                ("False", Some(false)),
                ("1", None),
                ("yes", None),
            ],
        );
    }

    #[test]
    fn numbers() {
        check(
            &COUNT,
            &[
                ("0", Some(0)),
                ("128", Some(128)),
                ("-1", None),
                ("1.5", None),
                ("4294967296", None),
            ],
        );
        check(
            &SIZE,
            &[
                ("1", Some(1)),
                ("1048576", Some(1 << 20)),
                ("1048577", None),
                ("0", None),
                ("-1", None),
            ],
        );
        check(
            &RATIO,
            &[
                ("0", Some(0.0)),
                ("0.25", Some(0.25)),
                ("1", Some(1.0)),
                ("1.1", None),
                ("NaN", None),
            ],
        );
    }

    #[test]
    fn durations() {
        let ms = Duration::from_millis;
        check(
            &MILLIS,
            &[
                ("0", Some(ms(0))),
                ("250", Some(ms(250))),
                ("-1", None),
                ("5s", None),
                ("1.5", None),
            ],
        );
        check(&INTERVAL, &[("0", None), ("1", Some(ms(1)))]);
    }

    #[test]
    fn lists_are_trimmed_and_skip_empty_items() {
        assert_eq!(list(" a, b ,,c,").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(list(" , ").count(), 0);
    }

    #[test]
    fn pairs_are_decoded_or_refused() {
        let pair = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
        for (text, expected) in [
            ("a=1, b = two%20words", vec![pair("a", "1"), pair("b", "two words")]),
            ("a=x=y", vec![pair("a", "x=y")]),
            ("a=", vec![pair("a", "")]),
            ("a=%C3%A9", vec![pair("a", "é")]),
            ("a=%E9", vec![None]),
            ("a=%4", vec![None]),
            ("a=100%", vec![None]),
            ("a=%zz", vec![None]),
            ("a", vec![None]),
            ("=1", vec![None]),
            ("a=1,b", vec![pair("a", "1"), None]),
        ] {
            assert_eq!(pairs(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
