//! Drawings, exactly as they appear.

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
── GET · 12.4ms · 4 spans · 2 services ────────────── 22:13:20.000Z 4bf92f3577b34da6a3ce929d0e0e4736
   GET                   ping-client  client    12.4ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  200
   │ http://localhost:8081/ping
   └─ GET /ping          ping-server  server    11.1ms    ╺━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸   200
      ├─ random_length   ping-server  internal  90.0µs     ╸
      │    ping.length=512
      └─ random_letters  ping-server  internal  9.00ms      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸
",
    );
}

#[test]
fn overflow_is_drawn_below_the_span() {
    check(
        &ping(),
        80,
        "
── GET · 12.4ms · 4 spans · 2 services ──────── 4bf92f3577b34da6a3ce929d0e0e4736
   GET                   ping-client  client    12.4ms  ━━━━━━━━━━━━━━━━━━━  200
   │ http://localhost:8081/ping
   └─ GET /ping          ping-server  server    11.1ms   ━━━━━━━━━━━━━━━━━   200
      ├─ random_length   ping-server  internal  90.0µs   ╺
      │    ping.length=512
      └─ random_letters  ping-server  internal  9.00ms    ━━━━━━━━━━━━━━
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
── send orders · 1.40s · 2 errors · 4 spans · 2 services ────────── 4bf92f3577b34da6a3ce929d0e0e4736
   send orders          shop    producer  900µs  ╸
   └─ process orders    worker  consumer  1.40s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  ✗ timeout
      │ aws_sqs  order.id=42
      │ ✗ no answer from the payment provider within 1.4s; it was asked three times and the last
      │   connection was reset
      │ ↗ links to 0000000000000001 of this trace
      │ ↗ links to 0000000000000005 of trace 00000000000000000000000000000009
      │ ↗ links to 0000000000000006 of this trace
      │ ↗ and 2 more
      ├─ POST           worker  client    1.40s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  ✗ 503
      │    https://pay.example/charge
      └─ SELECT orders  worker  client    100µs  ╸
           mysql  SELECT * FROM orders WHERE id = ?
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
   GET     client  1.00ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  cancelled
   └─ GET  client   500µs  ━━━━━━━━━━━━━━━━━━━                     200 cancelled
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
^2m──^0m ^1mGET /^0m ^2m·^0m 1.00ms ^2m·^0m ^31m1 error^0m ^2m·^0m 2 spans ^2m·^0m 2 services ^2m─────────^0m
   ^1mGET /^0m    ^36ma^0m  ^2mserver^0m    1.00ms  ^36m━━━━━━━━━━━━━━━━━━^0m  ^33m404^0m
   ^2m└─^0m ^31mwork^0m  ^35mb^0m  ^2minternal^0m   500µs  ^31m━━━━━━━━━^0m           ^31m✗ error^0m
        ^31m✗ broken^0m
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
   GET /     server    1.00ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  parent 0000000000000007
   └─ inner  internal   100µs      ━━━━
   late      internal   100µs                                      ━━━━  parent 0000000000000008
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
   earlier  internal  1.00µs  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━

── later · api · 1.00µs · 1 span ──────────────────── 22:13:20.000Z 00000000000000000000000000000002
   later  internal  1.00µs  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
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
   job  internal  0ns  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
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
    assert_eq!(drawing.lines().count(), 20_001);
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
