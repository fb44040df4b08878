//! The presets at the vendors' own addresses: a proxy leads all connections to a server of the
//! test, which has a certificate for the vendor's name.
//!
//! Over gRPC there is no proxy; `export/grpc/tests.rs` leads the connection elsewhere.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, mpsc};
use std::thread;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use otelier_testing::{OtlpReceiver, Protocol};
use prost::Message as _;
use serde_json::Value;

use crate::hostile::start_proxy;
use crate::support::{assert_work_arrived, run, run_while};
use crate::tls::{Authority, terminate_tls, write};

/// A request of HTTP/1.1.
struct Request {
    /// In lower case.
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn read(reader: &mut impl std::io::BufRead) -> Option<Self> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let head = head.to_ascii_lowercase();
        let (_, length) = head.split_once("content-length: ").unwrap();
        let mut body = vec![0; length.split("\r\n").next().unwrap().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        Some(Self { head, body })
    }

    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A server that accepts every request, and tells of each.
fn accept_all() -> (SocketAddr, mpsc::Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, requests) = mpsc::channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, told): (TcpStream, _) = (client.unwrap(), told.clone());
            let mut reader = BufReader::new(client.try_clone().unwrap());
            thread::spawn(move || {
                while let Some(request) = Request::read(&mut reader) {
                    let _ = told.send(request);
                    let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                }
            });
        }
    });
    (address, requests)
}

#[test]
fn lumigo_gets_traces_logs_and_dependencies_at_its_own_address() {
    const HOST: &str = "ga-otlp.lumigo-tracer-edge.golumigo.com";
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (server, requests) = accept_all();
    let requests = Mutex::new(requests);
    let (tls, _runtime) = terminate_tls(&authority, HOST, false, &format!("http://{server}"));
    let (proxy, first) = start_proxy(&format!("http://{tls}"));
    let mut received = Vec::new();
    let outcome = run_while(
        "reporting",
        &[
            ("LUMIGO_TRACER_TOKEN", " t_0123456789 "),
            ("LUMIGO_ENABLE_LOGS", "true"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &write(folder.path(), "ca", &authority.0.pem())),
            ("HTTPS_PROXY", &format!("http://{proxy}")),
        ],
        || loop {
            let request = requests.lock().unwrap().recv().unwrap();
            let is_report = request.path() == "/v1/dependencies";
            received.push(request);
            if is_report {
                break;
            }
        },
    );
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    received.extend(requests.into_inner().unwrap().try_iter());
    received.sort_by(|a, b| a.head.cmp(&b.head));
    let [dependencies, logs, traces] = &received[..] else {
        panic!("{:?}", received.iter().map(|it| &it.head).collect::<Vec<_>>())
    };
    assert_eq!(
        [dependencies, logs, traces].map(Request::path),
        ["/v1/dependencies", "/v1/logs", "/v1/traces"]
    );
    for (request, kind) in [
        (dependencies, "application/json"),
        (logs, "application/x-protobuf"),
        (traces, "application/x-protobuf"),
    ] {
        assert!(request.head.starts_with("post "), "{}", request.head);
        assert_eq!(request.header("host"), Some(HOST));
        assert_eq!(request.header("authorization"), Some("lumigotoken t_0123456789"));
        assert_eq!(request.header("content-type"), Some(kind));
        assert!(!String::from_utf8_lossy(&request.body).contains("t_0123456789"));
    }
    let asked = first.join().unwrap();
    assert!(asked.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")), "{asked}");

    let traces = ExportTraceServiceRequest::decode(&*traces.body).unwrap();
    assert_eq!(traces.resource_spans[0].scope_spans[0].spans[0].name, "work");
    let resource = traces.resource_spans[0].resource.as_ref().unwrap();
    assert!(resource.attributes.iter().any(|it| it.key == "process.environ"), "{resource:?}");
    let logs = ExportLogsServiceRequest::decode(&*logs.body).unwrap();
    assert_eq!(logs.resource_logs[0].scope_logs[0].log_records.len(), 1);

    let report: Value = serde_json::from_slice(&dependencies.body).unwrap();
    let described = report["resourceAttributes"].as_object().unwrap();
    assert_eq!(described["service.name"], "shop");
    assert!(!described.keys().any(|key| key.starts_with("process.")), "{described:?}");
    let names: Vec<&str> = report["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted() && names.contains(&"opentelemetry_sdk"), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("otelier")), "its own packages");
}

#[test]
fn lightstep_gets_all_signals_at_its_own_address() {
    const HOST: &str = "ingest.lightstep.com";
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let receiver = OtlpReceiver::start();
    let (tls, _runtime) = terminate_tls(&authority, HOST, false, &receiver.http_endpoint());
    let (proxy, first) = start_proxy(&format!("http://{tls}"));
    let outcome = run(
        "shutdown",
        &[
            ("LS_ACCESS_TOKEN", "t0ken"),
            ("LS_SERVICE_NAME", "shop"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &write(folder.path(), "ca", &authority.0.pem())),
            ("HTTPS_PROXY", &format!("http://{proxy}")),
        ],
    );
    assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
    assert_work_arrived(&receiver, "shop");
    let asked = first.join().unwrap();
    assert!(asked.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")), "{asked}");
    for request in receiver.requests() {
        assert_eq!(request.protocol, Protocol::HttpProtobuf);
        assert_eq!(request.header("host"), Some(HOST));
        assert_eq!(request.header("lightstep-access-token"), Some("t0ken"));
        assert_eq!(request.header("authorization"), None);
    }
    assert_eq!(receiver.requests().len(), 3);
    assert!(!format!("{outcome:?}").contains("t0ken"), "{outcome:#?}");
}
