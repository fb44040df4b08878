//! Runs detectors side by side, for as long as there is time.
//!
//! Each detector has a thread of its own, because one that waits for a metadata service must not
//! hold up the others, and because no panic in one may stop `init`. The threads are not joined:
//! one that is late ends by itself, when its requests do, and what it found is dropped. So `init`
//! is never delayed by more than `LIMIT`, except where no thread can be started.
//!
//! The threads suppress telemetry: the requests of detectors are not to be traced by the program's
//! own instrumentation.
//!
//! The order of the variants of `Detector` is their rank. The strongest is applied last, so that
//! its attributes replace those of the others.

use std::cmp::Reverse;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::{Array, KeyValue, StringValue, Value};
use otelier_instrument::catch_panic;

use super::detected::{Detected, Problem};
use super::sources::Sources;
use super::{container, ec2, ecs, eks, environ, host, k8s, lambda, os, process};
use crate::config::{Choice as _, Detector};
use crate::diagnostics;
use crate::export::suppress_telemetry_of_this_thread;

/// How long all detectors together may delay the start.
///
/// A start that waits longer would be worse than attributes that are missing.
pub(super) const LIMIT: Duration = Duration::from_secs(2);
/// How long requests may take, so that what was answered by then is there in time. It is less than
/// `LIMIT` by the time that an answer may take to be read and reported.
pub(super) const REQUESTS: Duration = Duration::from_millis(1750);
/// The most characters of a value. Longer ones are cut without a mark.
const LONGEST: usize = 2048;

/// What the detectors find; of two attributes with one key the later one counts. What one of them
/// does not find is said, and does not stop the others.
///
/// An unexpected problem is a warning; an expected one is only shown at the level debug, because on
/// many machines it is the normal case.
pub(super) fn detect(detectors: &[Detector], sources: &Arc<Sources>) -> Vec<KeyValue> {
    let mut attributes = Vec::new();
    for (detector, detected) in run(detectors, sources, LIMIT, find) {
        let name = detector.name();
        match detected.problem {
            Some(Problem::Unexpected(reason)) => diagnostics::warn(&format!(
                "the resource detector {name} does not find everything: {reason}"
            )),
            Some(Problem::Expected(reason)) => {
                diagnostics::debug(|| format!("the resource detector {name}: {reason}"));
            }
            None => {}
        }
        attributes.extend(detected.attributes.into_iter().map(bounded));
    }
    attributes
}

/// Runs one detector on the calling thread. Those that cannot have a problem return attributes
/// only.
fn find(detector: Detector, sources: &Sources) -> Detected {
    Detected::of(match detector {
        Detector::Ecs => return ecs::detect(sources),
        Detector::Eks => return eks::detect(sources),
        Detector::Ec2 => return ec2::detect(sources),
        Detector::Lambda => lambda::detect(sources),
        Detector::K8s => k8s::detect(sources),
        Detector::Container => container::detect(sources),
        Detector::Process => process::detect(sources.executable.as_deref()),
        Detector::Host => host::detect(sources),
        Detector::Os => os::detect(sources),
        Detector::Environ => environ::detect(sources),
    })
}

/// Runs `find` for each detector, each on a thread of its own. The weakest comes first in the
/// result; one that did not end within `limit` has found nothing.
///
/// `find` is an argument so that tests can run detectors that are late or panic. A late one is an
/// unexpected problem.
fn run(
    detectors: &[Detector],
    sources: &Arc<Sources>,
    limit: Duration,
    find: fn(Detector, &Sources) -> Detected,
) -> Vec<(Detector, Detected)> {
    let deadline = Instant::now() + limit;
    let (sender, reports) = mpsc::channel();
    let mut results: Vec<(Detector, Option<Detected>)> =
        detectors.iter().map(|detector| (*detector, None)).collect();
    results.sort_by_key(|(detector, _)| Reverse(*detector));
    for (at, (detector, result)) in results.iter_mut().enumerate() {
        let detector = *detector;
        let (shared, sender) = (Arc::clone(sources), sender.clone());
        let work = move || {
            suppress_telemetry_of_this_thread();
            // The receiver is gone when the time was up.
            let _ = sender.send((at, catching(find, detector, &shared)));
        };
        let spawned = thread::Builder::new().name("otelier-detect".to_owned()).spawn(work);
        if spawned.is_err() {
            // Requests have their own limit, and files of the system answer at once.
            *result = Some(catching(find, detector, sources));
        }
    }
    drop(sender);
    // Ends when all have reported, too: the channel is closed then.
    while let Ok((at, detected)) =
        reports.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    {
        results[at].1 = Some(detected);
    }
    let late = || Detected::default().unexpected(format_args!("it did not end within {limit:?}"));
    results.into_iter().map(|(detector, found)| (detector, found.unwrap_or_else(late))).collect()
}

/// As `find`; a detector that panics has found nothing, which is an unexpected problem.
fn catching(
    find: fn(Detector, &Sources) -> Detected,
    detector: Detector,
    sources: &Sources,
) -> Detected {
    catch_panic(|| find(detector, sources))
        .unwrap_or_else(|| Detected::default().unexpected("it panicked"))
}

/// Files and answers may hold anything. Cuts texts, also those in arrays, to `LONGEST` characters.
fn bounded(mut attribute: KeyValue) -> KeyValue {
    let cut = |text: &StringValue| {
        let end = text.as_str().char_indices().nth(LONGEST).map(|(at, _)| at);
        end.map(|end| StringValue::from(text.as_str()[..end].to_owned()))
    };
    match &mut attribute.value {
        Value::String(text) => {
            if let Some(shorter) = cut(text) {
                *text = shorter;
            }
        }
        Value::Array(Array::String(texts)) => {
            for text in texts {
                if let Some(shorter) = cut(text) {
                    *text = shorter;
                }
            }
        }
        _ => {}
    }
    attribute
}

#[cfg(test)]
mod tests;
