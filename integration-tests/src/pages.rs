//! The pages for users, whose examples are tests.

/// README.md
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// docs/first-trace.md
#[doc = include_str!("../../docs/first-trace.md")]
pub struct FirstTrace;

/// docs/axum-service.md
#[doc = include_str!("../../docs/axum-service.md")]
pub struct AxumService;

/// docs/coming-from.md
#[doc = include_str!("../../docs/coming-from.md")]
pub struct ComingFrom;

/// docs/backends.md
#[doc = include_str!("../../docs/backends.md")]
pub struct Backends;

/// docs/testing.md
#[doc = include_str!("../../docs/testing.md")]
pub struct Testing;

/// docs/opentelemetry-versions.md
#[doc = include_str!("../../docs/opentelemetry-versions.md")]
pub struct OpentelemetryVersions;

/// docs/coverage.md
#[doc = include_str!("../../docs/coverage.md")]
pub struct Coverage;

/// docs/configuration-file.md
#[doc = include_str!("../../docs/configuration-file.md")]
pub struct ConfigurationFile;

/// docs/from-lumigo-python.md
#[doc = include_str!("../../docs/from-lumigo-python.md")]
pub struct FromLumigoPython;
