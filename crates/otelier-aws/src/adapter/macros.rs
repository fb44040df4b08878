//! The macros. The SDK's crates share no trait for their configuration, only its shape.

/// Makes a client of an `aws-sdk-*` crate whose calls are traced.
///
/// The first argument is the crate, as a path; the second a `&SdkConfig`. A third one may be an
/// [`OtelInterceptor`](crate::OtelInterceptor); the default is
/// [`OtelInterceptor::new`](crate::OtelInterceptor::new). The HTTP client and the identity cache
/// are wrapped, so that the call's span is the current one inside them. If the configuration has no
/// HTTP client, the SDK's default one is wrapped.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # fn example(sdk_config: &aws_types::SdkConfig) {
/// let sqs = otelier::aws::client!(aws_sdk_sqs, sdk_config);
/// # let _: aws_sdk_sqs::Client = sqs;
/// # }
/// ```
#[macro_export]
macro_rules! client {
    ($($sdk:ident)::+, $config:expr $(,)?) => {
        $crate::client!($($sdk)::+, $config, $crate::OtelInterceptor::new())
    };
    ($($sdk:ident)::+, $config:expr, $interceptor:expr $(,)?) => {{
        let config: &$crate::__private::SdkConfig = $config;
        let mut builder = $($sdk)::+::config::Builder::from(config);
        builder.set_http_client($crate::__private::http_client(config));
        $($sdk)::+::Client::from_conf($crate::instrument!(builder, $interceptor).build())
    }};
}

/// Adds an [`OtelInterceptor`](crate::OtelInterceptor) to a `config::Builder` of an `aws-sdk-*`
/// crate, and returns the builder.
///
/// The interceptor may be given as a second argument; the default is
/// [`OtelInterceptor::new`](crate::OtelInterceptor::new). The HTTP client and the identity cache
/// that the configuration has are wrapped, so that the call's span is the current one inside them.
/// The SDK's defaults are not wrapped, because a configuration does not show them.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {
/// use aws_sdk_sqs::config::{BehaviorVersion, Region};
///
/// let builder = aws_sdk_sqs::Config::builder()
///     .behavior_version(BehaviorVersion::latest())
///     .region(Region::new("eu-west-1"));
/// let sqs = aws_sdk_sqs::Client::from_conf(otelier::aws::instrument!(builder).build());
/// # }
/// ```
#[macro_export]
macro_rules! instrument {
    ($builder:expr $(,)?) => {
        $crate::instrument!($builder, $crate::OtelInterceptor::new())
    };
    ($builder:expr, $interceptor:expr $(,)?) => {{
        let interceptor: $crate::OtelInterceptor = $interceptor;
        // Only a configuration that was built shows its components.
        let config = $builder.build();
        let mut builder = config.to_builder();
        if let ::core::option::Option::Some(client) = config.http_client() {
            builder.set_http_client(::core::option::Option::Some(
                interceptor.wrap_http_client(client),
            ));
        }
        if let ::core::option::Option::Some(cache) = config.identity_cache() {
            builder.set_identity_cache(interceptor.wrap_identity_cache(cache));
        }
        builder.push_interceptor($crate::__private::SharedInterceptor::new(interceptor));
        builder
    }};
}
