//! The state of every operation: recording where a signal is enabled, else a no-op that passes the context on.

use std::sync::Arc;

use opentelemetry::Context;

use crate::kit::ErrorType;

/// What an operation keeps while it is recorded.
pub(crate) trait Recording: Sized {
    /// What starts such operations, and has the instruments they are measured with.
    type Owner;
    /// What is known at the end.
    type Outcome;

    /// The context in which the operation's work runs.
    fn context(&self) -> &Context;

    /// Writes the span and the metrics. Called once.
    fn end(self, owner: &Self::Owner, error: Option<ErrorType>) -> Self::Outcome;
}

/// The state of an operation: it ends once, by [`end`](Self::end) or else when it is dropped.
#[derive(Debug)]
pub(crate) struct OperationState<R: Recording> {
    recording: Option<R>,
    /// The context of a no-op.
    parent: Context,
    owner: Arc<R::Owner>,
}

impl<R: Recording> OperationState<R> {
    /// The state of an operation that is recorded.
    pub(crate) fn recorded(recording: R, owner: &Arc<R::Owner>) -> Self {
        Self { recording: Some(recording), parent: Context::new(), owner: Arc::clone(owner) }
    }

    /// The state of an operation that is not recorded: its work runs in `parent`.
    pub(crate) fn noop(parent: Context, owner: &Arc<R::Owner>) -> Self {
        Self { recording: None, parent, owner: Arc::clone(owner) }
    }

    pub(crate) fn owner(&self) -> &R::Owner {
        &self.owner
    }

    pub(crate) fn recording(&self) -> Option<&R> {
        self.recording.as_ref()
    }

    pub(crate) fn recording_mut(&mut self) -> Option<&mut R> {
        self.recording.as_mut()
    }

    pub(crate) fn context(&self) -> &Context {
        self.recording.as_ref().map_or(&self.parent, R::context)
    }

    /// Ends the operation; `None` for a no-op.
    pub(crate) fn end(mut self, error: Option<ErrorType>) -> Option<R::Outcome> {
        self.finish(error)
    }

    fn finish(&mut self, error: Option<ErrorType>) -> Option<R::Outcome> {
        self.recording.take().map(|recording| recording.end(&self.owner, error))
    }
}

impl<R: Recording> Drop for OperationState<R> {
    fn drop(&mut self) {
        self.finish(Some(ErrorType::of_drop()));
    }
}

/// Makes a type that is nothing but a [`OperationState`] an [`Operation`](crate::Operation).
macro_rules! operation {
    ($name:ty) => {
        impl $crate::kit::Operation for $name {
            fn context(&self) -> &::opentelemetry::Context {
                self.0.context()
            }

            fn fail(self, error: $crate::kit::ErrorType) {
                self.0.end(Some(error));
            }
        }
    };
}
pub(crate) use operation;
