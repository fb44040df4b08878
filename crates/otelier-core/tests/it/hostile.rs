//! What surroundings can do to a process at worst: odd values, variables of other tools, and
//! several threads at once.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::support::{assert_work_arrived, endpoint_of, run};
use otelier_testing::{OtlpReceiver, Reply};

/// Linux takes no more than 128 KiB in one variable.
const LARGEST: usize = (128 << 10) - 64;

#[test]
fn a_variable_full_of_headers_breaks_nothing() {
    let mut headers = String::with_capacity(LARGEST);
    for number in 0.. {
        let header = format!("h{number:x}=,");
        if headers.len() + header.len() > LARGEST {
            break;
        }
        headers += &header;
    }
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
            ("OTEL_EXPORTER_OTLP_HEADERS", &headers),
            ("OTEL_SERVICE_NAME", "many"),
        ];
        let outcome = run("plain", &variables);
        assert_eq!(outcome.diagnostics().len(), 1, "{outcome:#?}");
        assert_work_arrived(&receiver, "many");
    }
}

#[cfg(unix)]
#[test]
fn values_that_are_not_unicode_are_ignored() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    const VARIABLES: [&str; 12] = [
        "OTEL_SDK_DISABLED",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_TRACES_EXPORTER",
        "OTEL_PROPAGATORS",
        "OTEL_TRACES_SAMPLER",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    ];
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let endpoint = endpoint_of(&receiver, protocol);
        let right = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_SERVICE_NAME", "odd"),
        ]
        .map(|(name, value)| (name, OsStr::new(value)));
        let odd = VARIABLES.map(|variable| (variable, OsStr::from_bytes(b"s3cret\xff")));
        let outcome = crate::support::run_raw("plain", &[&right[..], &odd].concat());
        let mut warned: Vec<&str> = Vec::new();
        for warning in outcome.diagnostics() {
            let rest = warning.strip_prefix("warning: ").unwrap();
            warned.push(
                rest.strip_suffix(": the value is not valid Unicode and is ignored").unwrap(),
            );
        }
        warned.sort_unstable();
        let mut expected = VARIABLES;
        expected.sort_unstable();
        assert_eq!(warned, expected, "{outcome:#?}");
        assert!(!outcome.stderr.contains("s3cret"), "{outcome:#?}");
        assert_work_arrived(&receiver, "odd");
    }
}

/// A proxy that connects to `target` whatever it is asked for, and what it is asked for first.
pub(crate) fn start_proxy(target: &str) -> (SocketAddr, thread::JoinHandle<String>) {
    let target = target.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let first = thread::spawn(move || {
        let request = tunnel(&listener, &target);
        thread::spawn(move || {
            loop {
                tunnel(&listener, &target);
            }
        });
        request
    });
    (address, first)
}

fn tunnel(listener: &TcpListener, target: &str) -> String {
    let (mut client, _) = listener.accept().unwrap();
    let mut request = String::new();
    let mut reader = BufReader::new(client.try_clone().unwrap());
    while !request.ends_with("\r\n\r\n") {
        reader.read_line(&mut request).unwrap();
    }
    let mut server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let mut answers = server.try_clone().unwrap();
    // Either side may close first; what arrives is what the test looks at.
    thread::spawn(move || io::copy(&mut answers, &mut client));
    thread::spawn(move || io::copy(&mut reader, &mut server));
    request
}

#[test]
fn a_remote_collector_is_reached_by_proxy() {
    let receiver = OtlpReceiver::start();
    let (proxy, first) = start_proxy(&receiver.http_endpoint());
    let outcome = run(
        "plain",
        &[
            ("HTTP_PROXY", &*format!("http://me:s3cret@{proxy}")),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.test:4318"),
            ("OTEL_LOG_LEVEL", "debug"),
            ("OTEL_SERVICE_NAME", "far"),
        ],
    );
    assert_work_arrived(&receiver, "far");
    let request = first.join().unwrap().to_lowercase();
    assert!(request.starts_with("connect collector.test:4318 http/1.1\r\n"), "{request}");
    assert!(request.contains("proxy-authorization: basic "), "{request}");
    assert!(outcome.stderr.contains("through a proxy (HTTP_PROXY)"), "{outcome:#?}");
    assert!(!outcome.stderr.contains("s3cret"), "{outcome:#?}");
}

#[test]
fn a_local_collector_is_reached_directly() {
    let refused = "http://127.0.0.1:1";
    let receiver = OtlpReceiver::start();
    run(
        "plain",
        &[
            ("HTTP_PROXY", refused),
            ("HTTPS_PROXY", refused),
            ("ALL_PROXY", refused),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_SERVICE_NAME", "near"),
        ],
    );
    assert_work_arrived(&receiver, "near");
}

#[test]
fn of_many_threads_one_initializes() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let outcome =
        run("race", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "one")]);
    assert_eq!((outcome.told("guards"), outcome.told("refused")), ("1", "7"));
    assert_work_arrived(&receiver, "one");
}

#[test]
fn a_full_queue_blocks_no_thread() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let outcome = run(
            "flood",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "300"),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        // Had each of ten thousand spans waited for an export, it would take an hour.
        assert_eq!(outcome.told("flooded"), "yes", "{outcome:#?}");
    }
}

#[test]
fn debug_output_shows_no_secret() {
    for protocol in ["grpc", "http/protobuf"] {
        let outcome = run(
            "debug",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:s3cret@127.0.0.1:1/s3cret?key=s3cret"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
            ],
        );
        assert!(outcome.told("guard").starts_with("Guard"), "{outcome:#?}");
        assert!(
            !outcome.stdout.contains("s3cret") && !outcome.stderr.contains("s3cret"),
            "{outcome:#?}"
        );
    }
}

#[test]
fn callbacks_that_panic_cost_their_own_metrics_only() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "panicking-callback",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()),
            ("OTEL_SERVICE_NAME", "careless"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ],
    );
    assert_eq!(outcome.stdout.matches("\nresult: ok").count(), 4, "{outcome:#?}");
    let points = receiver.received().all_points();
    let points: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
    // Three flushes, and the end.
    assert_eq!(points, ["beside"; 4]);
    let warning = "warning: a callback of the instrument \"depth\" panicked; it is called again \
                   at the next collection, and this is said once";
    assert_eq!(outcome.diagnostics(), [warning]);
}
