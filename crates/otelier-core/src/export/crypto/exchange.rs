//! Key exchange with elliptic curves.
//!
//! For each connection `start` draws a new private key, and `complete` combines it with the share
//! of the server and consumes it. The secret is passed on to rustls, which derives all keys from
//! it.

use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use super::library::agreement::{self, EphemeralPrivateKey, PublicKey, UnparsedPublicKey};
use super::library::rand::SystemRandom;

/// In order of preference.
pub(super) const GROUPS: &[&dyn SupportedKxGroup] = &[&X25519, &SECP256R1, &SECP384R1];

/// Curve25519, the fastest of them.
static X25519: Group = Group(NamedGroup::X25519, &agreement::X25519);
/// P-256, which nearly all servers have.
static SECP256R1: Group = Group(NamedGroup::secp256r1, &agreement::ECDH_P256);
/// P-384, for servers that ask for it.
static SECP384R1: Group = Group(NamedGroup::secp384r1, &agreement::ECDH_P384);

/// A named group and the algorithm of the library for it.
#[derive(Debug)]
struct Group(NamedGroup, &'static agreement::Algorithm);

impl SupportedKxGroup for Group {
    /// Fails only if there is no randomness.
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let Self(name, algorithm) = *self;
        let failed = |_| Error::from(GetRandomFailed);
        let private =
            EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).map_err(failed)?;
        let public = private.compute_public_key().map_err(failed)?;
        Ok(Box::new(Exchange { name, algorithm, private, public }))
    }

    fn name(&self) -> NamedGroup {
        self.0
    }
}

/// A key exchange that waits for the share of the server.
struct Exchange {
    name: NamedGroup,
    algorithm: &'static agreement::Algorithm,
    /// Used once, and dropped with this.
    private: EphemeralPrivateKey,
    /// Sent to the server.
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
    /// A share that is malformed, or no point of the curve, is misbehavior of the peer and ends the
    /// handshake.
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let is_valid = match self.name {
            NamedGroup::X25519 => peer.len() == 32,
            // TLS has points in the uncompressed form only; a library may take others.
            _ => peer.first() == Some(&4),
        };
        let peer = UnparsedPublicKey::new(self.algorithm, peer);
        let secret = is_valid.then(|| {
            super::agree(self.private, &peer, |secret: &[u8]| SharedSecret::from(secret))
        });
        secret.flatten().ok_or_else(|| PeerMisbehaved::InvalidKeyShare.into())
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    /// The client names it beside its share.
    fn group(&self) -> NamedGroup {
        self.name
    }
}
