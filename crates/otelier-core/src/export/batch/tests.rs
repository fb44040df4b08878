//! When batches are exported, and what is counted when they cannot be.

use std::sync::mpsc::{self, Receiver, Sender};

use super::super::settings_of;
use super::*;
use crate::config::Signal;

const MINUTE: Duration = Duration::from_secs(60);

const LIMITS: BatchLimits = BatchLimits {
    max_queue_size: 8,
    max_export_batch_size: 4,
    schedule_delay: MINUTE,
    queue_variable: Some("QUEUE"),
    max_workers: ENDPOINT_WORKERS,
};

/// A queue of numbers, and what it exports.
struct Fixture {
    queue: BatchQueue<u32>,
    batches: Receiver<Vec<u32>>,
    /// Each export waits for a word, unless this is gone.
    go: Option<Sender<()>>,
    status: Arc<ExportStatus>,
    shutdown: ShutdownSignal,
}

fn fixture(limits: BatchLimits) -> Fixture {
    let shutdown = ShutdownSignal::default();
    let status = ExportStatus::new(Signal::Traces, &settings_of(&[]), 0, shutdown.clone());
    let (sender, batches) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let export = move |batch| {
        sender.send(batch).unwrap();
        let _ = gone.lock().unwrap().recv();
    };
    let queue =
        BatchQueue::start("test", limits, Arc::clone(&status), shutdown.clone(), export).unwrap();
    Fixture { queue, batches, go: Some(go), status, shutdown }
}

/// As [`fixture`], with exports that wait for nothing.
fn free(limits: BatchLimits) -> Fixture {
    Fixture { go: None, ..fixture(limits) }
}

#[test]
fn full_batches_are_exported_at_once() {
    let it = free(LIMITS);
    (0..4).for_each(|number| it.queue.push(number));
    assert_eq!(it.batches.recv().unwrap(), [0, 1, 2, 3]);
}

#[test]
fn others_wait_for_the_schedule() {
    let it = free(BatchLimits { schedule_delay: Duration::from_millis(1), ..LIMITS });
    it.queue.push(7);
    assert_eq!(it.batches.recv().unwrap(), [7]);
}

#[test]
fn flush_exports_what_is_queued() {
    let it = free(LIMITS);
    for number in 0..7 {
        it.queue.push(number);
    }
    assert_eq!(it.queue.flush(MINUTE), Ok(()));
    let mut exported: Vec<u32> = it.batches.try_iter().flatten().collect();
    exported.sort_unstable();
    assert_eq!(exported, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn full_queue_drops_and_counts() {
    let mut it = fixture(BatchLimits { max_export_batch_size: 8, max_workers: 1, ..LIMITS });
    (0..8).for_each(|number| it.queue.push(number));
    assert_eq!(it.batches.recv().unwrap().len(), 8);
    // The first batch is under way, so these wait, and the last three find no room.
    (0..11).for_each(|number| it.queue.push(number));
    it.go = None;
    // Whether they are lost before the flush begins or meanwhile is up to the thread.
    let _ = it.queue.flush(MINUTE);
    assert_eq!(it.status.lost(), 3);
    let loss = it.status.take_loss().unwrap();
    assert!(loss.contains("the queue of 8 is full") && loss.contains("QUEUE"), "{loss}");
}

#[test]
fn full_batches_are_exported_beside_one_another() {
    let it = fixture(BatchLimits { max_queue_size: 100, ..LIMITS });
    (0..40).for_each(|number| it.queue.push(number));
    // No export has ended, and still that many have begun.
    let begun: Vec<_> = (0..ENDPOINT_WORKERS).map(|_| it.batches.recv().unwrap()).collect();
    assert!(begun.iter().all(|batch| batch.len() == 4));
    assert!(it.batches.try_recv().is_err());
}

#[test]
fn flush_waits_for_every_batch_before_it() {
    let it = fixture(LIMITS);
    (0..8).for_each(|number| it.queue.push(number));
    let _ = (it.batches.recv().unwrap(), it.batches.recv().unwrap());
    let go = it.go.as_ref().unwrap();
    // Two batches are under way, and one of them ends.
    go.send(()).unwrap();
    assert_eq!(it.queue.flush(Duration::from_millis(50)), Err(Unfinished::Timeout));
    go.send(()).unwrap();
    assert_eq!(it.queue.flush(MINUTE), Ok(()));
}

#[test]
fn shutdown_exports_the_rest_and_takes_no_more() {
    let it = free(LIMITS);
    it.queue.push(1);
    assert_eq!(it.queue.shut_down(MINUTE), Ok(()));
    it.queue.push(2);
    assert_eq!(it.queue.flush(MINUTE), Ok(()));
    assert_eq!(it.batches.try_iter().collect::<Vec<_>>(), [[1]]);
}

#[test]
fn deadline_of_the_pipeline_ends_a_shutdown() {
    let it = fixture(LIMITS);
    (0..6).for_each(|number| it.queue.push(number));
    it.batches.recv().unwrap();
    it.shutdown.begin(Instant::now());
    assert_eq!(it.queue.shut_down(MINUTE), Err(Unfinished::Timeout));
    let expected = "http://localhost:4318/v1/traces: not finished in time; 6 spans lost";
    assert_eq!(it.status.take_loss().as_deref(), Some(expected));
    // They are not counted again.
    assert_eq!(it.queue.flush(MINUTE), Err(Unfinished::Timeout));
    assert_eq!(it.status.take_loss(), None);
}

#[test]
fn panic_in_an_export_costs_its_batch_only() {
    let shutdown = ShutdownSignal::default();
    let status = ExportStatus::new(Signal::Traces, &settings_of(&[]), 0, shutdown.clone());
    let (sender, batches) = mpsc::channel();
    let export = move |batch: Vec<u32>| {
        assert_ne!(batch, [1], "on purpose");
        sender.send(batch).unwrap();
    };
    let queue = BatchQueue::start("test", LIMITS, Arc::clone(&status), shutdown, export).unwrap();
    queue.push(1);
    assert_eq!(queue.flush(MINUTE), Err(Unfinished::Lost(1)));
    queue.push(2);
    assert_eq!(queue.flush(MINUTE), Ok(()));
    assert_eq!(batches.recv().unwrap(), [2]);
}

#[test]
fn dropping_the_queue_exports_the_rest() {
    let it = free(LIMITS);
    it.queue.push(1);
    drop(it.queue);
    assert_eq!(it.batches.iter().collect::<Vec<_>>(), [[1]]);
}
