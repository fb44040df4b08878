//! What differs between the versions of reqwest.

/// Whether the name of the server could not be resolved. reqwest knows since 0.13.5.
pub(super) fn is_dns(error: &reqwest::Error) -> bool {
    error.is_dns()
}
