//! MySQL: MariaDB, or MySQL itself where that is what is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::host::{Host, output_of};
use super::launch::{Place, Server};
use super::{Service, probe};
use crate::process;

const PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];
const USER: &str = "otelier";
/// Not a secret, but a word that occurs nowhere else: tests look for it in everything that is
/// exported.
const PASSWORD: &str = "planted-db-password";
const DATABASE: &str = "otelier";

pub(super) struct Mysql;

impl Service for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn variable(&self) -> &'static str {
        "MYSQL_URL"
    }

    fn probe(&self, address: &str) -> Result<()> {
        probe::mysql(address).map(drop)
    }

    fn version(&self, address: &str, _route: &str) -> Option<String> {
        let greeting = probe::mysql(address).ok()?;
        // MariaDB pretends to be a MySQL that its oldest clients know.
        let version = greeting.strip_prefix("5.5.5-").unwrap_or(&greeting);
        let number = version.split('-').next()?;
        let name = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        Some(format!("{name} {number}"))
    }

    fn on_path(&self, host: &Host<'_>) -> Option<Server> {
        let program = find(host)?;
        let route = format!("on PATH: {}", program.display());
        Some(server(host, program, route))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        host.apt_install(self.name(), &PACKAGES)?;
        let program = find(host).context("apt-get installed no mariadbd")?;
        Ok(server(host, program, "MariaDB, installed with apt-get".to_owned()))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        (3306, address)
    }

    fn hint(&self) -> String {
        let install = if cfg!(target_os = "macos") {
            "brew install mariadb".to_owned()
        } else {
            format!("sudo apt-get install -y --no-install-recommends {}", PACKAGES.join(" "))
        };
        format!(
            "{install}\n  or set {} to mysql://user:password@host:port/database",
            self.variable()
        )
    }
}

fn find(host: &Host<'_>) -> Option<PathBuf> {
    ["mariadbd", "mysqld"].iter().find_map(|program| host.find_running(program, "--version"))
}

fn address(port: u16) -> String {
    format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}")
}

fn server(host: &Host<'_>, program: PathBuf, route: String) -> Server {
    let is_mariadb =
        output_of(&program, &["--version"]).is_some_and(|version| version.contains("MariaDB"));
    let installer = host.find("mariadb-install-db").or_else(|| host.find("mysql_install_db"));
    let as_root = nix::unistd::geteuid().is_root();
    let prepare = move |place: &Place<'_>| {
        let data = place.data.join("db");
        let data_argument = format!("--datadir={}", data.display());
        // Both refuse to run as root unless told to.
        let user = as_root.then_some("--user=root");
        let mut log = place.log.try_clone()?;
        let mut init = if is_mariadb {
            let mut init =
                Command::new(installer.as_ref().context("there is no mariadb-install-db")?);
            init.args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]);
            init
        } else {
            let mut init = Command::new(&program);
            init.args(["--no-defaults", "--initialize-insecure"]);
            init
        };
        process::run(init.arg(&data_argument).args(user), &mut log)?;

        let mut command = Command::new(&program);
        command
            .arg("--no-defaults")
            .arg(&data_argument)
            .args(user)
            // Relative to the data directory: a path of more than about 100 characters cannot be a
            // socket's.
            .args(["--socket=server.sock", "--bind-address=127.0.0.1", "--local-infile=1"])
            .arg(format!("--port={}", place.port))
            .arg(format!("--pid-file={}", place.data.join("server.pid").display()))
            .arg(format!("--init-file={}", write_init_file(place.data)?.display()));
        if is_mariadb {
            command.arg("--innodb-log-file-size=8M");
        } else {
            // Packages name a directory for files, and the server does not start if another package
            // was to make it.
            command.args(["--mysqlx=OFF", "--secure-file-priv=NULL"]);
        }
        Ok(command)
    };
    Server { route, prepare: Box::new(prepare), address, settle: None }
}

/// SQL that the server runs before it accepts connections.
fn write_init_file(directory: &Path) -> Result<PathBuf> {
    let mut sql = format!("CREATE DATABASE IF NOT EXISTS {DATABASE};\n");
    // Both, because a server that has anonymous users matches them before '%'.
    for host in ["%", "localhost"] {
        sql.push_str(&format!(
            "CREATE USER IF NOT EXISTS '{USER}'@'{host}' IDENTIFIED BY '{PASSWORD}';\n"
        ));
        sql.push_str(&format!(
            "GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'{host}' WITH GRANT OPTION;\n"
        ));
    }
    let path = directory.join("init.sql");
    fs::write(&path, sql).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
