//! OpenTelemetry for the AWS SDK for Rust: client spans, and SQS and SNS messages that keep their context.
