//! Starting a server as a process of ours that outlives the task.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::state::{Directory, Record};
use super::{Service, probe, remove_directory};
use crate::process::{Process, last_lines};

/// How often another port is tried when somebody took ours between the choice and the start.
const ATTEMPTS: u32 = 3;

/// Makes the command that runs a server.
pub(super) type Prepare = Box<dyn Fn(&Place<'_>) -> Result<Command>>;

/// A program and how to run it.
pub(super) struct Server {
    /// How it was come by, in words.
    pub(super) route: String,
    /// Makes the server's data directory ready, and gives the command to run.
    pub(super) prepare: Prepare,
    /// The server's address, from its port.
    pub(super) address: fn(u16) -> String,
    /// What must be done once after it answers, before it is ready.
    pub(super) settle: Option<fn(u16) -> Result<()>>,
}

/// Where a server is to run.
pub(super) struct Place<'a> {
    pub(super) data: &'a Path,
    pub(super) port: u16,
    /// Where commands that prepare it write their output.
    pub(super) log: &'a File,
}

/// Starts a server, waits until it answers, writes down where it is and leaves it running.
pub(super) fn start(
    directory: &Directory,
    service: &dyn Service,
    server: &Server,
    keep: bool,
) -> Result<Record> {
    let mut attempt = 1;
    loop {
        match start_once(directory, service, server, keep) {
            Err(error) if attempt < ATTEMPTS && error.to_string().contains("in use") => {
                attempt += 1;
            }
            Ok(record) => return Ok(record),
            Err(error) => {
                // The log stays, and says why.
                remove_directory(&directory.data(service.name()))?;
                return Err(error);
            }
        }
    }
}

fn start_once(
    directory: &Directory,
    service: &dyn Service,
    server: &Server,
    keep: bool,
) -> Result<Record> {
    let data = directory.data(service.name());
    remove_directory(&data)?;
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
    let log_path = directory.log(service.name());
    let log =
        File::create(&log_path).with_context(|| format!("cannot create {}", log_path.display()))?;
    let port = free_port()?;
    let mut command = (server.prepare)(&Place { data: &data, port, log: &log })?;
    command.stdout(log.try_clone()?).stderr(log);
    let mut process = Process::spawn(&mut command)?;

    let address = (server.address)(port);
    let mut ended = None;
    let ready = probe::until_ready(|| {
        ended = process.try_wait()?;
        // No use in waiting for a server that has ended.
        if ended.is_some() { Ok(()) } else { service.probe(&address) }
    });
    let told = || last_lines(&fs::read_to_string(&log_path).unwrap_or_default(), 12);
    if let Some(status) = ended {
        bail!("the server ended with {status}:\n{}", told());
    }
    ready.with_context(told)?;
    if let Some(settle) = server.settle {
        settle(port).with_context(told)?;
    }
    let record = Record::process(address, server.route.clone(), process.id(), keep);
    directory.write(service.name(), &record)?;
    process.detach();
    Ok(record)
}

fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
