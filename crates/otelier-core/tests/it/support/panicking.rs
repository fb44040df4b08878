//! What a user adds to the pipeline that is not up to it.

use std::time::Duration;

use opentelemetry::trace::{Link, SpanKind};
use opentelemetry::{Context, InstrumentationScope, KeyValue, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample, Span, SpanData, SpanProcessor};

/// Panics whatever it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Panicking;

impl SpanProcessor for Panicking {
    fn on_start(&self, _: &mut Span, _: &Context) {
        panic!("start")
    }

    fn on_end(&self, _: SpanData) {
        panic!("end")
    }

    fn force_flush(&self) -> OTelSdkResult {
        panic!("flush")
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("shutdown")
    }

    fn set_resource(&mut self, _: &Resource) {
        panic!("resource")
    }
}

impl LogProcessor for Panicking {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        panic!("emit")
    }

    fn force_flush(&self) -> OTelSdkResult {
        panic!("flush")
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("shutdown")
    }
}

impl ShouldSample for Panicking {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        panic!("sample")
    }
}
