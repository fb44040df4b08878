//! Tables of metrics as they appear.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::*;

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

/// Everything that one collection draws, without the time of day.
fn drawn(
    width: usize,
    color: bool,
    measure: impl FnOnce(&opentelemetry::metrics::Meter),
) -> String {
    let screen = Screen::default();
    let color = if color { super::super::Color::Always } else { super::super::Color::Auto };
    let console = Console::to_writer(screen.clone()).with_width(width).with_color(color);
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(ConsoleMetricExporter::new(&console)).build())
        .with_resource(Resource::builder_empty().with_service_name("api").build())
        .build();
    measure(&provider.meter("test"));
    provider.shutdown().unwrap();
    let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    let is_time = |c: char| c.is_ascii_digit() || ":.".contains(c);
    match text.split_once("Z") {
        Some((before, after)) => format!("{}TIME{after}", before.trim_end_matches(is_time)),
        None => text,
    }
}

#[test]
fn draws_a_line_for_each_series() {
    let drawing = drawn(100, false, |meter| {
        let duration = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1])
            .build();
        let ping =
            [KeyValue::new("http.request.method", "GET"), KeyValue::new("http.route", "/ping")];
        for millis in [2.0, 3.0, 6.0, 7.0, 7.0, 8.0, 12.0, 80.0] {
            duration.record(millis / 1000.0, &ping);
        }
        let active =
            meter.i64_up_down_counter("http.server.active_requests").with_unit("{request}").build();
        active.add(3, &ping[..1]);
        active.add(-1, &ping[..1]);
        meter.u64_counter("jobs").build().add(12_345, &[]);
        meter
            .f64_gauge("memory")
            .with_unit("By")
            .build()
            .record(3_500_000.0, &[KeyValue::new("pool\u{1b}[2J", "main")]);
    });
    let expected = "
── metrics · api · 4 instruments · 4 series ────────────────────────────────────────── TIME
   http.server.request.duration  histogram  s
     method=GET route=/ping  n 8  mean 15.6ms  p50 7.50ms  p99 80.0ms  ▄█▂ ▂
   http.server.active_requests  up/down  {request}
     method=GET              2
   jobs  counter
                             12345
   memory  gauge  By
     pool\\u{1b}[2J=main      3.34MiB

";
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
}

#[test]
fn a_narrow_terminal_cuts_the_attributes() {
    let drawing = drawn(60, false, |meter| {
        let route = "/a/very/long/route/that/goes/on/and/on/without/end";
        meter.u64_counter("hits").build().add(1, &[KeyValue::new("http.route", route)]);
    });
    let expected = "
── metrics · api · 1 instrument · 1 series ─── TIME
   hits  counter
     route=/a/very/long/route/that/goes/on/and/on/with…  1

";
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");
}

#[test]
fn names_and_values_are_colored() {
    let drawing = drawn(60, true, |meter| {
        meter.u64_counter("hits").build().add(1, &[KeyValue::new("a", "b")]);
    });
    assert!(
        drawing.ends_with(
            "   \u{1b}[1mhits\u{1b}[0m  \u{1b}[38;5;243mcounter\u{1b}[0m\n     \
             a=b  \u{1b}[38;5;64m1\u{1b}[0m\n\n"
        ),
        "{drawing:?}"
    );
}

#[test]
fn nothing_is_drawn_when_nothing_was_measured() {
    assert_eq!(drawn(100, false, |meter| drop(meter.u64_counter("unused").build())), "");
}

#[test]
fn what_is_as_before_is_not_drawn_again() {
    let mut lengths = Vec::new();
    let screen = Screen::default();
    let console = Console::to_writer(screen.clone()).with_width(80);
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(ConsoleMetricExporter::new(&console)).build())
        .with_resource(Resource::builder_empty().build())
        .build();
    let meter = provider.meter("test");
    let (hits, jobs) = (meter.u64_counter("hits").build(), meter.u64_counter("jobs").build());
    let of = |route| [KeyValue::new("http.route", route)];
    let mut collect = || {
        provider.force_flush().unwrap();
        console.flush(FLUSH_TIMEOUT).unwrap();
        let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        let new = text[lengths.last().copied().unwrap_or_default()..].to_owned();
        lengths.push(text.len());
        new
    };
    hits.add(1, &of("/a"));
    hits.add(1, &of("/b"));
    jobs.add(1, &[]);
    assert!(collect().contains(" 2 instruments · 3 series ──"));
    assert_eq!(collect(), "", "nothing has changed");
    hits.add(1, &of("/b"));
    let third = collect();
    let (head, rows) = third.split_once('\n').unwrap();
    assert!(head.starts_with("── metrics · 1 instrument · 1 series · 2 as before ──"), "{head}");
    assert_eq!(rows, "   hits  counter\n     route=/b  2\n\n");
    provider.shutdown().unwrap();
}

#[test]
fn quantiles_are_interpolated_within_their_bucket() {
    let quantile = |counts: &[u64], share, min, max| {
        Buckets { bounds: &[10.0, 20.0], counts, min, max }.quantile(share)
    };
    assert_eq!(quantile(&[0, 0, 0], 0.5, None, None), None);
    assert_eq!(quantile(&[0, 4, 0], 0.5, None, None), Some(15.0));
    assert_eq!(quantile(&[2, 2, 0], 0.5, Some(0.0), Some(20.0)), Some(10.0));
    assert_eq!(quantile(&[1, 0, 0], 0.99, Some(3.0), Some(3.0)), Some(3.0));
    assert_eq!(quantile(&[0, 0, 2], 0.5, Some(30.0), Some(60.0)), Some(40.0));
    assert_eq!(quantile(&[0, 0, 2], 0.5, None, None), Some(20.0));
}

#[test]
fn shapes_cover_the_filled_buckets() {
    assert_eq!(shape(&[]), "");
    assert_eq!(shape(&[0, 0]), "");
    assert_eq!(shape(&[0, 1, 0, 4, 8, 0]), "▁ ▄█");
}

#[test]
fn values_are_humanized_by_their_unit() {
    for (unit, value, expected) in [
        ("s", 0.0123, "12.3ms"),
        ("s", -1.0, "-1.00s"),
        ("s", f64::NAN, "NaNs"),
        ("By", 512.0, "512B"),
        ("By", 1023.6, "1.00KiB"),
        ("By", 3_500_000.0, "3.34MiB"),
        ("{request}", 2.5, "2.50"),
        ("", 0.0, "0"),
        ("", 0.000_01, "1.00e-5"),
    ] {
        assert_eq!(Unit(unit).show(value), expected, "{value}{unit}");
    }
}
