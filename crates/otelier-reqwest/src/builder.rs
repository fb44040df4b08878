//! Choices about a middleware, in code.

use otelier_instrument::masking::SensitiveKeys;
use otelier_instrument::semconv::http::{HttpClient, HttpOptions};
use otelier_instrument::{Providers, integration, provider_setters};

use crate::middleware::OtelMiddleware;

/// Made by [`OtelMiddleware::builder`]. What is not chosen here comes from the process-wide settings.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelMiddlewareBuilder {
    providers: Providers,
    options: HttpOptions,
    follows_body: bool,
}

impl OtelMiddlewareBuilder {
    provider_setters!(propagator);

    /// Records these headers of requests as `http.request.header.<name>`; none by default.
    ///
    /// Only those that the request itself has: reqwest adds a client's default headers later.
    pub fn with_captured_request_headers(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.request_headers = Some(list(names));
        self
    }

    /// Records these headers of responses as `http.response.header.<name>`; none by default.
    pub fn with_captured_response_headers(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.response_headers = Some(list(names));
        self
    }

    /// Masks the captured headers whose names contain one of `parts`, in any case. Replaces the
    /// process-wide [policy](otelier_instrument::masking), which by default masks `authorization`,
    /// `cookie`, `x-api-key` and the like; without parts, none is masked.
    ///
    /// Headers that hold URLs, such as `location`, are masked as `url.full` is.
    ///
    /// A value that is [marked as sensitive](http::HeaderValue::set_sensitive), as those that reqwest makes of a password
    /// or a token are, is masked in any case.
    pub fn with_masked_headers(mut self, parts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.options.sensitive_headers = Some(SensitiveKeys::containing(parts));
        self
    }

    /// Masks the values of the parameters whose names contain one of `keys`, in any case, in the
    /// URLs of `url.full` and of headers. Replaces the process-wide
    /// [policy](otelier_instrument::masking), which by default masks tokens, signatures and the
    /// like; without keys none is masked. User information is masked in any case.
    pub fn with_redacted_query_keys(
        mut self,
        keys: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        self.options.sensitive_query_keys = Some(SensitiveKeys::containing(keys));
        self
    }

    /// Reports these methods by name and every other as `_OTHER`. Replaces the default list.
    pub fn with_known_methods(
        mut self,
        methods: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.known_methods = Some(list(methods));
        self
    }

    /// Whether to emit what is opt-in by convention: the sizes of bodies.
    ///
    /// That of a response is known where the server announced it, or with [`with_response_body`]. If reqwest decompresses
    /// the body, it is the size after that.
    ///
    /// [`with_response_body`]: Self::with_response_body
    pub fn with_experimental_telemetry(mut self, enabled: bool) -> Self {
        self.options.experimental_telemetry = Some(enabled);
        self
    }

    /// Whether span and duration end when the response's body ends, instead of when its head has arrived.
    ///
    /// A body that is dropped before its end counts as cancelled: the span has `otelier.cancelled`.
    pub fn with_response_body(mut self, enabled: bool) -> Self {
        self.follows_body = enabled;
        self
    }

    /// Builds the middleware.
    #[must_use]
    pub fn build(self) -> OtelMiddleware {
        let client = HttpClient::new(integration!("reqwest"), self.providers, self.options);
        OtelMiddleware::from_parts(client, self.follows_body)
    }
}

fn list(items: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}
