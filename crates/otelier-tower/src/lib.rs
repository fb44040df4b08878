//! OpenTelemetry traces and metrics for tower and axum HTTP servers.
