//! A program with calls of libraries, built by `cargo otelier`, and the same with layers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use integration_tests::program::workspace_binary;
use otelier_testing::OtlpReceiver;

use super::facts::{Compared, Facts, Replaced};
use super::settings::Settings;
use crate::{CargoOtelier, TEST};

/// What both sides' telemetry calls the program.
const SERVICE: &str = "calls";
/// Calls that send nothing, so that layers have nothing to record.
const NOT_SENT: [&str; 2] = ["client_dropped", "invalid_url"];
/// How many runs go on at the same time. Most of each is waiting.
const AT_ONCE: usize = 4;

/// One call, with these settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) library: &'a str,
    pub(crate) call: &'a str,
    pub(crate) settings: &'a Settings,
    /// What the call needs to know.
    pub(crate) variables: &'a [(String, String)],
}

/// The two programs.
#[derive(Debug)]
pub(crate) struct Programs {
    hooks: PathBuf,
    layers: PathBuf,
    /// Gone with the last use.
    _installed: CargoOtelier,
}

impl Programs {
    /// Builds the program `name`, and `{name}-layered`.
    pub(crate) fn build(name: &str) -> Self {
        let layers =
            workspace_binary(&format!("{name}-layered"), TEST, env!("CARGO_TARGET_TMPDIR"));
        let installed = CargoOtelier::install();
        let hooks = installed.build(name);
        Self { hooks, layers, _installed: installed }
    }

    /// The calls of a library that the program has.
    pub(crate) fn calls(&self, library: &str) -> Vec<String> {
        let [hooks, layers] = [&self.hooks, &self.layers].map(|program| {
            let output = Command::new(program).env_clear().output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        });
        assert_eq!(hooks, layers, "the programs are not of the same source");
        let calls = hooks.lines().filter_map(|line| line.strip_prefix(library)?.strip_prefix(' '));
        calls.map(str::to_owned).collect()
    }

    /// Makes the call with both, and compares what they record.
    pub(crate) fn compare(&self, run: &Run<'_>) -> Compared {
        let (hooks, layers) = (recorded(&self.hooks, run), recorded(&self.layers, run));
        // With other settings there may be nothing to record.
        if run.settings.variables.is_empty() && !NOT_SENT.contains(&run.call) {
            assert!(layers.has_telemetry(), "nothing is compared in {run:?}");
        }
        Facts::compare(&hooks, &layers)
    }
}

fn recorded(program: &Path, run: &Run<'_>) -> Facts {
    let receiver = OtlpReceiver::start();
    let output = Command::new(program)
        .args([run.library, run.call])
        .env_clear()
        .env("OTEL_SERVICE_NAME", SERVICE)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint())
        .envs(run.settings.variables.iter().copied())
        .envs(run.variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{} {run:?}: {output:?}", program.display());
    Facts::of(&receiver.received(), &told(&output, run.settings))
}

/// What the program says that differs from run to run. Values that are recorded in part have the
/// same name.
fn told(output: &Output, settings: &Settings) -> Replaced {
    let lines = String::from_utf8_lossy(&output.stdout);
    let told = lines.lines().filter_map(|line| line.split_once('='));
    let told: Replaced = told.map(|(name, value)| (value.to_owned(), name.to_owned())).collect();
    let cut = settings.value_limit().into_iter().flat_map(|limit| {
        told.iter().filter_map(move |(value, name)| Some((value.get(..limit)?, name.clone())))
    });
    let cut: Vec<(String, String)> = cut.map(|(value, name)| (value.to_owned(), name)).collect();
    told.into_iter().chain(cut).collect()
}

/// Does something for each item, some at the same time. The results are in the order of the items.
pub(crate) fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((at, item)) = next_of(items, &next) {
                    let result = work(item);
                    done.lock().unwrap().push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn next_of<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, items.get(at)?))
}
