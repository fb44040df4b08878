//! MySQL: MariaDB, or MySQL itself where that is what is installed; and newer ones of both, for
//! those who ask for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::debian::Package;
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

/// A server of another Debian release.
pub(super) struct OtherMysql {
    name: &'static str,
    package: Package,
    program: &'static str,
    is_mariadb: bool,
}

pub(super) static MARIADB_11_8: OtherMysql = OtherMysql {
    name: "mariadb-11.8",
    package: Package { release: "trixie", name: "mariadb-server-core" },
    program: "usr/sbin/mariadbd",
    is_mariadb: true,
};

pub(super) static MYSQL_9: OtherMysql = OtherMysql {
    name: "mysql-9",
    package: Package { release: "sid", name: "mysql-server-core" },
    program: "usr/sbin/mysqld",
    is_mariadb: false,
};

impl Service for OtherMysql {
    fn name(&self) -> &'static str {
        self.name
    }

    fn variable(&self) -> &'static str {
        Mysql.variable()
    }

    fn probe(&self, address: &str) -> Result<()> {
        Mysql.probe(address)
    }

    fn version(&self, address: &str, route: &str) -> Option<String> {
        Mysql.version(address, route)
    }

    /// What is installed is the usual server.
    fn on_path(&self, _host: &Host<'_>) -> Option<Server> {
        None
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        let unpacked = self.package.unpack(host, self.name)?;
        let route = format!("{} of Debian {}", self.package.name, self.package.release);
        let program = self.program;
        let from = unpacked.clone();
        let daemon = Daemon {
            command: Box::new(move || from.command(program)),
            is_mariadb: self.is_mariadb,
            share: Some(unpacked.path(if self.is_mariadb {
                "usr/share/mariadb"
            } else {
                "usr/share/mysql"
            })),
            installer: None,
        };
        Ok(server(daemon, route))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        Mysql.container()
    }

    fn hint(&self) -> String {
        "on Debian its packages are fetched; elsewhere start it, and set MYSQL_URL to its address"
            .to_owned()
    }
}

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
        Some(server(Daemon::here(host, program), route))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        host.apt_install(self.name(), &PACKAGES)?;
        let program = find(host).context("apt-get installed no mariadbd")?;
        Ok(server(Daemon::here(host, program), "MariaDB, installed with apt-get".to_owned()))
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

/// A program that serves, and what it takes to make its first tables.
struct Daemon {
    command: Box<dyn Fn() -> Result<Command>>,
    is_mariadb: bool,
    /// Its messages and first tables, if they are not where it looks for them.
    share: Option<PathBuf>,
    /// The program that makes MariaDB's tables.
    installer: Option<PathBuf>,
}

impl Daemon {
    fn here(host: &Host<'_>, program: PathBuf) -> Self {
        let version = output_of(&program, &["--version"]);
        Self {
            is_mariadb: version.is_some_and(|version| version.contains("MariaDB")),
            command: Box::new(move || Ok(Command::new(&program))),
            share: None,
            installer: host.find("mariadb-install-db").or_else(|| host.find("mysql_install_db")),
        }
    }

    /// The program, told where its files are.
    fn command(&self) -> Result<Command> {
        let mut command = (self.command)()?;
        command.arg("--no-defaults");
        if let Some(share) = &self.share {
            command.arg(format!("--lc-messages-dir={}", share.display()));
            command.arg(format!("--character-sets-dir={}", share.join("charsets").display()));
        }
        Ok(command)
    }

    /// The command that makes the first tables.
    fn init(&self, place: &Place<'_>) -> Result<Command> {
        if !self.is_mariadb {
            let mut init = self.command()?;
            init.arg("--initialize-insecure");
            return Ok(init);
        }
        let Some(share) = &self.share else {
            let installer = self.installer.as_ref().context("there is no mariadb-install-db")?;
            let mut init = Command::new(installer);
            init.args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]);
            return Ok(init);
        };
        // What mariadb-install-db does, which would look for the program among this machine's own.
        let mut sql = b"CREATE DATABASE mysql;\nUSE mysql;\n".to_vec();
        for name in ["system_tables", "performance_tables", "system_tables_data"] {
            let path = share.join(format!("mariadb_{name}.sql"));
            let text = fs::read(&path).with_context(|| format!("no {}", path.display()))?;
            sql.extend(text);
        }
        let path = place.data.join("bootstrap.sql");
        fs::write(&path, sql).with_context(|| format!("cannot write {}", path.display()))?;
        fs::create_dir_all(place.data.join("db"))?;
        let program = self.command()?;
        let mut init = Command::new("sh");
        init.args(["-c", "exec \"$@\" < \"$0\""]).arg(path);
        init.arg(program.get_program()).args(program.get_args()).arg("--bootstrap");
        Ok(init)
    }
}

fn server(daemon: Daemon, route: String) -> Server {
    let as_root = nix::unistd::geteuid().is_root();
    let prepare = move |place: &Place<'_>| {
        let data = place.data.join("db");
        let data_argument = format!("--datadir={}", data.display());
        // Both refuse to run as root unless told to.
        let user = as_root.then_some("--user=root");
        let mut log = place.log.try_clone()?;
        process::run(daemon.init(place)?.arg(&data_argument).args(user), &mut log)?;

        let mut command = daemon.command()?;
        command
            .arg(&data_argument)
            .args(user)
            // Relative to the data directory: a path of more than about 100 characters cannot be a
            // socket's.
            .args(["--socket=server.sock", "--bind-address=127.0.0.1", "--local-infile=1"])
            .arg(format!("--port={}", place.port))
            .arg(format!("--pid-file={}", place.data.join("server.pid").display()))
            .arg(format!("--init-file={}", write_init_file(place.data)?.display()));
        if daemon.is_mariadb {
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
