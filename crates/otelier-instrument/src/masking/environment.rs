//! What may leave of an environment variable.

use std::borrow::Cow;

use super::text::{Quotes, chain};
use super::{MASK, SensitiveKeys};

impl SensitiveKeys {
    /// The value of the variable `name`: masked if the name is sensitive, else without what is
    /// secret in the URL, the JSON or the pairs that it may be.
    pub(super) fn mask_variable<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if value.is_empty() {
            Cow::Borrowed(value)
        } else if self.matches(name) || is_header_list(name) && !self.is_none() {
            Cow::Borrowed(MASK)
        } else if value.trim_start().starts_with(['{', '[']) {
            self.mask_json_and_strings(value, self)
        } else if !value.contains("://") && has_bare_credentials(value) && !self.is_none() {
            Cow::Borrowed(MASK)
        } else {
            let pairs = self.mask_pairs(value, Quotes::OfText);
            match value.contains("://") {
                true => chain(pairs, |it| self.mask_urls(it)),
                false => pairs,
            }
        }
    }
}

/// Whether the variable lists headers of exporters: some vendors have tokens in headers whose names
/// do not say so.
fn is_header_list(name: &str) -> bool {
    name.starts_with("OTEL_EXPORTER_") && name.ends_with("_HEADERS")
}

/// Whether the value looks like `user:password@host`, as in the addresses of some databases.
fn has_bare_credentials(value: &str) -> bool {
    let Some((credentials, host)) = value.rsplit_once('@') else { return false };
    !host.is_empty() && !value.contains(char::is_whitespace) && credentials.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_masked_by_name_and_by_content() {
        for (name, value, expected) in [
            ("DATABASE_PASSWORD", "abc", "****"),
            ("AWS_SECRET_ACCESS_KEY", "abc", "****"),
            ("DATABASE_URL", "mysql://joe:abc@db/shop", "mysql://REDACTED:REDACTED@db/shop"),
            ("DATABASE_DSN", "joe:abc@tcp(db:3306)/shop", "****"),
            ("CONFIG", "{\"password\": \"abc\", \"a\": 1}", "{\"password\": \"****\", \"a\": 1}"),
            ("ENDPOINT", "https://h/?api_key=abc", "https://h/?api_key=REDACTED"),
            ("EMPTY_TOKEN", "", ""),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=abc", "****"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-team=abc", "****"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4317", "http://h:4317"),
            ("TEAM_HEADERS", "x-team=abc", "x-team=abc"),
            ("JAVA_OPTS", "-Dpassword=abc -Dx=1", "-Dpassword=**** -Dx=1"),
            ("RESOURCE", "team=blue,api.token=abc", "team=blue,api.token=****"),
            ("PATH", "/usr/bin:/bin", "/usr/bin:/bin"),
            ("MAIL", "joe@example.com", "joe@example.com"),
            ("GREETING", "to: joe@example.com", "to: joe@example.com"),
        ] {
            let keys = SensitiveKeys::default();
            assert_eq!(keys.mask_variable(name, value), expected, "{name}");
        }
    }
}
