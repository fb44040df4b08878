//! The resource of a process whose platform describes it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use otelier_testing::{OtlpReceiver, Value};

use crate::support::{assert_work_arrived, run};

/// A task metadata service that answers with `answer` to every request, or never.
fn metadata_service(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v4/task", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream, answer));
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: Option<&'static str>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    match answer {
        Some(text) => {
            let length = text.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all((head + text).as_bytes()).unwrap();
        }
        // The client gives up.
        None => {
            let _ = stream.read(&mut byte);
        }
    }
}

#[test]
fn a_task_of_ecs_is_described_or_warned_about() {
    let document = r#"{"Family": "shop", "DockerId": "4cd1", "LaunchType": "FARGATE"}"#;
    for (answer, family) in [(Some(document), Some("shop")), (None, None)] {
        let receiver = OtlpReceiver::start();
        let (endpoint, metadata) = (receiver.http_endpoint(), metadata_service(answer));
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_SERVICE_NAME", "task"),
                ("ECS_CONTAINER_METADATA_URI_V4", &metadata),
            ],
        );
        assert_work_arrived(&receiver, "task");
        let resource = &receiver.spans()[0].resource;
        let text = |key| resource.get(key).and_then(Value::as_str);
        assert_eq!(text("aws.ecs.task.family"), family);
        assert_eq!(text("cloud.platform"), Some("aws_ecs"));
        assert_eq!(text("process.runtime.name"), Some("rustc"));
        match (family, &outcome.diagnostics()[..]) {
            (Some(_), []) => {}
            (None, [warning]) => {
                let start = "warning: the resource detector ecs does not find everything: ";
                assert!(warning.starts_with(start), "{warning}");
            }
            _ => panic!("{outcome:#?}"),
        }
    }
}
