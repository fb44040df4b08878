//! Which keys are sensitive, whatever their values look like.

use std::borrow::Cow;
use std::sync::Arc;

/// The keys whose values are masked by default: those that contain one of these, in any case.
///
/// The first eleven are those of the Lumigo distributions. The others hold credentials too:
/// assertions of SAML and OAuth, proofs of possession, challenges, session identifiers.
pub const DEFAULT_KEYS: &[&str] = &[
    "pass",
    "key",
    "secret",
    "credential",
    "passphrase",
    "token",
    "authorization",
    "cookie",
    "session",
    "signature",
    "x-amz-security-token",
    "assertion",
    "authenticat",
    "bearer",
    "csrf",
    "dpop",
    "hmac",
    "jwt",
    "pwd",
    "saml",
    "sessid",
    "xsrf",
];

/// The keys whose values are also masked by default in queries, forms and path parameters: those
/// that equal one of these, in any case.
///
/// They are the parameters of OAuth and of signed links whose names are too short or too common to
/// be searched for inside of others: `code` is in `postcode`, `sig` in `design`.
pub const DEFAULT_PARAMETERS: &[&str] =
    &["auth", "code", "code_verifier", "device_code", "otp", "pin", "sid", "sig", "user_code"];

/// A list of patterns that tells which keys are sensitive.
///
/// ```
/// use otelier_instrument::masking::SensitiveKeys;
///
/// assert!(SensitiveKeys::default().matches("X-Api-Key"));
/// assert!(SensitiveKeys::containing(["tenant"]).matches("x-tenant-id"));
/// assert!(!SensitiveKeys::none().matches("authorization"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SensitiveKeys(pub(super) Rule);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Rule {
    /// [`DEFAULT_KEYS`] and [`DEFAULT_PARAMETERS`].
    #[default]
    Default,
    /// Every key, and the text that the keys are in.
    All,
    /// The keys that contain one of these.
    Containing(Arc<[String]>),
    #[cfg(feature = "regex")]
    Matching(super::parse::Patterns),
}

impl SensitiveKeys {
    /// Every key is sensitive, so that a whole value such as a body or a query is masked.
    #[must_use]
    pub fn all() -> Self {
        Self(Rule::All)
    }

    /// No key is sensitive.
    #[must_use]
    pub fn none() -> Self {
        Self::containing([""; 0])
    }

    /// Every key that contains one of `parts`, in any case, is sensitive. Without parts none is.
    pub fn containing<I>(parts: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self(Rule::Containing(parts.into_iter().map(|part| part.as_ref().to_owned()).collect()))
    }

    /// Whether the value of `key` must not be shown.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        match &self.0 {
            Rule::Default => contains_default(key.as_bytes()),
            Rule::All => true,
            Rule::Containing(parts) => parts.iter().any(|part| contains(key, part)),
            #[cfg(feature = "regex")]
            Rule::Matching(patterns) => patterns.is_match(key),
        }
    }

    /// The same of a key that need not be UTF-8.
    pub(super) fn matches_bytes(&self, key: &[u8]) -> bool {
        match &self.0 {
            Rule::Default => contains_default(key),
            _ => self.matches(&String::from_utf8_lossy(key)),
        }
    }

    /// Whether the value of `key` must not be shown where it is a parameter of a URL or a form.
    #[must_use]
    pub fn matches_parameter(&self, key: &str) -> bool {
        self.matches(key)
            || self.0 == Rule::Default
                && DEFAULT_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(key))
    }

    /// Whether whole values are masked.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0 == Rule::All
    }

    /// Whether nothing is masked.
    #[must_use]
    pub fn is_none(&self) -> bool {
        match &self.0 {
            Rule::Containing(parts) => parts.is_empty(),
            _ => false,
        }
    }

    /// `text`, unless whole values are masked.
    pub(super) fn unless_all<'a>(
        &self,
        text: &'a str,
        mask: impl FnOnce() -> Cow<'a, str>,
    ) -> Cow<'a, str> {
        match &self.0 {
            Rule::All if !text.is_empty() => Cow::Borrowed(super::MASK),
            _ => mask(),
        }
    }
}

/// Whether `key` contains `part`, in any case of ASCII letters.
fn contains(key: &str, part: &str) -> bool {
    let (key, part) = (key.as_bytes(), part.as_bytes());
    part.is_empty() || key.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// Which letters follow which at the start of a default key: a bit for each second letter. Most
/// positions of most keys are ruled out by it.
const STARTS: [u32; 26] = {
    let mut starts = [0; 26];
    let mut index = 0;
    while index < DEFAULT_KEYS.len() {
        let key = DEFAULT_KEYS[index].as_bytes();
        // The one that starts otherwise contains another.
        if key[1].is_ascii_lowercase() {
            starts[(key[0] - b'a') as usize] |= 1 << (key[1] - b'a');
        }
        index += 1;
    }
    starts
};

fn contains_default(key: &[u8]) -> bool {
    let letter = |byte: u8| byte.to_ascii_lowercase().wrapping_sub(b'a');
    key.windows(2).enumerate().any(|(at, pair)| {
        let (first, second) = (letter(pair[0]), letter(pair[1]));
        STARTS.get(usize::from(first)).is_some_and(|seconds| {
            // There is no bit for what is no letter.
            seconds.checked_shr(second.into()).unwrap_or_default() & 1 != 0
                && starts_with_default(&key[at..])
        })
    })
}

fn starts_with_default(text: &[u8]) -> bool {
    DEFAULT_KEYS.iter().any(|known| {
        text.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_keys_match_anywhere_in_any_case() {
        let keys = SensitiveKeys::default();
        for known in DEFAULT_KEYS {
            for key in [
                (*known).to_owned(),
                known.to_uppercase(),
                format!("x-{known}"),
                format!("{known}-1"),
                format!("ein_{known}ß"),
            ] {
                assert!(keys.matches(&key), "{key}");
            }
        }
        for sensitive in [
            "Authorization",
            "proxy-authorization",
            "WWW-Authenticate",
            "Set-Cookie",
            "x-api-key",
            "X-Amz-Security-Token",
            "x-jwt",
            "DPoP",
            "client_secret",
            "SAMLResponse",
            "accessToken",
        ] {
            assert!(keys.matches(sensitive), "{sensitive}");
        }
        for harmless in
            ["", "a", "accept", "content-type", "x-request-id", "traceparent", "code", "sig", "pas"]
        {
            assert!(!keys.matches(harmless), "{harmless}");
        }
    }

    #[test]
    fn default_parameters_match_as_a_whole() {
        let keys = SensitiveKeys::default();
        for known in DEFAULT_PARAMETERS {
            assert!(keys.matches_parameter(known) && keys.matches_parameter(&known.to_uppercase()));
        }
        assert!(keys.matches_parameter("id_token"));
        for harmless in ["postcode", "design", "author", "page", "state"] {
            assert!(!keys.matches_parameter(harmless), "{harmless}");
        }
        assert!(!SensitiveKeys::containing(["x"]).matches_parameter("code"));
    }

    #[test]
    fn own_list_replaces_default() {
        let keys = SensitiveKeys::containing(["X-Tenant", "größe"]);
        assert!(keys.matches("x-tenant-id") && keys.matches("größe"));
        assert!(!keys.matches("authorization"));
        assert!(!SensitiveKeys::none().matches("authorization"));
        assert!(SensitiveKeys::none().is_none() && !keys.is_none());
        assert!(SensitiveKeys::all().matches("harmless") && SensitiveKeys::all().is_all());
    }
}
