//! MongoDB: a real `mongod` where there is one, else a stand-in that speaks its wire protocol.

mod wire;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::host::Host;
use super::launch::{Place, Server};
use super::{Service, probe};

/// Pinned, so that a red build has one cause.
const REQUIREMENT: &str = "nx-27017==0.8.1";

pub(super) struct Mongodb;

impl Service for Mongodb {
    fn name(&self) -> &'static str {
        "mongodb"
    }

    fn variable(&self) -> &'static str {
        "MONGODB_URI"
    }

    fn probe(&self, address: &str) -> Result<()> {
        if address.starts_with("mongodb+srv:") {
            // The hosts are in DNS, behind TLS: the driver will find out.
            return Ok(());
        }
        if ["tls=true", "ssl=true"].iter().any(|option| address.contains(option)) {
            return probe::connect(address, wire::PORT).map(drop);
        }
        wire::hello(address).map(drop)
    }

    fn version(&self, address: &str, route: &str) -> Option<String> {
        // The stand-in gives the version of MongoDB that it speaks like.
        let version = wire::version(address)?;
        Some(if route.contains("stand-in") {
            format!("nx-27017, a stand-in for MongoDB {version}")
        } else {
            format!("MongoDB {version}")
        })
    }

    fn on_path(&self, host: &Host<'_>) -> Option<Server> {
        if let Some(program) = host.find_running("mongod", "--version") {
            let route = format!("on PATH: {}", program.display());
            return Some(mongod(program, route));
        }
        let program = host.find_running("nx-27017", "--help")?;
        let route = format!("stand-in on PATH: {}", program.display());
        Some(stand_in(program, route))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        let programs = host.pip_install(self.name(), &[REQUIREMENT])?;
        Ok(stand_in(
            programs.join("nx-27017"),
            format!("stand-in {REQUIREMENT}, installed with pip"),
        ))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        (wire::PORT, direct_address)
    }

    fn hint(&self) -> String {
        format!(
            "python3 -m pip install {REQUIREMENT}   (or install mongod; either is then on PATH)\n  \
             or set {} to mongodb://host:port",
            self.variable()
        )
    }
}

fn address(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}")
}

/// For a replica set of one, whose member's own address the client need not reach.
fn direct_address(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}

fn stand_in(program: PathBuf, route: String) -> Server {
    let prepare = move |place: &Place<'_>| {
        let mut command = Command::new(&program);
        command
            .args(["--data-dir", "memory", "--host", "127.0.0.1", "-p", &place.port.to_string()])
            .arg("--log-file")
            .arg(place.data.join("server.log"))
            .arg("--pid-file")
            .arg(place.data.join("server.pid"))
            .current_dir(place.data);
        Ok(command)
    };
    Server { route, prepare: Box::new(prepare), address, settle: None }
}

fn mongod(program: PathBuf, route: String) -> Server {
    let prepare = move |place: &Place<'_>| {
        let mut command = Command::new(&program);
        command
            // A replica set of one: a server alone knows no transactions.
            .args(["--replSet", "otelier", "--bind_ip", "127.0.0.1", "--nounixsocket"])
            .args(["--port", &place.port.to_string(), "--dbpath"])
            .arg(place.data);
        Ok(command)
    };
    let settle = |port| wire::make_replica_set(&direct_address(port), "otelier", port);
    Server { route, prepare: Box::new(prepare), address: direct_address, settle: Some(settle) }
}
