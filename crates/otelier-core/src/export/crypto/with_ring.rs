//! The provider on `ring`, and what this library does differently.
//!
//! The functions below hide the differences in signatures between the two libraries.

provider!(ring, ring);

use library::agreement::{EphemeralPrivateKey, UnparsedPublicKey};
use library::rand::SystemRandom;
use library::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair};

/// `None` if the share of the peer is not valid. `then` gets the secret, which is not kept.
fn agree<T>(
    key: EphemeralPrivateKey,
    peer: &UnparsedPublicKey<&[u8]>,
    then: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    library::agreement::agree_ephemeral(key, peer, then).ok()
}

/// `None` if the key is not one of this curve. `ring` wants randomness for checking it.
fn ecdsa_key(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).ok()
}

/// In bytes, which is the length of a signature.
fn modulus_length(key: &RsaKeyPair) -> usize {
    key.public().modulus_len()
}
