//! Drawings, exactly as they appear.

use super::super::text;
use super::*;

fn at(micros: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_micros(micros)
}

const TRACE: TraceId =
    TraceId::from_bytes(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());

/// A span of `service` with `times` in microseconds; a parent of 0 is none.
fn span(id: u64, parent: u64, service: &str, name: &str, times: (u64, u64)) -> SpanRow {
    SpanRow {
        trace_id: TRACE,
        span_id: SpanId::from(id),
        parent_id: (parent != 0).then(|| SpanId::from(parent)),
        service: service.to_owned(),
        name: name.to_owned(),
        start: at(times.0),
        end: at(times.1),
        ..SpanRow::default()
    }
}

impl SpanRow {
    fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    fn with(mut self, attributes: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        self.attributes = attributes.iter().map(owned).collect();
        self
    }

    fn failed(mut self, description: &'static str) -> Self {
        self.status = Status::error(description);
        self
    }
}

#[track_caller]
fn check(rows: &[SpanRow], width: usize, expected: &str) {
    let drawing = render(rows, Style { width, color: false });
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
}

fn ping() -> Vec<SpanRow> {
    vec![
        span(4, 2, "ping-server", "random_letters", (1_300, 10_300)),
        span(2, 1, "ping-server", "GET /ping", (800, 11_900)).kind(SpanKind::Server).with(&[
            ("http.request.method", "GET"),
            ("url.path", "/ping"),
            ("http.route", "/ping"),
            ("http.response.status_code", "200"),
            ("server.address", "localhost"),
        ]),
        span(3, 2, "ping-server", "random_length", (1_000, 1_090)).with(&[("ping.length", "512")]),
        span(1, 0, "ping-client", "GET", (0, 12_400)).kind(SpanKind::Client).with(&[
            ("http.request.method", "GET"),
            ("url.full", "http://localhost:8081/ping"),
            ("http.response.status_code", "200"),
        ]),
    ]
}

#[test]
fn draws_the_parts_of_a_trace() {
    check(
        &ping(),
        100,
        "
── GET /ping · 12.4ms · 4 spans · 2 services ──────── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
                                                  ╷0        ╷5ms      ╷10ms
   GET                       ping-client  12.4ms  ━━━━━━━━━━━━━━━━━━━━━━━━━  200
   │ http://localhost:8081/ping
   └─ GET /ping              ping-server  11.1ms   ╺━━━━━━━━━━━━━━━━━━━━━━   200
      ├─ random_length       ping-server  90.0µs    ╸                        ping.length=512
      └─ random_letters      ping-server  9.00ms    ╺━━━━━━━━━━━━━━━━━━
",
    );
}

#[test]
fn overflow_is_drawn_below_the_span() {
    check(
        &ping(),
        80,
        "
── GET /ping · 12.4ms · 4 spans · 2 services ── 4bf92f3577b34da6a3ce929d0e0e4736
                                                  ╷0    ╷5ms
   GET                       ping-client  12.4ms  ━━━━━━━━━━━━━━━  200
   │ http://localhost:8081/ping
   └─ GET /ping              ping-server  11.1ms   ━━━━━━━━━━━━━╸  200
      ├─ random_length       ping-server  90.0µs   ╸
      │    ping.length=512
      └─ random_letters      ping-server  9.00ms   ╺━━━━━━━━━━╸
",
    );
}

fn failure() -> Vec<SpanRow> {
    let mut process = span(2, 1, "worker", "process orders", (100, 1_400_000))
        .kind(SpanKind::Consumer)
        .with(&[
            ("messaging.system", "aws_sqs"),
            ("messaging.destination.name", "orders"),
            ("error.type", "timeout"),
            ("order.id", "42"),
        ])
        .failed("no answer from the payment provider within 1.4s; it was asked three times and the last connection was reset");
    process.links = vec![(TRACE, SpanId::from(1)), (TraceId::from(9), SpanId::from(5))];
    process.links.extend([
        (TRACE, SpanId::from(6)),
        (TRACE, SpanId::from(7)),
        (TRACE, SpanId::from(8)),
    ]);
    vec![
        span(1, 0, "shop", "send orders", (0, 900)).kind(SpanKind::Producer),
        process,
        span(3, 2, "worker", "POST", (200, 1_399_000))
            .kind(SpanKind::Client)
            .with(&[
                ("http.response.status_code", "503"),
                ("error.type", "503"),
                ("url.full", "https://pay.example/charge"),
            ])
            .failed(""),
        span(4, 2, "worker", "SELECT orders", (300, 400)).kind(SpanKind::Client).with(&[
            ("db.system.name", "mysql"),
            ("db.query.text", "SELECT * FROM orders WHERE id = ?"),
        ]),
    ]
}

#[test]
fn draws_errors_with_their_messages_and_links() {
    check(
        &failure(),
        100,
        "
── process orders · 1.40s · 2 errors · 4 spans · 2 services ─────── 4bf92f3577b34da6a3ce929d0e0e4736
                                             ╷0        ╷500ms    ╷1s
   send orders               shop     900µs  ╸
   └─ process orders         worker   1.40s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  ✗ timeout
      │ aws_sqs  order.id=42
      │ ✗ no answer from the payment provider within 1.4s; it was asked three times and the last
      │   connection was reset
      │ ↗ links to 0000000000000001 of this trace
      │ ↗ links to 0000000000000005 of trace 00000000000000000000000000000009
      │ ↗ links to 0000000000000006 of this trace
      │ ↗ and 2 more
      ├─ POST                worker   1.40s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  ✗ 503  slow
      │    https://pay.example/charge
      └─ SELECT orders       worker   100µs  ╸
           mysql  SELECT * FROM orders WHERE id = ?
",
    );
}

#[test]
fn an_error_is_told_where_it_began() {
    let error_type = ("error.type", "redis::errors::RedisError");
    let rows = [
        span(1, 0, "api", "GET /ping", (0, 900)).kind(SpanKind::Server).failed("refused"),
        span(2, 1, "api", "redis_integration", (100, 800)).failed("refused").with(&[error_type]),
        span(3, 2, "api", "server redis operation", (200, 700)).failed("refused"),
        span(4, 3, "api", "close", (200, 700)).failed("not open"),
    ];
    check(
        &rows,
        80,
        "
── GET /ping · api · 900µs · 4 errors · 4 spans ────────────────────────────────
                                                   ╷0      ╷500µs
   GET /ping                     server     900µs  ━━━━━━━━━━━━━━━  ✗ error
   └─ redis_integration          internal   700µs   ╺━━━━━━━━━━━╸   ✗ RedisError
      └─ server redis operation  internal   500µs     ╺━━━━━━━╸     ✗ error
         │ ✗ refused
         └─ close                internal   500µs     ╺━━━━━━━╸     ✗ error
              ✗ not open
",
    );
}

#[test]
fn draws_cancelled_calls() {
    let cancelled = ("otelier.cancelled", "true");
    let rows = [
        span(1, 0, "a", "GET", (0, 1_000)).kind(SpanKind::Client).with(&[cancelled]),
        span(2, 1, "a", "GET", (0, 500))
            .kind(SpanKind::Client)
            .with(&[("http.response.status_code", "200"), cancelled]),
    ];
    check(
        &rows,
        80,
        "
── GET · a · 1.00ms · 2 spans ─── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
                                               ╷0       ╷500µs
   GET                       client    1.00ms  ━━━━━━━━━━━━━━━━━  cancelled
   └─ GET                    client     500µs  ━━━━━━━━╸          200 cancelled
",
    );
}

#[test]
fn colors_services_outcomes_and_errors() {
    let rows = [
        span(1, 0, "a", "GET /", (0, 1_000))
            .kind(SpanKind::Server)
            .with(&[("http.response.status_code", "404")]),
        span(2, 1, "b", "work", (0, 500)).failed("broken"),
    ];
    let drawing = render(&rows, Style { width: 60, color: true });
    let expected = "
^38;5;243m──^0m ^1mGET /^0m ^38;5;243m·^0m 1.00ms ^38;5;243m·^0m ^38;5;160m1 error^0m ^38;5;243m·^0m 2 spans ^38;5;243m·^0m 2 services ^38;5;243m─────────^0m
   ^1mGET /^0m                     ^38;5;30ma^0m  1.00ms  ^38;5;30m━━━━━━━━━━^0m  ^38;5;130m404^0m
   ^38;5;243m└─^0m ^38;5;160mwork^0m                   ^38;5;133mb^0m   500µs  ^38;5;133m━━━━━^0m       ^38;5;160m✗ error^0m
        ^38;5;160m✗ broken^0m
";
    assert_eq!(
        drawing,
        expected.strip_prefix('\n').unwrap().replace('^', "\u{1b}["),
        "\n{drawing}"
    );
    let plain = render(&rows, Style { width: 60, color: false });
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn bars_begin_at_one_column() {
    let mut other =
        span(1, 0, "worker", "process a-queue-with-a-long-name", (0, 90)).kind(SpanKind::Consumer);
    other.trace_id = TraceId::from(2);
    check(
        &[span(1, 0, "api", "GET /", (0, 9)).kind(SpanKind::Server), other],
        100,
        "
── GET / · api · 9.00µs · 1 span ──────────────────── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
                                                       ╷0           ╷5µs
   GET /                             server    9.00µs  ━━━━━━━━━━━━━━━━━━━━━━━

── process a-queue-with-a-long-name · worker · 90.0µs · 1 span ──── 00000000000000000000000000000002
                                                       ╷0           ╷50µs
   process a-queue-with-a-long-name  consumer  90.0µs  ━━━━━━━━━━━━━━━━━━━━━━━
",
    );

    // A run that draws its traces one by one: columns only ever get wider.
    let mut layout = Layout::default();
    let mut draw = |row: &SpanRow| {
        let drawing = super::draw(std::slice::from_ref(row), &[], Style::default(), &mut layout);
        let line = drawing.lines().last().unwrap();
        text::width(&line[..line.find(['━', '╸']).unwrap()])
    };
    let long = span(1, 0, "a", "a name that is longer than the shortest", (0, 1));
    let short = span(1, 0, "a", "short", (0, 1));
    assert_eq!([draw(&short), draw(&short)], [47, 47]);
    assert_eq!([draw(&long), draw(&short)], [62, 62]);
    assert_eq!(draw(&span(1, 0, "another", "short", (0, 1))), 62);
}

#[test]
fn slow_spans_are_marked() {
    let waits = ("messaging.operation.type", "receive");
    let rows = [
        span(1, 0, "api", "GET /", (0, 310_000)).kind(SpanKind::Server),
        span(2, 1, "api", "SELECT", (10_000, 300_000)).kind(SpanKind::Client),
        span(3, 1, "api", "receive", (10_000, 300_000)).kind(SpanKind::Client).with(&[waits]),
    ];
    check(
        &rows,
        80,
        "
── GET / · api · 310ms · 3 spans ────────────── 4bf92f3577b34da6a3ce929d0e0e4736
                                               ╷0         ╷200ms
   GET /                     server     310ms  ━━━━━━━━━━━━━━━━━
   ├─ SELECT                 client     290ms  ╺━━━━━━━━━━━━━━━╸  slow
   └─ receive                client     290ms  ╺━━━━━━━━━━━━━━━╸
",
    );
    let drawing = render(&rows, Style { width: 80, color: true });
    assert_eq!(drawing.matches("\u{1b}[38;5;130m290ms\u{1b}[0m").count(), 1, "{drawing}");
}

fn log(span: u64, micros: u64, level: &str, message: &str) -> LogRow {
    LogRow {
        trace_id: TRACE,
        span_id: SpanId::from(span),
        time: at(micros),
        level: level.to_owned(),
        severity: if level == "ERROR" { Some(Severity::Error) } else { Some(Severity::Info) },
        message: message.to_owned(),
        ..LogRow::default()
    }
}

#[test]
fn draws_log_records_below_their_spans() {
    let mut placed = log(1, 1_500, "INFO", "order placed");
    placed.attributes = vec![
        ("order.id".to_owned(), "42".to_owned()),
        ("note".to_owned(), "a gift\u{1b}[2J for somebody who is fond of long texts".to_owned()),
    ];
    let logs = [
        log(2, 1_900, "ERROR", "no such table"),
        placed,
        log(1, 1_000, "INFO", "order received"),
        log(9, 1_950, "INFO", "of a span that is not here"),
        LogRow { trace_id: TraceId::from(9), ..log(1, 0, "INFO", "of another trace") },
    ];
    let rows = [
        span(1, 0, "api", "POST /orders", (0, 2_000)).kind(SpanKind::Server),
        span(2, 1, "api", "INSERT", (1_600, 1_900)).kind(SpanKind::Client).failed("it broke"),
    ];
    let drawing = render_with_logs(&rows, &logs, Style { width: 80, color: false });
    let expected = "
── POST /orders · api · 2.00ms · 1 error · 2 spans ─────────────────────────────
                                               ╷0       ╷1ms
   POST /orders              server    2.00ms  ━━━━━━━━━━━━━━━━━
   │ INFO   order received  +1.00ms
   │ INFO   order placed  order.id=42
   │        note=a gift\\u{1b}[2J for somebody who is fond of long texts  +1.50ms
   └─ INSERT                 client     300µs               ╺━━   ✗ error
        ✗ it broke
        ERROR  no such table  +1.90ms
   INFO   of a span that is not here  +1.95ms  span 0000000000000009
";
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
    let drawing = render_with_logs(&rows, &logs, Style { width: 80, color: true });
    assert!(drawing.contains("\u{1b}[38;5;160mERROR\u{1b}[0m  no such table"), "{drawing}");
    assert!(drawing.contains("\u{1b}[38;5;64mINFO\u{1b}[0m   order placed"), "{drawing}");
}

#[test]
fn an_exception_is_told_once() {
    let exception = |message: &str| {
        let mut log = log(1, 100, "ERROR", "exception");
        log.attributes = vec![("exception.message".to_owned(), message.to_owned())];
        log
    };
    let rows = [span(1, 0, "api", "GET /", (0, 200)).kind(SpanKind::Server).failed("refused")];
    let logs = [exception("refused"), exception("retried")];
    let drawing = render_with_logs(&rows, &logs, Style { width: 80, color: false });
    let expected = "
── GET / · api · 200µs · 1 error · 1 span ───── 4bf92f3577b34da6a3ce929d0e0e4736
                                               ╷0       ╷100µs
   GET /                     server     200µs  ━━━━━━━━━━━━━━━━━  ✗ error
     ✗ refused
     ERROR  exception  exception.message=retried  +100µs
";
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
}

#[test]
fn orphan_spans_stand_at_the_top() {
    let rows = [
        span(1, 7, "api", "GET /", (0, 1_000)).kind(SpanKind::Server),
        span(2, 1, "api", "inner", (100, 200)),
        span(3, 8, "api", "late", (900, 1_000)),
    ];
    check(
        &rows,
        100,
        "
── GET / · api · 1.00ms · 3 spans ─────────────────── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
                                               ╷0            ╷500µs
   GET /                     server    1.00ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━  parent 0000000000000007
   └─ inner                  internal   100µs    ╺━━╸
   late                      internal   100µs                          ╺━━  parent 0000000000000008
",
    );
}

#[test]
fn each_trace_is_drawn_by_time() {
    let mut later = span(1, 0, "api", "later", (5, 6));
    later.trace_id = TraceId::from(2);
    check(
        &[later, span(1, 0, "api", "earlier", (0, 1))],
        100,
        "
── earlier · api · 1.00µs · 1 span ────────────────── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
                                               ╷0            ╷500ns
   earlier                   internal  1.00µs  ━━━━━━━━━━━━━━━━━━━━━━━━━━━

── later · api · 1.00µs · 1 span ──────────────────── 22:13:20.000Z 00000000000000000000000000000002
                                               ╷0            ╷500ns
   later                     internal  1.00µs  ━━━━━━━━━━━━━━━━━━━━━━━━━━━
",
    );
    assert_eq!(render(&[], Style::default()), "");
}

#[test]
fn the_single_service_is_named_once() {
    check(
        &[span(1, 0, "api", "job", (0, 0))],
        60,
        "
── job · api · 0ns · 1 span ────────────────────────────────
   job                          0ns  ━━━━━━━━━━━━
",
    );
}

#[test]
fn cycles_of_spans_are_drawn_once() {
    let rows = [
        span(1, 2, "a", "one", (0, 9)),
        span(2, 1, "a", "two", (1, 9)),
        span(3, 3, "a", "self", (2, 9)),
    ];
    let drawing = render(&rows, Style::default());
    for name in ["one", "two", "self"] {
        assert_eq!(
            drawing.lines().skip(1).filter(|line| line.contains(name)).count(),
            1,
            "{drawing}"
        );
    }
}

#[test]
fn twenty_thousand_nested_spans_are_drawn() {
    let rows: Vec<_> =
        (1..=20_000).map(|id| span(id, id - 1, "a", "level", (id, 40_000 - id))).collect();
    let drawing = render(&rows, Style::default());
    // Below the rule and the time scale.
    assert_eq!(drawing.lines().count(), 20_002);
    let last = drawing.lines().last().unwrap();
    assert!(last.starts_with("   ⋯  ") && last.contains("└─ level"), "{last}");
}

#[test]
fn no_line_is_too_wide_or_unescaped() {
    let nasty = [
        "\u{1b}]0;owned\u{7}",
        "\u{202e}gpj",
        "日本語".repeat(40).as_str(),
        "a\nb\rc",
        "",
        "👩‍💻 ok",
    ]
    .map(str::to_owned);
    let mut seed = 7_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..100 {
        let rows: Vec<_> = (1..=random(30) + 1)
            .map(|id| {
                let text = |n: u64| nasty[n as usize].clone();
                let (start, length) = (random(1_000_000), random(1_000_000_000));
                let mut row = span(
                    id,
                    random(id + 2),
                    &text(random(6)),
                    &text(random(6)),
                    (start, start + length),
                );
                row.status = match random(3) {
                    0 => Status::Ok,
                    1 => Status::error(text(random(6))),
                    _ => Status::Unset,
                };
                row.attributes = vec![
                    ("error.type".to_owned(), text(random(6))),
                    ("url.full".to_owned(), text(random(6))),
                    (text(random(6)), text(random(6))),
                ];
                row
            })
            .collect();
        for width in [0, 60, 80, 100, 500] {
            let style = Style { width, color: false };
            let drawing = render(&rows, style);
            for line in drawing.lines() {
                assert!(text::width(line) <= style.columns(), "{width}: {line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}
