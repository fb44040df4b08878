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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// What stands in for the program tells here how it was called.
    const CALL: &str = "STAND_IN_CALL";

    /// Answers every request at the address that `otelite` is asked to have its pages at.
    #[test]
    #[ignore = "a program that another test runs"]
    fn stand_in() {
        let call = std::env::var(CALL).unwrap();
        let mut parts = call.split(' ');
        assert!(parts.any(|part| part == "--addr"), "{call}");
        let listener = TcpListener::bind(parts.next().unwrap()).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    }

    #[test]
    fn what_is_installed_is_started_with_addresses_and_no_old_data() {
        let target = std::env::temp_dir().join(format!("xtask-ui-{}", std::process::id()));
        let root = target.join("otelite");
        let [program, old, called] = ["bin/otelite", "data/old", "called"].map(|it| root.join(it));
        for file in [&program, &old] {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
        }
        fs::write(&old, "of an earlier demo").unwrap();
        fs::write(root.join("version"), VERSION).unwrap();
        let script = format!(
            "#!/bin/sh\necho \"$* $OTELITE_OTLP_HTTP_PORT $OTELITE_OTLP_GRPC_PORT\" > '{}'\n\
             {CALL}=\"$*\" exec '{}' --exact demo::ui::tests::stand_in --ignored\n",
            called.display(),
            std::env::current_exe().unwrap().display(),
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let workspace = Workspace::without_packages(target.clone(), target.clone());

        let ui = Ui::start(&workspace).unwrap();

        probe_http(&ui.page, "/").unwrap();
        let called = fs::read_to_string(called).unwrap();
        let [serve, _, address, _, data, http, grpc] =
            called.split_whitespace().collect::<Vec<_>>()[..]
        else {
            panic!("{called}");
        };
        assert_eq!((serve, format!("http://{address}")), ("serve", ui.page.clone()));
        assert_eq!(ui.otlp, format!("http://127.0.0.1:{http}"));
        assert_ne!(http, grpc);
        assert_eq!(std::path::Path::new(data), root.join("data"));
        assert!(!old.exists());
        let page = ui.page.clone();
        drop(ui);
        assert!(probe_http(&page, "/").is_err(), "it ends with the demo");
        fs::remove_dir_all(target).unwrap();
    }
}
