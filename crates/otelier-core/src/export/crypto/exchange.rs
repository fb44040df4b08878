//! Key exchange with elliptic curves.

use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use super::library::agreement::{self, EphemeralPrivateKey, PublicKey, UnparsedPublicKey};
use super::library::rand::SystemRandom;

/// In order of preference.
pub(super) const GROUPS: &[&dyn SupportedKxGroup] = &[&X25519, &SECP256R1, &SECP384R1];

static X25519: Group = Group(NamedGroup::X25519, &agreement::X25519);
static SECP256R1: Group = Group(NamedGroup::secp256r1, &agreement::ECDH_P256);
static SECP384R1: Group = Group(NamedGroup::secp384r1, &agreement::ECDH_P384);

#[derive(Debug)]
struct Group(NamedGroup, &'static agreement::Algorithm);

impl SupportedKxGroup for Group {
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

struct Exchange {
    name: NamedGroup,
    algorithm: &'static agreement::Algorithm,
    private: EphemeralPrivateKey,
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
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

    fn group(&self) -> NamedGroup {
        self.name
    }
}
