//! What may leave of a header's values.

use std::borrow::Cow;

use super::{MASK, MaskingPolicy, SensitiveKeys};

/// The headers whose values are URLs, or hold one that need not be absolute.
const URLS: [&str; 12] = [
    "content-location",
    "destination",
    "link",
    "location",
    "origin",
    "referer",
    "refresh",
    "x-envoy-original-path",
    "x-forwarded-uri",
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
];

/// How the values of one header are masked, worked out once for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderMasking {
    /// They are secret.
    Masked,
    /// They are URLs.
    Url,
    /// They are neither, unless they look like a URL.
    Text,
}

impl HeaderMasking {
    /// How the values of the header `name`, in lower case, are masked if `keys` are sensitive.
    pub(crate) fn new(name: &str, keys: &SensitiveKeys) -> Self {
        match name {
            _ if keys.matches(name) => Self::Masked,
            _ if URLS.contains(&name) => Self::Url,
            _ => Self::Text,
        }
    }

    /// What may be shown of `value`.
    pub(crate) fn apply<'a>(self, value: &'a str, policy: &MaskingPolicy) -> Cow<'a, str> {
        match self {
            Self::Masked => Cow::Borrowed(MASK),
            Self::Text if !value.contains("://") => Cow::Borrowed(value),
            // One URL, so that a space in it does not end it.
            Self::Url if !value.contains('<') => policy.url(value),
            Self::Url | Self::Text => policy.urls(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_masked_by_name_and_by_content() {
        let policy = MaskingPolicy::default();
        for (name, value, expected) in [
            ("x-jwt", "abc", "****"),
            ("dpop", "abc", "****"),
            ("www-authenticate", "Negotiate abc", "****"),
            ("location", "/cb?code=abc&x=1", "/cb?code=REDACTED&x=1"),
            ("referer", "https://joe:abc@h/?sig=abc", "https://REDACTED:REDACTED@h/?sig=REDACTED"),
            ("link", "<https://h/?token=abc>; rel=next", "<https://h/?token=REDACTED>; rel=next"),
            ("refresh", "0; url=/cb?code=abc", "0; url=/cb?code=REDACTED"),
            ("x-upstream", "https://joe:abc@h/", "https://REDACTED:REDACTED@h/"),
            ("x-upstream", "1 https://joe:abc@h/", "1 https://REDACTED:REDACTED@h/"),
            ("location", "/cb?code=abc d", "/cb?code=REDACTED"),
            ("x-upstream", "a?token=abc", "a?token=abc"),
            ("accept", "text/html", "text/html"),
        ] {
            let masking = HeaderMasking::new(name, &SensitiveKeys::default());
            assert_eq!(masking.apply(value, &policy), expected, "{name}");
        }
    }
}
