//! Spans around work of one's own: what they record however the work ends.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use otelier_testing::{Capture, assert_tree, event, span as expected};

use super::*;

fn spans(capture: &Capture) -> Spans {
    Spans::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_logger_provider(capture.logger_provider())
        .build()
}

/// What `future` gives, if it never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

#[derive(Debug)]
struct NoStore(&'static str);

impl fmt::Display for NoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no store at {}", self.0)
    }
}

impl Error for NoStore {}

const NO_STORE: &str = "otelier_core::work::tests::NoStore";

#[test]
fn success_leaves_a_plain_span() {
    let capture = Capture::new();
    let spans = spans(&capture);
    let outer = spans.span("outer", async {
        let inner = spans.span("inner", || Ok::<_, NoStore>(1))?;
        Ok::<_, NoStore>(inner + 1)
    });
    assert_eq!(now(outer).unwrap(), 2);
    assert_tree(
        &capture.spans(),
        expected("outer").root().scope("otelier").child(expected("inner").scope("otelier")),
    );
    assert_eq!(capture.logs(), []);
}

#[test]
fn error_shows_on_every_span_that_it_passes() {
    let capture = Capture::new();
    let spans = spans(&capture);
    let outer = spans.span("a", async {
        spans
            .span("b", async {
                spans.span("c", || Err::<(), _>(NoStore("redis:6379")))?;
                Ok::<_, NoStore>(())
            })
            .await?;
        Ok::<_, NoStore>(())
    });
    assert_eq!(now(outer).unwrap_err().0, "redis:6379", "the error itself is unchanged");

    let failed = |name| expected(name).error_described(NO_STORE, "no store at redis:6379");
    assert_tree(&capture.spans(), failed("a").child(failed("b").child(failed("c"))));
    let logs = capture.logs();
    assert_eq!(logs.len(), 3);
    for (log, name) in logs.iter().zip(["c", "b", "a"]) {
        let span = capture.span(name);
        assert_eq!((log.trace_id, log.span_id), (span.trace_id, span.span_id), "{name}");
        assert_eq!((&*log.event_name, log.severity), ("exception", 17));
        assert_eq!(log.attributes.len(), 2, "{:?}", log.attributes);
        assert_eq!(log.attribute("exception.type"), Some(&NO_STORE.into()));
        assert_eq!(log.attribute("exception.message"), Some(&"no store at redis:6379".into()));
    }
}

#[test]
fn boxed_errors_have_a_message_and_no_type() {
    let capture = Capture::new();
    let result = spans(&capture).span("work", || {
        let port: u16 = "x".parse()?;
        Ok::<_, Box<dyn Error>>(port)
    });
    assert!(result.is_err());
    let description = "invalid digit found in string";
    assert_tree(&capture.spans(), expected("work").error_described("_OTHER", description));
}

#[test]
fn secrets_in_messages_are_masked() {
    let capture = Capture::new();
    let _ = spans(&capture)
        .span("work", || Err::<(), _>("mysql://joe:S3CRET@db refused: password=S3CRET"));
    assert!(!capture.export_text().contains("S3CRET"), "{}", capture.export_text());
    let description = "mysql://REDACTED:REDACTED@db refused: password=****";
    assert_tree(&capture.spans(), expected("work").error_described("&str", description));
}

#[test]
fn panic_ends_the_span_where_it_happens() {
    let capture = Capture::new();
    let spans = spans(&capture);
    let work = || -> Result<(), NoStore> { panic!("on purpose") };
    assert!(catch_unwind(AssertUnwindSafe(|| spans.span("closure", work))).is_err());
    let work = async { work() };
    let mut future = Box::pin(spans.span("future", work));
    let poll = || future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_ready();
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    for name in ["closure", "future"] {
        assert_eq!(capture.span(name).attribute("error.type"), Some(&"panic".into()), "{name}");
    }
    assert_eq!(capture.open_spans(), 0, "also while the future is kept");
}

#[test]
fn dropped_futures_are_cancelled_unpolled_have_none() {
    let capture = Capture::new();
    let spans = spans(&capture);
    let waiting = || async {
        std::future::pending::<()>().await;
        Ok::<_, NoStore>(())
    };
    drop(spans.span("never polled", waiting()));
    assert_eq!(capture.spans(), []);
    {
        let mut future = pin!(spans.span("dropped", waiting()));
        assert!(future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
    }
    assert_tree(&capture.spans(), expected("dropped").error("cancelled"));
}

#[test]
fn parent_is_where_the_span_was_asked_for() {
    let capture = Capture::new();
    let spans = spans(&capture);
    let tracer = capture.tracer_provider().tracer("test");
    let spawned = tracer.in_span("request", |_| {
        spans.span("task", async {
            Ok::<_, NoStore>(Context::map_current(|cx| cx.span().span_context().span_id()))
        })
    });
    let inside = std::thread::scope(|scope| scope.spawn(|| now(spawned)).join().unwrap());
    assert_eq!(inside.unwrap(), capture.span("task").span_id, "its span is current inside");
    assert_eq!(capture.span("task").parent_span_id, Some(capture.span("request").span_id));
}

#[test]
fn without_providers_the_work_runs_all_the_same() {
    let spans = Spans::builder().build();
    assert_eq!(spans.span("work", || Ok::<_, NoStore>(7)).unwrap(), 7);
    assert!(now(spans.span("work", async { Err::<(), _>(NoStore("x")) })).is_err());
}

#[test]
fn errors_without_a_tracer_are_logged() {
    let capture = Capture::builder().without_traces().build();
    let _ = spans(&capture).span("work", || Err::<(), _>(NoStore("x")));
    let [log] = &capture.logs()[..] else { panic!("one record") };
    assert_eq!(log.attribute("exception.message"), Some(&"no store at x".into()));
}

#[test]
fn programmatic_error_is_an_event_of_the_current_span() {
    let capture = Capture::new();
    record_error("nowhere", "Nothing");
    capture.tracer_provider().tracer("test").in_span("work", |_| {
        record_error("basket without a customer", "InvalidBasket");
    });
    assert_tree(
        &capture.spans(),
        expected("work")
            .event(event("basket without a customer").attr("lumigo.type", "InvalidBasket")),
    );
}
