//! What every operation is made of: something live where somebody records, else the context that is passed on.

use std::sync::Arc;

use opentelemetry::Context;

use crate::error_type::ErrorType;

/// The part of an operation that is there where somebody records it.
pub(crate) trait Live: Sized {
    /// What starts such operations, and has the instruments they are measured with.
    type Starter;
    /// What is known at the end.
    type Outcome;

    /// The context in which the operation's work runs.
    fn context(&self) -> &Context;

    /// Writes the span and the metrics. Called once.
    fn end(self, starter: &Self::Starter, error: Option<ErrorType>) -> Self::Outcome;
}

/// The life of an operation: it ends once, if not by [`end`](Self::end) then when it is dropped.
#[derive(Debug)]
pub(crate) struct Life<L: Live> {
    live: Option<L>,
    /// The context where there is no span of ours.
    passed: Context,
    starter: Arc<L::Starter>,
}

impl<L: Live> Life<L> {
    /// The life of an operation that somebody records.
    pub(crate) fn of(live: L, starter: &Arc<L::Starter>) -> Self {
        Self { live: Some(live), passed: Context::new(), starter: Arc::clone(starter) }
    }

    /// The life of one that nobody does.
    pub(crate) fn passing(cx: Context, starter: &Arc<L::Starter>) -> Self {
        Self { live: None, passed: cx, starter: Arc::clone(starter) }
    }

    pub(crate) fn starter(&self) -> &L::Starter {
        &self.starter
    }

    pub(crate) fn live(&self) -> Option<&L> {
        self.live.as_ref()
    }

    pub(crate) fn live_mut(&mut self) -> Option<&mut L> {
        self.live.as_mut()
    }

    pub(crate) fn context(&self) -> &Context {
        self.live.as_ref().map_or(&self.passed, L::context)
    }

    /// Ends the operation; `None` where nobody records.
    pub(crate) fn end(mut self, error: Option<ErrorType>) -> Option<L::Outcome> {
        self.finish(error)
    }

    fn finish(&mut self, error: Option<ErrorType>) -> Option<L::Outcome> {
        self.live.take().map(|live| live.end(&self.starter, error))
    }
}

impl<L: Live> Drop for Life<L> {
    fn drop(&mut self) {
        self.finish(Some(ErrorType::of_drop()));
    }
}

/// Makes a type that is nothing but a [`Life`] an [`Operation`](crate::Operation).
macro_rules! operation {
    ($name:ty) => {
        impl $crate::operation::Operation for $name {
            fn context(&self) -> &::opentelemetry::Context {
                self.0.context()
            }

            fn fail(self, error: $crate::error_type::ErrorType) {
                self.0.end(Some(error));
            }
        }
    };
}
pub(crate) use operation;
