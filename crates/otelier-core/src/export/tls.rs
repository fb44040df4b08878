//! TLS of every transport: which authorities are trusted, and who does the cryptography.
//!
//! Both transports take the same roots, identity and provider. gRPC uses the `ClientConfig` that is
//! made here. The HTTP client takes the parts and makes its own, later and with a panic if they do
//! not fit; so `http::tls` makes one here first to learn of an error. All errors are reasons to
//! show, with which the exporter is not built.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::TlsSettings;

/// The certificate authorities that are trusted.
pub(super) enum Roots {
    /// From the settings or from the platform. At least one, though it may turn out unusable.
    Certificates(Vec<CertificateDer<'static>>),
    /// Those of Mozilla, which are built in.
    BuiltIn,
}

/// The authorities of the settings, else those of the platform, else the built-in ones.
/// Only a file of the settings can fail.
pub(super) fn roots(settings: &TlsSettings) -> Result<Roots, String> {
    if let Some(pem) = &settings.authorities {
        return certificates(pem).map(Roots::Certificates);
    }
    // A certificate that cannot be read is left out, as everybody does on that platform.
    let platform = rustls_native_certs::load_native_certs().certs;
    Ok(if platform.is_empty() { Roots::BuiltIn } else { Roots::Certificates(platform) })
}

/// The certificates of a PEM file.
/// A file without any certificate is an error, since nothing would be trusted.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err("the file of certificates holds none".to_owned())
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("certificate: {error}")),
    }
}

/// The configuration of a client. Fails with the reason.
/// Authorities that cannot be parsed are left out. A client certificate must have a private key
/// that fits it.
pub(super) fn client_config(settings: &TlsSettings) -> Result<ClientConfig, String> {
    let mut store = RootCertStore::empty();
    match roots(settings)? {
        Roots::Certificates(certificates) => {
            store.add_parsable_certificates(certificates);
        }
        Roots::BuiltIn => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let builder = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store);
    match &settings.identity {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|error| format!("client key: {error}"))?;
            builder
                .with_client_auth_cert(certificates(certificate)?, key)
                .map_err(|error| format!("client certificate and key: {error}"))
        }
    }
}

/// What the program has chosen for itself, else what a feature of ours brings. Never what features
/// of rustls bring: turning one on installs it for the whole program.
/// Without either feature, and with nothing that is installed, the reason is `NO_PROVIDER`.
pub(super) fn provider() -> Result<Arc<CryptoProvider>, String> {
    if let Some(chosen) = CryptoProvider::get_default() {
        return Ok(Arc::clone(chosen));
    }
    #[cfg(feature = "tls-aws-lc")]
    return Ok(Arc::new(super::crypto::with_aws_lc::provider()));
    #[cfg(all(feature = "tls-ring", not(feature = "tls-aws-lc")))]
    return Ok(Arc::new(super::crypto::with_ring::provider()));
    #[cfg(not(any(feature = "tls-ring", feature = "tls-aws-lc")))]
    Err(super::NO_PROVIDER.to_owned())
}
