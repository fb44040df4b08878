//! The newcomer's page: a crate outside of the workspace, made from the text of the page alone,
//! gives traces, metrics and logs with matching ids.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use integration_tests::program::without_package_variables;
use otelier_testing::{OtlpReceiver, Received, assert_tree, span};

const PAGE: &str = include_str!("../../../docs/first-trace.md");
/// Where the page's program listens.
const ADDRESS: &str = "127.0.0.1:8080";
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running program; killed should the test not come to its end.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_first_page_gives_all_three_signals() {
    let address = free_address();
    let folder = make_crate(&address);
    let program = build(&folder);
    let receiver = OtlpReceiver::start();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("OTEL_SERVICE_NAME", "hello")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint());
    let mut running = Program(command.spawn().unwrap());

    let answer = ask(&address, "/hello/Ada");
    assert!(answer.ends_with("Hello, Ada!\n"), "{answer}");
    let asked = Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
    assert!(asked.success() && running.0.wait().unwrap().success());
    check(&receiver.received());
}

fn check(received: &Received) {
    let spans = received.spans();
    let hello = span("GET /hello/{name}")
        .server()
        .root()
        .subset()
        .attr("http.response.status_code", 200)
        .attr("client.address", "127.0.0.1");
    assert_tree(&spans, hello);
    let logs = received.logs();
    let greeting = logs.iter().find(|log| log.body.as_str() == Some("greeting")).unwrap();
    let ids = (greeting.trace_id, greeting.span_id);
    assert_eq!(ids, (spans[0].trace_id, spans[0].span_id), "{logs:?}");
    assert_eq!(greeting.attribute("name").and_then(|name| name.as_str()), Some("Ada"));
    let points = received.points();
    let duration = points.iter().find(|it| it.name == "http.server.request.duration").unwrap();
    assert_eq!(duration.count(), Some(1));
    assert!(duration.exemplars.iter().all(|it| it.trace_id == ids.0), "{duration:?}");
    for resource in [&spans[0].resource, &greeting.resource, &duration.resource] {
        assert_eq!(resource.get("service.name").and_then(|name| name.as_str()), Some("hello"));
    }
}

/// What `cargo new hello` makes, with the page's dependencies and the page's program. Where the
/// page takes Otelier from crates.io, it is taken from here.
fn make_crate(address: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("newcomer");
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}\n\
         [patch.crates-io]\notelier = {{ path = {:?} }}\n\n\
         # So that cargo does not look for a workspace further up.\n[workspace]\n",
        block("toml"),
        root.join("crates/otelier")
    );
    let main = block("rust,no_run");
    assert!(main.contains(ADDRESS), "{main}");
    write(&folder.join("Cargo.toml"), &manifest);
    write(&folder.join("src/main.rs"), &main.replace(ADDRESS, address));
    // The versions that everything else here is built with; they need no network.
    write(&folder.join("Cargo.lock"), &fs::read_to_string(root.join("Cargo.lock")).unwrap());
    folder
}

/// Leaves a file alone that is as it should be: cargo goes by its time.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}

fn build(folder: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let mut command = Command::new(env!("CARGO"));
    without_package_variables(&mut command);
    command
        .args(["build", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug/hello")
}

/// The first code block of the page in this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What the program answers, as soon as it listens.
fn ask(address: &str, path: &str) -> String {
    let start = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(start.elapsed() < TIMEOUT, "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
