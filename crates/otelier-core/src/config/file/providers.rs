//! `tracer_provider` and `logger_provider`.
//!
//! Both providers have a list of processors, each with one exporter, and limits; `processors` reads
//! what they share. A provider that is absent has no processors, so its signal is off: by the
//! schema nothing is exported that the file does not mention. The providers stay enabled all the
//! same, because code may add processors.
//!
//! Ids are always random: another generator of ids is a warning. Configurators of tracers and
//! loggers are not supported and lead to a warning too.

use std::time::Duration;

use super::super::choices::Signal;
use super::super::env;
use super::super::model::{
    BatchSettings, EndpointFilterSettings, ExporterSettings, LoggerProviderSettings,
    ProcessorSettings, SamplerSettings, TracerProviderSettings,
};
use super::super::setting::{Origin, Setting};
use super::exporters::{Exporters, millis};
use super::item::Item;
use super::limits::{self, General};
use super::mapping::Mapping;
use super::samplers;

/// Without `tracer_provider` there are no traces, unless code has exporters.
///
/// The dump comes from the environment, as a means of debugging. Filters and baggage are filled in
/// by the caller.
pub(super) fn traces(
    file: &mut Mapping<'_>,
    general: &General,
    exporters: &mut Exporters<'_, '_>,
) -> TracerProviderSettings {
    let mut sampler = Setting::default(SamplerSettings::parent_based(SamplerSettings::AlwaysOn));
    let mut limits = limits::spans(None, general);
    let processors = processors(file, "tracer_provider", Signal::Traces, exporters, |provider| {
        limits = limits::spans(Some(provider), general);
        if let Some(item) = provider.value("sampler")
            && let Some(found) = samplers::sampler(&item)
        {
            sampler = item.setting(found);
        }
        if let Some(item) = provider.value("id_generator")
            && let Some((name, inner)) = item.single()
        {
            if name != "random" {
                inner.warn("not known; random ids are used");
            } else {
                inner.component(|_| ());
            }
        }
        provider.unsupported("tracer_configurator/development", "all tracers are enabled");
    });
    if exporters.code.has_sampler {
        sampler = Setting::code(SamplerSettings::Custom);
    }
    if let Some(length) = exporters.code.span_attribute_value_length_limit {
        limits.attribute_value_length = Setting::code(length);
    }
    TracerProviderSettings {
        enabled: Setting::default(true),
        processors,
        sampler,
        // These two are no matter of the schema.
        endpoint_filters: EndpointFilterSettings::default(),
        baggage_attributes: Setting::default(Vec::new()),
        limits,
        dump: env::span_dump(exporters.reader),
    }
}

/// Without `logger_provider` there are no logs, unless code has exporters.
///
/// The dump comes from the environment.
pub(super) fn logs(
    file: &mut Mapping<'_>,
    general: &General,
    exporters: &mut Exporters<'_, '_>,
) -> LoggerProviderSettings {
    let mut limits = limits::log_records(None, general);
    let processors = processors(file, "logger_provider", Signal::Logs, exporters, |provider| {
        limits = limits::log_records(Some(provider), general);
        provider.unsupported("logger_configurator/development", "all loggers are enabled");
    });
    LoggerProviderSettings {
        enabled: Setting::default(true),
        processors,
        limits,
        dump: env::log_dump(exporters.reader),
    }
}

/// The processors of a provider; `others` reads what else is in it. Then those that code adds.
///
/// A list of exporters in code replaces all processors of the file. The origin of an empty list is
/// the place of the provider or, without one, that of the file.
///
/// `others` is not called if the file has no such provider.
fn processors(
    file: &mut Mapping<'_>,
    name: &'static str,
    signal: Signal,
    exporters: &mut Exporters<'_, '_>,
    others: impl FnOnce(&mut Mapping<'_>),
) -> Setting<Vec<ProcessorSettings>> {
    let mut found = file.as_item().setting(Vec::new());
    if let Some(item) = file.value(name) {
        found.origin = Origin::File(item.at);
        item.mapping(|provider| {
            let items = provider.required("processors").map(|item| item.items());
            for item in items.unwrap_or_default() {
                found.value.extend(processor(&item, signal, exporters));
            }
            others(provider);
        });
    }
    if let Some(instead) = exporters.instead(signal) {
        found = instead.map(|list| list.into_iter().map(|it| of_code(it, signal)).collect());
    }
    let more = exporters.more(signal);
    found.value.extend(more.into_iter().map(|exporter| of_code(exporter, signal)));
    found
}

/// A processor for an exporter of code: the console gets each item at once, the others get batches
/// with default options.
fn of_code(exporter: ExporterSettings, signal: Signal) -> ProcessorSettings {
    match exporter {
        ExporterSettings::Console(_) => ProcessorSettings::Simple(exporter),
        ExporterSettings::Otlp(_) | ExporterSettings::File(_) => {
            ProcessorSettings::Batch(batch(None, signal), exporter)
        }
    }
}

/// `None` after a fault, and for one that is not supported.
///
/// An exporter is required; a processor without one is a fault.
fn processor(
    item: &Item<'_>,
    signal: Signal,
    exporters: &mut Exporters<'_, '_>,
) -> Option<ProcessorSettings> {
    let (name, item) = item.single()?;
    match (name, signal) {
        ("batch", _) => {
            let read = item.mapping(|it| {
                let batch = batch(Some(&mut *it), signal);
                let exporter = it.required("exporter")?;
                let (exporter, _) = exporters.read(&exporter, signal)?;
                Some(ProcessorSettings::Batch(batch, exporter))
            });
            read.flatten()
        }
        ("simple", _) => {
            let read = item.mapping(|it| {
                let exporter = it.required("exporter")?;
                let (exporter, _) = exporters.read(&exporter, signal)?;
                Some(ProcessorSettings::Simple(exporter))
            });
            read.flatten()
        }
        ("event_to_span_event_bridge/development", Signal::Logs) => {
            item.component(|_| ());
            item.warn("not supported; events stay log records");
            None
        }
        _ => {
            item.fault("batch or simple");
            None
        }
    }
}

/// The largest queue: more would not be had at once.
///
/// The environment has the same bound.
const LARGEST: i64 = 1 << 20;

/// `None` for `it` is a batch with default options. A batch that is larger than the queue is cut to
/// its size, with a warning if the file sets the size of the batch.
///
/// A delay of zero becomes one millisecond. A size of zero is a fault, and one above `LARGEST` is
/// cut with a warning.
fn batch(it: Option<&mut Mapping<'_>>, signal: Signal) -> BatchSettings {
    let delay = Duration::from_secs(if signal == Signal::Logs { 1 } else { 5 });
    let mut settings = BatchSettings {
        schedule_delay: Setting::default(delay),
        export_timeout: Setting::default(Duration::from_secs(30)),
        max_queue_size: Setting::default(2048),
        max_export_batch_size: Setting::default(512),
    };
    let Some(it) = it else { return settings };
    for (name, setting) in [
        ("schedule_delay", &mut settings.schedule_delay),
        ("export_timeout", &mut settings.export_timeout),
    ] {
        if let Some(found) = it.value(name).and_then(|item| millis(&item)) {
            *setting = found;
        }
    }
    // Without any pause a thread would do nothing but look.
    settings.schedule_delay.value = settings.schedule_delay.value.max(Duration::from_millis(1));
    for (name, setting) in [
        ("max_queue_size", &mut settings.max_queue_size),
        ("max_export_batch_size", &mut settings.max_export_batch_size),
    ] {
        let Some(item) = it.value(name) else { continue };
        let Some(size) = item.integer(1..=i64::MAX) else { continue };
        if size.value > LARGEST {
            item.warn(format_args!("not supported above {LARGEST}; using {LARGEST}"));
        }
        *setting = size.map(|size| usize::try_from(size.min(LARGEST)).unwrap_or(1));
    }
    let queue = settings.max_queue_size.value;
    if settings.max_export_batch_size.value > queue {
        settings.max_export_batch_size.value = queue;
        if let (Origin::File(_), Some(item)) =
            (settings.max_export_batch_size.origin, it.value("max_export_batch_size"))
        {
            item.warn(format_args!("expected at most the size of the queue; using {queue}"));
        }
    }
    settings
}
