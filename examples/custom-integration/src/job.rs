//! A domain that Otelier does not have: runs of background jobs, with a metric of their own.
//!
//! A domain is the place for its attribute keys and metric names. Span and metric are written from
//! the same values, so that they cannot disagree.

use std::sync::Arc;

use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::trace::{SpanBuilder, SpanKind};
use opentelemetry::{Context, KeyValue, StringValue};
use otelier_instrument::kit::{
    Instrumenter, Instruments, Integration, OperationSpan, OperationState, Outcome, Recording,
    value,
};
use otelier_instrument::semconv::{attribute, metric};
use otelier_instrument::{ErrorType, Operation, Providers, drive, operation};

/// What keeps these names apart from the conventions' own: a prefix of one's own.
const JOB_NAME: &str = "example.job.name";
const JOB_ITEMS: &str = "example.job.items";
const JOB_RUN_DURATION: &str = "example.job.run.duration";

/// Starts a [`JobOperation`] for each run of a job.
///
/// # What is emitted
///
/// An INTERNAL span named `run {example.job.name}` with `example.job.name`, `example.job.items`
/// and, on failure, `error.type`; and the histogram `example.job.run.duration` (s) with the same
/// attributes but the items.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Instrumenter<JobInstruments>>);

/// A run of a job. Dropped without an end, it ends as cancelled, or as panicked while its thread
/// unwinds.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct JobOperation(OperationState<JobRecording>);

impl Jobs {
    /// The jobs of `integration`, with telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// Runs `work` as the job `name`. The number of items that it returns is recorded.
    pub async fn run<E>(
        &self,
        name: &str,
        work: impl Future<Output = Result<u64, E>>,
    ) -> Result<u64, E> {
        let mut operation = Some(self.start(name));
        let result = drive(&mut operation, work).await;
        if let Some(mut operation) = operation {
            match &result {
                Ok(items) => {
                    operation.set_items(*items);
                    operation.end();
                }
                Err(_) => operation.fail(ErrorType::of_type::<E>()),
            }
        }
        result
    }

    /// Starts a run of the job `name`, as a child of the current context.
    pub fn start(&self, name: &str) -> JobOperation {
        let parent = Context::current();
        let signals = self.0.enabled_signals(&parent);
        if signals.is_empty() {
            return JobOperation(OperationState::noop(parent, &self.0));
        }
        let name = value::shared(name);
        let span = OperationSpan::start(signals.tracer(), SpanKind::Internal, parent, || {
            SpanBuilder::from_name(format!("run {name}"))
                .with_attributes(vec![KeyValue::new(JOB_NAME, name.clone())])
        });
        let recording = JobRecording { span, name, items: None };
        JobOperation(OperationState::recorded(recording, &self.0))
    }
}

impl JobOperation {
    /// Records how many items the job worked on.
    pub fn set_items(&mut self, items: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.items = Some(items);
        }
    }

    /// Ends the operation: the job is done.
    pub fn end(self) {
        self.0.end(None);
    }
}

// `context` and `fail` of `Operation`.
operation!(JobOperation);

/// What a run keeps while it is recorded.
#[derive(Debug)]
struct JobRecording {
    span: OperationSpan,
    name: StringValue,
    items: Option<u64>,
}

impl Recording for JobRecording {
    type Owner = Instrumenter<JobInstruments>;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, owner: &Self::Owner, outcome: Outcome) {
        owner.measure(|instruments| {
            let mut attributes = vec![KeyValue::new(JOB_NAME, self.name.clone())];
            attributes.extend(outcome.error().map(attribute::error_type));
            instruments.duration.record(self.span.elapsed().as_secs_f64(), &attributes);
        });
        // `error.type` and the status come from the outcome.
        self.span.end(&outcome, || {
            self.items.map(|items| KeyValue::new(JOB_ITEMS, value::integer(items)))
        });
    }
}

/// The instruments of the domain.
struct JobInstruments {
    duration: Histogram<f64>,
}

impl Instruments for JobInstruments {
    fn create(meter: &Meter) -> Self {
        let boundaries = &metric::DURATION_BOUNDARIES;
        let duration =
            metric::seconds(meter, JOB_RUN_DURATION, "Duration of job runs.", boundaries);
        Self { duration }
    }
}
