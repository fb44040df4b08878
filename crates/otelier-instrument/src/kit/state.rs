//! The state of an operation: recording where a signal is enabled, else a no-op that passes its
//! context on.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;

use crate::kit::{ErrorType, Outcome};

/// What an operation keeps while it is recorded, and how it is written at its end.
///
/// See [`OperationState`] for an example.
pub trait Recording: Sized {
    /// What starts such operations; it has the instruments by which they are measured.
    type Owner;
    /// What the end of the operation returns, often nothing.
    type Output;

    /// The context in which the operation's work runs.
    fn context(&self) -> &Context;

    /// The kind of the operation's span, by which a drop is a failure or a cancellation.
    fn kind(&self) -> &SpanKind;

    /// Writes the span and the metrics. It is called once.
    fn end(self, owner: &Self::Owner, outcome: Outcome) -> Self::Output;
}

/// The state of an operation. It ends once: by [`end`](Self::end), or when it is dropped.
///
/// An operation of a domain is a newtype of it. [`operation!`](crate::operation!) makes that an
/// [`Operation`](crate::Operation).
///
/// ```
/// use std::sync::Arc;
///
/// use opentelemetry::Context;
/// use opentelemetry::metrics::{Histogram, Meter};
/// use opentelemetry::trace::{SpanBuilder, SpanKind};
/// use otelier_instrument::kit::{
///     Instrumenter, Instruments, OperationSpan, OperationState, Outcome, Providers, Recording,
/// };
/// use otelier_instrument::semconv::metric;
/// use otelier_instrument::{integration, operation};
///
/// struct JobInstruments(Histogram<f64>);
///
/// impl Instruments for JobInstruments {
///     fn create(meter: &Meter) -> Self {
///         let boundaries = &metric::DURATION_BOUNDARIES;
///         Self(metric::seconds(meter, "job.duration", "Duration of jobs.", boundaries))
///     }
/// }
///
/// /// Starts an operation for each run of a job.
/// struct Jobs(Arc<Instrumenter<JobInstruments>>);
///
/// /// A job that runs.
/// struct JobOperation(OperationState<JobRecording>);
///
/// struct JobRecording(OperationSpan);
///
/// impl Jobs {
///     fn start(&self) -> JobOperation {
///         let parent = Context::current();
///         let signals = self.0.enabled_signals(&parent);
///         if signals.is_empty() {
///             return JobOperation(OperationState::noop(parent, &self.0));
///         }
///         let builder = || SpanBuilder::from_name("job");
///         let span = OperationSpan::start(signals.tracer(), SpanKind::Internal, parent, builder);
///         JobOperation(OperationState::recorded(JobRecording(span), &self.0))
///     }
/// }
///
/// impl Recording for JobRecording {
///     type Owner = Instrumenter<JobInstruments>;
///     type Output = ();
///
///     fn context(&self) -> &Context {
///         self.0.context()
///     }
///
///     fn kind(&self) -> &SpanKind {
///         self.0.kind()
///     }
///
///     fn end(self, owner: &Self::Owner, outcome: Outcome) {
///         owner.measure(|instruments| instruments.0.record(self.0.elapsed().as_secs_f64(), &[]));
///         self.0.end(&outcome, || []);
///     }
/// }
///
/// impl JobOperation {
///     /// Ends the operation: the job is done.
///     fn end(self) {
///         self.0.end(None);
///     }
/// }
///
/// operation!(JobOperation);
///
/// let jobs = Jobs(Arc::new(Instrumenter::new(integration!("jobs"), Providers::default())));
/// jobs.start().end();
/// ```
#[derive(Debug)]
pub struct OperationState<R: Recording> {
    recording: Option<R>,
    /// The context of a no-op.
    parent: Context,
    owner: Arc<R::Owner>,
}

impl<R: Recording> OperationState<R> {
    /// The state of an operation that is recorded.
    #[must_use]
    pub fn recorded(recording: R, owner: &Arc<R::Owner>) -> Self {
        Self { recording: Some(recording), parent: Context::new(), owner: Arc::clone(owner) }
    }

    /// The state of an operation that is not recorded: its work runs in `parent`.
    #[must_use]
    pub fn noop(parent: Context, owner: &Arc<R::Owner>) -> Self {
        Self { recording: None, parent, owner: Arc::clone(owner) }
    }

    /// What started the operation.
    #[must_use]
    pub fn owner(&self) -> &R::Owner {
        &self.owner
    }

    /// What is recorded; nothing for a no-op.
    #[must_use]
    pub fn recording(&self) -> Option<&R> {
        self.recording.as_ref()
    }

    /// What is recorded, to be added to; nothing for a no-op.
    #[must_use]
    pub fn recording_mut(&mut self) -> Option<&mut R> {
        self.recording.as_mut()
    }

    /// The context in which the operation's work runs.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.recording.as_ref().map_or(&self.parent, R::context)
    }

    /// Ends the operation, with an error if it failed. Returns `None` for a no-op.
    pub fn end(mut self, error: Option<ErrorType>) -> Option<R::Output> {
        self.finish(error)
    }

    fn finish(&mut self, error: Option<ErrorType>) -> Option<R::Output> {
        self.recording.take().map(|recording| {
            let outcome = Outcome::of(error, recording.kind());
            recording.end(&self.owner, outcome)
        })
    }
}

impl<R: Recording> Drop for OperationState<R> {
    fn drop(&mut self) {
        self.finish(Some(ErrorType::of_drop()));
    }
}

/// Makes a newtype of [`OperationState`](crate::kit::OperationState) an
/// [`Operation`](crate::Operation).
///
/// See [`OperationState`](crate::kit::OperationState) for an example.
#[macro_export]
macro_rules! operation {
    ($name:ty) => {
        impl $crate::kit::Operation for $name {
            fn context(&self) -> &$crate::kit::opentelemetry::Context {
                self.0.context()
            }

            fn fail(self, error: $crate::kit::ErrorType) {
                self.0.end(Some(error));
            }
        }
    };
}
