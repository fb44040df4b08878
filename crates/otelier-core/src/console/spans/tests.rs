//! When traces are drawn, and what happens to those that are not complete.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, mpsc};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::super::ConsoleLogExporter;
use super::super::tree::LogRow;
use super::super::waiting::Waiting;
use super::*;

/// What was written so far.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Setup {
    screen: Screen,
    console: Console,
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

fn setup(max_spans: usize) -> Setup {
    let screen = Screen::default();
    let console = Console::to_writer(screen.clone());
    let provider = SdkTracerProvider::builder()
        .with_span_processor(ConsoleSpanProcessor::new(&console).with_max_spans(max_spans))
        .with_resource(Resource::builder_empty().with_service_name("api").build())
        .build();
    let tracer = provider.tracer("test");
    Setup { screen, console, provider, tracer }
}

impl Setup {
    fn start(&self, name: &'static str, parent: &Context) -> Context {
        parent.with_span(self.tracer.start_with_context(name, parent))
    }

    /// The names on the screen since the last look, one drawing after the other: indented by level,
    /// roots named in the rule too. The processor is not flushed.
    fn drawn(&self) -> Vec<Vec<String>> {
        self.console.flush(FLUSH_TIMEOUT).unwrap();
        let bytes = mem::take(&mut *self.screen.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let name = |line: &str| line.split("  internal").next().unwrap().trim_end().to_owned();
        let drawings = text.split("\n\n").filter(|drawing| !drawing.is_empty());
        // Without the time scale, which follows the rule.
        let spans = |line: &&str| !line.contains('╷');
        drawings.map(|drawing| drawing.lines().skip(1).filter(spans).map(name).collect()).collect()
    }
}

fn remote() -> Context {
    let parent = SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(parent)
}

#[test]
fn a_trace_is_drawn_when_complete() {
    for root_parent in [Context::new(), remote()] {
        let test = setup(100);
        let root = test.start("root", &root_parent);
        let child = test.start("child", &root);
        test.start("grandchild", &child).span().end();
        child.span().end();
        assert_eq!(test.drawn(), [[""; 0]; 0]);
        root.span().end();
        assert_eq!(test.drawn(), [["   root", "   └─ child", "      └─ grandchild"]]);
        test.provider.force_flush().unwrap();
        assert_eq!(test.drawn(), [[""; 0]; 0]);
    }
}

#[test]
fn a_parent_may_end_before_its_child() {
    let test = setup(100);
    let root = test.start("root", &Context::new());
    let child = test.start("child", &root);
    let grandchild = test.start("grandchild", &child);
    child.span().end();
    grandchild.span().end();
    root.span().end();
    assert_eq!(test.drawn(), [["   root", "   └─ child", "      └─ grandchild"]]);
}

#[test]
fn late_spans_are_drawn_with_the_last() {
    let test = setup(100);
    let root = test.start("root", &Context::new());
    let task = test.start("task", &root);
    let step = test.start("step", &task);
    root.span().end();
    assert_eq!(test.drawn(), [["   root"]]);
    step.span().end();
    assert_eq!(test.drawn(), [[""; 0]; 0]);
    task.span().end();
    assert_eq!(test.drawn(), [["   task", "   └─ step"]]);
}

#[test]
fn interleaved_traces_do_not_mix() {
    let test = setup(100);
    let (one, two) = (test.start("one", &Context::new()), test.start("two", &Context::new()));
    let (a, b) = (test.start("a", &one), test.start("b", &two));
    b.span().end();
    a.span().end();
    two.span().end();
    assert_eq!(test.drawn(), [["   two", "   └─ b"]]);
    one.span().end();
    assert_eq!(test.drawn(), [["   one", "   └─ a"]]);
}

#[test]
fn two_local_roots_are_drawn_separately() {
    let test = setup(100);
    let (one, two) = (test.start("one", &remote()), test.start("two", &remote()));
    test.start("a", &one).span().end();
    test.start("b", &two).span().end();
    two.span().end();
    one.span().end();
    assert_eq!(test.drawn(), [["   two", "   └─ b"], ["   one", "   └─ a"]]);
}

#[test]
fn a_flush_draws_ended_spans_first() {
    let test = setup(100);
    let root = test.start("root", &Context::new());
    test.start("early", &root).span().end();
    test.provider.force_flush().unwrap();
    let drawn = test.drawn();
    assert_eq!(drawn, [["   early"]]);
    test.start("later", &root).span().end();
    root.span().end();
    assert_eq!(test.drawn(), [["   root", "   └─ later"]]);
}

#[test]
fn shutdown_draws_what_has_ended() {
    let test = setup(100);
    let root = test.start("root", &Context::new());
    test.start("child", &root).span().end();
    test.provider.shutdown().unwrap();
    assert_eq!(test.drawn(), [["   child"]]);
}

#[test]
fn past_the_bound_the_oldest_spans_are_drawn() {
    let test = setup(3);
    let old = test.start("old", &Context::new());
    test.start("old child", &old).span().end();
    let new = test.start("new", &Context::new());
    assert_eq!(test.drawn(), [[""; 0]; 0]);
    let one_more = test.start("new child", &new);
    assert_eq!(test.drawn(), [["   old child"]]);
    // All that waits is open now; the oldest group is forgotten, and its span is drawn when it
    // ends.
    let another = test.start("another", &new);
    old.span().end();
    assert_eq!(test.drawn(), [["   old"]]);
    for cx in [one_more, another, new] {
        cx.span().end();
    }
    assert_eq!(test.drawn(), [["   new", "   ├─ new child", "   └─ another"]]);
}

#[test]
fn nothing_is_kept_once_all_has_ended() {
    let mut waiting = Waiting::default();
    let data = {
        let (sender, receiver) = mpsc::channel();
        let provider = SdkTracerProvider::builder().with_span_processor(Forward(sender)).build();
        let tracer = provider.tracer("test");
        move |id: u64| {
            let context = SpanContext::new(
                TraceId::from(1),
                SpanId::from(id),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            );
            tracer.start("any").end();
            SpanData { span_context: context, ..receiver.recv().unwrap() }
        }
    };
    // Spans start and end in no order at all, some under others, far more of them than may wait.
    let mut seed = 3_u64;
    let mut open = Vec::new();
    let (mut drawn, mut logs) = (0, 0);
    let mut count = |taken: Drawn| {
        drawn += taken.spans.len();
        logs += taken.logs.len();
    };
    for id in 1..=2_000_u64 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let parent = SpanId::from(id.saturating_sub(seed >> 60));
        count(waiting.start(SpanId::from(id), Some(parent), 8));
        let log = LogRow { span_id: SpanId::from(id), ..LogRow::default() };
        assert!(waiting.hold(log).is_none());
        let (spans, groups) = waiting.sizes();
        assert!(spans <= 8 && groups <= 8, "{waiting:?}");
        open.push(id);
        while open.len() > (seed >> 40) as usize % 12 {
            let ended = open.swap_remove((seed >> 33) as usize % open.len());
            count(waiting.end(data(ended)));
        }
    }
    for id in open {
        count(waiting.end(data(id)));
    }
    waiting.take_all().into_iter().for_each(count);
    assert_eq!((drawn, logs), (2_000, 2_000), "each span and each record is drawn once");
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[derive(Debug)]
struct Forward(mpsc::Sender<SpanData>);

impl SpanProcessor for Forward {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.send(span).unwrap();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn what_is_not_sampled_is_not_drawn() {
    let screen = Screen::default();
    let console = Console::to_writer(screen.clone());
    let provider = SdkTracerProvider::builder()
        .with_span_processor(ConsoleSpanProcessor::new(&console))
        .with_sampler(Sampler::AlwaysOff)
        .build();
    provider.tracer("test").start("unseen").end();
    provider.force_flush().unwrap();
    assert!(screen.0.lock().unwrap().is_empty());
}

#[test]
fn spans_are_drawn_with_all_their_parts() {
    let test = setup(100);
    let linked = SpanContext::new(
        TraceId::from(7),
        SpanId::from(8),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let mut span = test
        .tracer
        .span_builder("GET /")
        .with_kind(SpanKind::Server)
        .with_attributes([opentelemetry::KeyValue::new("retries", 2)])
        .with_start_time(std::time::UNIX_EPOCH)
        .start_with_context(&test.tracer, &remote());
    span.add_link(linked, Vec::new());
    span.set_status(opentelemetry::trace::Status::error("broken"));
    span.end_with_timestamp(std::time::UNIX_EPOCH + Duration::from_millis(5));
    test.console.flush(FLUSH_TIMEOUT).unwrap();
    let drawing = String::from_utf8(test.screen.0.lock().unwrap().clone()).unwrap();
    let expected = "
── GET / · api · 5.00ms · 1 error · 1 span ────────── 00:00:00.000Z 00000000000000000000000000000001
                                               ╷0         ╷2ms       ╷4ms
   GET /                     server    5.00ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━  ✗ error
     retries=2  parent 0000000000000002
     ✗ broken
     ↗ links to 0000000000000008 of trace 00000000000000000000000000000007

";
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let provider = SdkTracerProvider::builder()
        .with_span_processor(ConsoleSpanProcessor::new(&Console::to_writer(Closed)))
        .build();
    for _ in 0..3 {
        provider.tracer("test").start("span").end();
    }
    provider.force_flush().unwrap();
    provider.shutdown().unwrap();
}

/// A terminal that takes no byte until it is opened.
struct Stopped(mpsc::Receiver<()>, Screen);

impl Write for Stopped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Once the sender has gone, the terminal runs on.
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stopped_terminal_blocks_nothing() {
    let (resume, stopped) = mpsc::channel();
    let screen = Screen::default();
    let console = Console::to_writer(Stopped(stopped, screen.clone()));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(ConsoleSpanProcessor::new(&console))
        .build();
    let tracer = provider.tracer("test");
    for _ in 0..5_000 {
        tracer.start("span").end();
    }
    let timeout = Duration::from_millis(20);
    assert!(console.flush(timeout).is_err());
    drop(resume);
    console.flush(FLUSH_TIMEOUT).unwrap();
    let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    let drawn = text.matches("── span").count();
    // One may have been taken from the queue before it was full.
    assert!((1024..=1025).contains(&drawn), "{drawn}");
    // Reported once or twice: the thread that draws may have begun before or after the queue was
    // full.
    let reports = text.split("too slow: ").skip(1);
    let dropped: usize =
        reports.map(|rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(drawn + dropped, 5_000);
}

/// Two providers on one console, as `init()` sets them up.
struct WithLogs {
    spans: Setup,
    logs: SdkLoggerProvider,
    logger: SdkLogger,
}

fn with_logs() -> WithLogs {
    let spans = setup(100);
    let logs = SdkLoggerProvider::builder()
        .with_simple_exporter(ConsoleLogExporter::new(&spans.console))
        .build();
    let logger = logs.logger("shop");
    WithLogs { spans, logs, logger }
}

impl WithLogs {
    fn log(&self, message: &'static str, cx: &Context, time: SystemTime) {
        let mut record = self.logger.create_log_record();
        record.set_body(message.into());
        record.set_severity_number(Severity::Info);
        record.set_timestamp(time);
        record.add_attribute("order.id", 7);
        let span = cx.span().span_context().clone();
        if span.is_valid() {
            record.set_trace_context(span.trace_id(), span.span_id(), Some(span.trace_flags()));
        }
        self.logger.emit(record);
    }

    fn drawn(&self) -> String {
        self.spans.console.flush(FLUSH_TIMEOUT).unwrap();
        let bytes = mem::take(&mut *self.spans.screen.0.lock().unwrap());
        String::from_utf8(bytes).unwrap()
    }
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

#[test]
fn log_records_are_drawn_below_their_spans() {
    let test = with_logs();
    let tracer = &test.spans.tracer;
    let start = |name: &'static str, parent: &Context, kind, millis| {
        let builder = tracer.span_builder(name).with_kind(kind).with_start_time(at(millis));
        parent.with_span(builder.start_with_context(tracer, parent))
    };
    let root = start("GET /", &remote(), SpanKind::Server, 0);
    let child = start("price", &root, SpanKind::Internal, 2);
    test.log("priced", &child, at(3));
    child.span().end_with_timestamp(at(6));
    test.log("answered", &root, at(7));
    test.log("not in a span", &Context::new(), at(8));
    assert_eq!(test.drawn(), "00:00:00.008Z  INFO   shop  not in a span  order.id=7\n");
    root.span().end_with_timestamp(at(8));
    let drawn = test.drawn();
    let expected = "
── GET / · api · 8.00ms · 2 spans ─────────────────── 00:00:00.000Z 00000000000000000000000000000001
                                               ╷0     ╷2ms   ╷4ms  ╷6ms
   GET /                     server    8.00ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━  parent 0000000000000002
   │ INFO   answered  order.id=7  +7.00ms
   └─ price                  internal  4.00ms         ━━━━━━━━━━━━━╸
        INFO   priced  order.id=7  +3.00ms

";
    assert_eq!(drawn, expected.strip_prefix('\n').unwrap(), "\n{drawn}");

    // Its trace is drawn: it is a line.
    test.log("late", &root, at(9));
    let id = root.span().span_context().span_id();
    let expected = format!(
        "00:00:00.009Z  INFO   shop  late  order.id=7\n                      trace \
         00000000000000000000000000000001 span {id}\n"
    );
    assert_eq!(test.drawn(), expected);
}

#[test]
fn a_flush_draws_records_of_open_spans() {
    let test = with_logs();
    let root = test.spans.start("root", &Context::new());
    test.log("begun", &root, at(1));
    assert_eq!(test.drawn(), "");
    test.spans.provider.force_flush().unwrap();
    assert!(test.drawn().starts_with("00:00:00.001Z  INFO   shop  begun  order.id=7\n"));
    test.logs.shutdown().unwrap();
}

#[test]
fn records_past_the_bound_are_lines() {
    let mut waiting = Waiting::default();
    let span_id = SpanId::from(1);
    waiting.start(span_id, None, 10);
    let log = || LogRow { span_id, ..LogRow::default() };
    for _ in 0..4096 {
        assert!(waiting.hold(log()).is_none());
    }
    assert!(waiting.hold(log()).is_some());
    assert_eq!(waiting.take_all().iter().map(|drawn| drawn.logs.len()).sum::<usize>(), 4096);
    assert!(waiting.hold(log()).is_none());
}

#[test]
fn shutdown_draws_a_table_of_routes() {
    let test = setup(100);
    for (name, kind, millis) in [
        ("GET /", SpanKind::Server, 8),
        ("GET /", SpanKind::Server, 4),
        ("GET", SpanKind::Client, 4),
        ("process orders", SpanKind::Consumer, 5),
    ] {
        let builder = test.tracer.span_builder(name).with_kind(kind).with_start_time(at(0));
        builder.start(&test.tracer).end_with_timestamp(at(millis));
    }
    test.provider.force_flush().unwrap();
    mem::take(&mut *test.screen.0.lock().unwrap());
    test.provider.shutdown().unwrap();
    let drawn = String::from_utf8(test.screen.0.lock().unwrap().clone()).unwrap();
    let expected = "
── routes · 2 routes · 3 calls ─────────────────────────────────────────────────────────────────────
   route           count  errors     p50     p95
   GET /               2       0  4.00ms  8.00ms
   process orders      1       0  5.00ms  5.00ms

";
    assert_eq!(drawn, expected.strip_prefix('\n').unwrap(), "\n{drawn}");
}
