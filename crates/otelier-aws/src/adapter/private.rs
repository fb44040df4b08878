//! What the macros name by a path of this crate. Not for use by hand.
//!
//! The macros are expanded in the user's crate, which need not depend on these crates of the SDK
//! itself.

pub use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
pub use aws_types::SdkConfig;

use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;

/// The HTTP client of `config`, or else the SDK's default one, if it has one.
#[must_use]
pub fn http_client(config: &SdkConfig) -> Option<SharedHttpClient> {
    config.http_client().or_else(|| {
        // Without a version the SDK uses the latest one, or fails to make a client.
        let version = config.behavior_version().unwrap_or_else(BehaviorVersion::latest);
        let plugin = default_http_client_plugin_v2(version)?;
        plugin.runtime_components(&RuntimeComponentsBuilder::new("otelier")).http_client()
    })
}
