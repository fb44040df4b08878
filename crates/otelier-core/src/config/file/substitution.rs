//! References to variables in the scalars of a configuration file: `${NAME}`, `${NAME:-default}`,
//! `${env:NAME}`, and `$$` for one `$`.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/configuration/data-model/>, "Environment
//! variable substitution".
//!
//! References are replaced after the YAML was parsed, scalar by scalar, so the content of a
//! variable can change no structure: a line feed or a colon in it is only text. Names of properties
//! are not replaced. A variable that is unset or empty is replaced by the default, or by nothing.

/// Completes "expected …" for what looks like a reference and is none.
pub(super) const EXPECTED: &str = "a reference to a variable such as ${NAME}, ${NAME:-default} or \
                                   ${env:NAME}; $$ stands for a $";

/// Replaces the references in `text` by what `lookup` returns. `None` if one is not valid.
///
/// What is inserted is not looked at again, so that a variable cannot bring in another one.
///
/// `$$` is handled first: the text between two of them is looked at by itself, so an escaped dollar
/// sign never begins a reference. An error of `lookup` ends the work and is returned.
pub(super) fn substitute<E>(
    text: &str,
    mut lookup: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<Option<String>, E> {
    let mut result = String::new();
    for (at, segment) in text.split("$$").enumerate() {
        if at > 0 {
            result.push('$');
        }
        if replace(segment, &mut result, &mut lookup)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(result))
}

/// The same of a text without `$$`.
///
/// Appends to `result`. `None` at the first reference that is malformed; what was appended before
/// is of no use then. A `${` without an end stays as it is.
fn replace<E>(
    mut text: &str,
    result: &mut String,
    lookup: &mut impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<Option<()>, E> {
    while let Some((before, rest)) = text.split_once("${") {
        result.push_str(before);
        match rest.split_once('}') {
            // An empty one is no reference by the grammar, and so stays.
            Some(("", after)) => {
                result.push_str("${}");
                text = after;
            }
            Some((content, after)) => {
                let Some((name, default)) = reference(content) else { return Ok(None) };
                let value = lookup(name)?.filter(|value| !value.is_empty());
                result.push_str(value.as_deref().unwrap_or(default));
                text = after;
            }
            None => {
                result.push_str("${");
                text = rest;
            }
        }
    }
    result.push_str(text);
    Ok(Some(()))
}

/// The name and the default of a reference, of which this is what stands between the braces.
///
/// `None` if the name is not one of a variable, or if the default has a line break.
fn reference(content: &str) -> Option<(&str, &str)> {
    let content = content.strip_prefix("env:").unwrap_or(content);
    let (name, default) = content.split_once(":-").unwrap_or((content, ""));
    let mut characters = name.chars();
    let is_name = characters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && characters.all(|it| it.is_ascii_alphanumeric() || it == '_');
    (is_name && !default.contains(['\n', '\r'])).then_some((name, default))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const VARIABLES: [(&str, &str); 9] = [
        ("STRING_VALUE", "value"),
        ("BOOL_VALUE", "true"),
        ("FLOAT_VALUE", "1.1"),
        ("INVALID_MAP_VALUE", "value\nkey:value"),
        ("DO_NOT_REPLACE_ME", "Never use this value"),
        ("REPLACE_ME", "${DO_NOT_REPLACE_ME}"),
        ("VALUE_WITH_ESCAPE", "value$$"),
        ("EMPTY", ""),
        ("_1", "one"),
    ];

    fn substituted(text: &str) -> Option<String> {
        let lookup = |name: &str| -> Result<_, Infallible> {
            let found = VARIABLES.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        substitute(text, lookup).unwrap()
    }

    #[test]
    fn references_follow_the_specifications_table() {
        for (text, expected) in [
            ("${STRING_VALUE}", "value"),
            ("${BOOL_VALUE}", "true"),
            ("${env:STRING_VALUE}", "value"),
            ("${INVALID_MAP_VALUE}", "value\nkey:value"),
            ("foo ${STRING_VALUE} ${FLOAT_VALUE}", "foo value 1.1"),
            ("${UNDEFINED_KEY}", ""),
            ("${UNDEFINED_KEY:-fallback}", "fallback"),
            ("${EMPTY:-fallback}", "fallback"),
            ("${STRING_VALUE:-fallback}", "value"),
            ("${env:UNDEFINED_KEY:-fallback}", "fallback"),
            ("${UNDEFINED_KEY:-}", ""),
            ("${UNDEFINED_KEY:-a:-b}", "a:-b"),
            (
                "${UNDEFINED_KEY:-http://localhost:4318}/v1/traces",
                "http://localhost:4318/v1/traces",
            ),
            ("${REPLACE_ME}", "${DO_NOT_REPLACE_ME}"),
            ("${UNDEFINED_KEY:-${STRING_VALUE}}", "${STRING_VALUE}"),
            ("$${STRING_VALUE}", "${STRING_VALUE}"),
            ("$$${STRING_VALUE}", "$value"),
            ("$$$${STRING_VALUE}", "$${STRING_VALUE}"),
            ("$${STRING_VALUE:-fallback}", "${STRING_VALUE:-fallback}"),
            ("$${STRING_VALUE:-${STRING_VALUE}}", "${STRING_VALUE:-value}"),
            ("${UNDEFINED_KEY:-$${UNDEFINED_KEY}}", "${UNDEFINED_KEY:-${UNDEFINED_KEY}}"),
            ("${VALUE_WITH_ESCAPE}", "value$$"),
            ("a $$ b", "a $ b"),
            ("a $ b", "a $ b"),
            ("${_1}", "one"),
            ("${", "${"),
            ("${}", "${}"),
            ("é ${STRING_VALUE} é", "é value é"),
        ] {
            assert_eq!(substituted(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn malformed_references_are_refused() {
        for text in [
            "${STRING_VALUE:?error}",
            "${1API_KEY}",
            "${API_$KEY}",
            "${sys:name}",
            "${ STRING_VALUE}",
            "${STRING_VALUE:-a\nb}",
            "fine ${STRING_VALUE} ${-}",
        ] {
            assert_eq!(substituted(text), None, "{text}");
        }
    }
}
