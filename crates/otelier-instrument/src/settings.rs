//! The settings that integrations obey, as plain data: read from the environment elsewhere, installed here once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::masking::MaskingPolicy;

/// What the user configured for all integrations of the process.
///
/// `otelier-core` fills it from code and environment and hands it to [`install`]. An integration's own builder
/// beats it, and both beat [`Settings::default`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `false` makes every integration a pass-through that opens no span and records no metric.
    pub enabled: bool,
    /// Which keys are sensitive, so that their values are masked wherever they would be recorded.
    pub masking: MaskingPolicy,
    /// HTTP servers and clients.
    pub http: HttpSettings,
    /// Whether a message taken from a queue becomes a child of its producer rather than of the receive span.
    pub sqs_parent_is_producer: bool,
    /// Whether a poll of a queue that brought no message, and did not fail, leaves no span.
    pub sqs_filter_empty_polls: bool,
    /// Whether commands that say nothing about the user's work (`hello`, `ping` and the like) leave no trace.
    pub mongodb_filter_noise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            masking: MaskingPolicy::default(),
            http: HttpSettings::default(),
            sqs_parent_is_producer: false,
            sqs_filter_empty_polls: true,
            mongodb_filter_noise: true,
        }
    }
}

/// What the user configured for HTTP.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSettings {
    /// The methods that are reported by name, replacing the default list; others are reported as `_OTHER`.
    pub known_methods: Option<Vec<String>>,
    /// HTTP servers.
    pub server: HttpSide,
    /// HTTP clients.
    pub client: HttpSide,
}

/// What the user configured for one side of HTTP.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSide {
    /// Request headers to record, by name.
    pub request_headers: Vec<String>,
    /// Response headers to record, by name.
    pub response_headers: Vec<String>,
    /// Whether to emit what the conventions make opt-in: active requests and body sizes.
    pub experimental_telemetry: bool,
}

static CURRENT: RwLock<Option<Arc<Settings>>> = RwLock::new(None);
static ENABLED: AtomicBool = AtomicBool::new(true);
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Makes `settings` those of every integration in the process, also of those that were built before.
pub fn install(settings: Settings) {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    ENABLED.store(settings.enabled, Ordering::Release);
    *current = Some(Arc::new(settings));
    GENERATION.fetch_add(1, Ordering::Release);
}

/// The settings installed last, or the defaults.
#[must_use]
pub fn current() -> Arc<Settings> {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

/// Whether integrations do anything, by the settings installed last.
pub(crate) fn are_enabled() -> bool {
    ENABLED.load(Ordering::Acquire)
}

/// Counts the calls of [`install`], so that what was derived from the settings is known to be out of date.
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Acquire)
}
