//! TLS of the HTTP client.
//!
//! The client has types of its own for certificates and keys, so the settings are converted here.
//! The errors are the same as those of gRPC, because its configuration is made first.

use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::super::tls::{self, Roots};
use crate::config::TlsSettings;

/// What the client needs of the settings. Fails with the reason.
///
/// The provider of cryptography is given, since the client would otherwise choose one by itself.
pub(super) fn config(settings: &TlsSettings) -> Result<TlsConfig, String> {
    // The client would panic at its first connection if anything in it cannot be used.
    tls::client_config(settings)?;
    let mut config = TlsConfig::builder().unversioned_rustls_crypto_provider(tls::provider()?);
    config = config.root_certs(match tls::roots(settings)? {
        Roots::Certificates(found) => {
            let found: Vec<_> =
                found.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
            RootCerts::new_with_certs(&found)
        }
        Roots::BuiltIn => RootCerts::WebPki,
    });
    if let Some((certificate, key)) = &settings.identity {
        let chain: Vec<_> = tls::certificates(certificate)?
            .iter()
            .map(|it| Certificate::from_der(it.as_ref()).to_owned())
            .collect();
        let key = PrivateKey::from_pem(key).map_err(|error| format!("client key: {error}"))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}
