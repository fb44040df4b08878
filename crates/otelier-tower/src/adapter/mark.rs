//! The recorder's mark, in the extensions of a request.

use http::Extensions;

use crate::recorder::RequestMark;

/// A mark that is handled, in a form that takes no allocation.
#[derive(Clone, Copy)]
struct Handled;

pub(crate) fn mark_of(extensions: &Extensions) -> Option<RequestMark> {
    match extensions.get::<Handled>() {
        Some(Handled) => Some(RequestMark::handled()),
        None => extensions.get::<RequestMark>().cloned(),
    }
}

/// Stores `mark` in place of what [`mark_of`] gives.
pub(crate) fn set_mark(extensions: &mut Extensions, mark: RequestMark) {
    if mark.is_handled() {
        extensions.insert(Handled);
    } else {
        extensions.insert(mark);
    }
}
