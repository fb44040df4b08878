//! Makes the call's span the current one while credentials are resolved for it.
//!
//! Credentials may come from another service, such as STS or the metadata endpoint of an instance.
//! The requests to it then are children of the call that needed them. The context is read from the
//! configuration bag of the call, because a cache is not given the request.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use opentelemetry::context::FutureExt;

use super::call_state::CallState;

/// A cache of identities whose misses are resolved in the context of the call that needs them.
#[derive(Debug)]
pub(super) struct OtelIdentityCache(pub(super) SharedIdentityCache);

impl ResolveCachedIdentity for OtelIdentityCache {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        runtime_components: &'a RuntimeComponents,
        config_bag: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let state = config_bag.load::<CallState>();
        let Some(cx) = state.and_then(|state| state.call.context()).cloned() else {
            return self.0.resolve_cached_identity(resolver, runtime_components, config_bag);
        };
        let future = {
            let _attached = cx.clone().attach();
            self.0.resolve_cached_identity(resolver, runtime_components, config_bag)
        };
        IdentityFuture::new(future.with_context(cx))
    }

    fn validate_base_client_config(
        &self,
        runtime_components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        // A shared cache does not pass this check on to the cache inside it, but as a component it
        // does. The check before each call is not needed: an operation's own configuration cannot
        // remove a component.
        let inner = Some(self.0.clone());
        runtime_components.clone().with_identity_cache(inner).validate_base_client_config(cfg)
    }
}
