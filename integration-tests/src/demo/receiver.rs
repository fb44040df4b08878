//! The OTLP receiver as a process of its own, and a view of what it has received.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use otelier_testing::{OtlpReceiver, Received};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::process::Process;

/// The running receiver.
pub(crate) struct Receiver {
    /// Stopped when this is dropped.
    _process: Process,
    addresses: Addresses,
    client: Client,
    copy: OtlpReceiver,
    /// How many requests of each signal are in the copy.
    copied: [usize; SIGNALS.len()],
    /// Another endpoint that gets everything too.
    forward: Option<String>,
}

#[derive(Deserialize)]
struct Addresses {
    grpc: String,
    http: String,
}

#[derive(Deserialize)]
struct Counts {
    failures: Vec<String>,
}

const SIGNALS: [&str; 3] = ["traces", "metrics", "logs"];

/// How often to look again for what has not arrived yet.
const POLL: Duration = Duration::from_millis(20);

impl Receiver {
    /// Starts it, on free ports.
    pub(crate) async fn start(
        programs: &Path,
        out: Option<&Path>,
        forward: Option<String>,
    ) -> Result<Self> {
        let mut command = Command::new(programs.join("otelier-receiver"));
        // Ctrl-C goes to a whole process group, and the services still have something to deliver
        // after it. Should we be killed, the receiver sees its input end.
        command.env_clear().process_group(0);
        if let Some(out) = out {
            command.arg("--out").arg(out);
        }
        let mut process = Process::spawn("otelier-receiver", command)?;
        let line = process.told("", Duration::from_secs(30)).await?;
        let addresses =
            serde_json::from_str(&line).with_context(|| format!("no addresses: {line}"))?;
        let client = Client::builder().no_proxy().build()?;
        Ok(Self {
            _process: process,
            addresses,
            client,
            copy: OtlpReceiver::start(),
            copied: [0; SIGNALS.len()],
            forward,
        })
    }

    /// The endpoint for OTLP over HTTP.
    pub(crate) fn http(&self) -> &str {
        &self.addresses.http
    }

    /// The endpoint for OTLP over gRPC.
    pub(crate) fn grpc(&self) -> &str {
        &self.addresses.grpc
    }

    /// Everything that has arrived since the last [`forget`](Self::forget).
    pub(crate) async fn received(&mut self) -> Result<Received> {
        let counts: Counts = serde_json::from_str(&self.get("/received").await?)?;
        if !counts.failures.is_empty() {
            bail!("the receiver could not make sense of: {}", counts.failures.join("; "));
        }
        for (index, signal) in SIGNALS.iter().enumerate() {
            let lines = self.get(&format!("/received/{signal}")).await?;
            for line in lines.lines().skip(self.copied[index]) {
                // A receiver of our own reads them, so that they are looked at with the same eyes
                // as in any test.
                self.send(&self.copy.http_endpoint(), signal, line).await?;
                if let Some(endpoint) = &self.forward {
                    let sent = self.send(endpoint, signal, line).await;
                    sent.with_context(|| format!("cannot forward {signal} to {endpoint}"))?;
                }
                self.copied[index] += 1;
            }
        }
        Ok(self.copy.received())
    }

    /// Lets the next scene begin with nothing.
    pub(crate) async fn forget(&mut self) -> Result<()> {
        self.received().await?;
        self.copy.reset();
        Ok(())
    }

    /// Waits until `check` accepts what has arrived, for at most `patience`, and returns both then.
    pub(crate) async fn wait_for<T>(
        &mut self,
        patience: Duration,
        mut check: impl FnMut(&Received) -> Result<T>,
    ) -> Result<(Received, Result<T>)> {
        let deadline = Instant::now() + patience;
        loop {
            let received = self.received().await?;
            let verdict = check(&received);
            if verdict.is_ok() || Instant::now() > deadline {
                return Ok((received, verdict));
            }
            sleep(POLL).await;
        }
    }

    async fn send(&self, endpoint: &str, signal: &str, line: &str) -> Result<()> {
        let url = format!("{endpoint}/v1/{signal}");
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        request.body(line.to_owned()).send().await?.error_for_status()?;
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<String> {
        let url = format!("{}{path}", self.addresses.http);
        Ok(self.client.get(url).send().await?.error_for_status()?.text().await?)
    }
}
