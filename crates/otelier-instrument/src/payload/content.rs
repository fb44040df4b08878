//! What a body is, by its headers: which bodies are captured, and how they are masked.

use crate::semconv::http::HttpHeaders;

/// How a payload is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    Form,
    /// Text of any kind but markup.
    Text,
    /// Not said: captured if it starts like JSON.
    Unknown,
}

impl Content {
    /// The content of a body with these headers. `None` if it is not captured.
    pub(super) fn of_http(headers: &impl HttpHeaders) -> Option<Self> {
        let is_plain = |encoding: &str| encoding.trim().is_empty() || encoding.trim() == "identity";
        let mut encodings = headers.headers("content-encoding");
        if !encodings.all(|encoding| encoding.to_str().is_some_and(is_plain)) {
            return None;
        }
        match headers.header("content-type") {
            None => Some(Self::Unknown),
            Some(content_type) => Self::of_type(content_type.to_str()?),
        }
    }

    fn of_type(content_type: &str) -> Option<Self> {
        const JSON: [&str; 6] = [
            "application/json",
            "text/json",
            "application/x-json",
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
        ];
        const TEXT: [&str; 4] =
            ["text/plain", "text/markdown", "text/event-stream", "application/graphql"];

        let essence = content_type.split(';').next()?.trim();
        let is = |part: Option<&str>, known: &str| {
            part.is_some_and(|part| part.eq_ignore_ascii_case(known))
        };
        let is_one_of = |known: &[&str]| known.iter().any(|known| is(Some(essence), known));
        let starts_with = |known: &str| is(essence.get(..known.len()), known);
        let ends_with = |known: &str| {
            is(essence.len().checked_sub(known.len()).and_then(|at| essence.get(at..)), known)
        };
        if is_one_of(&JSON) || ends_with("+json") || starts_with("application/x-amz-json-") {
            Some(Self::Json)
        } else if is_one_of(&["application/x-www-form-urlencoded"]) {
            Some(Self::Form)
        } else {
            is_one_of(&TEXT).then_some(Self::Text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_decide_what_is_captured() {
        for (content_type, expected) in [
            ("application/json", Some(Content::Json)),
            ("Application/JSON; charset=utf-8", Some(Content::Json)),
            ("application/problem+json", Some(Content::Json)),
            ("application/problem+JSON", Some(Content::Json)),
            ("application/X-Amz-Json-1.1", Some(Content::Json)),
            ("application/x-amz-json-1.0", Some(Content::Json)),
            ("application/x-www-form-urlencoded;charset=UTF-8", Some(Content::Form)),
            ("text/plain", Some(Content::Text)),
            ("text/html", None),
            ("application/xml", None),
            ("image/svg+xml", None),
            ("multipart/form-data; boundary=x", None),
            ("application/octet-stream", None),
            ("application/grpc", None),
            ("text/csv", None),
            ("", None),
        ] {
            assert_eq!(Content::of_type(content_type), expected, "{content_type}");
        }
    }
}
