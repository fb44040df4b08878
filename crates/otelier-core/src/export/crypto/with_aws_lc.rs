//! The provider on `aws-lc-rs`, and what this library does differently.

provider!(aws_lc_rs, aws_lc_rs);

use library::agreement::{EphemeralPrivateKey, UnparsedPublicKey};
use library::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair};

fn agree<T>(
    key: EphemeralPrivateKey,
    peer: &UnparsedPublicKey<&[u8]>,
    then: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    library::agreement::agree_ephemeral(key, peer, (), |secret| Ok(then(secret))).ok()
}

fn ecdsa_key(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()
}

fn modulus_length(key: &RsaKeyPair) -> usize {
    key.public_modulus_len()
}
