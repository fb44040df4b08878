//! Runs the service, and gathers all that leaves it.

use std::fs;
use std::process::{Command, Stdio};

use otelier_testing::{OtlpReceiver, Received};

use crate::child::VARIABLE;

/// What left the service.
pub(crate) struct Left {
    pub(crate) received: Received,
    /// By name: the export, the dumps, the console and the diagnostics.
    pub(crate) texts: Vec<(&'static str, String)>,
}

impl Left {
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        let text = self.texts.iter().find(|(of, _)| *of == name).map(|(_, text)| &**text);
        text.unwrap_or_else(|| panic!("no text is called {name}"))
    }
}

/// Runs the service with secrets in its environment and its configuration, and with `variables`.
pub(crate) fn service(variables: &[(&str, &str)]) -> Left {
    run(None, variables)
}

/// Runs the service with a configuration file, which has the text that `file` makes of the endpoint
/// of the receiver, and with `variables`.
pub(crate) fn service_with_file(file: impl Fn(&str) -> String, variables: &[(&str, &str)]) -> Left {
    run(Some(&file), variables)
}

fn run(file: Option<&dyn Fn(&str) -> String>, variables: &[(&str, &str)]) -> Left {
    let receiver = OtlpReceiver::start();
    let folder = Folder::new();
    let (spans, logs) = (folder.path("spans"), folder.path("logs"));
    let endpoint = receiver.http_endpoint();
    let endpoint = endpoint.replace("://", "://hunter2-exporter:hunter2-endpoint@");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1", "--quiet"])
        .env_clear()
        .env(VARIABLE, "1")
        .env("OTEL_SERVICE_NAME", "discreet")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hunter2-exporter-header")
        .env("OTEL_TRACES_EXPORTER", "otlp,console")
        .env("OTEL_LOGS_EXPORTER", "otlp,console")
        .env("HTTP_PROXY", "http://hunter2-proxy:hunter2-proxy-password@127.0.0.1:1")
        .env("OTELIER_SPANDUMP", &spans)
        .env("OTELIER_LOGDUMP", &logs)
        .env("OTELIER_DEBUG", "true")
        .env("RUST_LOG", "info,otelier=debug")
        .env("OTELIER_RESOURCE_DETECTORS", "process,environ")
        .env("DATABASE_PASSWORD", "hunter2-environment")
        .env("DATABASE_URL", "mysql://joe:hunter2-environment-url@db/shop")
        .env("CALLBACK", "https://shop/?api_key=hunter2-environment-query")
        .env("CACHE", r#"{"hosts": ["a"], "password": "hunter2-environment-json"}"#)
        .env("OTELIER_PANIC_HOOK", "true")
        .env("OTELIER_BAGGAGE_SPAN_ATTRIBUTES", "session_id,team")
        .envs(variables.iter().copied());
    if let Some(file) = file {
        let path = folder.path("otel.yaml");
        fs::write(&path, file(&endpoint)).unwrap();
        command.env("OTEL_CONFIG_FILE", path);
    }
    for server in ["SQS_ENDPOINT_URL", "MONGODB_URI", "MYSQL_URL"] {
        let address = std::env::var(server).unwrap_or_else(|_| {
            panic!("{server} is not set. Run `cargo xtask test`, which starts servers and sets it")
        });
        command.env(server, address);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let has_ended = output.status.success() && stdout.contains("the service has ended");
    assert!(has_ended, "{stdout}\n{stderr}");
    let received = receiver.received();
    assert_eq!(received.failures(), [""; 0]);
    // Where telemetry is off, nothing is dumped.
    let dump = |path| fs::read_to_string(path).unwrap_or_default();
    let texts = vec![
        ("the export", received.export_text()),
        ("the dump of spans", dump(&spans)),
        ("the dump of logs", dump(&logs)),
        ("the console", stdout),
        ("the diagnostics", stderr),
    ];
    Left { received, texts }
}

/// A folder that goes when the test does.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};

        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("otelier-service-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
