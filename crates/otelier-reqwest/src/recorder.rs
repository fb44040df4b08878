//! What is decided about a request that is sent. Plain data in, operations out: nothing here knows
//! reqwest or the crate `http`.
//!
//! [`OtelMiddleware`](crate::OtelMiddleware) is an adapter of it.
//!
//! ```
//! # mod otelier { pub use otelier_reqwest as reqwest; }
//! use otelier_instrument::semconv::http::{
//!     HttpClientRequest, HttpHeadersMut, HttpOptions, HttpResponse,
//! };
//! use otelier_instrument::{Providers, enter, scope};
//! use otelier::reqwest::recorder::{Attempts, HttpClientRecorder, RequestIdentity};
//!
//! # fn example<H: HttpHeadersMut, R: HttpResponse>(
//! #     request: &impl HttpClientRequest, headers: &mut H, send: impl FnOnce() -> R,
//! # ) {
//! let recorder = HttpClientRecorder::new(scope!(), Providers::default(), HttpOptions::default());
//!
//! // One for all attempts to send a request.
//! let mut attempts = Attempts::default();
//! let identity = RequestIdentity::of(request);
//! if let Some(mut sent) = recorder.start(request, Some(&attempts), identity) {
//!     sent.count_in(&mut attempts);
//!     sent.inject(headers);
//!     let mut sent = Some(sent);
//!     let response = enter(&mut sent, send);
//!     if let Some(mut sent) = sent {
//!         sent.set_response(&response);
//!         sent.finish_in(&mut attempts);
//!         sent.end();
//!     }
//! }
//! # }
//! ```

mod attempts;
mod request;
#[cfg(test)]
mod tests;

pub use attempts::{Attempts, RequestIdentity};
pub use request::SentRequest;

use otelier_instrument::Providers;
use otelier_instrument::kit::Integration;
use otelier_instrument::semconv::http::{HttpClient, HttpClientRequest, HttpOptions};

use self::attempts::RecorderId;
use self::request::Resent;

/// Starts the operations of requests.
///
/// A clone shares the providers and the instruments, and counts attempts for itself.
#[derive(Debug)]
pub struct HttpClientRecorder {
    client: HttpClient,
    id: RecorderId,
    with_response_body: bool,
}

impl HttpClientRecorder {
    /// Creates a recorder of `integration` with these providers and options.
    #[must_use]
    pub fn new(
        integration: impl Into<Integration>,
        providers: Providers,
        options: HttpOptions,
    ) -> Self {
        let client = HttpClient::new(integration, providers, options);
        Self { client, id: RecorderId::new(), with_response_body: false }
    }

    /// Whether an operation ends when the response's body ends, instead of when its headers have
    /// arrived.
    #[must_use]
    pub fn with_response_body(mut self, enabled: bool) -> Self {
        self.with_response_body = enabled;
        self
    }

    /// Starts the operation of one attempt to send `request`. `None` if a recorder further out has
    /// the operation of this very attempt.
    pub fn start(
        &self,
        request: &impl HttpClientRequest,
        attempts: Option<&Attempts>,
        identity: RequestIdentity,
    ) -> Option<SentRequest> {
        if attempts.is_some_and(|attempts| attempts.is_in_flight(identity)) {
            return None;
        }
        let resend_count = attempts.map_or(0, |attempts| attempts.failed(self.id));
        let operation = self.client.start(&Resent { request, resend_count });
        let method = request.method();
        Some(SentRequest::new(operation, method, self.id, identity, self.with_response_body))
    }
}

impl Clone for HttpClientRecorder {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), id: RecorderId::new(), ..*self }
    }
}
