//! The processors and the exporter that write into the store.
//!
//! Not the SDK's in-memory exporters behind simple processors: those block on an executor of their
//! own, which panics inside another one, and copy through types that cannot be converted to OTLP.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::Store;

/// Counts spans that start, and stores those that end.
pub(super) struct Spans {
    store: Arc<Mutex<Store>>,
    /// Empty until the provider says which resource it has.
    resource: ResourceAttributesWithSchema,
}

impl Spans {
    pub(super) fn new(store: Arc<Mutex<Store>>) -> Self {
        Self { store, resource: ResourceAttributesWithSchema::default() }
    }
}

impl SpanProcessor for Spans {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {
        self.store.lock().expect("not poisoned").open_spans += 1;
    }

    fn on_end(&self, span: SpanData) {
        let sampled = span.span_context.is_sampled();
        let converted = group_spans_by_resource_and_scope(vec![span], &self.resource);
        let mut store = self.store.lock().expect("not poisoned");
        store.open_spans -= 1;
        // A sampler may ask to record a span that is not exported: processors see it, exporters
        // never do.
        if sampled {
            store.spans.extend(converted);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// Stores each collection in place of the one before.
pub(super) struct Metrics {
    store: Arc<Mutex<Store>>,
    temporality: Temporality,
}

impl Metrics {
    pub(super) fn new(store: Arc<Mutex<Store>>, temporality: Temporality) -> Self {
        Self { store, temporality }
    }
}

impl PushMetricExporter for Metrics {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.store.lock().expect("not poisoned").metrics = metrics.into();
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

/// Stores each record as it is emitted.
pub(super) struct Logs {
    store: Arc<Mutex<Store>>,
    /// Empty until the provider says which resource it has.
    resource: ResourceAttributesWithSchema,
}

impl Logs {
    pub(super) fn new(store: Arc<Mutex<Store>>) -> Self {
        Self { store, resource: ResourceAttributesWithSchema::default() }
    }
}

impl LogProcessor for Logs {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let batch = [(&*record, scope)];
        let converted = group_logs_by_resource_and_scope(&LogBatch::new(&batch), &self.resource);
        self.store.lock().expect("not poisoned").logs.extend(converted);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(concat!("Capture", stringify!($name))).finish_non_exhaustive()
            }
        }
    )*};
}
opaque_debug!(Spans, Logs);
