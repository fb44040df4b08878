//! What a program delivers that ends at once, and how it ends when no receiver takes it.

use otelier_testing::{OtlpReceiver, Protocol, Reply, assert_points, assert_tree, point};
use tokio::net::TcpSocket;

use crate::support::{assert_answered, diagnostics, one_request, trace};

#[tokio::test]
async fn short_program_delivers_by_each_protocol() {
    for (name, protocol) in [
        ("grpc", Protocol::Grpc),
        ("http/protobuf", Protocol::HttpProtobuf),
        ("http/json", Protocol::HttpJson),
    ] {
        let receiver = OtlpReceiver::start();
        let endpoint = if protocol == Protocol::Grpc {
            receiver.grpc_endpoint()
        } else {
            receiver.http_endpoint()
        };
        let variables = [
            ("OTEL_SERVICE_NAME", "once"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", name),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ];
        let ended = one_request(&[], variables).await;

        assert_eq!(diagnostics(&ended), [""; 0], "{name}");
        // No wait: whatever was accepted was there before the program had ended.
        let received = receiver.received();
        assert_eq!(received.failures(), [""; 0], "{name}");
        assert!(received.requests().iter().all(|it| it.protocol == protocol), "{name}: {received}");
        assert_tree(&received.spans(), trace("once"));
        let points = received.points();
        let measured = || {
            point()
                .count(1)
                .attr("http.request.method", "GET")
                .attr("http.response.status_code", 200)
                .attr("network.protocol.version", "1.1")
        };
        assert_points(
            &points,
            "http.server.request.duration",
            [measured().attr("http.route", "/hello").attr("url.scheme", "http")],
        );
        assert_points(
            &points,
            "http.client.request.duration",
            [measured().attr("server.address", "127.0.0.1").attr_any("server.port")],
        );
    }
}

#[tokio::test]
async fn with_the_collector_down_the_service_answers_and_ends() {
    // Bound but not listening, so that connections are refused and no other process can come to
    // listen there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = socket.local_addr().unwrap();
    for protocol in ["grpc", "http/protobuf"] {
        let endpoint = format!("http://{closed}");
        let variables = [
            ("OTEL_SERVICE_NAME", "alone"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ];
        let ended = one_request(&[], variables).await;
        assert_answered(&ended);
        let told = diagnostics(&ended);
        let [warning] = &told[..] else { panic!("{protocol}: {told:?}") };
        assert!(
            warning.starts_with("warning: telemetry was not delivered in full: traces: "),
            "{warning}"
        );
    }
}

#[tokio::test]
async fn service_answers_with_a_hanging_collector() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let endpoint =
            if protocol == "grpc" { receiver.grpc_endpoint() } else { receiver.http_endpoint() };
        let variables = [
            ("OTEL_SERVICE_NAME", "stuck"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            // So that exports already hang while the service answers.
            ("OTEL_BSP_SCHEDULE_DELAY", "1"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1"),
        ];
        let ended = one_request(&[], variables).await;
        assert_answered(&ended);
        assert_eq!(diagnostics(&ended).len(), 1, "{protocol}: {ended:#?}");
    }
}
