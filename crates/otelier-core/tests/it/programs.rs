//! Programs that cannot be members of the workspace: what features of rustls they have, and what a
//! panic does, is what they are about.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use otelier_testing::{OtlpReceiver, Reply};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::endpoint_of;

/// One of the programs in `integration-tests/programs/exporters`, built. A panic ends it, whichever
/// thread it is on: `panic = "abort"`, but for the program's own crate only, since dependencies
/// that are built so are not the ones of the workspace.
fn program(name: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integration-tests/programs");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let name = format!("{name}-program");
    let mut build = Command::new(env!("CARGO"));
    without_variables(&mut build);
    build
        .args(["rustc", "--quiet", "--locked", "--manifest-path"])
        .arg(root.join("exporters/Cargo.toml"))
        .args(["--package", &name, "--target-dir"])
        .arg(target)
        .args(["--", "-C", "panic=abort"]);
    assert!(build.status().unwrap().success(), "{name} does not build");
    let mut command = Command::new(target.join("debug").join(name));
    without_variables(&mut command);
    command
}

/// Without what cargo tells this test of its own package, which is not for the build scripts of
/// another, and without what would set up the program.
fn without_variables(command: &mut Command) {
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "OUT_DIR"];
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) || name.starts_with("OTEL") {
            command.env_remove(&variable);
        }
    }
}

fn stdout(output: &Output) -> Vec<&str> {
    std::str::from_utf8(&output.stdout).unwrap().lines().collect()
}

/// A collector that speaks https: where it is, the PEM of its authority, and the paths it is asked
/// for.
fn secure_collector() -> (String, String, Receiver<String>) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (asked, paths) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let mut request = Vec::new();
            let mut byte = [0];
            // The rest of the request stays unread: the connection is closed after the answer.
            while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                request.push(byte[0]);
            }
            let head = String::from_utf8(request).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            let _ = stream.read_exact(&mut body);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer);
            let _ = stream.flush();
            let _ = asked.send(head.lines().next().unwrap_or_default().to_owned());
        }
    });
    (endpoint, authority.pem(), paths)
}

/// With one provider in its features, or one that it installed, a program that leaves the choice to
/// rustls goes on working beside Otelier. Without any and with two it does not, as it would not
/// without Otelier. Exports work always.
#[test]
fn no_provider_of_rustls_is_turned_on() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    for (name, works) in [
        ("ring", true),
        ("aws-lc-rs", true),
        ("installed", true),
        ("neither", false),
        ("both", false),
    ] {
        let (endpoint, authority, paths) = secure_collector();
        std::fs::write(&certificate, authority).unwrap();
        let output = program(name)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
            .env("OTEL_EXPORTER_OTLP_CERTIFICATE", &certificate)
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("OTEL_SERVICE_NAME", name)
            .output()
            .unwrap();
        let expected: &[&str] = if works { &["delivered", "rustls works"] } else { &["delivered"] };
        assert_eq!(stdout(&output), expected, "{name}: {output:?}");
        assert_eq!(output.status.success(), works, "{name}: {output:?}");
        assert_eq!(paths.recv().unwrap(), "POST /v1/traces HTTP/1.1", "{name}");
    }
}

/// In these programs a panic on any thread is the end.
#[test]
fn a_shutdown_amid_exports_panics_nowhere() {
    for protocol in ["grpc", "http/protobuf"] {
        for reply in [Reply::hang(), Reply::status(503), Reply::status(400)] {
            let receiver = OtlpReceiver::start();
            receiver.respond_with(reply.clone());
            let output = program("endings")
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint_of(&receiver, protocol))
                .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
                .env("OTEL_SERVICE_NAME", "ending")
                // So that exports are under way when it ends.
                .env("OTEL_BSP_SCHEDULE_DELAY", "1")
                .env("OTEL_METRIC_EXPORT_INTERVAL", "1")
                .output()
                .unwrap();
            assert!(output.status.success(), "{protocol} {reply:?}: {output:?}");
            assert_eq!(stdout(&output), ["ended"], "{protocol} {reply:?}");
        }
    }
}

#[test]
fn a_guard_that_is_never_dropped_delivers() {
    for protocol in ["grpc", "http/protobuf"] {
        for (ending, code) in [("static", 0), ("exit", 3), ("thread", 0), ("exit-of-thread", 3)] {
            let receiver = OtlpReceiver::start();
            let output = program("endings")
                .arg(ending)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint_of(&receiver, protocol))
                .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
                .env("OTEL_SERVICE_NAME", "ending")
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(code), "{protocol} {ending}: {output:?}");
            assert_eq!(stdout(&output), ["ended"], "{protocol} {ending}");
            let spans = receiver.spans();
            assert_eq!(spans.len(), 1, "{protocol} {ending}: {spans:?}");
            assert_eq!(receiver.points().len(), 1, "{protocol} {ending}");
        }
    }
}

#[test]
fn a_forked_child_waits_for_nothing() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let output = program("endings")
            .arg("fork")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint_of(&receiver, protocol))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_SERVICE_NAME", "forking")
            .output()
            .unwrap();
        // The parent waits its whole time for a collector that does not answer.
        assert_eq!(stdout(&output), ["child ended", "parent ended"], "{protocol}: {output:?}");
    }
}
