//! OpenTelemetry for the MongoDB driver: command spans and connection pool metrics.
