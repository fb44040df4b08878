//! Which keys hold secrets, whatever their values look like.

/// What stands for a masked value.
pub const MASK: &str = "****";

/// The keys whose values are masked by default: a key that contains one of these, in any case, is secret.
pub const DEFAULT_SECRET_KEYS: &[&str] = &[
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
];

/// Tells a secret key from a harmless one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKeys(Vec<String>);

impl Default for SecretKeys {
    fn default() -> Self {
        Self::containing(DEFAULT_SECRET_KEYS.iter().copied())
    }
}

impl SecretKeys {
    /// Every key that contains one of `parts`, in any case. Without parts, no key is secret.
    pub fn containing<I>(parts: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self(parts.into_iter().map(|part| part.as_ref().to_ascii_lowercase()).collect())
    }

    /// Whether `key` is one whose value must not be shown.
    #[must_use]
    pub fn is_secret(&self, key: &str) -> bool {
        let key = key.to_ascii_lowercase();
        self.0.iter().any(|part| key.contains(part.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_secret_keys_anywhere_and_in_any_case() {
        let keys = SecretKeys::default();
        for secret in [
            "Authorization",
            "proxy-authorization",
            "Set-Cookie",
            "x-api-key",
            "X-Amz-Security-Token",
        ] {
            assert!(keys.is_secret(secret), "{secret}");
        }
        for harmless in ["accept", "content-type", "x-request-id", "traceparent"] {
            assert!(!keys.is_secret(harmless), "{harmless}");
        }
    }

    #[test]
    fn an_own_list_replaces_the_default() {
        let keys = SecretKeys::containing(["X-Tenant"]);
        assert!(keys.is_secret("x-tenant-id"));
        assert!(!keys.is_secret("authorization"));
        assert!(!SecretKeys::containing([""; 0]).is_secret("authorization"));
    }
}
