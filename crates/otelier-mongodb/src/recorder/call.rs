//! Calls of the user that may fail before a command is sent.
//!
//! A driver reports commands and nothing else. Where it finds no server, or cannot open a
//! connection, the user's call fails without any event. So the call runs in a context with a mark,
//! which the first command sets. A call that ends otherwise than well, and without a command, is
//! recorded at its end, as a span that began when the call did.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use opentelemetry::{Context, StringValue};
use otelier_instrument::semconv::db::{DbClient, DbOperation, DbRequest, DbSystem};
use otelier_instrument::{ErrorType, Operation};

use super::event::CommandFailure;
use super::outcome;
use super::recorders::Recorders;

/// What a call is about.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// The command that it sends, such as `find`.
    pub operation: &'static str,
    /// The database.
    pub database: &'a str,
    /// The collection, if it is about one.
    pub collection: Option<&'a str>,
}

/// A call of the user that is under way. Made by [`Recorders::call`].
///
/// It is driven like any operation ([`drive`](otelier_instrument::drive)). If a command is sent in
/// it, the command is what is recorded, and the call is not. Otherwise its failure is, as a CLIENT
/// span with the metric `db.client.operation.duration`; so is a call that is dropped, while the
/// driver still looks for a server for example, as cancelled.
#[derive(Debug)]
#[must_use = "a call that is dropped ends as cancelled"]
pub struct Call {
    client: DbClient,
    /// Taken when the call is over.
    request: Option<DbRequest>,
    /// Where the user made the call.
    parent: Context,
    /// The same, with a mark of this call.
    context: Context,
}

/// Whether a command was sent, in the context of a call.
#[derive(Debug, Default)]
struct CommandSent(AtomicBool);

impl Recorders {
    /// Begins a call in the current context. `None` where nothing is recorded.
    pub fn call(&self, request: &CallRequest<'_>) -> Option<Call> {
        if !self.client.enabled() {
            return None;
        }
        let text = |text: &str| StringValue::from(Arc::<str>::from(text));
        let mut described = DbRequest::new(DbSystem::MONGODB);
        described.operation = Some(request.operation.into());
        described.namespace = Some(text(request.database));
        described.collection = request.collection.map(text);
        described.started = Some(Instant::now());
        let parent = Context::current();
        let context = parent.with_value(CommandSent::default());
        Some(Call { client: self.client.clone(), request: Some(described), parent, context })
    }
}

/// A command is about to be sent in the current context.
pub(super) fn command_sent() {
    Context::map_current(mark);
}

fn mark(cx: &Context) {
    if let Some(CommandSent(sent)) = cx.get() {
        sent.store(true, Ordering::Relaxed);
    }
}

impl Call {
    /// The call returned a value. If no command was sent for it, none was needed.
    pub fn end(mut self) {
        self.request = None;
        if self.is_command_sent() {
            mark(&self.parent);
        }
    }

    /// The call returned an error.
    pub fn fail_as(mut self, failure: CommandFailure) {
        self.finish(|operation| outcome::fail(operation, failure));
    }

    /// Records the call, unless a command of it was.
    fn finish(&mut self, end: impl FnOnce(DbOperation)) {
        let Some(request) = self.request.take() else { return };
        if !self.is_command_sent() {
            let _attached = self.parent.clone().attach();
            end(self.client.start(|| request));
        }
        // A call around this one has nothing left to record.
        mark(&self.parent);
    }

    fn is_command_sent(&self) -> bool {
        self.context.get().is_some_and(|CommandSent(sent)| sent.load(Ordering::Relaxed))
    }
}

impl Operation for Call {
    fn context(&self) -> &Context {
        &self.context
    }

    fn fail(mut self, error: ErrorType) {
        self.finish(|operation| operation.fail(error));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // An operation that is dropped ends as cancelled, or as a panic.
        self.finish(drop);
    }
}
