//! The provider on `aws-lc-rs`, and what this library does differently.
//!
//! The functions below hide the differences in signatures between the two libraries.

provider!(aws_lc_rs, aws_lc_rs);

use library::agreement::{EphemeralPrivateKey, UnparsedPublicKey};
use library::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair};

/// `None` if the share of the peer is not valid. `then` gets the secret, which is not kept.
fn agree<T>(
    key: EphemeralPrivateKey,
    peer: &UnparsedPublicKey<&[u8]>,
    then: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    library::agreement::agree_ephemeral(key, peer, (), |secret| Ok(then(secret))).ok()
}

/// `None` if the key is not one of this curve.
fn ecdsa_key(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()
}

/// In bytes, which is the length of a signature.
fn modulus_length(key: &RsaKeyPair) -> usize {
    key.public_modulus_len()
}
