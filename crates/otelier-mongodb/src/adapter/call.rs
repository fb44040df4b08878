//! Calls that are recorded also where the driver sends no command.

use otelier_instrument::{drive, enter};

use super::failure::command_failure;
use super::handlers::OtelEventHandlers;
use super::mongodb::error::Result;
use super::mongodb::{Collection, Database, Namespace};
use crate::recorder::{Call, CallRequest, Recorders};

/// What a call is about: a [`Collection`] or a [`Database`]; or a [`Namespace`] or the name of a
/// database, which those of `mongodb::sync` have too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a collection nor a database of this version of the driver",
    label = "a `Collection`, a `Database` or a `Namespace` is expected",
    note = "for `mongodb::sync`, give `&collection.namespace()` or `database.name()`"
)]
pub trait CallTarget {
    /// The names of the database and of the collection.
    #[doc(hidden)]
    fn names(&self) -> (String, Option<String>);
}

impl<T: Send + Sync> CallTarget for Collection<T> {
    fn names(&self) -> (String, Option<String>) {
        let namespace = self.namespace();
        (namespace.db, Some(namespace.coll))
    }
}

impl CallTarget for Database {
    fn names(&self) -> (String, Option<String>) {
        (self.name().to_owned(), None)
    }
}

impl CallTarget for Namespace {
    fn names(&self) -> (String, Option<String>) {
        (self.db.clone(), Some(self.coll.clone()))
    }
}

impl CallTarget for str {
    fn names(&self) -> (String, Option<String>) {
        (self.to_owned(), None)
    }
}

/// Makes a call and records its failure also where the driver sends no command: it finds no server
/// in time, it cannot open a connection, or it refuses the call itself.
///
/// The driver has no event for that. The CLIENT span that is recorded then lasts as long as the
/// call did, is named `{operation} {collection}`, and has `error.type`, for instance
/// `ServerSelection`. It has no `server.address`, because there was none: the log record
/// `otelier.db.server_unreachable` names each server that does not answer. A call that is dropped
/// while the driver looks for a server is recorded as well, with `otelier.cancelled`. The metric is
/// `db.client.operation.duration`.
///
/// A call that does send a command is recorded as always, by its commands alone. `operation` is the
/// command that the call sends: `find` for `find_one`, `findAndModify` for `find_one_and_update`,
/// `getMore` for the next document of a cursor. The client itself must be
/// [instrumented](super::instrument), or every failure looks like one without a command.
///
/// # Errors
///
/// Those of the call.
///
/// ```
#[doc = line_use!("traced")]
/// # async fn example(client: mongodb::Client) -> mongodb::error::Result<()> {
/// use mongodb::bson::{Document, doc};
///
/// let products = client.database("shop").collection::<Document>("products");
#[doc = line_find_one!()]
/// # Ok(())
/// # }
/// ```
pub fn traced<T, C: CallTarget + ?Sized, A>(
    operation: &'static str,
    target: &C,
    call: A,
) -> impl Future<Output = Result<T>> + use<T, C, A>
where
    A: IntoFuture<Output = Result<T>>,
{
    OtelEventHandlers::new().traced(operation, target, call)
}

/// The same as [`traced`] for the driver's blocking API, `mongodb::sync`: `call` makes the call,
/// and `target` is `&collection.namespace()` or `database.name()`.
///
/// # Errors
///
/// Those of the call.
///
/// ```
#[doc = line_use!("traced_sync")]
/// # fn example() -> mongodb::error::Result<()> {
/// use mongodb::Namespace;
///
/// let target = Namespace::new("shop", "products"); // of a collection: `products.namespace()`
/// traced_sync("find", &target, || {
///     // products.find_one(filter).run()
/// #   mongodb::error::Result::Ok(())
/// })?;
/// # Ok(())
/// # }
/// ```
pub fn traced_sync<T, C: CallTarget + ?Sized>(
    operation: &'static str,
    target: &C,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    OtelEventHandlers::new().traced_sync(operation, target, call)
}

pub(super) async fn run<T>(
    recorders: Recorders,
    operation: &'static str,
    names: (String, Option<String>),
    call: impl IntoFuture<Output = Result<T>>,
) -> Result<T> {
    let mut state = start(&recorders, operation, &names);
    let result = drive(&mut state, call.into_future()).await;
    end(state, &result);
    result
}

pub(super) fn run_sync<T>(
    recorders: &Recorders,
    operation: &'static str,
    names: &(String, Option<String>),
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let mut state = start(recorders, operation, names);
    let result = enter(&mut state, call);
    end(state, &result);
    result
}

fn start(
    recorders: &Recorders,
    operation: &'static str,
    (database, collection): &(String, Option<String>),
) -> Option<Call> {
    recorders.call(&CallRequest { operation, database, collection: collection.as_deref() })
}

fn end<T>(state: Option<Call>, result: &Result<T>) {
    match (state, result) {
        (None, _) => {}
        (Some(state), Ok(_)) => state.end(),
        (Some(state), Err(error)) => state.fail_as(command_failure(error)),
    }
}
