//! The provider on `ring`, and what this library does differently.

provider!(ring, ring);

use library::agreement::{EphemeralPrivateKey, UnparsedPublicKey};
use library::rand::SystemRandom;
use library::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair};

fn agree<T>(
    key: EphemeralPrivateKey,
    peer: &UnparsedPublicKey<&[u8]>,
    then: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    library::agreement::agree_ephemeral(key, peer, then).ok()
}

fn ecdsa_key(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).ok()
}

fn modulus_length(key: &RsaKeyPair) -> usize {
    key.public().modulus_len()
}
