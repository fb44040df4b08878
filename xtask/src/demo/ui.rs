//! `--ui`: what arrives, in the web pages of `otelite`, a small receiver of OTLP that shows what it
//! gets.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Process};
use crate::services::{probe_http, until_ready};
use crate::step::{Log, Shown};
use crate::workspace::Workspace;

/// Pinned, so that a page that looks different has one cause.
const VERSION: &str = "0.1.156";

/// A running `otelite`.
pub(super) struct Ui {
    process: Process,
    page: String,
    /// The endpoint for OTLP over HTTP.
    pub(super) otlp: String,
}

impl Ui {
    /// Installs it into the target directory, unless it is there, and starts it on free ports.
    pub(super) fn start(workspace: &Workspace) -> Result<Self> {
        let root = workspace.target.join("otelite");
        let program = install(workspace, &root)?;
        let data = root.join("data");
        // What an earlier demo left is not shown again.
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        fs::create_dir_all(&data)?;
        let [page, http, grpc] = [free_port()?, free_port()?, free_port()?];
        let log = File::create(root.join("otelite.log"))?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--addr", &format!("127.0.0.1:{page}"), "--storage-path"])
            .arg(&data)
            .env("OTELITE_OTLP_HTTP_PORT", http.to_string())
            .env("OTELITE_OTLP_GRPC_PORT", grpc.to_string())
            .stdout(log.try_clone()?)
            .stderr(log);
        let process = Process::spawn(&mut command)?;
        let page = format!("http://127.0.0.1:{page}");
        until_ready(|| probe_http(&page, "/")).context("otelite does not answer")?;
        println!("what arrives is also on {page}");
        Ok(Self { process, page, otlp: format!("http://127.0.0.1:{http}") })
    }

    /// Leaves the pages open until Ctrl-C.
    pub(super) fn wait(self) -> Result<()> {
        println!("look at it on {}, until Ctrl-C", self.page);
        match self.process.wait(|| ()) {
            Err(_) if process::interrupted() => Ok(()),
            Ok(status) => bail!("otelite ended with {status}"),
            Err(error) => Err(error),
        }
    }
}

/// Builds it without optimizations: that takes minutes, and with them many more.
fn install(workspace: &Workspace, root: &std::path::Path) -> Result<PathBuf> {
    let program = root.join("bin/otelite");
    let marker = root.join("version");
    if program.exists() && fs::read_to_string(&marker).is_ok_and(|version| version == VERSION) {
        return Ok(program);
    }
    println!("installing otelite {VERSION} into {} …", workspace.display(root));
    let shown = Shown::Heartbeat(process::Heartbeat::new("otelite"));
    let mut command = workspace.cargo();
    command
        .args(["install", "otelite", "--locked", "--debug", "--version", VERSION, "--root"])
        .arg(root)
        .arg("--target-dir")
        .arg(root.join("target"));
    Log::create(workspace, "otelite", shown)?
        .run(&mut command)
        .context("cannot install otelite; the log is in target/xtask/logs/otelite.log")?;
    fs::write(&marker, VERSION)?;
    Ok(program)
}

fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
