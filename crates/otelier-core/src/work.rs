//! Spans around work of one's own, which record the error that the work returns.
//!
//! `span`, `Spans` and `run` all end in `Work::run`, which is implemented twice: for closures,
//! whose span is started and ended here, and for futures, which become a `Spanned`. Both
//! implementations cover every type with certain bounds and would overlap, so the trait has the
//! parameter `Kind`, by which the compiler tells them apart.
//!
//! What a span records is in `operation`, which is an operation as those of the integrations are:
//! dropped without a result, it ends as cancelled or as a panic.

mod operation;
mod spanned;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use opentelemetry::Context;
use opentelemetry::logs::LoggerProvider;
use otelier_instrument::kit::{Instrumenter, Integration};
use otelier_instrument::{Providers, enter, provider_setters, scope_of};

pub(crate) use self::operation::SpanOperation;
pub use self::spanned::Spanned;
use crate::resource::VERSION;

/// Runs `work` under a span called `name`, a child of the current one. `work` is a future or a
/// closure, and returns a [`Result`].
///
/// # What is emitted
///
/// An INTERNAL span. If the work returns an error:
///
/// | where | what |
/// |---|---|
/// | status of the span | Error, with what the error says (its `Display`) |
/// | `error.type` | the name of the error's type, `_OTHER` for a boxed one |
/// | a log record called `exception`, ERROR, linked to the span | `exception.type`, `exception.message` |
///
/// What an error says is [masked](otelier_instrument::masking) and cut to the limit of attribute
/// values. A panic ends the span with the `error.type` `panic`, a future that is dropped before its
/// end with `cancelled`. The work's result is returned unchanged in every case.
///
/// So an error that `?` carries through several of them shows on each:
///
/// ```
/// # use otelier_core as otelier;
/// # use std::num::ParseIntError;
/// fn parse(text: &str) -> Result<u32, ParseIntError> {
///     otelier::span("parse", || text.trim().parse())
/// }
///
/// async fn handle(text: String) -> Result<u32, ParseIntError> {
///     otelier::span("handle", async { Ok(parse(&text)? + 1) }).await
/// }
/// # let mut future = std::pin::pin!(handle("x".to_owned()));
/// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(matches!(future.as_mut().poll(&mut cx), std::task::Poll::Ready(Err(_))));
/// ```
///
/// The span of a future starts when that is first polled, and its parent is the span that is
/// current where `span` is called. So it may be given to `tokio::spawn` as it is.
///
/// Sources: <https://opentelemetry.io/docs/specs/semconv/general/recording-errors/> and
/// <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.
pub fn span<W: Work<Kind>, Kind>(name: impl Into<Cow<'static, str>>, work: W) -> W::Output {
    static GLOBAL: LazyLock<Spans> = LazyLock::new(|| Spans::builder().build());
    GLOBAL.span(name, work)
}

/// Makes spans around work of one's own with providers of its own. [`span`] is the same with the
/// global ones.
///
/// ```
/// # use otelier_core as otelier;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use otelier::Spans;
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// let spans = Spans::builder().with_tracer_provider(provider).build();
///
/// spans.span("count", || "7".parse::<u8>()).unwrap();
/// assert_eq!(exporter.get_finished_spans().unwrap()[0].name, "count");
/// ```
///
/// It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Spans(Arc<Instrumenter<()>>);

impl Spans {
    /// Chooses the providers.
    pub fn builder() -> SpansBuilder {
        SpansBuilder::default()
    }

    /// Runs `work` under a span called `name`: see [`span`].
    pub fn span<W: Work<Kind>, Kind>(
        &self,
        name: impl Into<Cow<'static, str>>,
        work: W,
    ) -> W::Output {
        work.run(SpanStart::new(self, name.into(), Context::current()))
    }
}

/// Builds [`Spans`]. What is not given is the global one.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct SpansBuilder {
    /// Those that were given; the global ones stand in for the others.
    providers: Providers,
}

impl SpansBuilder {
    provider_setters!();

    /// Writes the log records of errors to `provider` instead of that of `init()`.
    pub fn with_logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + Sync + 'static,
    {
        self.providers.set_logger_provider(provider);
        self
    }

    /// Builds it.
    #[must_use]
    pub fn build(self) -> Spans {
        let integration = Integration::new("otelier", scope_of("otelier", VERSION));
        Spans(Arc::new(Instrumenter::new(integration, self.providers)))
    }
}

/// A span that is still to be started.
#[doc(hidden)]
#[derive(Debug)]
pub struct SpanStart {
    /// Whose providers the span is made with.
    spans: Spans,
    name: Cow<'static, str>,
    /// The context that was current when the work was handed over, which for a future is before it
    /// is polled.
    parent: Context,
}

impl SpanStart {
    /// A span called `name`, as a child of `parent`.
    pub(crate) fn new(spans: &Spans, name: Cow<'static, str>, parent: Context) -> Self {
        Self { spans: spans.clone(), name, parent }
    }

    /// Starts the span, at the present time.
    pub(crate) fn start(self) -> SpanOperation {
        SpanOperation::start(&self.spans.0, self.name, self.parent)
    }
}

/// Work that a span can be around: a future, or a closure, that returns a [`Result`] whose error
/// can be shown.
///
/// It is implemented for every such type, and nothing else can implement it. `Kind` tells both
/// kinds apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no future and no closure that returns a `Result`",
    note = "the error must implement `Display`"
)]
pub trait Work<Kind>: sealed::Sealed<Kind> {
    /// What running it gives: the result of a closure, or a future of the result.
    type Output;

    #[doc(hidden)]
    fn run(self, start: SpanStart) -> Self::Output;
}

/// The kind of work that a closure is.
#[derive(Debug)]
pub struct Closure;

/// The kind of work that a future is.
#[derive(Debug)]
pub struct Asynchronous;

impl<F, T, E> Work<Closure> for F
where
    F: FnOnce() -> Result<T, E>,
    E: fmt::Display,
{
    type Output = Result<T, E>;

    fn run(self, start: SpanStart) -> Result<T, E> {
        let mut operation = Some(start.start());
        let result = enter(&mut operation, self);
        if let Some(operation) = operation {
            operation.end_with(&result);
        }
        result
    }
}

impl<F, T, E> Work<Asynchronous> for F
where
    F: IntoFuture<Output = Result<T, E>>,
    E: fmt::Display,
{
    type Output = Spanned<F::IntoFuture>;

    fn run(self, start: SpanStart) -> Spanned<F::IntoFuture> {
        Spanned::new(self.into_future(), start)
    }
}

/// Keeps other crates from implementing `Work`, so that it may get more methods.
mod sealed {
    /// Implemented for exactly the types that `Work` is implemented for.
    pub trait Sealed<Kind> {}

    impl<F, T, E> Sealed<super::Closure> for F
    where
        F: FnOnce() -> Result<T, E>,
        E: std::fmt::Display,
    {
    }

    impl<F, T, E> Sealed<super::Asynchronous> for F
    where
        F: IntoFuture<Output = Result<T, E>>,
        E: std::fmt::Display,
    {
    }
}

/// Records an error that the program noticed by itself, on the current span: as an event called
/// `message`, with `kind` as its `lumigo.type`. The status of the span stays as it is.
///
/// Without a span that is recorded, it does nothing.
///
/// ```
/// # use otelier_core as otelier;
/// otelier::record_error("basket without a customer", "InvalidBasket");
/// ```
pub fn record_error(
    message: impl Into<Cow<'static, str>>,
    kind: impl Into<opentelemetry::StringValue>,
) {
    operation::record_event(message.into(), kind.into());
}

#[cfg(test)]
mod tests;
