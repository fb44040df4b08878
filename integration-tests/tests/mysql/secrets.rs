//! Nothing that is planted comes out anywhere.

mod texts;

use std::fmt::Debug;

use futures_util::StreamExt as _;
use integration_tests::Diagnostics;
use otelier::mysql::{Conn, OptsBuilder, Params, Pool, TxOpts, params, prelude::*};

use super::support::{Database, on_both_runtimes, receiver};
use texts::{CREDENTIALS, QUOTED_IN_ERRORS, STATEMENTS};

on_both_runtimes!(nothing_that_is_planted_is_exported);

/// Occurs in every secret, and in nothing else.
const PLANTED: &str = "hunter2";

/// The same in other notations, and a number.
const OTHERS: [&str; 4] = ["68756e74657232", "68756E74657232", "aHVudGVyMg", "4111111111111111"];

async fn nothing_that_is_planted_is_exported(db: &Database) {
    let diagnostics = Diagnostics::heard();
    db.prepare(
        "CREATE TABLE t (name VARCHAR(200), number BIGINT); CREATE TABLE once (name VARCHAR(20) \
         PRIMARY KEY); \
         INSERT INTO once VALUES ('hunter2')",
    )
    .await;
    let pools = [
        Pool::new(db.opts()),
        Pool::builder().with_returned_rows(true).with_sql_commenter(true).build(db.opts()),
    ];
    for pool in pools {
        texts_of_every_kind(db, &pool).await;
        errors_that_quote(&pool).await;
        parameters(&pool).await;
        what_is_printed(&pool).await;
        pool.disconnect().await.unwrap();
    }
    credentials(db).await;
    sessions(db).await;

    let ours = |span: &otelier_testing::Span| {
        span.attribute("db.namespace") == Some(&db.name.as_str().into())
    };
    let spans = receiver().spans().into_iter().filter(ours).count();
    let tried = 4 * (STATEMENTS.len() + CREDENTIALS.len());
    assert!(spans > tried, "only {spans} spans: little was tried");
    assert_holds_nothing("the export", &receiver().export_text(), db);
    assert_holds_nothing("a diagnostic", &diagnostics.text(), db);
}

#[track_caller]
fn assert_holds_nothing(what: &str, text: &str, db: &Database) {
    assert!(!text.is_empty(), "{what} is empty");
    for secret in
        OTHERS.into_iter().chain([PLANTED, db.password()]).filter(|secret| !secret.is_empty())
    {
        if let Some(at) = text.find(secret) {
            let from = text[..at].char_indices().rev().nth(200).map_or(0, |(index, _)| index);
            panic!("{what} has {secret:?}: …{}", &text[from..at + secret.len()]);
        }
    }
}

/// Each text reaches the server in each way; what the server makes of it does not matter.
async fn texts_of_every_kind(db: &Database, pool: &Pool) {
    let user = format!("'u{}'@'localhost'", &db.name["otelier_test_".len()..]);
    let credentials = CREDENTIALS
        .iter()
        .map(|text| text.replace("{user}", &user).replace("{database}", &db.name));
    let texts = STATEMENTS.iter().map(|text| (*text).to_owned()).chain(credentials);
    for text in texts {
        // One that the server or the driver closes is no use to the next text.
        let mut conn = pool.get_conn().await.unwrap();
        let _ = conn.query_drop(text.as_str()).await;
        let _ = conn.exec_drop(text.as_str(), ()).await;
        let _ = conn.exec_batch(text.as_str(), [(), ()]).await;
        let _ = text.as_str().ignore(pool).await;
        let mut conn = pool.get_conn().await.unwrap();
        if let Ok(statement) = conn.prep(text.as_str()).await {
            let _ = conn.exec_drop(&statement, ()).await;
        }
        let _ = conn.query_drop([text.as_bytes(), b" \xff 'hunter2'"].concat()).await;
    }
}

async fn errors_that_quote(pool: &Pool) {
    for text in QUOTED_IN_ERRORS {
        let error = text.ignore(pool).await.unwrap_err();
        assert!(error.to_string().contains(PLANTED), "{text:?} is not quoted: {error}");
        let mut transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
        transaction.query_drop(*text).await.unwrap_err();
        transaction.rollback().await.unwrap();
    }
    let error = "INSERT INTO once VALUES (?)".with((PLANTED,)).ignore(pool).await.unwrap_err();
    assert!(error.to_string().contains(PLANTED), "{error}");
}

/// Parameters were not asked for, so there are none.
async fn parameters(pool: &Pool) {
    let mut conn = pool.get_conn().await.unwrap();
    let insert = "INSERT INTO t (name) VALUES (?)";
    conn.exec_drop(insert, (PLANTED,)).await.unwrap();
    conn.exec_drop("INSERT INTO t (name) VALUES (:hunter)", params! { "hunter" => PLANTED })
        .await
        .unwrap();
    conn.exec_drop(insert, Params::Positional(vec![PLANTED.into()])).await.unwrap();
    conn.exec_batch(insert, [(PLANTED,), (PLANTED,)]).await.unwrap();
    insert.with([(PLANTED,), (PLANTED,)]).batch(pool).await.unwrap();
    let found: Vec<String> =
        "SELECT name FROM t WHERE name = ?".with((PLANTED,)).fetch(pool).await.unwrap();
    assert!(found.len() >= 7);
    let mut stream = conn
        .exec_stream::<String, _, _>("SELECT name FROM t WHERE name = ?", (PLANTED,))
        .await
        .unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), PLANTED);
    drop(stream);
    let statement = conn.prep(insert).await.unwrap();
    conn.exec_drop(&statement, (PLANTED,)).await.unwrap();
    // The name of a file, and what is in it.
    conn.set_infile_handler(async {
        Ok(futures_util::stream::iter([Ok("hunter2,1\n".into())]).boxed())
    });
    conn.query_drop("LOAD DATA LOCAL INFILE 'hunter2' INTO TABLE t FIELDS TERMINATED BY ','")
        .await
        .unwrap();
}

/// A program may well print these.
async fn what_is_printed(pool: &Pool) {
    fn assert_quiet(value: &impl Debug) {
        let text = format!("{value:?}{value:#?}");
        assert!(!text.contains(PLANTED), "{text}");
    }
    let url = "mysql://hunter2:hunter2@127.0.0.1/shop";
    assert_quiet(&Pool::new(url));
    assert_quiet(&Pool::builder());
    assert_quiet(pool);
    let mut conn = pool.get_conn().await.unwrap();
    assert_quiet(&conn);
    assert_quiet(&conn.start_transaction(TxOpts::default()).await.unwrap());
    assert_quiet(&otelier::mysql::Connection::from(&mut conn));
    assert_quiet(&conn.query_iter("SELECT 'hunter2'").await.unwrap());
    assert_quiet(&conn.query_stream::<String, _>("SELECT 'hunter2'").await.unwrap());
}

/// Credentials of connection strings, where they are right, where they are wrong and where nobody
/// listens.
async fn credentials(db: &Database) {
    Conn::new(db.opts().pass(Some("hunter2"))).await.unwrap_err();
    Conn::new(db.opts().user(Some("hunter2"))).await.unwrap_err();
    let refused = "mysql://hunter2:hunter2@127.0.0.1:1/shop";
    Conn::from_url(refused).await.unwrap_err();
    let pool = Pool::from_url(refused).unwrap();
    pool.get_conn().await.unwrap_err();
    pool.start_transaction(TxOpts::default()).await.unwrap_err();
    "SELECT 1".ignore(&pool).await.unwrap_err();
    pool.disconnect().await.unwrap();
    assert!(Conn::from_url("mysql://hunter2:hunter2@127.0.0.1:hunter2").await.is_err());
    assert!(Pool::from_url("mysql://hunter2:hunter2@127.0.0.1/shop?hunter2=hunter2").is_err());
}

/// What is said before a connection is handed out: by options, and by the program itself.
async fn sessions(db: &Database) {
    let check = async |opts: OptsBuilder| {
        let pool = Pool::new(opts);
        let outcome = "SELECT @secret".ignore(&pool).await;
        pool.disconnect().await.unwrap();
        outcome
    };
    let secret = || vec!["SET @secret = 'hunter2'".to_owned()];
    check(db.opts().init(secret()).setup(secret())).await.unwrap();
    check(db.opts().after_connect(|conn| conn.query_drop("SET @secret = 'hunter2'")))
        .await
        .unwrap();
    let broken = || vec!["SET @secret = 'hunter2' NONSENSE 'hunter2'".to_owned()];
    for opts in [db.opts().init(broken()), db.opts().setup(broken())] {
        let error = check(opts).await.unwrap_err();
        assert!(error.to_string().contains(PLANTED), "{error}");
    }
}
