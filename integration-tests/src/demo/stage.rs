//! Where a scene starts its services and drives its requests.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::receiver::Receiver;
use crate::process::{Ended, GRACE, Process};

/// How long a service may take until it listens, and a program that ends by itself until it has.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The variables of the servers that were brought up for the demo, and what the AWS SDK wants
/// beside its address.
const SERVERS: [&str; 4] = ["SQS_ENDPOINT_URL", "MYSQL_URL", "MONGODB_URI", "REDIS_URL"];
const AWS: &str = "AWS_";

/// The services that run, and the receiver of their telemetry.
pub(crate) struct Stage {
    programs: PathBuf,
    // Before the receiver, so that it is stopped before it: it still has something to deliver.
    services: Vec<Service>,
    pub(crate) receiver: Receiver,
}

struct Service {
    process: Process,
    address: String,
}

impl Stage {
    /// An empty stage, for the programs in the directory `programs`.
    pub(crate) fn new(programs: PathBuf, receiver: Receiver) -> Self {
        Self { programs, services: Vec::new(), receiver }
    }

    /// The directory of the programs.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// A command that runs `program` as the service of this name, with nothing in its environment
    /// but what makes its telemetry arrive here, and soon.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env_clear()
            .env("OTEL_SERVICE_NAME", program)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", self.receiver.http())
            .env("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true")
            .env("OTEL_BSP_SCHEDULE_DELAY", "100")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "100");
        command
    }

    /// The address of a server, by the variable that has it.
    pub(crate) fn server(&self, variable: &str) -> Result<String> {
        env::var(variable)
            .with_context(|| format!("{variable} is not set. `cargo xtask demo` does that"))
    }

    /// What has to be in the environment of a service that uses servers.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (String, String)> {
        env::vars().filter(|(name, _)| SERVERS.contains(&name.as_str()) || name.starts_with(AWS))
    }

    /// Starts a service that says `listening on ADDRESS` when it does, and returns that address.
    pub(crate) async fn start(&mut self, program: &str, command: Command) -> Result<String> {
        let mut process = Process::spawn(program, command)?;
        let address = process.told("listening on ", TIMEOUT).await?;
        self.services.push(Service { process, address: address.clone() });
        Ok(address)
    }

    /// Runs a program to its end, which has to be a success.
    pub(crate) async fn run(&self, program: &str, command: Command) -> Result<Ended> {
        succeeded(program, Process::spawn(program, command)?.end(TIMEOUT).await?)
    }

    /// What runs, and where.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (&str, &str)> {
        let services =
            self.services.iter().map(|service| (service.process.name(), service.address.as_str()));
        services.chain([
            ("receiver, HTTP", self.receiver.http()),
            ("receiver, gRPC", self.receiver.grpc()),
        ])
    }

    /// Asks every service to end, and waits until each has delivered its telemetry and is gone.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.terminate();
        for Service { process, .. } in self.services.drain(..) {
            let name = process.name().to_owned();
            succeeded(&name, process.end(GRACE).await?)?;
        }
        Ok(())
    }

    /// All at once: each may take seconds.
    fn terminate(&self) {
        for service in &self.services {
            service.process.terminate();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.terminate();
    }
}

/// Shows what a program complained about, and fails if it failed. What it logged within a span is
/// drawn there.
fn succeeded(program: &str, ended: Ended) -> Result<Ended> {
    let is_complaint = |line: &&String| {
        let is_news = line.starts_with("otelier: info: ") || line.contains(" INFO ");
        !is_news && !line.contains(" trace_id=")
    };
    for line in ended.stderr.iter().filter(is_complaint) {
        eprintln!("{program} | {line}");
    }
    ended.success().with_context(|| format!("{program} failed"))
}
