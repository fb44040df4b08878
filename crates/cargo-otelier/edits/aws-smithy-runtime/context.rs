//! Otelier: the context of a call is current while the SDK works on it.

use std::future::{poll_fn, Future};
use std::pin::pin;

use aws_smithy_runtime_api::client::__otelier::CallContext;
use aws_smithy_types::config_bag::ConfigBag;
use otelier_agent::Captured;

/// The context of the call, if it is recorded.
pub(crate) fn context(cfg: &ConfigBag) -> Option<Captured> {
    cfg.load::<CallContext>().map(|context| context.0.clone())
}

/// Does a part of the work on a call in its context.
pub(crate) async fn in_call<F: Future>(context: Option<Captured>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| Captured::enter(context.as_ref(), || work.as_mut().poll(cx))).await
}
