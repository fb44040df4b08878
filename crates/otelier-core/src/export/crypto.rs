//! Cryptography for rustls, by `ring` or `aws-lc-rs`, without a feature of rustls.
//!
//! rustls has providers for both. But its features `ring` and `aws_lc_rs` say which one the whole
//! program means: with exactly one of them on, `ClientConfig::builder()` takes that provider, and
//! otherwise it panics. A library that turns one on breaks programs that have chosen the other. So
//! what is needed of a provider by a client is written here, on the same two libraries.
//!
//! The text is compiled once for each library, because their functions have the same names.
//!
//! `suites` lists the cipher suites and names, for each, the algorithms of `aead` and `hash`;
//! `exchange` has the key exchange, `sign` the keys of client certificates; `provider` puts them
//! together for rustls. Signatures of servers are verified by `webpki`, with the algorithms that
//! `provider` lists. The few functions that differ between the libraries are in `with_ring` and
//! `with_aws_lc`, beside the macro that includes the rest.
//!
//! The choices are among those of the providers of rustls: no suite without forward secrecy, no CBC
//! and no SHA-1. Nothing is implemented here that the libraries have; this only translates
//! interfaces.

/// Includes the files for one library. `$library` is the crate, `$signatures` the module of
/// `webpki` with its algorithms. The lint is off because each file is included twice on purpose.
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
