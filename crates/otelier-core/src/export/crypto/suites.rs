//! The cipher suites, in order of preference.
//!
//! TLS 1.3 comes first, and AES with 256 bits before that with 128 bits. All suites of TLS 1.2 have
//! an ephemeral key exchange. The macros fill in what is the same for all suites of a version; the
//! tables below them have one row for each suite: its algorithms and how many records one key may
//! encrypt.

use rustls::crypto::tls12::PrfUsingHmac;
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{CipherSuiteCommon, KeyExchangeAlgorithm};
use rustls::{
    CipherSuite, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::aead::{AES_128, AES_256, CHACHA20};
use super::hash::{HMAC_SHA256, HMAC_SHA384, Hash, SHA256, SHA384};

/// All that are offered. The server chooses one.
/// What a server chooses may be any of them; the order is only a preference.
pub(super) const SUITES: &[SupportedCipherSuite] = &[
    SupportedCipherSuite::Tls13(&TLS13_AES_256_GCM_SHA384),
    SupportedCipherSuite::Tls13(&TLS13_AES_128_GCM_SHA256),
    SupportedCipherSuite::Tls13(&TLS13_CHACHA20_POLY1305_SHA256),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    SupportedCipherSuite::Tls12(&TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// How many records may be encrypted with one key, by draft-irtf-cfrg-aead-limits.
/// rustls renews the key or closes the connection before that.
const GCM_LIMIT: u64 = 1 << 24;
/// It has no limit that a connection could reach.
const CHACHA20_LIMIT: u64 = u64::MAX;

/// The signatures that a server with such a key may use in TLS 1.2.
/// With an Ed25519 certificate TLS 1.2 uses these suites too.
const ECDSA: &[SignatureScheme] = &[
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP256_SHA256,
];

/// The signatures that a server with an RSA key may use in TLS 1.2.
/// PSS before PKCS#1.
const RSA: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
];

/// One suite of TLS 1.3 for each row. The signature and the key exchange are negotiated apart from
/// it.
macro_rules! tls13 {
    ($($suite:ident: $aead:ident, $hash:ident, $hmac:ident, $limit:ident;)+) => {
        $(static $suite: Tls13CipherSuite = Tls13CipherSuite {
            common: common(CipherSuite::$suite, &$hash, $limit),
            hkdf_provider: &HkdfUsingHmac(&$hmac),
            aead_alg: &$aead,
            quic: None,
        };)+
    };
}

tls13! {
    TLS13_AES_256_GCM_SHA384: AES_256, SHA384, HMAC_SHA384, GCM_LIMIT;
    TLS13_AES_128_GCM_SHA256: AES_128, SHA256, HMAC_SHA256, GCM_LIMIT;
    TLS13_CHACHA20_POLY1305_SHA256: CHACHA20, SHA256, HMAC_SHA256, CHACHA20_LIMIT;
}

/// One suite of TLS 1.2 for each row, with the signatures that belong to it.
macro_rules! tls12 {
    ($($suite:ident: $sign:ident, $aead:ident, $hash:ident, $hmac:ident, $limit:ident;)+) => {
        $(static $suite: Tls12CipherSuite = Tls12CipherSuite {
            common: common(CipherSuite::$suite, &$hash, $limit),
            prf_provider: &PrfUsingHmac(&$hmac),
            kx: KeyExchangeAlgorithm::ECDHE,
            sign: $sign,
            aead_alg: &$aead,
        };)+
    };
}

tls12! {
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: ECDSA, AES_256, SHA384, HMAC_SHA384, GCM_LIMIT;
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: ECDSA, AES_128, SHA256, HMAC_SHA256, GCM_LIMIT;
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:
        ECDSA, CHACHA20, SHA256, HMAC_SHA256, CHACHA20_LIMIT;
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: RSA, AES_256, SHA384, HMAC_SHA384, GCM_LIMIT;
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: RSA, AES_128, SHA256, HMAC_SHA256, GCM_LIMIT;
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:
        RSA, CHACHA20, SHA256, HMAC_SHA256, CHACHA20_LIMIT;
}

/// What suites of both versions have.
/// `limit` is how many records one key may encrypt.
const fn common(suite: CipherSuite, hash: &'static Hash, limit: u64) -> CipherSuiteCommon {
    CipherSuiteCommon { suite, hash_provider: hash, confidentiality_limit: limit }
}
