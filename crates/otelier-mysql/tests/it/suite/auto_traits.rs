//! What can be shared between threads and what can be sent to another one. That this compiles is
//! the test.

use futures_util::StreamExt as _;

use super::otelier_mysql::{
    self, BinaryProtocol, Conn, Connection, Pool, PoolBuilder, QueryResult, QueryWithParams,
    Result, ResultSetStream, Row, Statement, TextProtocol, ToConnectionResult, Transaction, TxOpts,
    prelude::*,
};

/// That `value` may go to another thread.
fn send<T: Send>(value: T) -> T {
    value
}

#[test]
fn types_are_as_shareable_as_the_drivers() {
    fn shared<T: Send + Sync + Unpin>() {}
    fn sent<T: Send + Unpin>() {}
    fn cloned<T: Send + Sync + Unpin + Clone + 'static>() {}

    cloned::<Pool>();
    cloned::<PoolBuilder>();
    cloned::<Statement>();
    cloned::<QueryWithParams<&str, (u8,)>>();
    shared::<Conn>();
    shared::<Transaction<'_>>();
    shared::<Connection<'_, '_>>();
    shared::<QueryResult<'_, '_, TextProtocol>>();
    shared::<QueryResult<'_, '_, BinaryProtocol>>();
    // The driver's own hold a boxed future, which is sent and not shared.
    sent::<ToConnectionResult<'_, '_>>();
    sent::<ResultSetStream<'_, '_, '_, Row, TextProtocol>>();
    sent::<ResultSetStream<'_, '_, '_, Row, BinaryProtocol>>();
}

#[test]
fn every_future_is_send() {
    let pool = Pool::new("mysql://db.example/shop");
    // Nothing is polled: a future whose every await may change the thread is all that is asked for.
    drop(send(of_connections(pool.clone())));
    drop(send(of_queries_that_are_told_where_to_run(pool.clone())));
    drop(send(of_a_users_own(pool)));
}

async fn of_connections(pool: Pool) -> Result<()> {
    let mut conn = send(pool.get_conn()).await?;
    send(of_a_queryable(&mut conn)).await?;
    let mut transaction = send(conn.start_transaction(TxOpts::default())).await?;
    send(of_a_queryable(&mut transaction)).await?;
    send(transaction.commit()).await?;
    let transaction = send(pool.start_transaction(TxOpts::default())).await?;
    send(transaction.rollback()).await?;
    send(of_a_queryable(&mut Connection::from(&mut conn))).await?;
    send(conn.disconnect()).await?;
    send(Conn::from_url("mysql://db.example")).await?;
    send(Pool::builder().connect(otelier_mysql::Opts::default())).await?;
    send(Conn::new(otelier_mysql::Opts::default())).await?;
    send(pool.disconnect()).await
}

/// As a library is written that takes whatever can be asked.
async fn of_a_queryable<C: Queryable>(conn: &mut C) -> Result<()> {
    let text = "SELECT 1";
    send(conn.ping()).await?;
    send(conn.query::<u8, _>(text)).await?;
    send(conn.query_first::<u8, _>(text)).await?;
    send(conn.query_map(text, |row: Row| row)).await?;
    send(conn.query_fold(text, 0, |sum, _: Row| sum + 1)).await?;
    send(conn.query_drop(text)).await?;
    send(conn.exec::<u8, _, _>(text, ())).await?;
    send(conn.exec_first::<u8, _, _>(text, ())).await?;
    send(conn.exec_map(text, (), |row: Row| row)).await?;
    send(conn.exec_fold(text, (), 0, |sum, _: Row| sum + 1)).await?;
    send(conn.exec_drop(text, ())).await?;
    send(conn.exec_batch(text, [(1,), (2,)])).await?;
    let statement = send(conn.prep(text)).await?;
    send(conn.exec_drop(&statement, ())).await?;
    send(conn.close(statement)).await?;
    let mut stream = send(conn.query_stream::<u8, _>(text)).await?;
    send(stream.next()).await;
    drop(stream);
    let mut stream = send(conn.exec_stream::<u8, _, _>(text, ())).await?;
    send(stream.next()).await;
    drop(stream);
    let result = send(conn.query_iter(text)).await?;
    send(of_a_result(result)).await?;
    let result = send(conn.exec_iter(text, ())).await?;
    send(of_a_result(result)).await
}

async fn of_a_result<P: Protocol + Unpin>(mut result: QueryResult<'_, '_, P>) -> Result<()> {
    send(result.collect::<u8>()).await?;
    send(result.try_collect::<u8>()).await?.clear();
    send(result.for_each(drop)).await?;
    send(result.map(|row| row)).await?;
    send(result.reduce(0, |sum, _: Row| sum + 1)).await?;
    if let Some(mut stream) = send(result.stream::<u8>()).await? {
        send(stream.next()).await;
    }
    send(result.drop_result()).await
}

async fn of_results<P: Protocol + Unpin>(results: [QueryResult<'_, '_, P>; 4]) -> Result<()> {
    let [collected, tried, visited, streamed] = results;
    send(collected.collect_and_drop::<u8>()).await?;
    send(tried.try_collect_and_drop::<u8>()).await?.clear();
    send(visited.for_each_and_drop(drop)).await?;
    if let Some(mut stream) = send(streamed.stream_and_drop::<u8>()).await? {
        send(stream.next()).await;
    }
    Ok(())
}

async fn of_queries_that_are_told_where_to_run(pool: Pool) -> Result<()> {
    async fn run<Q: Query<Protocol: Unpin> + Clone>(query: Q, pool: &Pool) -> Result<()> {
        send(query.clone().first::<u8, _>(pool)).await?;
        send(query.clone().fetch::<u8, _>(pool)).await?;
        send(query.clone().map(pool, |row: Row| row)).await?;
        send(query.clone().reduce(pool, 0, |sum, _: Row| sum + 1)).await?;
        send(query.clone().ignore(pool)).await?;
        let mut stream = send(query.clone().stream::<u8, _>(pool)).await?;
        send(stream.next()).await;
        let run = || send(query.clone().run(pool));
        send(of_results([run().await?, run().await?, run().await?, run().await?])).await?;
        of_a_result(run().await?).await
    }
    send(run("SELECT 1", &pool)).await?;
    send(run("SELECT ?".with((1,)), &pool)).await?;
    send("SELECT ?".with((1,)).first::<u8, _>(&pool)).await?;
    send("DO ?".with([(1,), (2,)]).batch(&pool)).await
}

/// Generic over everything, and spawned: the bounds are those that the driver asks for.
async fn of_a_users_own(pool: Pool) -> Result<()> {
    async fn fetch<'a, 't: 'a, T, C>(query: impl Query + 'a, conn: C) -> Result<Vec<T>>
    where
        T: FromRow + Send + 'static,
        C: ToConnection<'a, 't> + 'a,
    {
        query.fetch(conn).await
    }
    async fn execute<C: Queryable>(
        mut conn: C,
        statement: impl StatementLike,
        params: impl Into<otelier_mysql::Params> + Send,
    ) -> Result<()> {
        conn.exec_drop(statement, params).await
    }
    fn spawn<F: Future<Output: Send> + Send + 'static>(future: F) -> F {
        future
    }
    spawn(fetch::<u8, _>("SELECT 1", pool.clone())).await?;
    spawn(fetch::<u8, _>("SELECT ?".with((1,)), pool.clone())).await?;
    spawn(execute(pool.get_conn().await?, "DO ?", (1,))).await?;
    spawn(execute(pool.start_transaction(TxOpts::default()).await?, String::from("DO ?"), (1,)))
        .await
}
