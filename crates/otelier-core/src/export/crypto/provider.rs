//! The provider: its suites, and where randomness and keys come from.
//!
//! Only the parts that a client uses are here; there are no keys of servers and no tickets. The
//! same algorithms serve two purposes: certificates name their algorithm exactly, so `all` lists
//! every one, and handshakes name a scheme of TLS, which `mapping` turns into one or two of them.
//! RSA keys have at least 2048 bits. SHA-1 is not there, so an old server with such a certificate
//! is refused.

use std::sync::Arc;

use rustls::Error;
use rustls::SignatureScheme;
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

use super::exchange::GROUPS;
use super::library::rand::{SecureRandom as _, SystemRandom};
use super::sign::LoadedKey;
use super::suites::SUITES;
use super::webpki_algorithms::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};

/// What a client needs of a provider of cryptography.
///
/// It is made anew for each exporter, which is cheap: all parts are statics. It is never installed
/// for the program, whose other libraries choose for themselves.
pub(in super::super::super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Source,
        key_provider: &Source,
    }
}

/// By which signatures in certificates and handshakes are verified. All are those of `webpki`;
/// `mapping` says which belong to a scheme of TLS, in order of preference.
/// A certificate that is signed in another way is not trusted.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        ECDSA_P256_SHA256,
        ECDSA_P256_SHA384,
        ECDSA_P384_SHA256,
        ECDSA_P384_SHA384,
        ED25519,
        RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512,
    ],
    // TLS 1.2 leaves the curve open, so there are two for some schemes.
    mapping: &[
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[ECDSA_P384_SHA384, ECDSA_P256_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256, ECDSA_P384_SHA256]),
        (SignatureScheme::ED25519, &[ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// Randomness of the library, and the way to load private keys. It has no state.
#[derive(Debug)]
struct Source;

impl SecureRandom for Source {
    /// Fails if the system gives no randomness; the handshake fails then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemRandom::new().fill(buffer).map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Source {
    /// For client certificates. A key of an unknown kind is an error when the exporter is built.
    fn load_private_key(&self, key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Ok(Arc::new(LoadedKey::load(&key)?))
    }
}
