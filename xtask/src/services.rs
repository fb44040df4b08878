//! `cargo xtask services`: the real servers that tests and the demo talk to.
//!
//! For each service the first of these that works is taken, and the output says which: an address
//! from the environment; a program on PATH; an installation under `target/services` or with
//! apt-get; docker compose. Servers listen on free ports of 127.0.0.1 only. A lock file keeps two
//! tasks from starting or stopping at the same time, a second one tells whether anybody still uses
//! what runs.

mod aws;
mod compose;
mod debian;
mod host;
mod launch;
mod mongodb;
mod mysql;
mod postgres;
mod probe;
mod redis;
mod session;
mod state;

use std::path::Path;

use anyhow::{Result, bail};

use crate::services::host::Host;
use crate::services::launch::Server;
use crate::services::state::{Directory, Record};
use crate::workspace::Workspace;

pub(crate) use crate::services::probe::{http as probe_http, until_ready};
pub(crate) use crate::services::session::{Keep, Session};

/// Start, stop and show the servers that tests and the demo need.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Start the services that are not running, and leave them running.
    Up(Chosen),
    /// Stop the services that were started here, and delete their data.
    Down(Chosen),
    /// Show the services and their addresses.
    Status,
}

#[derive(clap::Args)]
struct Chosen {
    /// Only these; without a name all but `mariadb-11.8` and `mysql-9`.
    #[arg(value_parser = parse_name)]
    names: Vec<&'static str>,
}

/// One kind of server.
trait Service: Sync {
    /// What people call it on the command line; also the name of its container in compose.yaml.
    fn name(&self) -> &'static str;
    /// The environment variable that holds its address, for us and for tests.
    fn variable(&self) -> &'static str;
    /// Succeeds when a server at this address answers in its own protocol.
    fn probe(&self, address: &str) -> Result<()>;
    /// The program on PATH, if there is one that runs.
    fn on_path(&self, host: &Host<'_>) -> Option<Server>;
    /// Installs the program; the error says why it cannot.
    fn install(&self, host: &Host<'_>) -> Result<Server>;
    /// The port inside the container of compose.yaml, and the address made from the one outside.
    fn container(&self) -> (u16, fn(u16) -> String);
    /// The command a person would run where no route is open to us.
    fn hint(&self) -> String;
    /// What the server is, with its version: as it answers, or as it was come by.
    fn version(&self, _address: &str, _route: &str) -> Option<String> {
        None
    }
    /// More variables that client libraries want beside the address.
    fn more_variables(&self, _address: &str) -> Vec<(String, String)> {
        Vec::new()
    }
}

static SERVICES: [&dyn Service; 5] =
    [&aws::Aws, &mysql::Mysql, &mongodb::Mongodb, &redis::Redis, &postgres::Postgres];

/// The same servers in other versions, which run only when they are asked for by name.
static OTHERS: [&dyn Service; 2] = [&mysql::MARIADB_11_8, &mysql::MYSQL_9];

fn all() -> impl Iterator<Item = &'static dyn Service> {
    SERVICES.into_iter().chain(OTHERS)
}

/// The name of each service, and the variable that holds its address.
pub(crate) fn names_and_variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    SERVICES.iter().map(|service| (service.name(), service.variable()))
}

/// The names of the servers that run only when they are asked for.
pub(crate) fn names_of_others() -> impl Iterator<Item = &'static str> {
    OTHERS.iter().map(|service| service.name())
}

/// The name of a server that runs only when it is asked for, and the variable of its address.
pub(crate) fn other(name: &str) -> Result<(&'static str, &'static str)> {
    let Some(found) = OTHERS.iter().find(|service| service.name() == name) else {
        let names: Vec<&str> = names_of_others().collect();
        bail!("no server is named {name}; there are: {}", names.join(", "));
    };
    Ok((found.name(), found.variable()))
}

/// Runs one action.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    match &args.action {
        Action::Up(chosen) => up(workspace, &chosen.names),
        Action::Down(chosen) => down(workspace, &chosen.names),
        Action::Status => status(workspace),
    }
}

fn up(workspace: &Workspace, names: &[&'static str]) -> Result<()> {
    let usual = || SERVICES.iter().map(|service| service.name()).collect();
    let names: Vec<&str> = if names.is_empty() { usual() } else { names.to_vec() };
    let session = Session::start(workspace, &names, Keep::Running)?;
    println!("addresses are in {}", workspace.display(&session.env_file()));
    Ok(())
}

fn down(workspace: &Workspace, names: &[&'static str]) -> Result<()> {
    let directory = Directory::open(workspace)?;
    let _lock = directory.lock()?;
    let mut failed = false;
    for service in all().filter(|s| names.is_empty() || names.contains(&s.name())) {
        let Some(record) = directory.read(service.name()) else {
            println!("{:12} not started here", service.name());
            continue;
        };
        match session::stop(workspace, &directory, service, &record) {
            Ok(()) => println!("{:12} stopped", service.name()),
            Err(error) => {
                println!("{:12} cannot be stopped: {error:#}", service.name());
                failed = true;
            }
        }
    }
    session::write_env_file(&directory, &[])?;
    if failed {
        bail!("some services are still running");
    }
    Ok(())
}

fn status(workspace: &Workspace) -> Result<()> {
    let directory = Directory::open(workspace)?;
    for service in all() {
        let line = match running(&directory, service) {
            Some(record) => record.to_string(),
            None => "not running".to_owned(),
        };
        println!("{:12} {line}", service.name());
    }
    let env_file = directory.env_file();
    if env_file.exists() {
        println!("addresses: {}", workspace.display(&env_file));
    }
    Ok(())
}

/// What runs for a service: the address of the environment first, then what was started here and
/// still answers.
fn running(directory: &Directory, service: &dyn Service) -> Option<Record> {
    let record = directory.read(service.name()).filter(Record::is_alive);
    let record = match session::address_from_environment(service) {
        // A shell that has read the env file names the server we started.
        Some(address) => {
            record.filter(|r| r.address == address).or_else(|| Some(Record::external(address)))
        }
        None => record,
    }?;
    service.probe(&record.address).is_ok().then_some(record)
}

fn all_names() -> Vec<&'static str> {
    all().map(Service::name).collect()
}

fn parse_name(text: &str) -> Result<&'static str> {
    match all_names().into_iter().find(|name| *name == text) {
        Some(name) => Ok(name),
        None => bail!("there are: {}", all_names().join(", ")),
    }
}

/// Deletes a directory that may not be there.
fn remove_directory(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(anyhow::Error::new(error).context(format!("cannot delete {}", path.display())))
        }
        _ => Ok(()),
    }
}
