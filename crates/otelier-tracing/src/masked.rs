//! Values that may hold secrets, masked by the policy of the settings.

use std::borrow::Cow;
use std::sync::Arc;

use otelier_instrument::masking::MaskingContext;
use otelier_instrument::settings::{self, Settings};

/// Masks what an event says, by the settings as they are now.
pub(crate) struct Masking(Arc<Settings>);

impl Masking {
    pub(crate) fn current() -> Self {
        Self(settings::current())
    }

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
