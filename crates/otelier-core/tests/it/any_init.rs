//! Any environment and any configuration file: `init` does not fail, and nothing panics.
//!
//! Each run takes others. One that fails has printed its seed, by which `OTELIER_FUZZ_SEED` repeats
//! it; `cargo xtask fuzz` runs these again and again.

use std::time::{SystemTime, UNIX_EPOCH};

use otelier_core::configuration::*;

use crate::support::run;

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    /// Other numbers in each run, unless it is given a seed. What a test prints is shown if it
    /// fails.
    #[allow(clippy::print_stdout, reason = "shown if a test fails")]
    fn of_this_run() -> Self {
        let given = std::env::var("OTELIER_FUZZ_SEED").ok().map(|seed| seed.parse().unwrap());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed: u64 = given.unwrap_or_else(clock);
        println!("OTELIER_FUZZ_SEED={seed} repeats this run");
        // The generator has to have a bit that is set, and begins alike for seeds that are close.
        let mut numbers = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            numbers.below(2);
        }
        numbers
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

const VALUES: [&str; 14] = [
    "",
    "true",
    "false",
    "none",
    "otlp",
    "console",
    "0",
    "-1",
    "1e9",
    "99999999999999999999",
    "a=b,c=%zz",
    "\u{feff}\u{1}",
    "[\"(\"]",
    "http://127.0.0.1:1",
];

const VARIABLES: [&str; 20] = [
    OTEL_SDK_DISABLED,
    OTEL_SERVICE_NAME,
    OTEL_RESOURCE_ATTRIBUTES,
    OTEL_LOG_LEVEL,
    OTEL_PROPAGATORS,
    OTEL_TRACES_SAMPLER,
    OTEL_TRACES_SAMPLER_ARG,
    OTEL_TRACES_EXPORTER,
    OTEL_METRICS_EXPORTER,
    OTEL_LOGS_EXPORTER,
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_SCHEDULE_DELAY,
    OTEL_METRIC_EXPORT_INTERVAL,
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT,
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT,
    OTELIER_SWITCH_OFF,
    OTELIER_SECRET_MASKING_REGEX,
    OTELIER_FILTER_HTTP_ENDPOINTS_REGEX,
];

const FILE: &str = r#"file_format: "1.0"
resource:
  attributes: [{name: a, value: [1, 2], type: int_array}]
propagator: {composite: [{tracecontext: }, {xray: }]}
tracer_provider:
  processors:
    - batch:
        schedule_delay: 1
        max_queue_size: 1
        exporter:
          otlp_http:
            endpoint: http://127.0.0.1:1/
            timeout: 50
    - simple: {exporter: {console: }}
  limits:
    attribute_count_limit: 0
    attribute_value_length_limit: 0
  sampler:
    parent_based:
      root: {trace_id_ratio_based: {ratio: 0.5}}
meter_provider:
  readers:
    - periodic:
        interval: 1
        exporter:
          otlp_http: {endpoint: "http://127.0.0.1:1/", timeout: 50}
        cardinality_limits: {default: 1}
  views:
    - selector: {instrument_name: "*"}
      stream: {aggregation: {drop: }}
logger_provider:
  processors: [{simple: {exporter: {console: }}}]
"#;

/// Runs a small service, which `unwrap`s what `init` returns.
fn serve(variables: &[(&str, &str)]) {
    let fixed = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "50"),
        ("OTELIER_RESOURCE_DETECTORS", "process"),
    ];
    let outcome = run("shutdown", &[&fixed[..], variables].concat());
    outcome.told("result");
    assert!(!outcome.stderr.contains("panicked"), "{variables:?}: {outcome:#?}");
}

#[test]
fn any_environment_sets_telemetry_up() {
    let mut numbers = Numbers::of_this_run();
    for _ in 0..12 {
        let count = 1 + numbers.below(8);
        let variables: Vec<_> =
            (0..count).map(|_| (numbers.of(&VARIABLES), numbers.of(&VALUES))).collect();
        serve(&variables);
    }
}

#[test]
fn any_configuration_file_sets_telemetry_up() {
    let mut numbers = Numbers::of_this_run();
    for round in 0..12 {
        let mut lines: Vec<String> = FILE.lines().map(str::to_owned).collect();
        // The first one is the file as it is.
        for _ in 0..round.min(3) {
            let at = 1 + numbers.below(lines.len() - 1);
            let name = lines[at].split_once(':').map_or("", |(name, _)| name).to_owned();
            match numbers.below(3) {
                0 => drop(lines.remove(at)),
                1 => lines[at] = format!("{name}: {}", numbers.of(&VALUES)),
                _ => lines.insert(at, lines[at].clone()),
            }
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines.join("\n")).unwrap();
        serve(&[(OTEL_CONFIG_FILE, file.path().to_str().unwrap())]);
    }
}
