//! Otelier: one operation for each statement that a program runs, until its rows are read.
//!
//! The drivers of sqlx call this, each where it runs a statement.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use either::Either;
use futures_core::future::BoxFuture;
use futures_core::Stream;
use otelier_agent::sqlx::{Connection, Failure, Recording};

use crate::error::{DatabaseError, Error};

/// Gives the code of an error of a driver's database, and its SQLSTATE where that is not the code.
pub type Codes = fn(&dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>);

/// Runs a statement as its operation, which goes on until its results are read.
pub async fn follow<S>(
    recording: Option<Recording>,
    codes: Codes,
    run: impl Future<Output = Result<S, Error>>,
) -> Result<Results<S>, Error> {
    let Some(mut recording) = recording else {
        return Ok(Results { recording: None, codes, results: run.await? });
    };
    match recording.drive(run).await {
        Ok(results) => Ok(Results { recording: Some(recording), codes, results }),
        Err(error) => {
            fail(&mut recording, codes, &error);
            Err(error)
        }
    }
}

/// Does work that has no results to read, such as the start of a transaction, as its operation.
pub async fn drive<T>(
    recording: Option<Recording>,
    codes: Codes,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(mut recording) = recording else { return work.await };
    let result = recording.drive(work).await;
    match &result {
        Ok(_) => recording.end(),
        Err(error) => fail(&mut recording, codes, error),
    }
    result
}

/// Prepares a statement, as an operation that starts when the program waits for it.
pub fn prepare<'a, T: 'a>(
    connection: Connection,
    codes: Codes,
    text: impl AsRef<str> + Send + 'a,
    work: impl Future<Output = Result<T, Error>> + Send + 'a,
) -> BoxFuture<'a, Result<T, Error>> {
    Box::pin(async move { drive(connection.prepare(text.as_ref()), codes, work).await })
}

/// The results of a statement, whose last one ends the operation.
pub struct Results<S> {
    recording: Option<Recording>,
    codes: Codes,
    results: S,
}

impl<S, Q, R> Stream for Results<S>
where
    S: Stream<Item = Result<Either<Q, R>, Error>> + Unpin,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let Self { recording, codes, results } = self.get_mut();
        let Some(recording) = recording else { return Pin::new(results).poll_next(cx) };
        let polled = ready!(recording.poll(|| Pin::new(results).poll_next(cx)));
        match &polled {
            Some(Ok(Either::Left(_))) => recording.reached_result(),
            Some(Ok(Either::Right(_))) => {}
            Some(Err(error)) => fail(recording, *codes, error),
            None => recording.end(),
        }
        Poll::Ready(polled)
    }
}

fn fail(recording: &mut Recording, codes: Codes, error: &Error) {
    if let Error::Database(error) = error {
        if let (Some(code), state) = codes(&**error) {
            return recording.fail(Failure::server(&*code, state.as_deref()));
        }
    }
    recording.fail(match error {
        Error::Io(error) => Failure::Io(error.kind()),
        Error::ColumnDecode { .. } => Failure::Driver("ColumnDecode"),
        Error::ColumnIndexOutOfBounds { .. } => Failure::Driver("ColumnIndexOutOfBounds"),
        Error::ColumnNotFound(_) => Failure::Driver("ColumnNotFound"),
        Error::Configuration(_) => Failure::Driver("Configuration"),
        Error::Decode(_) => Failure::Driver("Decode"),
        Error::Protocol(_) => Failure::Driver("Protocol"),
        Error::Tls(_) => Failure::Driver("Tls"),
        Error::TypeNotFound { .. } => Failure::Driver("TypeNotFound"),
        Error::WorkerCrashed => Failure::Driver("WorkerCrashed"),
        _ => Failure::Other,
    });
}
