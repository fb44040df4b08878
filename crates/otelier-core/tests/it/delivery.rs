//! What arrives at an OTLP receiver, by every protocol and from every kind of `main`.

use std::time::Duration;

use crate::support::{SCENARIOS, assert_work_arrived, endpoint_of, run};
use opentelemetry_sdk::metrics::Temporality;
use otelier_testing::{Message, OtlpReceiver, Protocol, Reply};

#[test]
fn every_protocol_delivers_from_every_main() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        for scenario in SCENARIOS {
            let receiver = OtlpReceiver::start();
            let outcome = run(
                scenario,
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                    ("OTEL_SERVICE_NAME", "shop"),
                ],
            );
            assert_eq!(outcome.diagnostics(), [""; 0], "{protocol} {scenario}");
            assert_work_arrived(&receiver, "shop");
            for request in receiver.requests() {
                let name = format!("{:?}", request.protocol).to_lowercase();
                assert_eq!(name, protocol.replace('/', ""));
            }
        }
    }
}

#[test]
fn flush_and_shutdown_work_on_current_thread() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let outcome = run(
            "flush-inside",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
            ],
        );
        assert_eq!((outcome.told("flushed"), outcome.told("result")), ("yes", "ok"));
        assert_eq!((receiver.spans().len(), receiver.logs().len()), (2, 2), "{protocol}");
    }
}

#[test]
fn use_after_the_end_is_harmless_and_sends_nothing() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let outcome = run(
            "after-the-end",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "late"),
            ],
        );
        assert_eq!((outcome.told("result"), outcome.diagnostics()), ("ok", vec![]));
        assert_work_arrived(&receiver, "late");
    }
}

#[test]
fn a_guard_that_goes_with_its_thread_delivers() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    run(
        "thread-local",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_SERVICE_NAME", "local")],
    );
    assert_work_arrived(&receiver, "local");
}

#[test]
fn a_slow_collector_gets_everything() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::accept().with_delay(Duration::from_secs(1)));
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "slow"),
            ],
        );
        assert_eq!(outcome.told("result"), "ok");
        assert_work_arrived(&receiver, "slow");
    }
}

#[test]
fn a_panic_delivers_too() {
    let receiver = OtlpReceiver::start();
    run(
        "panic",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.http_endpoint()), ("OTEL_SERVICE_NAME", "p")],
    );
    assert_work_arrived(&receiver, "p");
}

#[test]
fn headers_user_agent_and_compression_arrive() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        let receiver = OtlpReceiver::start();
        run(
            "plain",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t0ken,x-team=all"),
                ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-team=logs"),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
                ("OTEL_SERVICE_NAME", "gz"),
            ],
        );
        assert_work_arrived(&receiver, "gz");
        let requests = receiver.requests();
        assert_eq!(requests.len(), 3);
        for request in requests {
            let agent = request.header("user-agent").unwrap();
            let expected =
                concat!("otelier/", env!("CARGO_PKG_VERSION"), " OTel-OTLP-Exporter-Rust/");
            assert!(agent.starts_with(expected), "{agent}");
            let (team, authorization) = match request.message {
                Message::Logs(_) => ("logs", None),
                _ => ("all", Some("Bearer t0ken")),
            };
            assert_eq!(request.header("x-team"), Some(team));
            assert_eq!(request.header("authorization"), authorization);
            let encoding = if protocol == "grpc" { "grpc-encoding" } else { "content-encoding" };
            assert_eq!(request.header(encoding), Some("gzip"), "{protocol}");
        }
    }
}

#[test]
#[cfg(feature = "grpc")]
fn lightstep_is_sent_its_token_over_grpc() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "plain",
        &[
            ("OTELIER_BACKEND", "lightstep"),
            ("LS_ACCESS_TOKEN", "t0ken"),
            ("LS_SERVICE_NAME", "shop"),
            ("LS_SERVICE_VERSION", "1.2"),
            // The preset's own address has this protocol too.
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.grpc_endpoint()),
        ],
    );
    assert_eq!(outcome.diagnostics(), [""; 0]);
    assert_work_arrived(&receiver, "shop");
    assert_eq!(receiver.requests().len(), 3);
    for request in receiver.requests() {
        assert_eq!(request.protocol, Protocol::Grpc);
        assert_eq!(request.header("lightstep-access-token"), Some("t0ken"));
        assert_eq!(request.header("authorization"), None);
    }
    assert!(!format!("{outcome:?}").contains("t0ken"), "{outcome:#?}");
}

#[test]
fn lumigo_is_sent_its_token_over_http() {
    let receiver = OtlpReceiver::start();
    let endpoint = format!("{}/v1/traces", receiver.http_endpoint());
    let outcome = run(
        "plain",
        &[
            ("LUMIGO_TRACER_TOKEN", " t_0123456789 "),
            ("LUMIGO_ENDPOINT", &endpoint),
            ("OTEL_SERVICE_NAME", "shop"),
        ],
    );
    assert_eq!(outcome.diagnostics(), [""; 0]);
    let requests = receiver.requests();
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    assert!(matches!(request.message, Message::Traces(_)));
    assert_eq!(request.protocol, Protocol::HttpProtobuf);
    assert_eq!(request.header("authorization"), Some("LumigoToken t_0123456789"));
    assert_eq!(request.header("lightstep-access-token"), None);
    assert!(!format!("{outcome:?}").contains("t_0123456789"), "{outcome:#?}");
}

#[test]
fn expect_continue_is_sent_on_request() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let outcome = run(
            "plain",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_EXPORTER_OTLP_HEADERS", "expect=100-continue"),
                ("OTEL_SERVICE_NAME", "expecting"),
            ],
        );
        assert_eq!(outcome.diagnostics(), [""; 0], "{protocol}");
        assert_work_arrived(&receiver, "expecting");
    }
}

#[test]
fn the_preferred_temporality_arrives() {
    for (value, expected) in [("", Temporality::Cumulative), ("delta", Temporality::Delta)] {
        for protocol in ["grpc", "http/protobuf"] {
            let receiver = OtlpReceiver::start();
            run(
                "plain",
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", value),
                ],
            );
            let temporalities: Vec<_> =
                receiver.points().into_iter().map(|point| point.temporality).collect();
            assert_eq!(temporalities, [Some(expected)], "{protocol} {value}");
        }
    }
}

#[test]
fn telemetry_is_exported_on_schedule_without_a_flush() {
    let often =
        ["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"];
    run("scheduled", &often.map(|variable| (variable, "20")));
}

#[test]
fn a_batch_is_no_larger_than_it_may_be() {
    for (size, largest) in [("2", 2), ("", 5)] {
        let receiver = OtlpReceiver::start();
        let endpoint = receiver.http_endpoint();
        let batch = ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", size);
        let others =
            [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)];
        run("five-spans", &[&[batch], &others[..]].concat());
        let batches = receiver.requests().into_iter().map(|request| match &request.message {
            Message::Traces(message) => {
                let scopes =
                    message.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
                scopes.map(|scope| scope.spans.len()).sum::<usize>()
            }
            other => panic!("{other:?}"),
        });
        assert_eq!((receiver.spans().len(), batches.max()), (5, Some(largest)));
    }
}

#[test]
fn credentials_in_the_endpoint_become_a_header() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let endpoint = endpoint_of(&receiver, protocol).replace("://", "://me:s3cret@");
        let outcome = run(
            "plain",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_LOG_LEVEL", "debug"),
                ("OTEL_SERVICE_NAME", "basic"),
            ],
        );
        assert_work_arrived(&receiver, "basic");
        for request in receiver.requests() {
            assert_eq!(request.header("authorization"), Some("Basic bWU6czNjcmV0"));
        }
        assert!(
            !outcome.stderr.contains("s3cret")
                && outcome.stderr.contains("(OTEL_EXPORTER_OTLP_ENDPOINT)")
        );
    }
}

#[test]
fn each_signal_can_have_its_own_endpoint_and_protocol() {
    let (traces, others) = (OtlpReceiver::start(), OtlpReceiver::start());
    run(
        "plain",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &others.http_endpoint()),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces.grpc_endpoint()),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &format!("{}/v1/logs", traces.http_endpoint())),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
        ],
    );
    let counts = |receiver: &OtlpReceiver| {
        (receiver.spans().len(), receiver.points().len(), receiver.logs().len())
    };
    assert_eq!((counts(&traces), counts(&others)), ((1, 0, 1), (0, 1, 0)));
}

#[test]
fn signal_endpoint_is_used_unchanged() {
    let receiver = OtlpReceiver::start();
    let outcome = run(
        "plain",
        &[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/in", receiver.http_endpoint())),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "x"),
        ],
    );
    let failures = receiver.received().failures().to_vec();
    assert!(failures.len() == 1 && failures[0].contains("/in"), "{failures:?}");
    let warning = format!(
        "warning: telemetry was not delivered in full: traces: {}/in: 404 Not Found; 1 span lost",
        receiver.http_endpoint()
    );
    assert_eq!(outcome.diagnostics(), [warning]);
}

#[test]
fn temporarily_refused_batches_are_sent_again() {
    for protocol in ["grpc", "http/json"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_once(Reply::status(503));
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "again"),
            ],
        );
        assert_eq!(outcome.told("result"), "ok");
        assert_work_arrived(&receiver, "again");
        assert_eq!(receiver.requests().len(), 4);
    }
}

#[test]
fn the_exporter_never_traces_itself() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        run(
            "traced-exporter",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
            ],
        );
        let names: Vec<String> = receiver.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["user"; 3], "{protocol}");
    }
}
