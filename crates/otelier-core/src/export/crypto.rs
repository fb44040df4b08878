//! Cryptography for rustls, by `ring` or `aws-lc-rs`, without a feature of rustls.
//!
//! rustls has providers for both. But its features `ring` and `aws_lc_rs` say which one the whole
//! program means: with exactly one of them on, `ClientConfig::builder()` takes that provider, and
//! otherwise it panics. A library that turns one on breaks programs that have chosen the other. So
//! what is needed of a provider by a client is written here, on the same two libraries.
//!
//! The text is compiled once for each library, because their functions have the same names.

#[cfg(any(feature = "tls-ring", feature = "tls-aws-lc"))]
macro_rules! provider {
    ($library:ident, $signatures:ident) => {
        use ::$library as library;
        use webpki::$signatures as webpki_algorithms;

        #[path = "aead.rs"]
        #[allow(clippy::duplicate_mod)]
        mod aead;
        #[path = "exchange.rs"]
        #[allow(clippy::duplicate_mod)]
        mod exchange;
        #[path = "hash.rs"]
        #[allow(clippy::duplicate_mod)]
        mod hash;
        #[path = "provider.rs"]
        #[allow(clippy::duplicate_mod)]
        mod provider;
        #[path = "sign.rs"]
        #[allow(clippy::duplicate_mod)]
        mod sign;
        #[path = "suites.rs"]
        #[allow(clippy::duplicate_mod)]
        mod suites;

        pub(in super::super) use provider::provider;
    };
}

#[cfg(feature = "tls-aws-lc")]
pub(super) mod with_aws_lc;
// With both features it is `aws-lc-rs` that was asked for, since `ring` is there by default.
#[cfg(all(feature = "tls-ring", any(test, not(feature = "tls-aws-lc"))))]
pub(super) mod with_ring;

#[cfg(test)]
#[cfg(all(feature = "tls-ring", feature = "tls-aws-lc"))]
mod tests;
