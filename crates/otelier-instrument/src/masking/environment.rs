//! What may leave of an environment variable.

use std::borrow::Cow;

use super::{MASK, SensitiveKeys};

impl SensitiveKeys {
    /// The value of the variable `name`: masked if the name is sensitive, else without what is
    /// secret in the URL or the JSON that it may be.
    pub(super) fn mask_variable<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if value.is_empty() {
            Cow::Borrowed(value)
        } else if self.matches(name) || (holds_headers(name) && !self.is_none()) {
            Cow::Borrowed(MASK)
        } else if value.trim_start().starts_with(['{', '[']) {
            self.mask_json(value)
        } else if self.has_sensitive_pair(value) {
            Cow::Borrowed(MASK)
        } else if value.contains("://") {
            self.mask_urls(value)
        } else if has_bare_credentials(value) && !self.is_none() {
            Cow::Borrowed(MASK)
        } else {
            Cow::Borrowed(value)
        }
    }

    /// Whether the value is a list such as `Server=db;Password=abc` or `-Dtoken=abc -Xmx1g`. The
    /// parameters of a URL are not meant: they are masked one by one.
    fn has_sensitive_pair(&self, value: &str) -> bool {
        let has_url = value.contains("://");
        let separates = |it: char| matches!(it, ',' | ';') || it.is_whitespace();
        let items = value.split(|it| separates(it) || (it == '&' && !has_url));
        items.filter_map(|item| item.split_once('=')).any(|(key, value)| {
            !key.contains("://") && !value.is_empty() && self.matches(key.trim())
        })
    }
}

/// Whether a variable holds headers of OTLP exporters, where the tokens of backends are.
fn holds_headers(name: &str) -> bool {
    name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("HEADERS")
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
            ("PATH", "/usr/bin:/bin", "/usr/bin:/bin"),
            ("JAVA_OPTS", "-Xmx1g -Dpassword=abc", "****"),
            ("DSN", "Server=db; Password=abc", "****"),
            ("DSN", "jdbc:sqlserver://db;password=abc", "****"),
            ("FORM", "a=1&token=abc", "****"),
            ("ENDPOINT", "https://h/?a=1&api_key=abc", "https://h/?a=1&api_key=REDACTED"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=blue,api.token=abc", "****"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=blue,token=", "team=blue,token="),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=abc", "****"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-team=abc", "****"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10", "10"),
            ("MAIL", "joe@example.com", "joe@example.com"),
            ("GREETING", "to: joe@example.com", "to: joe@example.com"),
        ] {
            let keys = SensitiveKeys::default();
            assert_eq!(keys.mask_variable(name, value), expected, "{name}");
        }
    }
}
