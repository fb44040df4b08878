//! What an observer learns of each way in which a body can end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame};

use super::*;

type Result = std::result::Result<Frame<Bytes>, &'static str>;

/// A body of prepared frames that may say when it is over.
struct Frames {
    frames: VecDeque<Result>,
    says_end: bool,
}

impl Frames {
    fn new(frames: impl IntoIterator<Item = Result>) -> Self {
        Self { frames: frames.into_iter().collect(), says_end: false }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result>> {
        Poll::Ready(self.frames.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.says_end && self.frames.is_empty()
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: impl Into<String>) {
        self.0.lock().expect("lock").push(entry.into());
    }

    fn entries(&self) -> Vec<String> {
        self.0.lock().expect("lock").clone()
    }
}

/// Logs each call, and a drop without `on_end` or `on_error`.
struct Observer(Option<Log>);

impl BodyObserver<&'static str> for Observer {
    fn poll<R>(observer: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        if let Some(Self(Some(log))) = observer {
            log.add("poll");
        }
        poll()
    }

    fn on_data(&mut self, chunk: &[u8], len: usize, total: u64) {
        let chunk = String::from_utf8_lossy(chunk);
        if let Some(log) = &self.0 {
            log.add(format!("{chunk} {len} {total}"));
        }
    }

    fn on_end(mut self) {
        if let Some(log) = self.0.take() {
            log.add("end");
        }
    }

    fn on_error(mut self, error: &&'static str) {
        if let Some(log) = self.0.take() {
            log.add(*error);
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        if let Some(log) = self.0.take() {
            log.add("dropped");
        }
    }
}

fn data(text: &'static str) -> Result {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn framing(method: &str, status: u16, length: Option<u64>) -> ResponseFraming {
    let mut framing = ResponseFraming::to_method(method);
    framing.set_response(status, length);
    framing
}

/// Polls `body` this often, and drops it.
fn check(body: Frames, framing: Option<ResponseFraming>, polls: usize, expected: &[&str]) {
    let log = Log::default();
    let mut body = ObservedBody::new(body, framing, Observer(Some(log.clone())));
    for _ in 0..polls {
        let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
    }
    drop(body);
    assert_eq!(log.entries(), expected);
}

#[test]
fn ends_with_the_end_of_the_stream() {
    let body = Frames::new([data("ab"), data("cde")]);
    check(body, None, 3, &["poll", "ab 2 2", "poll", "cde 3 5", "poll", "end"]);
}

#[test]
fn ends_with_the_frame_that_is_the_last() {
    let body = Frames { says_end: true, ..Frames::new([data("ab")]) };
    check(body, None, 1, &["poll", "ab 2 2", "end"]);
}

#[test]
fn ends_with_trailers() {
    let body = Frames::new([Ok(Frame::trailers(http::HeaderMap::new())), data("x")]);
    check(body, None, 2, &["poll", "end"]);
}

#[test]
fn ends_with_the_announced_length() {
    let body = Frames::new([data("ab"), data("c"), data("d")]);
    let framing = framing("GET", 200, Some(3));
    check(body, Some(framing), 2, &["poll", "ab 2 2", "poll", "c 1 3", "end"]);
}

#[test]
fn bodiless_message_ends_at_once() {
    for framing in [
        framing("HEAD", 200, Some(3)),
        framing("GET", 204, None),
        framing("GET", 304, Some(3)),
        framing("GET", 101, None),
        framing("CONNECT", 200, None),
        framing("GET", 200, Some(0)),
    ] {
        check(Frames::new([data("never read")]), Some(framing), 0, &["end"]);
    }
    let over = Frames { says_end: true, ..Frames::new([]) };
    check(over, Some(framing("GET", 200, None)), 0, &["end"]);
}

#[test]
fn an_error_is_reported_once() {
    let body = Frames::new([data("ab"), Err("torn")]);
    check(body, None, 3, &["poll", "ab 2 2", "poll", "torn"]);
}

#[test]
fn a_body_dropped_early_drops_its_observer() {
    let framing = framing("GET", 200, Some(3));
    check(Frames::new([data("ab"), data("c")]), Some(framing), 1, &["poll", "ab 2 2", "dropped"]);
    check(Frames::new([]), None, 0, &["dropped"]);
}

#[test]
fn nothing_but_the_observer_is_added() {
    let body = Frames { says_end: true, ..Frames::new([data("ab")]) };
    let observed: ObservedBody<_, Observer> = ObservedBody::unobserved(body);
    assert!(!observed.is_end_stream());
    assert_eq!(observed.size_hint().exact(), None);
    assert!(
        ObservedBody::<_, Observer>::unobserved(Frames { says_end: true, ..Frames::new([]) })
            .is_end_stream()
    );
}

#[test]
fn frame_of_several_chunks_counts_whole() {
    struct Chained(Option<bytes::buf::Chain<Bytes, Bytes>>);
    impl Body for Chained {
        type Data = bytes::buf::Chain<Bytes, Bytes>;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<std::result::Result<Frame<Self::Data>, Self::Error>>> {
            Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
        }
    }
    let log = Log::default();
    let chained = Chained(Some(Bytes::from_static(b"ab").chain(Bytes::from_static(b"cde"))));
    let mut body = ObservedBody::new(chained, None, Observer(Some(log.clone())));
    let _ = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    assert_eq!(log.entries(), ["poll", "ab 5 5"]);
}
