//! Delivery over TLS, with a certificate authority of one's own and a certificate of the client.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crate::support::{assert_work_arrived, endpoint_of, run};
use otelier_testing::OtlpReceiver;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A certificate authority, and what it signed.
pub(crate) struct Authority(pub(crate) CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate, key)
    }
}

/// Takes TLS connections to `name`, and passes what they carry on to `receiver`. Clients have to be
/// those that `authority` knows, or any if `are_known` is false.
pub(crate) fn terminate_tls(
    authority: &Authority,
    name: &str,
    are_known: bool,
    receiver: &str,
) -> (SocketAddr, tokio::runtime::Runtime) {
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let (certificate, key) = authority.sign(name);
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = match are_known {
        true => config.with_client_cert_verifier(clients.build().unwrap()),
        false => config.with_no_client_auth(),
    };
    let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let receiver = receiver.strip_prefix("http://").unwrap().to_owned();

    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (acceptor, receiver) = (acceptor.clone(), receiver.clone());
            tokio::spawn(async move {
                // A client that is refused is the client's to report.
                let Ok(mut client) = acceptor.accept(connection).await else { return };
                let mut server = TcpStream::connect(receiver).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, runtime)
}

pub(crate) fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn certificates_are_used_by_each_transport() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let (certificate, key) = authority.sign("client");
    let trusted = write(folder.path(), "ca.pem", &authority.0.pem());
    let stranger = write(folder.path(), "stranger.pem", &Authority::new().0.pem());
    let certificate = write(folder.path(), "client.pem", &certificate.pem());
    let key = write(folder.path(), "client.key", &key.serialize_pem());

    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let (address, _runtime) =
            terminate_tls(&authority, "localhost", true, &endpoint_of(&receiver, protocol));
        let endpoint = format!("https://localhost:{}", address.port());
        let common = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_SERVICE_NAME", "secure"),
        ];
        let identity = [
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key),
        ];
        for refused in [
            [&common[..], &identity].concat(),
            [&common[..], &identity, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*stranger)]].concat(),
            [&common[..], &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*trusted)]].concat(),
        ] {
            let outcome = run("shutdown", &refused);
            assert_eq!(outcome.told("signals"), "traces,metrics,logs", "{protocol} {refused:?}");
            assert!(receiver.requests().is_empty());
        }
        let outcome = run(
            "shutdown",
            &[&common[..], &identity, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*trusted)]].concat(),
        );
        assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]), "{protocol}");
        assert_work_arrived(&receiver, "secure");
    }
}
