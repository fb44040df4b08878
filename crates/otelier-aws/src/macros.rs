//! The macros: the crates of the SDK share no trait for their configuration, but they share its shape.

/// Makes a client of an `aws-sdk-*` crate whose calls are traced.
///
/// The first argument is the crate, as a path; the second a `&SdkConfig`; an [`OtelInterceptor`](crate::OtelInterceptor)
/// may follow, [`OtelInterceptor::new`](crate::OtelInterceptor::new) is taken otherwise. Beside the interceptor, the HTTP
/// client (also the SDK's default one) and the identity cache of the configuration are wrapped, so that the call's span is
/// the current one inside them.
///
/// ```
/// # fn example(sdk_config: &aws_types::SdkConfig) {
/// let sqs = otelier_aws::client!(aws_sdk_sqs, sdk_config);
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

/// Instruments the configuration of a client of an `aws-sdk-*` crate: gives the `config::Builder` back, with an
/// [`OtelInterceptor`](crate::OtelInterceptor) in it.
///
/// The interceptor may be given as a second argument, [`OtelInterceptor::new`](crate::OtelInterceptor::new) is taken
/// otherwise. The HTTP client and the identity cache that the configuration has are wrapped, so that the call's span is the
/// current one inside them. Those that the SDK takes where the configuration has none are not: a configuration does not tell
/// which they are.
///
/// ```
/// use aws_sdk_sqs::config::{BehaviorVersion, Region};
///
/// let builder = aws_sdk_sqs::Config::builder()
///     .behavior_version(BehaviorVersion::latest())
///     .region(Region::new("eu-west-1"));
/// let sqs = aws_sdk_sqs::Client::from_conf(otelier_aws::instrument!(builder).build());
/// ```
#[macro_export]
macro_rules! instrument {
    ($builder:expr $(,)?) => {
        $crate::instrument!($builder, $crate::OtelInterceptor::new())
    };
    ($builder:expr, $interceptor:expr $(,)?) => {{
        let interceptor: $crate::OtelInterceptor = $interceptor;
        // Only what was built can be asked for its components.
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
