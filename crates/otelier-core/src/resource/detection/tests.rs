//! Detectors that fail, panic or hang.

use std::sync::OnceLock;
use std::thread::ThreadId;

use super::super::testing::System;
use super::*;
use crate::config::Platform;

const MINUTE: Duration = Duration::from_secs(60);

fn sources() -> Arc<Sources> {
    Arc::new(System::with(&[]).sources(Platform::default()))
}

fn named(detector: Detector) -> Detected {
    Detected::of(vec![KeyValue::new("found", detector.name())])
}

#[test]
fn the_strongest_comes_last_whatever_the_order_is() {
    use Detector::{Container, Ec2, Ecs, Eks, Environ, Host, K8s, Lambda, Os, Process};
    let strongest_last = [Environ, Os, Host, Process, Container, K8s, Ec2, Eks, Lambda, Ecs];
    let mut mixed = strongest_last;
    mixed.rotate_left(3);
    let found = run(&mixed, &sources(), MINUTE, |detector, _| named(detector));
    let expected = strongest_last.map(|detector| (detector, named(detector)));
    assert_eq!(found, expected);
}

#[test]
fn each_detector_has_a_thread_of_its_own() {
    static SEEN: OnceLock<[std::sync::Mutex<Vec<ThreadId>>; 1]> = OnceLock::new();
    fn find(_: Detector, _: &Sources) -> Detected {
        let [seen] = SEEN.get_or_init(Default::default);
        seen.lock().unwrap().push(thread::current().id());
        Detected::default()
    }
    run(&[Detector::Host, Detector::Os], &sources(), MINUTE, find);
    let [seen] = SEEN.get().unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen[0] != seen[1] && !seen.contains(&thread::current().id()));
}

#[test]
fn one_that_panics_stops_no_other() {
    let found = run(&[Detector::Host, Detector::Os], &sources(), MINUTE, |detector, _| {
        assert!(detector == Detector::Os, "the detector panics");
        named(detector)
    });
    let panicked = Detected::default().unexpected("it panicked");
    assert_eq!(found, [(Detector::Os, named(Detector::Os)), (Detector::Host, panicked)]);
}

#[test]
fn one_that_hangs_is_left_behind() {
    fn find(detector: Detector, _: &Sources) -> Detected {
        if detector == Detector::Host {
            loop {
                thread::park();
            }
        }
        named(detector)
    }
    // Long enough for the other one on a machine that is busy.
    let limit = Duration::from_millis(500);
    let found = run(&[Detector::Host, Detector::Os], &sources(), limit, find);
    let late = Detected::default().unexpected("it did not end within 500ms");
    assert_eq!(found, [(Detector::Os, named(Detector::Os)), (Detector::Host, late)]);
}

#[test]
fn values_have_a_bound() {
    let long = "é".repeat(LONGEST + 1);
    let cut = "é".repeat(LONGEST);
    let list = |text: &str| Value::Array(Array::String(vec![text.to_owned().into()]));
    assert_eq!(bounded(KeyValue::new("a", long.clone())).value, Value::from(cut.clone()));
    assert_eq!(bounded(KeyValue::new("a", list(&long))).value, list(&cut));
    assert_eq!(bounded(KeyValue::new("a", 7)).value, Value::I64(7));
}
