//! Values that may hold secrets, masked by the policy of the settings.
//!
//! What `tracing` records is written by hand, so a field or message may hold a password as well as
//! a number. Every way out of this crate asks `Masking`: log records, span attributes, and lines.
//! The policy is that of `otelier_instrument`, in its general context.
//!
//! A `Masking` is made for one event or span and then dropped, so a change of the settings counts
//! from the next one on.

use std::borrow::Cow;
use std::sync::Arc;

use otelier_instrument::masking::MaskingContext;
use otelier_instrument::settings::{self, Settings};

/// Masks what an event says, by the settings as they are now.
pub(crate) struct Masking(Arc<Settings>);

impl Masking {
    /// Takes a reference to the settings, without copying them.
    pub(crate) fn current() -> Self {
        Self(settings::current())
    }

    /// Whether the value of this key must not be shown at all.
    pub(crate) fn is_sensitive(&self, key: &str) -> bool {
        self.0.masking.keys(MaskingContext::General).matches(key)
    }

    /// Text without the values of sensitive keys: in `key=value` and `"key": value`, and in URLs.
    pub(crate) fn text(&self, text: String) -> String {
        match self.0.masking.text(MaskingContext::General, &text) {
            Cow::Borrowed(same) if same == text => text,
            masked => masked.into_owned(),
        }
    }
}
