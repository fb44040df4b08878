//! Child processes that are always stopped: asked first, killed when they do not listen.

use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a process may take to end once it was asked: the five seconds in which telemetry is
/// delivered, and some for a busy machine.
pub const GRACE: Duration = Duration::from_secs(8);

/// A running process; dropping it stops it and waits until it is gone.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

/// How a process ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended {
    /// The exit status.
    pub status: ExitStatus,
    /// The lines of its standard output.
    pub stdout: Vec<String>,
    /// The lines of its standard error.
    pub stderr: Vec<String>,
}

impl Process {
    /// Starts `command`, with its three standard streams connected to us.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(name: impl Into<String>, mut command: Command) -> Result<Self> {
        let name = name.into();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| {
            format!("cannot start {}", command.as_std().get_program().display())
        })?;
        let stdout = Lines::of(child.stdout.take());
        let stderr = Lines::of(child.stderr.take());
        Ok(Self { name, child, stdout, stderr })
    }

    /// What it was called when it was started.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What follows `prefix` in the first line of standard output that starts with it, as soon as
    /// there is one.
    ///
    /// # Errors
    /// If the process ends or `within` passes without such a line.
    pub async fn told(&mut self, prefix: &str, within: Duration) -> Result<String> {
        let find = |lines: &[String]| {
            lines.iter().find_map(|line| Some(line.strip_prefix(prefix)?.to_owned()))
        };
        let mut lines = self.stdout.lines.clone();
        let told = timeout(within, lines.wait_for(|lines| find(lines).is_some())).await;
        match told {
            Ok(Ok(lines)) => Ok(find(&lines).unwrap_or_default()),
            Ok(Err(_)) => {
                bail!("{} ended without the line `{prefix}…`\n{}", self.name, self.output())
            }
            Err(_) => {
                bail!("{} did not say `{prefix}…` within {within:?}\n{}", self.name, self.output())
            }
        }
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        // No id any more means that it was waited for, and its id may be another's.
        if let Some(id) = self.child.id() {
            let _ = kill(Pid::from_raw(id.cast_signed()), signal);
        }
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// If it takes longer than `within`. It is killed then.
    pub async fn end(mut self, within: Duration) -> Result<Ended> {
        // Its input stays open until then: some programs take the end of it as the sign to stop.
        let stdin = self.child.stdin.take();
        let ended = timeout(within, self.child.wait()).await;
        drop(stdin);
        let Ok(status) = ended else {
            self.signal(Signal::SIGKILL);
            bail!("{} did not end within {within:?}\n{}", self.name, self.output());
        };
        let (stdout, stderr) = (self.stdout.all().await, self.stderr.all().await);
        Ok(Ended { status: status?, stdout, stderr })
    }

    /// Both outputs so far, each line under the process's name.
    #[must_use]
    pub fn output(&self) -> String {
        let (stdout, stderr) = (self.stdout.lines.borrow(), self.stderr.lines.borrow());
        let lines = stdout.iter().chain(stderr.iter());
        lines.map(|line| format!("{} | {line}\n", self.name)).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.terminate();
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if asked.elapsed() > GRACE {
                self.signal(Signal::SIGKILL);
            }
            // Waiting without blocking cannot be done here: who panics or is cancelled does not
            // come back.
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Ended {
    /// Fails unless the exit status says success.
    ///
    /// # Errors
    /// With all the output.
    pub fn success(self) -> Result<Self> {
        if !self.status.success() {
            bail!("{}\n{}\n{}", self.status, self.stdout.join("\n"), self.stderr.join("\n"));
        }
        Ok(self)
    }
}

/// The lines of a stream, read to its end so that the writer never waits for us.
#[derive(Debug)]
struct Lines {
    lines: watch::Receiver<Vec<String>>,
    reader: JoinHandle<()>,
}

impl Lines {
    fn of(stream: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        let (sender, lines) = watch::channel(Vec::new());
        let reader = tokio::spawn(async move {
            let Some(stream) = stream else { return };
            let mut reader = BufReader::new(stream).lines();
            while let Ok(Some(line)) = reader.next_line().await {
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Self { lines, reader }
    }

    /// The lines to the end of the stream, which a process that left something running may hold
    /// open.
    async fn all(&mut self) -> Vec<String> {
        let _ = timeout(Duration::from_secs(1), &mut self.reader).await;
        self.lines.borrow().clone()
    }
}
