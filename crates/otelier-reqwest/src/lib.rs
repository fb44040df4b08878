//! OpenTelemetry traces, metrics and propagation for reqwest, as a reqwest-middleware.
