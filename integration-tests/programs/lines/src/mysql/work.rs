//! Statements that succeed and that fail in each way. Compiled once for each line of versions.

use super::otelier_mysql::{Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts};
use super::otelier_mysql::{params, prelude::*};
use crate::Result;
use crate::telemetry::Telemetry;

pub(crate) async fn run(url: &str, line: &str) -> Result {
    let telemetry = Telemetry::new();
    let database = format!("otelier_lines_{}_{line}", std::process::id());
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).ok_or("1 and 1")?);
    let opts = OptsBuilder::from_opts(Opts::from_url(url)?).pool_opts(one);
    let pool = Pool::builder()
        .with_tracer_provider(telemetry.tracers.clone())
        .with_meter_provider(telemetry.meters.clone())
        .with_query_parameters(true)
        .with_returned_rows(true)
        .build(opts);

    let mut conn = pool.get_conn().await?;
    conn.query_drop(format!("CREATE DATABASE {database}")).await?;
    conn.query_drop(format!("USE {database}")).await?;
    conn.query_drop("CREATE TABLE songs (id INT PRIMARY KEY, title TEXT)").await?;
    conn.exec_batch("INSERT INTO songs VALUES (?, ?)", [(1, "a"), (2, "b")]).await?;
    let _: Vec<(u32, String)> = conn.query("SELECT id, title FROM songs").await?;
    let by_id = "SELECT title FROM songs WHERE id = :id";
    let _: Option<String> = conn.exec_first(by_id, params! { "id" => 1 }).await?;
    let prepared = conn.prep("SELECT id FROM songs WHERE id > ?").await?;
    let _: Vec<u32> = conn.exec(&prepared, (0,)).await?;
    conn.close(prepared).await?;
    let mut result = conn.query_iter("SELECT 1; SELECT 2").await?;
    let _: Vec<u8> = result.collect().await?;
    drop(result);
    conn.query_drop("INSERT INTO songs VALUES (1, 'planted')").await.expect_err("a duplicate");
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
    transaction.query_drop("DELETE FROM songs").await?;
    transaction.rollback().await?;
    // Last, since the driver may lose its connection after such an error.
    conn.exec_drop(by_id, params! { "other" => 1 }).await.expect_err("no such parameter");
    drop(conn);
    let _: Option<u8> = "SELECT 3".first(&pool).await?;
    format!("DROP DATABASE {database}").ignore(&pool).await?;
    telemetry.print(line, &[(database, "DATABASE")])?;
    Ok(pool.disconnect().await?)
}
