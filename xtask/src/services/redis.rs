//! Redis, or Valkey, which speaks its protocol.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::host::Host;
use super::launch::{Place, Server};
use super::{Service, probe};

const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];
const PACKAGE: &str = "redis-server";
const PORT: u16 = 6379;

pub(super) struct Redis;

impl Service for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn variable(&self) -> &'static str {
        "REDIS_URL"
    }

    fn probe(&self, address: &str) -> Result<()> {
        if address.starts_with("rediss:") {
            return probe::connect(address, PORT).map(drop);
        }
        probe::redis(address)
    }

    fn version(&self, address: &str, _route: &str) -> Option<String> {
        probe::redis_version(address).ok().map(|version| format!("Redis {version}"))
    }

    fn on_path(&self, host: &Host<'_>) -> Option<Server> {
        let program = find(host)?;
        let route = format!("on PATH: {}", program.display());
        Some(server(program, route))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        host.apt_install(self.name(), &[PACKAGE])?;
        let program = find(host).context("apt-get installed no redis-server")?;
        Ok(server(program, "Redis, installed with apt-get".to_owned()))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        (PORT, address)
    }

    fn hint(&self) -> String {
        let install = if cfg!(target_os = "macos") {
            "brew install redis".to_owned()
        } else {
            format!("sudo apt-get install -y --no-install-recommends {PACKAGE}")
        };
        format!("{install}\n  or set {} to redis://host:port", self.variable())
    }
}

fn find(host: &Host<'_>) -> Option<PathBuf> {
    PROGRAMS.iter().find_map(|program| host.find_running(program, "--version"))
}

fn address(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

fn server(program: PathBuf, route: String) -> Server {
    let prepare = move |place: &Place<'_>| {
        let mut command = Command::new(&program);
        command
            .args(["--bind", "127.0.0.1", "--port", &place.port.to_string()])
            // Nothing is kept, so nothing has to be written.
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(place.data);
        Ok(command)
    };
    Server { route, prepare: Box::new(prepare), address, settle: None }
}
