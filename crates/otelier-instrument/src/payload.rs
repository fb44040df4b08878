//! The text of payloads: bodies of requests and responses, messages, commands and their replies.
//!
//! Payloads are captured only where the user asks for it, by `OTELIER_CAPTURE_PAYLOADS`, by
//! [`Settings::capture_payloads`], or by the property `capture_payloads` of an integration. What is
//! captured is [masked](crate::masking) while it passes, and then cut to the limit of attribute
//! values. So memory is bounded, a stream is neither delayed nor changed, and a cut never hides the
//! key that a secret belongs to.
//!
//! # Which bodies of HTTP
//!
//! | content type | read as |
//! |---|---|
//! | `application/json`, `…+json`, `text/json`, `application/x-ndjson`, `application/x-amz-json-…` | JSON |
//! | `application/x-www-form-urlencoded` | a form, or JSON if it starts like that |
//! | `text/plain`, `text/markdown`, `text/event-stream`, `application/graphql` | text |
//! | none | JSON if it starts like that, else nothing is captured |
//! | any other, or any with a `content-encoding` | nothing is captured |
//!
//! Markup (HTML, XML) is not captured, also where it comes as another type: what is secret in it
//! cannot be determined. `[]` as the list of sensitive keys captures it.
//!
//! # What the value is
//!
//! At most as many characters as the [limit] of attribute values, and 65,536 at most. A value that
//! was cut ends in `...[too long]`, unless the limit is under 14. Bytes that are no UTF-8 are given
//! as `0x` and hexadecimal digits.
//!
//! [`Settings::capture_payloads`]: crate::settings::Settings::capture_payloads
//! [limit]: crate::settings::Settings::attribute_value_length_limit

mod content;
mod json_string;
mod masker;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::StringValue;

use crate::kit::{catch_panic, value};
use crate::masking::{MaskingContext, MaskingPolicy};
use crate::semconv::http::HttpHeaders;
use crate::settings::Settings;

use self::content::Content;
use self::masker::Masker;

/// The most characters that a payload may have, whatever the limit of attribute values is.
const LONGEST: usize = 65_536;

/// Whether an integration captures payloads, and what is masked in them.
///
/// ```
/// use otelier_instrument::kit::FromSettings;
/// use otelier_instrument::payload::PayloadSettings;
///
/// // What the user chose in code, if anything.
/// let chosen = Some(true);
/// let payloads = FromSettings::new(move |settings| {
///     PayloadSettings::resolve(chosen, &["my-queue"], settings)
/// });
/// let text = payloads.get().text(r#"{"password": "abc", "page": 2}"#);
/// assert_eq!(text.unwrap().as_str(), r#"{"password": "****", "page": 2}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadSettings {
    masking: Option<MaskingPolicy>,
}

impl PayloadSettings {
    /// What was chosen in code, else the property `capture_payloads` of the first of `integrations`
    /// that has it, else the setting for all of them.
    #[must_use]
    pub fn resolve(chosen: Option<bool>, integrations: &[&str], settings: &Settings) -> Self {
        let configured = || {
            let property = |name: &&str| settings.properties(name).bool("capture_payloads");
            integrations.iter().find_map(property)
        };
        let enabled = chosen.or_else(configured).unwrap_or(settings.capture_payloads);
        Self { masking: enabled.then(|| settings.masking.clone()) }
    }

    /// Whether payloads are captured.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.masking.is_some()
    }

    /// Captures text that comes in parts: JSON, or anything else that is no markup. `None` if
    /// payloads are not captured.
    #[must_use]
    pub fn capture(&self) -> Option<PayloadCapture> {
        let masking = self.masking.as_ref()?;
        Some(PayloadCapture::new(Content::Text, masking, MaskingContext::General))
    }

    /// The value for `text`. `None` if payloads are not captured, or if this one holds nothing that
    /// may be captured.
    #[must_use]
    pub fn text(&self, text: &str) -> Option<StringValue> {
        let mut capture = self.capture()?;
        capture.push(text.as_bytes());
        capture.finish()
    }

    /// The value for several texts, as a JSON array of them: `each` calls its argument with one
    /// after the other. `None` if payloads are not captured.
    #[must_use]
    pub fn texts(&self, each: impl FnOnce(&mut dyn FnMut(&str))) -> Option<StringValue> {
        self.masking.as_ref()?;
        let limit = value::limit().min(LONGEST);
        let mut array = String::from("[");
        each(&mut |text| {
            if array.len() > 4 * limit {
                return;
            }
            if array.len() > 1 {
                array.push(',');
            }
            match self.text(text) {
                Some(text) => json_string::write(&mut array, text.as_str()),
                None => array.push_str("null"),
            }
        });
        array.push(']');
        Some(text::limited(array, limit, false).into())
    }
}

/// Captures one payload while it passes.
///
/// ```
/// use otelier_instrument::payload::PayloadSettings;
/// use otelier_instrument::settings::Settings;
///
/// let settings = PayloadSettings::resolve(Some(true), &[], &Settings::default());
/// let mut capture = settings.capture().unwrap();
/// for chunk in ["{\"pass", "word\": \"ab", "c\"}"] {
///     capture.push(chunk.as_bytes());
/// }
/// assert_eq!(capture.finish().unwrap().as_str(), r#"{"password": "****"}"#);
/// ```
pub struct PayloadCapture {
    masker: Masker,
    masking: MaskingPolicy,
    context: MaskingContext,
    limit: usize,
    /// A part was not seen, or there was more than fits.
    is_cut: bool,
}

impl PayloadCapture {
    /// Captures the body of a message with these headers. `None` if its content is none of those
    /// that are captured.
    pub(crate) fn of_http(
        headers: &impl HttpHeaders,
        masking: &MaskingPolicy,
        context: MaskingContext,
    ) -> Option<Self> {
        Some(Self::new(Content::of_http(headers)?, masking, context))
    }

    fn new(content: Content, masking: &MaskingPolicy, context: MaskingContext) -> Self {
        Self::with_limit(content, masking, context, value::limit().min(LONGEST))
    }

    fn with_limit(
        content: Content,
        masking: &MaskingPolicy,
        context: MaskingContext,
        limit: usize,
    ) -> Self {
        // Room for one character more than is kept, which shows that there were more.
        let bytes = 4 * (limit + 1);
        let masker = Masker::new(content, masking.keys(context).clone(), bytes);
        Self { masker, masking: masking.clone(), context, limit, is_cut: false }
    }

    /// Takes the next part. A part that cannot be masked ends the capture.
    pub fn push(&mut self, part: &[u8]) {
        if part.is_empty() || self.is_cut {
            return;
        }
        if self.masker.is_full() || catch_panic(|| self.masker.push(part)).is_none() {
            self.is_cut = true;
        }
    }

    /// Takes `text` as the next part, written as a JSON string.
    ///
    /// ```
    /// use otelier_instrument::payload::PayloadSettings;
    /// use otelier_instrument::settings::Settings;
    ///
    /// let settings = PayloadSettings::resolve(Some(true), &[], &Settings::default());
    /// let mut capture = settings.capture().unwrap();
    /// capture.push(br#"{"name":"#);
    /// capture.push_json_string("a \"chair\"");
    /// capture.push(b"}");
    /// assert_eq!(capture.finish().unwrap().as_str(), r#"{"name":"a \"chair\""}"#);
    /// ```
    pub fn push_json_string(&mut self, text: &str) {
        let mut string = String::with_capacity(text.len() + 2);
        json_string::write(&mut string, text);
        self.push(string.as_bytes());
    }

    /// Says that a part passed that cannot be given to [`push`](Self::push): what follows would be
    /// masked as if it stood somewhere else, and is not taken.
    pub fn skip(&mut self) {
        self.is_cut = true;
    }

    /// The value of the attribute. `None` if nothing passed, or nothing that may be captured.
    #[must_use]
    pub fn finish(self) -> Option<StringValue> {
        let Self { masker, masking, context, limit, is_cut } = self;
        catch_panic(|| {
            let is_full = masker.is_full();
            let bytes = masker.finish()?;
            let is_masked = !masking.keys(context).is_none();
            let is_cut = is_full || is_cut;
            let whole = text::of_bytes(bytes, is_cut, is_masked.then_some((&masking, context)));
            Some(text::limited(whole, limit, is_cut).into())
        })
        .flatten()
    }
}

// It holds what the user's payload says.
impl fmt::Debug for PayloadCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadCapture").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// A capture that two hold: the body that passes, and the operation that ends with what has passed
/// by then.
///
/// With the feature `http-body` it is an observer of a body.
#[derive(Clone, Debug)]
pub struct SharedCapture(Arc<Mutex<Option<PayloadCapture>>>);

impl SharedCapture {
    /// Shares `capture`.
    #[must_use]
    pub fn new(capture: PayloadCapture) -> Self {
        Self(Arc::new(Mutex::new(Some(capture))))
    }

    /// Takes the first contiguous part of `len` bytes that passed.
    pub fn push(&self, chunk: &[u8], len: usize) {
        if let Some(capture) = &mut *self.lock() {
            capture.push_frame(chunk, len);
        }
    }

    /// What has passed by now. What passes later is not captured.
    #[must_use]
    pub fn finish(&self) -> Option<StringValue> {
        let capture = self.lock().take();
        capture?.finish()
    }

    fn lock(&self) -> MutexGuard<'_, Option<PayloadCapture>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PayloadCapture {
    /// Takes a frame of `len` bytes, of which `chunk` is the first contiguous part, usually all of
    /// it.
    pub fn push_frame(&mut self, chunk: &[u8], len: usize) {
        self.push(chunk);
        if chunk.len() < len {
            self.skip();
        }
    }
}

impl<E> crate::body::BodyObserver<E> for SharedCapture {
    fn on_data(&mut self, chunk: &[u8], len: usize, _total: u64) {
        self.push(chunk, len);
    }

    fn on_end(self) {}

    fn on_error(self, _error: &E) {}
}
