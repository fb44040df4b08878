//! Makes the call's span the current one while credentials are resolved for it.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use opentelemetry::context::FutureExt;
use otelier_instrument::Operation;

use crate::call::Call;

/// A cache of identities whose misses are resolved in the context of the call that needs them.
#[derive(Debug)]
pub(crate) struct OtelIdentityCache(pub(crate) SharedIdentityCache);

impl ResolveCachedIdentity for OtelIdentityCache {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        runtime_components: &'a RuntimeComponents,
        config_bag: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let operation = config_bag.load::<Call>().and_then(|call| call.operation.as_ref());
        let Some(operation) = operation else {
            return self.0.resolve_cached_identity(resolver, runtime_components, config_bag);
        };
        let cx = operation.context().clone();
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
        // A shared cache does not pass these checks on to the one inside by itself; as a component it does. There is no
        // need of the check before each call besides: an operation's own configuration can take no component away.
        let inner = Some(self.0.clone());
        runtime_components.clone().with_identity_cache(inner).validate_base_client_config(cfg)
    }
}
