//! Signatures with the key of a client certificate.
//!
//! A client certificate is rare, but one may have any of the usual kinds of keys, in any of three
//! formats. Which kind a PKCS#8 key is becomes known by trying: RSA, both curves, then Ed25519. The
//! scheme is the first of ours that the server offers.
//!
//! The key is never shown: `Debug` names the algorithm only. Keys of RSA sign with PSS where the
//! server takes it, and with PKCS#1 otherwise, which TLS 1.2 allows.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use super::library::rand::SystemRandom;
use super::library::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};

/// A private key of one of the kinds that certificates have.
/// In an `Arc`, because each connection that signs has a copy.
#[derive(Clone)]
pub(super) struct LoadedKey(Arc<Kind>);

/// The key in the type of the library for it.
enum Kind {
    Rsa(RsaKeyPair),
    /// It signs with SHA-256 only.
    EcdsaP256(EcdsaKeyPair),
    /// It signs with SHA-384 only.
    EcdsaP384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl LoadedKey {
    /// PKCS#1 is for RSA and SEC1 for elliptic curves; PKCS#8 is for all. What the library refuses,
    /// for example because it is too short, is an error.
    /// A SEC1 key does not always say its curve, so it is tried with both, as a key in PKCS#8.
    pub(super) fn load(key: &PrivateKeyDer<'_>) -> Result<Self, Error> {
        let kind = match key {
            PrivateKeyDer::Pkcs1(key) => {
                RsaKeyPair::from_der(key.secret_pkcs1_der()).ok().map(Kind::Rsa)
            }
            PrivateKeyDer::Sec1(key) => ecdsa(|curve| pkcs8_of_sec1(curve, key.secret_sec1_der())),
            PrivateKeyDer::Pkcs8(key) => {
                let key = key.secret_pkcs8_der();
                let rsa = RsaKeyPair::from_pkcs8(key).ok().map(Kind::Rsa);
                let ed25519 = || {
                    Ed25519KeyPair::from_pkcs8_maybe_unchecked(key).ok().map(Kind::Ed25519)
                };
                rsa.or_else(|| ecdsa(|_| key.to_vec())).or_else(ed25519)
            }
            _ => None,
        };
        let unknown = || Error::General("the private key is of no known kind".to_owned());
        kind.map(|kind| Self(Arc::new(kind))).ok_or_else(unknown)
    }

    /// In order of preference.
    fn schemes(&self) -> &'static [SignatureScheme] {
        match *self.0 {
            Kind::Rsa(_) => &[
                SignatureScheme::RSA_PSS_SHA512,
                SignatureScheme::RSA_PSS_SHA384,
                SignatureScheme::RSA_PSS_SHA256,
                SignatureScheme::RSA_PKCS1_SHA512,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA256,
            ],
            Kind::EcdsaP256(_) => &[SignatureScheme::ECDSA_NISTP256_SHA256],
            Kind::EcdsaP384(_) => &[SignatureScheme::ECDSA_NISTP384_SHA384],
            Kind::Ed25519(_) => &[SignatureScheme::ED25519],
        }
    }
}

/// The object identifiers of "elliptic curve" and of each curve, in DER.
/// They are the parameters of the algorithm in PKCS#8, RFC 5958.
const P256: &[u8] =
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// That of P-384.
const P384: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";

/// The key of whichever curve it fits, from PKCS#8 for that curve.
/// The function gets the identifiers of the curve that is tried.
/// P-256 is tried first. `None` if neither fits.
fn ecdsa(pkcs8: impl Fn(&[u8]) -> Vec<u8>) -> Option<Kind> {
    let p256 = super::ecdsa_key(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8(P256));
    let p384 = || super::ecdsa_key(&ECDSA_P384_SHA384_ASN1_SIGNING, &pkcs8(P384));
    p256.map(Kind::EcdsaP256).or_else(|| p384().map(Kind::EcdsaP384))
}

/// The libraries read PKCS#8 only, which is a wrapper: version 0, algorithm, key.
/// `curve` is one of the constants above, `key` the whole SEC1 structure.
/// The key goes into an octet string as it is.
fn pkcs8_of_sec1(curve: &[u8], key: &[u8]) -> Vec<u8> {
    let version = der(0x02, &[0]);
    der(0x30, &[version, der(0x30, curve), der(0x04, key)].concat())
}

/// An element of DER, of up to 65,535 bytes.
/// The length takes one byte up to 127, two up to 255 and three beyond.
/// Keys are far shorter than that.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let header = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

/// What rustls asks during a handshake in which the server wants a certificate.
impl SigningKey for LoadedKey {
    /// `None` if the server offers none that the key can use; no certificate is sent then.
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = *self.schemes().iter().find(|scheme| offered.contains(scheme))?;
        Some(Box::new(KeySigner { key: self.clone(), scheme }))
    }

    /// With it rustls checks that the key belongs to the certificate.
    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(match &*self.0 {
            Kind::Rsa(key) => public_key_to_spki(&alg_id::RSA_ENCRYPTION, key.public_key()),
            Kind::EcdsaP256(key) => public_key_to_spki(&alg_id::ECDSA_P256, key.public_key()),
            Kind::EcdsaP384(key) => public_key_to_spki(&alg_id::ECDSA_P384, key.public_key()),
            Kind::Ed25519(key) => public_key_to_spki(&alg_id::ED25519, key.public_key()),
        })
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match *self.0 {
            Kind::Rsa(_) => SignatureAlgorithm::RSA,
            Kind::EcdsaP256(_) | Kind::EcdsaP384(_) => SignatureAlgorithm::ECDSA,
            Kind::Ed25519(_) => SignatureAlgorithm::ED25519,
        }
    }
}

/// Required by rustls.
impl fmt::Debug for LoadedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is secret.
        f.debug_struct("LoadedKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// A key with the scheme that was chosen for one connection.
#[derive(Debug)]
struct KeySigner {
    key: LoadedKey,
    scheme: SignatureScheme,
}

/// Signs the transcript of one handshake.
impl Signer for KeySigner {
    /// The message is hashed by the library. ECDSA gives a signature in ASN.1, as TLS wants it.
    /// An error of the library becomes one text without details, since it has none.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = || Error::General("the client's key cannot sign".to_owned());
        let random = SystemRandom::new();
        match &*self.key.0 {
            Kind::Rsa(key) => {
                let mut signature = vec![0; super::modulus_length(key)];
                let encoding = rsa_encoding(self.scheme).ok_or_else(failed)?;
                key.sign(encoding, &random, message, &mut signature).map_err(|_| failed())?;
                Ok(signature)
            }
            Kind::EcdsaP256(key) | Kind::EcdsaP384(key) => {
                let signature = key.sign(&random, message).map_err(|_| failed())?;
                Ok(signature.as_ref().to_vec())
            }
            Kind::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

/// `None` for a scheme that is not one of RSA.
fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static dyn RsaEncoding> {
    Some(match scheme {
        SignatureScheme::RSA_PKCS1_SHA256 => &signature::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384 => &signature::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512 => &signature::RSA_PKCS1_SHA512,
        SignatureScheme::RSA_PSS_SHA256 => &signature::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384 => &signature::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_SHA512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}
