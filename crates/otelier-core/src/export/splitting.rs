//! Splits a request that is too large by the settings or by what the endpoint says, and sends the
//! halves.
//!
//! The limit of an endpoint is not known before it refuses, so requests within that of the settings
//! are sent whole first. A half that is too large is halved again, until the parts are accepted or
//! hold one item. The parts are on a stack, which keeps their order. A part that fails otherwise
//! does not stop the others, unless the failure is one of those that are retried: then the endpoint
//! is away, and what is left is given up with the same failure.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::request::{Encoding, ExportRequest};
use super::response::{self, Rejection};
use super::retry::Retry;
use super::shutdown::after;
use super::transport::{Failure, FailureKind};

/// Sends requests of any size.
#[derive(Debug)]
pub(super) struct Splitting {
    /// Sends each part, and tries again by itself.
    retry: Retry,
    /// How requests are written, and responses read.
    encoding: Encoding,
    /// How long one request may take, with its retries.
    /// Each part has it anew.
    timeout: Duration,
    /// The most bytes of a request before compression.
    most: usize,
}

/// Takes requests to where they belong, and blocks meanwhile.
pub(super) trait Delivery: fmt::Debug + Send + Sync + 'static {
    /// Delivers what can be delivered of `request`.
    /// Never fails as a whole: what was lost is in the outcome.
    fn send(&self, request: ExportRequest) -> Outcome;
}

/// What became of the items of a request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// How many were accepted.
    pub(super) accepted: usize,
    /// How many were rejected in responses that accept the rest.
    pub(super) rejected: usize,
    /// The last thing that the server said in such a response.
    pub(super) rejection: Option<String>,
    /// How many were in requests that failed, and why.
    pub(super) failed: Vec<(usize, Failure)>,
}

impl Splitting {
    /// Zero for `most` is without limit.
    pub(super) fn new(retry: Retry, encoding: Encoding, timeout: Duration, most: usize) -> Self {
        let most = if most == 0 { usize::MAX } else { most };
        Self { retry, encoding, timeout, most }
    }

    /// Encodes and sends one request. What cannot be encoded or compressed is a permanent failure
    /// with the `error.type` `encoding`.
    fn send_one(&self, request: &ExportRequest) -> Result<Bytes, Failure> {
        let invalid = |reason| Failure::new(FailureKind::Permanent, "encoding", reason);
        let body = request.encode(self.encoding).map_err(invalid)?;
        if body.len() > self.most {
            let reason =
                format!("it has {} bytes, and max_request_size is {}", body.len(), self.most);
            return Err(Failure::new(FailureKind::TooLarge, "request_too_large", reason));
        }
        let body = self.retry.compress(body).map_err(invalid)?;
        self.retry.send(&body, after(self.timeout))
    }
}

impl Delivery for Splitting {
    fn send(&self, request: ExportRequest) -> Outcome {
        let mut outcome = Outcome::default();
        let mut pending = vec![request];
        while let Some(mut request) = pending.pop() {
            let items = request.items();
            match self.send_one(&request) {
                Ok(response) => {
                    let rejection = response::rejection(&request, self.encoding, &response);
                    outcome.accept(items, rejection);
                }
                Err(failure) if failure.kind == FailureKind::TooLarge => {
                    match request.split_off_half() {
                        // The first half is sent first, as it is on top.
                        Some(second) => pending.extend([second, request]),
                        None => outcome.failed.push((items, failure)),
                    }
                }
                Err(failure) => {
                    // An endpoint that was away for one part is not waited for with every other.
                    let rest = match failure.is_retryable() {
                        true => pending.drain(..).map(|request| request.items()).sum(),
                        false => 0,
                    };
                    outcome.failed.push((items + rest, failure));
                }
            }
        }
        outcome
    }
}

/// Together, `accepted`, `rejected` and `failed` have as many items as the request.
impl Outcome {
    /// Counts a request of `items` items that was accepted. A server that claims to have rejected
    /// more than there were is taken to have rejected all.
    fn accept(&mut self, items: usize, rejection: Option<Rejection>) {
        let Some(rejection) = rejection else {
            self.accepted += items;
            return;
        };
        let rejected = rejection.items.min(items);
        self.accepted += items - rejected;
        self.rejected += rejected;
        self.rejection = Some(rejection.message);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
    };
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message as _;

    use super::super::shutdown::ShutdownSignal;
    use super::super::transport::Transport;
    use super::*;

    /// Takes requests of up to `most` bytes, and fails otherwise.
    #[derive(Clone, Debug)]
    struct Limited {
        most: usize,
        failure: Failure,
        accepted: Arc<Mutex<Vec<Vec<String>>>>,
        attempts: Arc<Mutex<usize>>,
        response: Bytes,
    }

    impl Transport for Limited {
        fn compress(&self, body: Vec<u8>) -> Result<Bytes, String> {
            Ok(body.into())
        }

        fn send(&self, body: Bytes, _: Duration) -> Result<Bytes, Failure> {
            *self.attempts.lock().unwrap() += 1;
            if body.len() > self.most {
                return Err(self.failure.clone());
            }
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let spans = request.resource_spans.into_iter().flat_map(|it| it.scope_spans);
            let names = spans.flat_map(|scope| scope.spans).map(|span| span.name).collect();
            self.accepted.lock().unwrap().push(names);
            Ok(self.response.clone())
        }
    }

    fn limited(most: usize, failure: Failure) -> Limited {
        let (accepted, attempts) = (Arc::default(), Arc::default());
        Limited { most, failure, accepted, attempts, response: Bytes::new() }
    }

    fn splitting(transport: &Limited) -> Splitting {
        let retry = Retry::new(Box::new(transport.clone()), ShutdownSignal::default());
        Splitting::new(retry, Encoding::Protobuf, Duration::from_secs(60), 0)
    }

    fn request(lengths: &[usize]) -> ExportRequest {
        let name = |&length: &usize| "x".repeat(length);
        let spans = lengths
            .iter()
            .map(|length| Span { name: name(length), ..Default::default() })
            .collect();
        ExportRequest::Traces(ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![ScopeSpans { spans, ..Default::default() }],
                ..Default::default()
            }],
        })
    }

    fn too_large() -> Failure {
        Failure::new(FailureKind::TooLarge, "413", "too large")
    }

    #[test]
    fn too_large_requests_are_sent_in_parts() {
        let transport = limited(160, too_large());
        let outcome = splitting(&transport).send(request(&[10, 20, 30, 40, 50]));
        assert_eq!(outcome, Outcome { accepted: 5, ..Outcome::default() });
        let lengths: Vec<Vec<usize>> = transport
            .accepted
            .lock()
            .unwrap()
            .iter()
            .map(|names| names.iter().map(String::len).collect())
            .collect();
        assert_eq!(lengths, [vec![10, 20, 30], vec![40, 50]]);
    }

    #[test]
    fn requests_beyond_the_configured_size_are_never_sent() {
        let transport = limited(usize::MAX, too_large());
        let limited = Splitting { most: 160, ..splitting(&transport) };
        let outcome = limited.send(request(&[10, 20, 30, 40, 50]));
        assert_eq!(outcome, Outcome { accepted: 5, ..Outcome::default() });
        assert_eq!(*transport.attempts.lock().unwrap(), 2);
        let outcome = limited.send(request(&[10, 300]));
        let reason = "it has 312 bytes, and max_request_size is 160";
        let failure = Failure::new(FailureKind::TooLarge, "request_too_large", reason);
        assert_eq!((outcome.accepted, outcome.failed), (1, vec![(1, failure)]));
        assert_eq!(*transport.attempts.lock().unwrap(), 3);
    }

    #[test]
    fn only_what_cannot_be_split_is_lost() {
        let transport = limited(100, too_large());
        let outcome = splitting(&transport).send(request(&[10, 300, 10, 10]));
        assert_eq!((outcome.accepted, outcome.failed), (3, vec![(1, too_large())]));
    }

    #[test]
    fn other_failures_are_not_split() {
        let permanent = Failure::new(FailureKind::Permanent, "400", "no");
        let transport = limited(10, permanent.clone());
        let outcome = splitting(&transport).send(request(&[10, 10]));
        assert_eq!((outcome.accepted, outcome.failed), (0, vec![(2, permanent)]));
        assert_eq!(*transport.attempts.lock().unwrap(), 1);
    }

    #[test]
    fn rejected_items_are_counted() {
        let partial = ExportTracePartialSuccess {
            rejected_spans: 2,
            error_message: "two are odd".to_owned(),
        };
        let response = ExportTraceServiceResponse { partial_success: Some(partial) };
        let transport =
            Limited { response: response.encode_to_vec().into(), ..limited(1000, too_large()) };
        let outcome = splitting(&transport).send(request(&[10, 10, 10]));
        let expected = Outcome {
            accepted: 1,
            rejected: 2,
            rejection: Some("two are odd".to_owned()),
            failed: vec![],
        };
        assert_eq!(outcome, expected);
    }
}
