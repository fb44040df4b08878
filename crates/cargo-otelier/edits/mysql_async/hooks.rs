//! Otelier: one operation for each statement that a program sends, until its rows are read.

use std::any::TypeId;
use std::time::Instant;

use otelier_agent::mysql::{Address, Failure, Query, Recording, Session, Subject};

use super::routines::Routine;
use super::{Conn, PendingResult};
use crate::buffer_pool::PooledBuf;
use crate::error::{DriverError, Error, IoError, Result, ServerError};
use crate::prelude::StatementLike;
use crate::tracing_utils::LevelTrace;
use crate::Statement;

/// Starts the operation of a text. The driver's own statements, with which it prepares a
/// connection, have a level of their own.
pub(crate) fn text<L: 'static>(conn: &mut Conn, text: &[u8]) -> Option<Recording> {
    if TypeId::of::<L>() == TypeId::of::<LevelTrace>() {
        return None;
    }
    start(conn, Query::new(Subject::Text(text.into())))
}

/// Starts the operation of a prepared statement.
pub(crate) fn execution(conn: &mut Conn, statement: &Statement) -> Option<Recording> {
    start(conn, Query::new(Subject::Text((&statement.inner.raw_query[..]).into())))
}

/// Starts the operation of a statement that is executed several times.
#[allow(dead_code)]
pub(crate) fn executions(conn: &mut Conn, statement: &Statement) -> Option<Recording> {
    start(conn, Query::new(Subject::Text((&statement.inner.raw_query[..]).into())).batch(None))
}

/// Prepares a statement, as an operation.
pub(crate) async fn prepare(
    recording: Option<Recording>,
    work: impl std::future::Future<Output = Result<Statement>>,
) -> Result<Statement> {
    let Some(mut recording) = recording else { return work.await };
    let result = recording.drive(work).await;
    match &result {
        Ok(_) => recording.end(),
        Err(error) => recording.fail(failure(error)),
    }
    result
}

/// The statement to execute. If it cannot be prepared, that is an operation that failed.
pub(crate) async fn statement<S: StatementLike>(conn: &mut Conn, like: S) -> Result<Statement> {
    let started = Instant::now();
    conn.inner.__otelier_unprepared = None;
    let result = conn.__otelier_statement(like).await;
    if let (Err(error), Some(text)) = (&result, conn.inner.__otelier_unprepared.take()) {
        let query = Query::new(Subject::Text((&text[..]).into()));
        if let Some(mut recording) = start(conn, query.started(Some(started))) {
            recording.fail(failure(error));
        }
    }
    result
}

/// Starts the operation of preparing a text.
pub(crate) fn preparation(conn: &mut Conn, text: &[u8]) -> Option<Recording> {
    start(conn, Query::prepare(Subject::Text(text.into())))
}

fn start(conn: &mut Conn, query: Query<'_>) -> Option<Recording> {
    if !otelier_agent::is_on() {
        return None;
    }
    let mut kept = std::mem::take(&mut conn.inner.__otelier);
    let recording = {
        let conn = &*conn;
        let opts = conn.opts();
        let (host, port) = match opts.socket() {
            Some(socket) => (socket, None),
            None => (opts.ip_or_hostname(), Some(opts.tcp_port())),
        };
        let database = opts.db_name();
        let session = Session { id: conn.id(), version: conn.server_version(), database };
        kept.start(Address { host, port, database }, session, query)
    };
    conn.inner.__otelier = kept;
    recording
}

/// Calls the routine as the work of its operation, which goes on if there are rows to read.
#[allow(unused_mut)]
pub(super) async fn call<T, R: Routine<T>>(conn: &mut Conn, mut routine: R) -> Result<T> {
    let Some(mut recording) = routine.__otelier(conn) else {
        let text = routine.__otelier_prepares();
        let result = routine.call(&mut *conn).await;
        conn.inner.__otelier_unprepared = text.filter(|_| result.is_err());
        return result;
    };
    let result = recording.drive(routine.call(&mut *conn)).await;
    match &result {
        Ok(_) => {
            recording.reached_result();
            if !is_done(conn) {
                conn.inner.__otelier.keep(recording);
            } else {
                recording.end();
            }
        }
        Err(error) => recording.fail(failure(error)),
    }
    result
}

/// Whether there is neither a row nor another result set to read.
fn is_done(conn: &Conn) -> bool {
    let has_rows = match conn.get_pending_result() {
        Ok(Some(PendingResult::Pending(meta))) => !meta.columns().is_empty(),
        Ok(Some(PendingResult::Taken(meta))) => !meta.columns().is_empty(),
        Ok(None) => false,
        Err(_) => true,
    };
    !has_rows && !conn.more_results_exists()
}

/// Reads a packet of a result, as the work of the operation.
pub(crate) async fn read_packet(conn: &mut Conn) -> Result<PooledBuf> {
    let Some(mut recording) = conn.inner.__otelier.take() else { return conn.read_packet().await };
    let result = recording.drive(conn.read_packet()).await;
    match &result {
        Ok(_) => conn.inner.__otelier.keep(recording),
        Err(error) => recording.fail(failure(error)),
    }
    result
}

/// A result set is over. Says whether something is still to be read, and ends the operation if not.
pub(crate) fn finish_set(conn: &mut Conn) -> bool {
    let is_pending = conn.has_pending_result();
    conn.inner.__otelier.finish_set(is_pending);
    is_pending
}

/// The result that is to be read, or the error of a later statement of a text.
pub(crate) fn pending(conn: &mut Conn) -> std::result::Result<Option<PendingResult>, ServerError> {
    let error = match conn.use_pending_result() {
        Ok(pending) => return Ok(pending.cloned()),
        Err(error) => error,
    };
    conn.inner.__otelier.fail(Failure::server(error.code, Some(&error.state)));
    Err(error)
}

/// The server's code, the kind of an I/O error, or the name of the driver's kind. Never its text.
fn failure(error: &Error) -> Failure<'_> {
    match error {
        Error::Server(error) => Failure::server(error.code, Some(&error.state)),
        Error::Io(IoError::Io(error)) => Failure::Io(error.kind()),
        #[allow(unreachable_patterns)]
        Error::Io(_) => Failure::Driver("TlsError"),
        Error::Driver(error) => Failure::Driver(driver_error(error)),
        Error::Url(_) => Failure::Driver("UrlError"),
        Error::Other(_) => Failure::Other,
    }
}

fn driver_error(error: &DriverError) -> &'static str {
    match error {
        DriverError::ConnectionClosed => "ConnectionClosed",
        DriverError::FromRow { .. } => "FromRow",
        DriverError::FromValue { .. } => "FromValue",
        DriverError::LocalInfile(_) => "LocalInfile",
        DriverError::MixedParams => "MixedParams",
        DriverError::PacketOutOfOrder => "PacketOutOfOrder",
        DriverError::PacketTooLarge => "PacketTooLarge",
        DriverError::StmtParamsMismatch { .. } => "StmtParamsMismatch",
        DriverError::UnexpectedPacket { .. } => "UnexpectedPacket",
        _ => "DriverError",
    }
}
