//! PostgreSQL.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use nix::unistd::User;

use super::host::Host;
use super::launch::{Place, Server};
use super::{Service, probe};
use crate::process;

const PROGRAM: &str = "postgres";
const PACKAGE: &str = "postgresql";
/// Where Debian has its programs, in a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Who it runs as where we are root, which it refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

pub(super) struct Postgres;

impl Service for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn variable(&self) -> &'static str {
        "POSTGRES_URL"
    }

    fn probe(&self, address: &str) -> Result<()> {
        probe::postgres(address).map(drop)
    }

    fn version(&self, address: &str, _route: &str) -> Option<String> {
        let greeting = probe::postgres(address).ok()?;
        let (_, rest) = greeting.split_once("server_version\0")?;
        Some(format!("PostgreSQL {}", rest.split([' ', '\0']).next()?))
    }

    fn on_path(&self, host: &Host<'_>) -> Option<Server> {
        let program = host.find_running(PROGRAM, "--version").or_else(of_debian)?;
        let route = format!("installed: {}", program.display());
        Some(server(program, route))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        host.apt_install(self.name(), &[PACKAGE])?;
        let program = of_debian().context("apt-get installed no postgres")?;
        Ok(server(program, "PostgreSQL, installed with apt-get".to_owned()))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        (5432, address)
    }

    fn hint(&self) -> String {
        let install = if cfg!(target_os = "macos") {
            "brew install postgresql".to_owned()
        } else {
            format!("sudo apt-get install -y --no-install-recommends {PACKAGE}")
        };
        let variable = self.variable();
        format!("{install}\n  or set {variable} to postgres://user:password@host:port/database")
    }
}

/// The newest that Debian's packages have installed.
fn of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?;
    let programs = versions.filter_map(|it| Some(it.ok()?.path().join("bin").join(PROGRAM)));
    programs.filter(|program| program.exists()).max()
}

fn address(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

fn server(program: PathBuf, route: String) -> Server {
    let prepare = move |place: &Place<'_>| {
        let data = place.data.join("db");
        fs::create_dir(&data).context("cannot create its folder")?;
        let user = other_user()?;
        if let Some(user) = &user {
            chown(&data, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .context("cannot give its folder away")?;
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command.arg("-D").arg(&data).current_dir(&data);
            if let Some(user) = &user {
                command.gid(user.gid.as_raw()).uid(user.uid.as_raw());
            }
            command
        };
        // Whoever reaches it on this machine may use it: nothing of worth is in it.
        let mut init = command(&program.with_file_name("initdb"));
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        process::run(&mut init, &mut place.log.try_clone()?)?;
        let mut serve = command(&program);
        serve.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        serve.args(["-c", "fsync=off", "-p", &place.port.to_string()]);
        Ok(serve)
    };
    Server { route, prepare: Box::new(prepare), address, settle: None }
}

/// Who it runs as, if not as we do.
fn other_user() -> Result<Option<User>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    for name in USERS {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!("it does not run as root, and there is no user {}", USERS.join(" or "));
}
