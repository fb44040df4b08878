//! Our providers against those of rustls: every suite, every group, every kind of key.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};

/// Ours, each by name.
fn ours() -> Vec<(&'static str, CryptoProvider)> {
    vec![("ring", super::with_ring::provider()), ("aws-lc-rs", super::with_aws_lc::provider())]
}

fn theirs() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self, key: &KeyPair) -> rustls::pki_types::CertificateDer<'static> {
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.signed_by(key, &self.0).unwrap().der().clone()
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }
}

fn key(algorithm: &'static rcgen::SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

fn pkcs8(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// Sends a text of several records there and back.
fn exchange(client: ClientConfig, server: ServerConfig) -> Result<(), rustls::Error> {
    let name = "localhost".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    let text = vec![7; 100_000];
    client.set_buffer_limit(None);
    server.set_buffer_limit(None);
    client.writer().write_all(&text).unwrap();
    let (mut there, mut back) = (Vec::new(), Vec::new());
    while back.len() < text.len() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut bytes = &wire[..];
        while !bytes.is_empty() {
            server.read_tls(&mut bytes).unwrap();
            server.process_new_packets()?;
            let _ = server.reader().read_to_end(&mut there);
        }
        if there.len() == text.len() {
            server.writer().write_all(&std::mem::take(&mut there)).unwrap();
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut bytes = &wire[..];
        while !bytes.is_empty() {
            client.read_tls(&mut bytes).unwrap();
            client.process_new_packets()?;
            let _ = client.reader().read_to_end(&mut back);
        }
    }
    assert_eq!(back, text);
    Ok(())
}

fn client(provider: CryptoProvider, authority: &Authority) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots())
        .with_no_client_auth()
}

fn server(provider: CryptoProvider, authority: &Authority, key: &KeyPair) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![authority.sign(key)], pkcs8(key))
        .unwrap()
}

#[test]
fn every_suite_and_group_works() {
    let authority = Authority::new();
    let (ecdsa, rsa) = (key(&rcgen::PKCS_ECDSA_P256_SHA256), rsa_key());
    for (name, provider) in ours() {
        assert_eq!(provider.cipher_suites.len(), 9, "{name}");
        for suite in &provider.cipher_suites {
            for group in &provider.kx_groups {
                let mut only = provider.clone();
                only.cipher_suites = vec![*suite];
                only.kx_groups = vec![*group];
                let is_rsa = match suite {
                    SupportedCipherSuite::Tls12(_) => format!("{suite:?}").contains("RSA_WITH"),
                    SupportedCipherSuite::Tls13(_) => false,
                };
                let key =
                    if is_rsa && !format!("{suite:?}").contains("ECDSA") { &rsa } else { &ecdsa };
                let versions: &[_] = match suite {
                    SupportedCipherSuite::Tls12(_) => &[&rustls::version::TLS12],
                    SupportedCipherSuite::Tls13(_) => &[&rustls::version::TLS13],
                };
                let client = ClientConfig::builder_with_provider(Arc::new(only))
                    .with_protocol_versions(versions)
                    .unwrap()
                    .with_root_certificates(authority.roots())
                    .with_no_client_auth();
                let result = exchange(client, server(theirs(), &authority, key));
                assert_eq!(result, Ok(()), "{name} {suite:?} {group:?}");
            }
        }
    }
}

/// `ring` makes no keys for RSA.
fn rsa_key() -> KeyPair {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().unwrap();
    KeyPair::try_from(pkcs8.as_ref()).unwrap()
}

#[test]
fn every_kind_of_server_certificate_is_verified() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let keys = [
        key(&rcgen::PKCS_ECDSA_P256_SHA256),
        key(&rcgen::PKCS_ECDSA_P384_SHA384),
        key(&rcgen::PKCS_ED25519),
        rsa_key(),
    ];
    for (name, provider) in ours() {
        for key in &keys {
            let trusting = client(provider.clone(), &authority);
            let result = exchange(trusting, server(theirs(), &authority, key));
            assert_eq!(result, Ok(()), "{name} {key:?}");
            let distrusting = client(provider.clone(), &stranger);
            let result = exchange(distrusting, server(theirs(), &authority, key));
            assert!(matches!(result, Err(rustls::Error::InvalidCertificate(_))), "{result:?}");
        }
    }
}

#[test]
fn every_kind_of_client_key_signs() {
    let authority = Authority::new();
    let server_key = key(&rcgen::PKCS_ECDSA_P256_SHA256);
    let roots = Arc::new(authority.roots());
    let p256 = key(&rcgen::PKCS_ECDSA_P256_SHA256);
    let sec1 = PrivateSec1KeyDer::from(sec1_of(&p256.serialize_der()));
    let rsa = rsa_key();
    let (p384, ed25519) = (key(&rcgen::PKCS_ECDSA_P384_SHA384), key(&rcgen::PKCS_ED25519));
    let keys = [
        (authority.sign(&p256), pkcs8(&p256)),
        (authority.sign(&p256), sec1.into()),
        (authority.sign(&p384), pkcs8(&p384)),
        (authority.sign(&ed25519), pkcs8(&ed25519)),
        (authority.sign(&rsa), pkcs8(&rsa)),
    ];
    for (name, provider) in ours() {
        for (certificate, key) in &keys {
            for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
                let verifier = WebPkiClientVerifier::builder_with_provider(
                    Arc::clone(&roots),
                    Arc::new(theirs()),
                );
                let server = ServerConfig::builder_with_provider(Arc::new(theirs()))
                    .with_protocol_versions(&[version])
                    .unwrap()
                    .with_client_cert_verifier(verifier.build().unwrap())
                    .with_single_cert(vec![authority.sign(&server_key)], pkcs8(&server_key))
                    .unwrap();
                let client = ClientConfig::builder_with_provider(Arc::new(provider.clone()))
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_root_certificates(authority.roots())
                    .with_client_auth_cert(vec![certificate.clone()], key.clone_key())
                    .unwrap();
                assert_eq!(exchange(client, server), Ok(()), "{name} {key:?} {version:?}");
            }
        }
        // A key that is another certificate's is refused when it is loaded.
        let client = ClientConfig::builder_with_provider(Arc::new(provider.clone()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(authority.roots());
        let (certificate, _) = &keys[0];
        assert!(client.with_client_auth_cert(vec![certificate.clone()], pkcs8(&p384)).is_err());
        let nonsense = PrivatePkcs8KeyDer::from(vec![1, 2, 3]).into();
        assert!(provider.key_provider.load_private_key(nonsense).is_err());
    }
}

/// The SEC1 form of an elliptic curve's key: what PKCS#8 has in its last element.
fn sec1_of(pkcs8: &[u8]) -> Vec<u8> {
    // A sequence of version, algorithm and an octet string, whose lengths are below 256.
    let skip = |der: &[u8]| if der[1] < 0x80 { 2 } else { 3 };
    let inside = &pkcs8[skip(pkcs8)..];
    let inside = &inside[3..];
    let algorithm = skip(inside) + usize::from(inside[1]);
    let octets = &inside[algorithm..];
    let start = skip(octets);
    let length = usize::from(octets[start - 1]);
    octets[start..start + length].to_vec()
}

#[test]
fn altered_records_are_refused() {
    let authority = Authority::new();
    let server_key = key(&rcgen::PKCS_ECDSA_P256_SHA256);
    for (name, provider) in ours() {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let client = ClientConfig::builder_with_provider(Arc::new(provider.clone()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(authority.roots())
                .with_no_client_auth();
            let mut client =
                ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
            let server = server(theirs(), &authority, &server_key);
            let mut server = ServerConnection::new(Arc::new(server)).unwrap();
            while client.is_handshaking() || server.is_handshaking() {
                let mut wire = Vec::new();
                client.write_tls(&mut wire).unwrap();
                server.read_tls(&mut &wire[..]).unwrap();
                server.process_new_packets().unwrap();
                let mut wire = Vec::new();
                while server.wants_write() {
                    server.write_tls(&mut wire).unwrap();
                }
                let mut bytes = &wire[..];
                while !bytes.is_empty() {
                    client.read_tls(&mut bytes).unwrap();
                    client.process_new_packets().unwrap();
                }
            }
            server.writer().write_all(b"text").unwrap();
            let mut wire = Vec::new();
            server.write_tls(&mut wire).unwrap();
            *wire.last_mut().unwrap() ^= 1;
            client.read_tls(&mut &wire[..]).unwrap();
            let error = client.process_new_packets().unwrap_err();
            assert_eq!(error, rustls::Error::DecryptError, "{name} {version:?}");
        }
    }
}
