//! Metrics of what a service runs on: its process, and its tokio runtime.
//!
//! All instruments are observable: their callbacks run at each collection, on the thread of the
//! reader, and read `/proc` then. Between collections nothing is measured. Each callback reads the
//! file that it needs, so a collection may read the same file several times; these files are
//! short, and nothing has to be shared between callbacks.
//!
//! On systems without `/proc` the callbacks observe nothing, so the metrics have no series there.
//! The same is true of a single value that a file lacks.
//!
//! Sources: <https://opentelemetry.io/docs/specs/semconv/system/process-metrics/> and the manual
//! pages `proc_pid_stat(5)` and `proc_pid_status(5)`.

use std::fs;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_instrument::scope;
use otelier_instrument::semconv::process as name;

/// How many of the clock ticks in `/proc` make a second: a constant of Linux' interface.
const TICKS: f64 = 100.0;

/// Measures this process at each collection.
///
/// The callbacks live as long as the provider. `init` calls this only where metrics go somewhere.
pub(crate) fn observe_process(provider: &SdkMeterProvider) {
    let meter = provider.meter_with_scope(scope!());
    let modes = ["user", "system"].map(|it| [KeyValue::new(name::CPU_MODE, it)]);
    meter
        .f64_observable_counter(name::PROCESS_CPU_TIME)
        .with_unit("s")
        .with_callback(move |observer| {
            if let Some(stat) = Stat::read() {
                observer.observe(stat.user, &modes[0]);
                observer.observe(stat.system, &modes[1]);
            }
        })
        .build();
    let kinds = ["minor", "major"].map(|it| [KeyValue::new(name::SYSTEM_PAGING_FAULT_TYPE, it)]);
    meter
        .u64_observable_counter(name::PROCESS_PAGING_FAULTS)
        .with_unit("{fault}")
        .with_callback(move |observer| {
            if let Some(stat) = Stat::read() {
                observer.observe(stat.minor_faults, &kinds[0]);
                observer.observe(stat.major_faults, &kinds[1]);
            }
        })
        .build();
    let kinds = ["voluntary", "involuntary"]
        .map(|it| [KeyValue::new(name::PROCESS_CONTEXT_SWITCH_TYPE, it)]);
    meter
        .u64_observable_counter(name::PROCESS_CONTEXT_SWITCHES)
        .with_unit("{context_switch}")
        .with_callback(move |observer| {
            let status = status();
            observe(observer, value_of(&status, "voluntary_ctxt_switches:"), &kinds[0]);
            observe(observer, value_of(&status, "nonvoluntary_ctxt_switches:"), &kinds[1]);
        })
        .build();
    sum(&meter, name::PROCESS_MEMORY_USAGE, "By", || bytes_of(&status(), "VmRSS:"));
    sum(&meter, name::PROCESS_MEMORY_VIRTUAL, "By", || bytes_of(&status(), "VmSize:"));
    sum(&meter, name::PROCESS_THREAD_COUNT, "{thread}", || value_of(&status(), "Threads:"));
    sum(&meter, name::PROCESS_UNIX_FILE_DESCRIPTOR_COUNT, "{file_descriptor}", || {
        // One of them is that of the folder itself.
        let open = fs::read_dir("/proc/self/fd").ok()?.count();
        i64::try_from(open).ok().map(|open| open - 1)
    });
}

/// Measures the tokio runtime of the caller at each collection. Called outside of a runtime, it
/// warns and does nothing else. The meter is the global one, so the provider must be installed
/// before.
#[cfg(feature = "tokio-metrics")]
pub(crate) fn observe_tokio() {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => opentelemetry_instrumentation_tokio::observe_runtime(&runtime),
        Err(error) => {
            crate::diagnostics::warn(&format!("there are no metrics of tokio: {error}"));
        }
    }
}

/// Says that the feature is needed.
#[cfg(not(feature = "tokio-metrics"))]
pub(crate) fn observe_tokio() {
    crate::diagnostics::warn("metrics of tokio need the feature `tokio-metrics`");
}

/// An instrument with one series and without attributes, for a value that goes up and down. Where
/// `value` is `None`, nothing is observed.
fn sum(
    meter: &Meter,
    name: &'static str,
    unit: &'static str,
    value: impl Fn() -> Option<i64> + Send + Sync + 'static,
) {
    meter
        .i64_observable_up_down_counter(name)
        .with_unit(unit)
        .with_callback(move |observer| observe(observer, value(), &[]))
        .build();
}

/// Observes a value, if there is one.
fn observe<T>(observer: &dyn AsyncInstrument<T>, value: Option<T>, attributes: &[KeyValue]) {
    if let Some(value) = value {
        observer.observe(value, attributes);
    }
}

/// The file with the values by name; empty where there is none.
fn status() -> String {
    fs::read_to_string("/proc/self/status").unwrap_or_default()
}

/// The number that follows `name` at the start of a line. `None` if there is no such line, or if it
/// has no number.
fn value_of<T: std::str::FromStr>(status: &str, name: &str) -> Option<T> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The number of a line in kibibytes, which the file calls `kB`, as bytes.
fn bytes_of(status: &str, name: &str) -> Option<i64> {
    value_of::<i64>(status, name)?.checked_mul(1024)
}

/// What `/proc/self/stat` counts. All of it since the start of the process, in all of its threads.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stat {
    /// Seconds of CPU time in the program itself.
    user: f64,
    /// Seconds of CPU time in the kernel for it.
    system: f64,
    /// Page faults that read nothing from a disk.
    minor_faults: u64,
    /// Page faults that waited for a disk.
    major_faults: u64,
}

impl Stat {
    /// `None` on systems without the file.
    fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    /// The name of the program stands in parentheses, and may itself have any character. So fields
    /// are counted from the last closing parenthesis: the first one after it is field 3, the state.
    /// `None` if a field is missing or is no number.
    fn parse(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS);
        Some(Self {
            minor_faults: fields.get(7)?.parse().ok()?,
            major_faults: fields.get(9)?.parse().ok()?,
            user: seconds(11)?,
            system: seconds(12)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use otelier_testing::Capture;

    use super::*;

    #[test]
    fn the_program_name_may_hold_anything() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 310 0 2 0 150 25 0 0 20 0 3 0 100 1 1";
        let expected = Stat { user: 1.5, system: 0.25, minor_faults: 310, major_faults: 2 };
        assert_eq!(Stat::parse(stat), Some(expected));
        for wrong in ["", "7 (a", "7 (a) S 1", "7 (a) S 1 7 7 0 -1 1 x 0 2 0 150 25"] {
            assert_eq!(Stat::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn values_are_found_by_their_whole_name() {
        let status = "Name:\tThreads: 9\nVmRSS:\t   1480 kB\nThreads:\t3\n\
                      voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t6\n";
        assert_eq!(value_of(status, "Threads:"), Some(3));
        assert_eq!(bytes_of(status, "VmRSS:"), Some(1480 * 1024));
        assert_eq!(value_of(status, "voluntary_ctxt_switches:"), Some(5));
        assert_eq!(bytes_of(status, "VmSize:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_measured() {
        let capture = Capture::new();
        observe_process(&capture.meter_provider());
        let points = capture.metrics();
        let mut names: Vec<&str> = points.iter().map(|point| &*point.name).collect();
        names.sort_unstable();
        let expected = [
            "process.context_switches",
            "process.context_switches",
            "process.cpu.time",
            "process.cpu.time",
            "process.memory.usage",
            "process.memory.virtual",
            "process.paging.faults",
            "process.paging.faults",
            "process.thread.count",
            "process.unix.file_descriptor.count",
        ];
        assert_eq!(names, expected);
        let value = |name: &str| {
            points
                .iter()
                .find(|point| point.name == name)
                .and_then(otelier_testing::MetricPoint::value)
                .unwrap()
        };
        assert!(value("process.memory.usage") > 1e6);
        assert!(value("process.memory.virtual") > value("process.memory.usage"));
        assert!(value("process.thread.count") >= 1.0);
        assert!(value("process.unix.file_descriptor.count") >= 3.0);
    }
}
