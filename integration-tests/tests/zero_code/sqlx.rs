//! The program `songs`, which uses sqlx: one operation for each statement of the program, and none
//! for those of the driver.

use integration_tests::untouched::Untouched;
use mysql_async::Opts;
use otelier_testing::{ExpectedSpan, OtlpReceiver, assert_trees, span};

use crate::installed::{CargoOtelier, target};

const SERVICE: &str = "songs";

/// What all operations on a database have in common.
struct Database {
    system: &'static str,
    namespace: String,
    address: Option<String>,
    port: Option<u16>,
    /// What an insert with a key that is there fails with, and a table that is not.
    codes: [&'static str; 2],
}

impl Database {
    fn operation(&self, name: &str) -> ExpectedSpan {
        let mut span = span(name)
            .service(SERVICE)
            .scope("otelier-agent")
            .client()
            .root()
            .attr("db.system.name", self.system)
            .attr("db.namespace", &*self.namespace);
        if let Some(address) = &self.address {
            span = span.attr("server.address", &**address);
        }
        if let Some(port) = self.port {
            span = span.attr("server.port", i64::from(port));
        }
        span
    }

    fn statement(&self, summary: &str, text: &str) -> ExpectedSpan {
        let statement = self.operation(summary);
        statement.attr("db.query.summary", summary).attr("db.query.text", text)
    }

    fn failed(&self, summary: &str, text: &str, code: &str) -> ExpectedSpan {
        self.statement(summary, text).attr("db.response.status_code", code).error(code)
    }

    /// Each call of the program.
    fn expected(&self) -> Vec<ExpectedSpan> {
        let table = "CREATE TEMPORARY TABLE songs (id INTEGER PRIMARY KEY, title VARCHAR(?))";
        let insert = self.statement("INSERT songs", "INSERT INTO songs (id, title) VALUES (?, ?)");
        let savepoint = "_sqlx_savepoint_1";
        let select = self.statement("SELECT songs", "SELECT id, title FROM songs WHERE id = ?");
        let prepare = self
            .operation(&format!("PREPARE {}", self.namespace))
            .attr("db.operation.name", "PREPARE")
            .attr("db.query.text", "SELECT ?");
        vec![
            self.statement("CREATE TABLE songs", table),
            self.statement("BEGIN", "BEGIN"),
            insert.clone(),
            insert,
            self.statement("SAVEPOINT", &format!("SAVEPOINT {savepoint}")),
            self.statement("DELETE songs", "DELETE FROM songs"),
            self.statement("ROLLBACK", &format!("ROLLBACK TO SAVEPOINT {savepoint}")),
            self.statement("COMMIT", "COMMIT"),
            select.clone(),
            select,
            self.statement("SELECT songs", "SELECT COUNT(*) FROM songs WHERE title <> ?"),
            self.statement("SELECT songs", "SELECT title FROM songs ORDER BY id"),
            self.statement("BEGIN", "BEGIN"),
            self.failed("INSERT songs", "INSERT INTO songs (id) VALUES (?)", self.codes[0]),
            prepare,
            self.failed("SELECT nowhere", "SELECT title FROM nowhere", self.codes[1]),
        ]
    }
}

async fn check(url: String, database: Database) {
    let receiver = OtlpReceiver::start();
    let installed = CargoOtelier::install();
    let program = Untouched::named(SERVICE, vec![url], 0, target(), installed.binary());
    program.compare(&receiver.http_endpoint()).await.unwrap();
    assert_trees(&receiver.spans(), database.expected());
}

#[tokio::test]
async fn statements_of_sqlite_are_traced() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database {
        system: "sqlite",
        namespace: "songs.db".to_owned(),
        address: None,
        port: None,
        codes: ["1555", "1"],
    };
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("songs.db").display());
    check(url, database).await;
}

#[tokio::test]
async fn statements_of_mysql_are_traced() {
    let url = std::env::var("MYSQL_URL")
        .expect("MYSQL_URL is not set. Run `cargo xtask test`, which starts a server and sets it");
    let options = Opts::from_url(&url).unwrap();
    let mut connection = mysql_async::Conn::new(options.clone()).await.unwrap();
    let is_mariadb = is_mariadb(&mut connection).await;
    connection.disconnect().await.unwrap();
    let database = Database {
        system: if is_mariadb { "mariadb" } else { "mysql" },
        namespace: options.db_name().unwrap_or_default().to_owned(),
        address: Some(options.ip_or_hostname().to_owned()),
        port: Some(options.tcp_port()).filter(|port| *port != 3306),
        codes: ["1062", "1146"],
    };
    check(url, database).await;
}

async fn is_mariadb(connection: &mut mysql_async::Conn) -> bool {
    use mysql_async::prelude::Queryable as _;
    let version: Option<String> = connection.query_first("SELECT VERSION()").await.unwrap();
    version.unwrap().contains("MariaDB")
}
