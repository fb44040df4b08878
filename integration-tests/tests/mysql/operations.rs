//! Each way to run a statement is one span and one measurement.

use otelier::mysql::{
    ChangeUserOpts, Conn, Params, Pool, QueryResult, Row, TextProtocol, params, prelude::*,
};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    text_queries,
    statements_by_text,
    statements_prepared,
    batches,
    queries_given_a_connection_or_pool,
    several_statements_of_one_kind_are_one_series,
    stored_procedures,
    local_infile,
    the_current_database_is_followed,
    the_drivers_own_connection_runs_what_ours_does,
    invalid_utf8_is_sent_and_hidden,
    texts_of_a_million_characters,
    a_pool_that_was_made_from_a_url,
);

const SONGS: &str = "CREATE TABLE songs (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(40), \
     year INT); \
     INSERT INTO songs (title, year) VALUES ('One', 1971), ('Two', 1972), ('Three', 1973)";

async fn text_queries(db: &Database) {
    db.prepare(SONGS).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = |text| db.statement("SELECT songs", text);

    let rows: Vec<(i32, String)> = db
        .expect(
            [span("SELECT id, title FROM songs WHERE year > ?")],
            conn.query("SELECT id, title FROM songs WHERE year > 1971"),
        )
        .await
        .unwrap();
    assert_eq!(rows, [(2, "Two".to_owned()), (3, "Three".to_owned())]);

    let text = "SELECT title FROM songs ORDER BY id";
    let first: Option<String> = db.expect([span(text)], conn.query_first(text)).await.unwrap();
    assert_eq!(first.as_deref(), Some("One"));
    let lengths =
        db.expect([span(text)], conn.query_map(text, |title: String| title.len())).await.unwrap();
    assert_eq!(lengths, [3, 3, 5]);
    let total = db
        .expect([span(text)], conn.query_fold(text, 0, |sum, title: String| sum + title.len()))
        .await
        .unwrap();
    assert_eq!(total, 11);
    db.expect([span(text)], conn.query_drop(text)).await.unwrap();
    let nothing: Option<Row> = db
        .expect(
            [db.statement("UPDATE songs", "UPDATE songs SET year = ? WHERE id = ?")],
            conn.query_first("UPDATE songs SET year = 1981 WHERE id = 1"),
        )
        .await
        .unwrap();
    assert!(nothing.is_none());
    assert_eq!(conn.affected_rows(), 1);

    db.expect_durations([
        db.point().attr("db.query.summary", "SELECT songs").count(5),
        db.point().attr("db.query.summary", "UPDATE songs").count(1),
    ]);
    conn.disconnect().await.unwrap();
}

async fn statements_by_text(db: &Database) {
    db.prepare(SONGS).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let text = "SELECT title FROM songs WHERE id >= ? ORDER BY id";
    let span = || db.statement("SELECT songs", text);

    let rows: Vec<String> = db.expect([span()], conn.exec(text, (2,))).await.unwrap();
    assert_eq!(rows, ["Two", "Three"]);
    let first: Option<String> = db.expect([span()], conn.exec_first(text, (2,))).await.unwrap();
    assert_eq!(first.as_deref(), Some("Two"));
    let mapped =
        db.expect([span()], conn.exec_map(text, (2,), |title: String| title.len())).await.unwrap();
    assert_eq!(mapped, [3, 5]);
    let folded = db
        .expect([span()], conn.exec_fold(text, (2,), 0, |sum, title: String| sum + title.len()))
        .await
        .unwrap();
    assert_eq!(folded, 8);
    db.expect([span()], conn.exec_drop(text, (2,))).await.unwrap();

    let named: Option<String> = db
        .expect(
            [db.statement(
                "SELECT songs",
                "SELECT title FROM songs WHERE id = :id AND year <> :year",
            )],
            conn.exec_first(
                "SELECT title FROM songs WHERE id = :id AND year <> :year",
                params! { "id" => 3, "year" => 1 },
            ),
        )
        .await
        .unwrap();
    assert_eq!(named.as_deref(), Some("Three"));
    db.expect_durations([db.point().attr("db.query.summary", "SELECT songs").count(6)]);
}

async fn statements_prepared(db: &Database) {
    db.prepare(SONGS).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let text = "SELECT title FROM songs WHERE id = ? AND title <> 'planted'";
    let sanitized = "SELECT title FROM songs WHERE id = ? AND title <> ?";

    let prepare = db
        .span(&format!("PREPARE {}", db.name))
        .attr("db.operation.name", "PREPARE")
        .attr("db.query.text", sanitized);
    let statement = db.expect([prepare], conn.prep(text)).await.unwrap();
    assert_eq!((statement.num_params(), statement.num_columns()), (1, 1));

    for id in 1..=2 {
        let execute = db.statement("SELECT songs", sanitized);
        let title: Option<String> =
            db.expect([execute], conn.exec_first(&statement, (id,))).await.unwrap();
        assert!(title.is_some());
    }
    // One of the driver's own is known by its number, if it was prepared here.
    let driver = statement.clone().into_inner();
    let execute = db.statement("SELECT songs", sanitized);
    let title: Option<String> = db.expect([execute], conn.exec_first(driver, (3,))).await.unwrap();
    assert_eq!(title.as_deref(), Some("Three"));
    db.expect([], conn.close(statement)).await.unwrap();
    // Of another, nothing but the database is known.
    let driver = mysql_async::prelude::Queryable::prep(conn.inner_mut(), text).await.unwrap();
    let title: Option<String> =
        db.expect([db.span(&db.name)], conn.exec_first(driver, (3,))).await.unwrap();
    assert_eq!(title.as_deref(), Some("Three"));

    db.expect_durations([
        db.point().attr("db.operation.name", "PREPARE").count(1),
        db.point().attr("db.query.summary", "SELECT songs").count(3),
        db.point().count(1),
    ]);
}

async fn batches(db: &Database) {
    db.prepare(SONGS).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let text = "INSERT INTO songs (title, year) VALUES (?, ?)";
    let batch =
        |size: i64| db.statement("BATCH INSERT songs", text).attr("db.operation.batch.size", size);

    let songs = [("Four", 1974), ("Five", 1975), ("Six", 1976)];
    db.expect([batch(3)], conn.exec_batch(text, songs)).await.unwrap();
    // Of an iterator that does not know its length, the size is recorded once it is over.
    let odd = songs.into_iter().filter(|song| song.1 % 2 == 1);
    db.expect([db.statement("BATCH INSERT songs", text)], conn.exec_batch(text, odd))
        .await
        .unwrap();
    let even = songs.into_iter().filter(|song| song.1 % 2 == 0);
    db.expect([batch(2)], conn.exec_batch(text, even)).await.unwrap();
    // A batch of one is none.
    db.expect([db.statement("INSERT songs", text)], conn.exec_batch(text, [("Seven", 1977)]))
        .await
        .unwrap();
    db.expect([batch(0)], conn.exec_batch(text, Vec::<Params>::new())).await.unwrap();
    db.expect([batch(2)], text.with([("Eight", 1978), ("Nine", 1979)]).batch(&mut conn))
        .await
        .unwrap();

    let count: Option<u32> = conn.query_first("SELECT COUNT(*) FROM songs").await.unwrap();
    assert_eq!(count, Some(3 + 3 + 1 + 2 + 1 + 2));
    db.expect_durations([
        db.point().attr("db.query.summary", "BATCH INSERT songs").count(5),
        db.point().attr("db.query.summary", "INSERT songs").count(1),
        db.point().attr("db.query.summary", "SELECT songs").count(1),
    ]);
}

async fn queries_given_a_connection_or_pool(db: &Database) {
    db.prepare(SONGS).await;
    let pool = Pool::new(db.opts());
    let text = "SELECT title FROM songs WHERE id = ?";
    let span = || db.statement("SELECT songs", text);
    let literal = "SELECT title FROM songs WHERE id = 1";
    let prepared = || "SELECT title FROM songs WHERE id = ?".with((1,));

    let one = Some("One".to_owned());
    assert_eq!(db.expect([span()], literal.first(&pool)).await.unwrap(), one);
    assert_eq!(db.expect([span()], prepared().first(&pool)).await.unwrap(), one);
    assert_eq!(db.expect([span()], prepared().first(pool.clone())).await.unwrap(), one);
    let rows: Vec<String> = db.expect([span()], literal.fetch(&pool)).await.unwrap();
    assert_eq!(rows, ["One"]);
    let mapped =
        db.expect([span()], prepared().map(&pool, |title: String| title.len())).await.unwrap();
    assert_eq!(mapped, [3]);
    let folded = db
        .expect([span()], literal.reduce(&pool, 0, |sum, title: String| sum + title.len()))
        .await
        .unwrap();
    assert_eq!(folded, 3);
    db.expect([span()], prepared().ignore(&pool)).await.unwrap();

    let mut conn = pool.get_conn().await.unwrap();
    assert_eq!(db.expect([span()], literal.first(&mut conn)).await.unwrap(), one);
    assert_eq!(db.expect([span()], prepared().first(conn)).await.unwrap(), one);
    let rows = db
        .expect([span()], async {
            literal.run(&pool).await.unwrap().collect_and_drop::<String>().await.unwrap()
        })
        .await;
    assert_eq!(rows, ["One"]);
    db.expect_durations([db.point().attr("db.query.summary", "SELECT songs").count(10)]);
    pool.disconnect().await.unwrap();
}

async fn several_statements_of_one_kind_are_one_series(db: &Database) {
    db.prepare(SONGS).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    for id in 0..20 {
        conn.query_drop(format!("SELECT title FROM songs WHERE id = {id}")).await.unwrap();
    }
    db.expect_durations([db.point().attr("db.query.summary", "SELECT songs").count(20)]);
}

async fn stored_procedures(db: &Database) {
    db.prepare("CREATE PROCEDURE two_sets(IN n INT) BEGIN SELECT n; SELECT n + 1; END").await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let call = db
        .statement("CALL two_sets", "CALL two_sets(?)")
        .attr("db.stored_procedure.name", "two_sets");
    let both = db
        .expect([call], async {
            let mut result = conn.query_iter("CALL two_sets(7)").await.unwrap();
            let first: Vec<i32> = result.collect().await.unwrap();
            let second: Vec<i32> = result.collect().await.unwrap();
            (first, second)
        })
        .await;
    assert_eq!(both, (vec![7], vec![8]));
    db.expect_durations([db
        .point()
        .attr("db.query.summary", "CALL two_sets")
        .attr("db.stored_procedure.name", "two_sets")
        .count(1)]);
}

async fn local_infile(db: &Database) {
    use futures_util::{FutureExt as _, StreamExt as _};
    use opentelemetry::trace::{TraceContextExt as _, Tracer as _};

    db.prepare("CREATE TABLE words (word TEXT)").await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    conn.set_infile_handler(async {
        // The user's own code runs within the operation.
        let tracer = otelier::opentelemetry::global::tracer("test");
        let inside = tracer.start("read the words");
        drop(opentelemetry::Context::current_with_span(inside));
        let lines = ["hello\n", "world\n"].map(|line| Ok(line.into()));
        Ok(futures_util::stream::iter(lines).boxed())
    });
    let load = db
        .statement("LOAD DATA words", "LOAD DATA LOCAL INFILE ? INTO TABLE words")
        .child(otelier_testing::span("read the words"));
    db.expect(
        [load],
        conn.query_drop("LOAD DATA LOCAL INFILE 'planted.csv' INTO TABLE words").boxed(),
    )
    .await
    .unwrap();
    let words: Vec<String> = conn.query("SELECT word FROM words").await.unwrap();
    assert_eq!(words, ["hello", "world"]);
}

async fn the_current_database_is_followed(db: &Database) {
    let other = db.other();
    db.prepare(&format!("CREATE DATABASE {other}; CREATE TABLE {other}.t (i INT)")).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let switch = format!("USE {other}");
    db.expect([db.statement(&switch, &switch)], conn.query_drop(switch.as_str())).await.unwrap();
    let elsewhere =
        db.statement("SELECT t", "SELECT i FROM t").attr("db.namespace", other.as_str());
    db.expect([elsewhere], conn.query_drop("SELECT i FROM t")).await.unwrap();
    // One that fails changes nothing.
    conn.query_drop("USE nowhere_at_all").await.unwrap_err();
    let elsewhere =
        db.statement("SELECT t", "SELECT i FROM t").attr("db.namespace", other.as_str());
    db.expect([elsewhere], conn.query_drop("SELECT i FROM t")).await.unwrap();
    // Among several statements the last one counts, also if a later one fails.
    let back = format!("SELECT 1; USE `{}`; DO 1", db.name);
    conn.query_drop(back.as_str()).await.unwrap();
    db.expect([db.statement("SELECT", "SELECT ?")], conn.query_drop("SELECT 1")).await.unwrap();
    let broken = format!("{switch}; SELECT nothing");
    conn.query_drop(broken.as_str()).await.unwrap_err();
    let elsewhere =
        db.statement("SELECT t", "SELECT i FROM t").attr("db.namespace", other.as_str());
    db.expect([elsewhere], conn.query_drop("SELECT i FROM t")).await.unwrap();
    // A reset leaves it alone.
    assert!(conn.reset().await.unwrap());
    let elsewhere =
        db.statement("SELECT t", "SELECT i FROM t").attr("db.namespace", other.as_str());
    db.expect([elsewhere], conn.query_drop("SELECT i FROM t")).await.unwrap();
    // Another login starts where its options say.
    conn.change_user(ChangeUserOpts::default()).await.unwrap();
    db.expect([db.statement("SELECT", "SELECT ?")], conn.query_drop("SELECT 1")).await.unwrap();
    conn.change_user(ChangeUserOpts::new().with_db_name(Some(other.clone()))).await.unwrap();
    let elsewhere =
        db.statement("SELECT t", "SELECT i FROM t").attr("db.namespace", other.as_str());
    db.expect([elsewhere], conn.query_drop("SELECT i FROM t")).await.unwrap();
    db.prepare(&format!("DROP DATABASE {other}")).await;
}

async fn the_drivers_own_connection_runs_what_ours_does(db: &Database) {
    // The driver gives its own connection to a callback: the traits work on it, and it reports
    // nothing. With a socket to change to, the driver would call back for each of two connections.
    let opts = db.opts().prefer_socket(false).after_connect(|conn| {
        Box::pin(async move {
            conn.query_drop("SET @one = 1").await?;
            conn.exec_drop("SET @two = ?", (2,)).await?;
            "CREATE TEMPORARY TABLE numbers (n INT)".ignore(&mut *conn).await?;
            let statement = conn.prep("INSERT INTO numbers VALUES (?)").await?;
            conn.exec_batch(&statement, [(1,), (2,), (3,)]).await?;
            conn.close(statement).await?;
            conn.ping().await
        })
    });
    let mut conn = db.expect([], Conn::new(opts)).await.unwrap();
    let all = "SELECT @one, @two, SUM(n) FROM numbers";
    let all: Option<(u8, u8, u8)> =
        db.expect([db.statement("SELECT numbers", all)], conn.query_first(all)).await.unwrap();
    assert_eq!(all, Some((1, 2, 6)));

    // A result that the driver has left on a connection can be read by a result of ours.
    db.expect([], async {
        drop(
            mysql_async::prelude::Queryable::query_iter(conn.inner_mut(), "SELECT 5")
                .await
                .unwrap(),
        );
        let mut result = QueryResult::<TextProtocol>::new(&mut conn);
        assert_eq!(result.collect::<u8>().await.unwrap(), [5]);
    })
    .await;
}

async fn invalid_utf8_is_sent_and_hidden(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let query = b"SELECT HEX(_binary'\xff\xfe')".to_vec();
    let hex: Option<String> = db
        .expect([db.statement("SELECT", "SELECT HEX(?)")], conn.query_first(query))
        .await
        .unwrap();
    assert_eq!(hex.as_deref(), Some("FFFE"));
}

async fn texts_of_a_million_characters(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let literal = format!("DO '{}'", "x".repeat(1_000_000));
    db.expect([db.statement("DO", "DO ?")], conn.query_drop(literal.as_str())).await.unwrap();
    db.expect([db.statement("DO", "DO ?")], conn.exec_drop(literal, ())).await.unwrap();
    let list = format!("DO 1 IN ({}0)", "0,".repeat(500_000));
    db.expect([db.statement("DO", "DO ? IN (?)")], conn.query_drop(list)).await.unwrap();
    // One that does not end is refused by the server.
    let refused =
        |text: &str| db.statement("DO", text).attr("db.response.status_code", "1064").error("1064");
    let string = format!("DO '{}", "x".repeat(1_000_000));
    db.expect([refused("DO ?")], conn.query_drop(string)).await.unwrap_err();
    let comment = format!("DO 1 /*{}", "x".repeat(1_000_000));
    db.expect([refused("DO ? ?")], conn.query_drop(comment)).await.unwrap_err();
}

async fn a_pool_that_was_made_from_a_url(db: &Database) {
    let opts = mysql_async::Opts::from(db.opts());
    let (user, password) = (opts.user().unwrap_or_default(), opts.pass().unwrap_or_default());
    let (host, port) = (opts.ip_or_hostname(), opts.tcp_port());
    let pool =
        Pool::from_url(format!("mysql://{user}:{password}@{host}:{port}/{}", db.name)).unwrap();
    let span = db.statement("SELECT", "SELECT ?");
    let one: Option<u8> = db.expect([span], "SELECT 1".first(&pool)).await.unwrap();
    assert_eq!(one, Some(1));
    pool.disconnect().await.unwrap();
    assert!(Pool::from_url("http://nowhere").is_err());
}
