//! What a plain scalar means, by the core schema of YAML 1.2.
//!
//! Source: <https://yaml.org/spec/1.2.2/#103-core-schema>.
//!
//! The parser decides on types before references are replaced, and by rules that are not those of
//! the core schema. A value such as `${PORT}` gets its type only afterwards, so this module decides
//! again for every scalar without quotes.

/// A scalar whose type is known. Each but null keeps its text: where text is expected, a number is
/// taken as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// Nothing, `~` or `null`.
    Null,
    /// `yes` and `on` are text.
    Bool(bool),
    /// A whole number that fits; others are floats.
    Integer(i64),
    /// Also infinities and `.nan`.
    Float(f64),
    /// Whatever is nothing else.
    Text,
}

impl Scalar {
    /// The type of a scalar that is written without quotes.
    pub(super) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            _ => number(text).unwrap_or(Self::Text),
        }
    }
}

/// `None`: text. A decimal number that is too large for an integer is a float; an octal or
/// hexadecimal one is text.
///
/// Follows the core schema: a sign, digits, a fraction and an exponent; `0o` and `0x` before octal
/// and hexadecimal digits without a sign; infinities with a sign. Underscores make text of it.
fn number(text: &str) -> Option<Scalar> {
    let digits = |text: &str, radix| i64::from_str_radix(text, radix).ok().map(Scalar::Integer);
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(unsigned(octal)?, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return digits(unsigned(hexadecimal)?, 16);
    }
    let (sign, magnitude) = match text.strip_prefix(['-', '+']) {
        Some(magnitude) => (if text.starts_with('-') { -1.0 } else { 1.0 }, magnitude),
        None => (1.0, text),
    };
    if matches!(magnitude, ".inf" | ".Inf" | ".INF") {
        return Some(Scalar::Float(sign * f64::INFINITY));
    }
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !magnitude.is_empty() && is_digits(magnitude) {
        return text.parse().map(Scalar::Integer).or_else(|_| text.parse().map(Scalar::Float)).ok();
    }
    // Of an exponent Rust takes what YAML takes.
    let mantissa = magnitude.split_once(['e', 'E']).map_or(magnitude, |(mantissa, _)| mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    if !has_digit || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    text.parse().map(Scalar::Float).ok()
}

/// `from_str_radix` takes a sign, which has no place behind a prefix.
///
/// `None` if `text` begins with a sign.
fn unsigned(text: &str) -> Option<&str> {
    (!text.starts_with(['-', '+'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::Scalar::{Bool, Float, Integer, Null, Text};
    use super::*;

    #[test]
    fn plain_scalars_have_the_core_types() {
        for (text, expected) in [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("True", Bool(true)),
            ("FALSE", Bool(false)),
            ("yes", Text),
            ("on", Text),
            ("0", Integer(0)),
            ("-19", Integer(-19)),
            ("+3", Integer(3)),
            ("007", Integer(7)),
            ("0o7", Integer(7)),
            ("0x3A", Integer(58)),
            ("0xdeadbeef", Integer(3_735_928_559)),
            ("0x-1", Text),
            ("0xg", Text),
            ("9223372036854775808", Float(9_223_372_036_854_775_808.0)),
            ("0.", Float(0.0)),
            ("-0.0", Float(-0.0)),
            (".5", Float(0.5)),
            ("+12e03", Float(12_000.0)),
            ("-2E+05", Float(-200_000.0)),
            (".inf", Float(f64::INFINITY)),
            ("-.INF", Float(f64::NEG_INFINITY)),
            (".", Text),
            ("e5", Text),
            ("1e", Text),
            ("1.2.3", Text),
            ("1_000", Text),
            ("inf", Text),
            ("nan", Text),
            ("-", Text),
            ("1.0 ", Text),
        ] {
            assert_eq!(Scalar::of_plain(text), expected, "{text:?}");
        }
        assert!(matches!(Scalar::of_plain(".NaN"), Float(value) if value.is_nan()));
    }
}
