//! The global provider of meters: the one of the pipeline, with callbacks whose panics are caught.
//!
//! The SDK runs the callbacks of observable instruments while it holds the lock of its pipeline. A
//! panic in one of them poisons that lock: no metric is collected any more, of any instrument and
//! for any reader, and nothing says so. So each callback is put into another one, which catches the
//! panic. The callback is called again at the next collection, as processors are.
//!
//! Everything else goes to the SDK as it came. Its own provider, which a guard gives out, does not
//! have this.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{
    AsyncInstrument, AsyncInstrumentBuilder, Callback, Counter, Gauge, Histogram, HistogramBuilder,
    InstrumentBuilder, InstrumentProvider, Meter, MeterProvider, ObservableCounter,
    ObservableGauge, ObservableUpDownCounter, UpDownCounter,
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_instrument::catch_panic;

use crate::diagnostics;

/// Gives meters whose callbacks may panic.
#[derive(Debug)]
pub(crate) struct ContainedCallbacks(pub(crate) SdkMeterProvider);

impl MeterProvider for ContainedCallbacks {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        Meter::new(std::sync::Arc::new(Instruments(self.0.meter_with_scope(scope))))
    }
}

/// The instruments of one meter of the SDK.
struct Instruments(Meter);

impl Instruments {
    /// What makes the instruments of the meter, which any of its builders refers to.
    fn of_sdk(&self) -> &dyn InstrumentProvider {
        self.0.u64_counter("").instrument_provider
    }
}

/// Instruments that have no callback are made by the SDK, those that have one with another one.
macro_rules! instruments {
    (
        plain { $($plain:ident($builder:ident) -> $made:ty;)+ }
        observable { $($observable:ident($measured:ty) -> $observed:ty;)+ }
    ) => {
        impl InstrumentProvider for Instruments {
            $(
                fn $plain(&self, builder: $builder<'_, $made>) -> $made {
                    self.of_sdk().$plain(builder)
                }
            )+
            $(
                fn $observable(
                    &self,
                    mut builder: AsyncInstrumentBuilder<'_, $observed, $measured>,
                ) -> $observed {
                    let name = builder.name.clone();
                    let callbacks = builder.callbacks.drain(..);
                    let callbacks = callbacks.map(|callback| contained(name.to_string(), callback));
                    builder.callbacks = callbacks.collect();
                    self.of_sdk().$observable(builder)
                }
            )+
        }
    };
}

instruments! {
    plain {
        u64_counter(InstrumentBuilder) -> Counter<u64>;
        f64_counter(InstrumentBuilder) -> Counter<f64>;
        i64_up_down_counter(InstrumentBuilder) -> UpDownCounter<i64>;
        f64_up_down_counter(InstrumentBuilder) -> UpDownCounter<f64>;
        u64_gauge(InstrumentBuilder) -> Gauge<u64>;
        i64_gauge(InstrumentBuilder) -> Gauge<i64>;
        f64_gauge(InstrumentBuilder) -> Gauge<f64>;
        u64_histogram(HistogramBuilder) -> Histogram<u64>;
        f64_histogram(HistogramBuilder) -> Histogram<f64>;
    }
    observable {
        u64_observable_counter(u64) -> ObservableCounter<u64>;
        f64_observable_counter(f64) -> ObservableCounter<f64>;
        i64_observable_up_down_counter(i64) -> ObservableUpDownCounter<i64>;
        f64_observable_up_down_counter(f64) -> ObservableUpDownCounter<f64>;
        u64_observable_gauge(u64) -> ObservableGauge<u64>;
        i64_observable_gauge(i64) -> ObservableGauge<i64>;
        f64_observable_gauge(f64) -> ObservableGauge<f64>;
    }
}

/// A callback that calls `callback` and does not panic. The first panic is a warning with the name
/// of the instrument. What was observed before a panic counts.
fn contained<M: 'static>(name: String, callback: Callback<M>) -> Callback<M> {
    let has_panicked = AtomicBool::new(false);
    Box::new(move |instrument: &dyn AsyncInstrument<M>| {
        let called = catch_panic(|| callback(instrument));
        if called.is_none() && !has_panicked.swap(true, Ordering::Relaxed) {
            diagnostics::warn(&format!(
                "a callback of the instrument {name:?} panicked; it is called again at the next \
                 collection, and this is said once"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use opentelemetry_sdk::metrics::data::{
        AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics,
    };
    use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader};

    use super::*;

    fn provider() -> (ContainedCallbacks, InMemoryMetricExporter) {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        (ContainedCallbacks(SdkMeterProvider::builder().with_reader(reader).build()), exporter)
    }

    /// The names of the metrics that a collection has, sorted.
    fn names(metrics: &ResourceMetrics) -> Vec<&str> {
        let scopes = metrics.scope_metrics();
        let mut names: Vec<&str> =
            scopes.flat_map(ScopeMetrics::metrics).map(Metric::name).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_instrument_is_that_of_the_sdk() {
        let (provider, exporter) = provider();
        let scope = InstrumentationScope::builder("shop").with_version("1.2").build();
        let meter = provider.meter_with_scope(scope.clone());
        meter.u64_counter("a").with_unit("s").with_description("said").build().add(1, &[]);
        meter.f64_counter("b").build().add(1.0, &[]);
        meter.i64_up_down_counter("c").build().add(-1, &[]);
        meter.f64_up_down_counter("d").build().add(-1.0, &[]);
        meter.u64_gauge("e").build().record(1, &[]);
        meter.i64_gauge("f").build().record(-1, &[]);
        meter.f64_gauge("g").build().record(1.0, &[]);
        meter.u64_histogram("h").build().record(1, &[]);
        meter.f64_histogram("i").with_boundaries(vec![1.0, 2.0]).build().record(1.5, &[]);
        meter.u64_observable_counter("j").with_callback(|it| it.observe(1, &[])).build();
        meter.f64_observable_counter("k").with_callback(|it| it.observe(1.0, &[])).build();
        meter.i64_observable_up_down_counter("l").with_callback(|it| it.observe(1, &[])).build();
        meter.f64_observable_up_down_counter("m").with_callback(|it| it.observe(1.0, &[])).build();
        meter.u64_observable_gauge("n").with_callback(|it| it.observe(1, &[])).build();
        meter.i64_observable_gauge("o").with_callback(|it| it.observe(1, &[])).build();
        meter.f64_observable_gauge("p").with_callback(|it| it.observe(1.0, &[])).build();
        provider.0.force_flush().unwrap();

        let collected = exporter.get_finished_metrics().unwrap();
        let all = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];
        assert_eq!(names(&collected[0]), all);
        let mut scopes = collected[0].scope_metrics();
        let of_scope = scopes.next().unwrap();
        assert_eq!(of_scope.scope(), &scope);
        let metric = |name| of_scope.metrics().find(|metric| metric.name() == name).unwrap();
        assert_eq!((metric("a").unit(), metric("a").description()), ("s", "said"));
        let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric("i").data() else {
            panic!("{:?}", metric("i").data())
        };
        let point = histogram.data_points().next().unwrap();
        assert_eq!(point.bounds().collect::<Vec<_>>(), [1.0, 2.0]);
    }

    #[test]
    fn a_panic_of_a_callback_ends_no_collection() {
        let (provider, exporter) = provider();
        let meter = provider.meter("shop");
        let calls = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&calls);
        meter
            .u64_observable_gauge("depth")
            .with_callback(move |depth| {
                let call = counted.fetch_add(1, Ordering::Relaxed);
                assert!(call == 1, "on purpose, in all calls but the second");
                depth.observe(call, &[]);
            })
            .with_callback(|_| panic!("on purpose, each time"))
            .build();
        meter.u64_observable_counter("beside").with_callback(|it| it.observe(1, &[])).build();
        for _ in 0..3 {
            provider.0.force_flush().unwrap();
        }
        let collected = exporter.get_finished_metrics().unwrap();
        let found: Vec<_> = collected.iter().map(names).collect();
        assert_eq!(found, [vec!["beside"], vec!["beside", "depth"], vec!["beside"]]);
        assert_eq!(calls.load(Ordering::Relaxed), 3);
    }
}
