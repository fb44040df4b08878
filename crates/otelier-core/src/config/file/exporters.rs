//! The exporters of the file, and what code says about exporters over them.
//!
//! One `Exporters` reads the whole file, because it remembers two things between exporters. First,
//! what code says about OTLP applies to the first OTLP exporter of each signal only: a token of
//! code must not go to a second backend. Second, an error in code must reach the caller of `init`,
//! while reading goes on so that the faults of the file are found as well.
//!
//! What code lists in place of the file's exporters is made by `instead`, what it adds by `more`.
//! Neither of these takes anything from the file.

use std::path::Path;
use std::time::Duration;

use http::HeaderMap;

use super::super::choices::{
    Compression, Exporter, HistogramAggregation, Protocol, Signal, TemporalityPreference,
};
use super::super::code::{Code, OtlpExporter};
use super::super::endpoint::{self, Endpoint};
use super::super::env::{self, Reader, console, otlp, parse};
use super::super::file_output::FileOutput;
use super::super::model::{ExporterSettings, FileSettings, OtlpSettings, TlsSettings};
use super::super::setting::{Origin, Setting};
use super::item::Item;
use super::mapping::Mapping;
use crate::error::InitError;

/// Completes "expected …" for an exporter with another name.
const NAMES: &str = "otlp_http, otlp_grpc, otlp_file/development or console";

/// Reads exporters, one after the other.
pub(super) struct Exporters<'a, 'e> {
    /// What the builder has.
    pub(super) code: &'a Code,
    /// For the few variables that count beside a file, such as those of proxies and terminals.
    pub(super) reader: &'a mut Reader<'e>,
    /// The signals whose first OTLP exporter was read: to that one what code says applies.
    started: Vec<Signal>,
    /// The first thing in code that cannot be used.
    error: Option<InitError>,
}

/// What the schema has on an exporter of metrics, and the model on its reader or provider.
#[derive(Clone, Debug, Default)]
pub(super) struct MetricOptions {
    /// For the reader that has the exporter.
    pub(super) temporality_preference: Option<Setting<TemporalityPreference>>,
    /// For the whole provider.
    pub(super) default_histogram_aggregation: Option<Setting<HistogramAggregation>>,
}

impl<'a, 'e> Exporters<'a, 'e> {
    pub(super) fn new(code: &'a Code, reader: &'a mut Reader<'e>) -> Self {
        Self { code, reader, started: Vec::new(), error: None }
    }

    /// What in code cannot be used.
    pub(super) fn into_result(self) -> Result<(), InitError> {
        self.error.map_or(Ok(()), Err)
    }

    /// An `exporter`, with exactly one property that names it.
    ///
    /// `None` after a fault. The options are empty unless `signal` is metrics.
    pub(super) fn read(
        &mut self,
        item: &Item<'_>,
        signal: Signal,
    ) -> Option<(ExporterSettings, MetricOptions)> {
        let (name, item) = item.single()?;
        match name {
            "otlp_http" => item.component(|it| self.otlp(it, signal, false)),
            "otlp_grpc" => item.component(|it| self.otlp(it, signal, true)),
            "otlp_file/development" => {
                let read = item.component(|it| {
                    let output = output(it)?;
                    let exporter = ExporterSettings::File(FileSettings { output });
                    Some((exporter, metric_options(it, signal)))
                });
                read.flatten()
            }
            "console" => item.component(|it| {
                let exporter = ExporterSettings::Console(console(self.reader));
                if signal == Signal::Metrics {
                    it.unsupported(
                        "temporality_preference",
                        "the console shows sums since the start",
                    );
                }
                (exporter, metric_options(it, signal))
            }),
            _ => {
                item.fault(NAMES);
                None
            }
        }
    }

    /// An `otlp_http` or `otlp_grpc`. The endpoint of the file is that of one signal and is used as
    /// it is. Of code, each option that is set replaces that of the file. A file with a wrong
    /// endpoint has a fault, so that the default that takes its place is never used.
    ///
    /// The proxy is looked up in the environment at the end, for the address that is in force.
    fn otlp(
        &mut self,
        it: &mut Mapping<'_>,
        signal: Signal,
        is_grpc: bool,
    ) -> (ExporterSettings, MetricOptions) {
        let is_first = !self.started.contains(&signal);
        self.started.push(signal);
        let nothing = OtlpExporter::default();
        let code = if is_first { &self.code.otlp } else { &nothing };
        let in_file = match is_grpc {
            true => Setting::default(Protocol::Grpc),
            false => encoding(it),
        };
        let protocol = code.protocol.map_or(in_file, Setting::code);
        let tls = it.item("tls").and_then(|item| item.component(|tls| self::tls(tls, is_grpc)));
        let (tls, insecure) = tls.unwrap_or((Setting::default(TlsSettings::default()), false));
        let endpoint = it.value("endpoint").and_then(|item| {
            let text = item.text()?.value;
            let endpoint = Endpoint::exactly(&text, protocol.value, insecure);
            if endpoint.is_none() {
                item.fault(endpoint::EXPECTED);
            }
            Some(item.setting(endpoint?))
        });
        let endpoint = endpoint
            .unwrap_or_else(|| Setting::default(Endpoint::default_for(signal, protocol.value)));
        let headers = headers(it);
        let timeout = it.value("timeout").and_then(|item| millis(&item));
        let compression = it
            .value("compression")
            .and_then(|item| item.one_of(&[("gzip", Some(Compression::Gzip)), ("none", None)]));
        let max_request_size = it.value("max_request_size").and_then(|item| size(&item, 0));
        let max_response_size = it.value("max_response_size").and_then(|item| size(&item, 1));
        let mut settings = OtlpSettings {
            protocol,
            endpoint,
            headers,
            timeout: code
                .timeout
                .map(Setting::code)
                .or(timeout)
                .unwrap_or(Setting::default(Duration::from_secs(10))),
            compression: code
                .compression
                .map(|compression| Setting::code(Some(compression)))
                .or(compression)
                .unwrap_or(Setting::default(None)),
            max_request_size: max_request_size
                .unwrap_or(Setting::default(OtlpSettings::MAX_REQUEST_SIZE)),
            max_response_size: max_response_size
                .unwrap_or(Setting::default(OtlpSettings::MAX_RESPONSE_SIZE)),
            tls,
            proxy: Setting::default(None),
        };
        let said = otlp::in_code_over(&mut settings, signal, code);
        if let (Err(error), None) = (said, &self.error) {
            self.error = Some(error);
        }
        settings.proxy = otlp::proxy_to(&settings, self.reader);
        (ExporterSettings::Otlp(Box::new(settings)), metric_options(it, signal))
    }

    /// Whether code lists Prometheus for metrics.
    pub(super) fn pulls_instead(&self) -> bool {
        let names = self.code.metrics_exporters.as_deref();
        names.is_some_and(|names| names.contains(&Exporter::Prometheus))
    }

    /// The exporters of `signal` that code lists in place of those of the file.
    ///
    /// `None`: code lists none, and those of the file count. An empty list turns the signal's
    /// exporters off.
    pub(super) fn instead(&mut self, signal: Signal) -> Option<Setting<Vec<ExporterSettings>>> {
        let names = match signal {
            Signal::Traces => &self.code.traces_exporters,
            Signal::Metrics => &self.code.metrics_exporters,
            Signal::Logs => &self.code.logs_exporters,
        };
        let names = env::unique(Setting::code(names.clone()?));
        let exporters = names.map(|names| {
            let exporters = names.into_iter().filter_map(|name| match name {
                Exporter::Otlp => self.in_code(signal, &self.code.otlp),
                Exporter::Console => Some(ExporterSettings::Console(console(self.reader))),
                // What is pulled has no exporter.
                Exporter::Prometheus => None,
            });
            exporters.collect()
        });
        Some(exporters)
    }

    /// The exporters that code adds for `signal`.
    ///
    /// They come behind the others and share nothing with them.
    pub(super) fn more(&mut self, signal: Signal) -> Vec<ExporterSettings> {
        let code = self.code;
        let of_signal = code.more_otlp.iter().filter(|(of, _)| of.contains(&signal));
        of_signal.filter_map(|(_, exporter)| self.in_code(signal, exporter)).collect()
    }

    /// Keeps the first error and leaves the exporter out.
    fn in_code(&mut self, signal: Signal, code: &OtlpExporter) -> Option<ExporterSettings> {
        match otlp::in_code(signal, code, self.reader) {
            Ok(settings) => Some(ExporterSettings::Otlp(Box::new(settings))),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }
}

/// A number of milliseconds.
///
/// `None` for null, and for a negative number, which is a fault.
pub(super) fn millis(item: &Item<'_>) -> Option<Setting<Duration>> {
    Some(item.integer(0..=i64::MAX)?.map(|it| Duration::from_millis(it.unsigned_abs())))
}

/// A number of bytes or items, which is at least `least`.
///
/// `None` for null, and for a number that is too small, which is a fault.
pub(super) fn size(item: &Item<'_>, least: i64) -> Option<Setting<usize>> {
    let size = item.integer(least..=i64::MAX)?;
    Some(size.map(|size| usize::try_from(size).unwrap_or(usize::MAX)))
}

/// gRPC has no such property.
fn encoding(it: &mut Mapping<'_>) -> Setting<Protocol> {
    let encoding = it.value("encoding").and_then(|item| {
        item.one_of(&[("protobuf", Protocol::HttpProtobuf), ("json", Protocol::HttpJson)])
    });
    encoding.unwrap_or(Setting::default(Protocol::HttpProtobuf))
}

/// The headers of `headers_list`, under those of `headers`.
///
/// A header that is wrong is a fault. The origin is the place of the list that was read last.
///
/// `headers_list` has the form of `OTEL_EXPORTER_OTLP_HEADERS`. Of two headers with one name, that
/// of `headers` counts.
fn headers(it: &mut Mapping<'_>) -> Setting<HeaderMap> {
    const EXPECTED: &str = "a name and a value that HTTP allows, and that say nothing about the \
                            body";
    let mut headers = HeaderMap::new();
    let mut origin = Origin::Default;
    if let Some(item) = it.value("headers_list")
        && let Some(text) = item.text()
    {
        origin = text.origin;
        for pair in parse::raw_pairs(&text.value) {
            let added =
                pair.and_then(|(name, value)| otlp::add_header(&mut headers, &name, &value));
            if added.is_none() {
                item.fault(format_args!("a list of name=value, each {EXPECTED}"));
                break;
            }
        }
    }
    if let Some(item) = it.value("headers") {
        origin = Origin::File(item.at);
        for item in item.items() {
            item.mapping(|pair| {
                let name = pair.required("name").and_then(|name| name.required_text());
                let value = pair.required("value").and_then(|value| value.text());
                let (Some(name), Some(value)) = (name, value) else { return };
                if otlp::add_header(&mut headers, &name.value, &value.value).is_none() {
                    pair.as_item().fault(EXPECTED);
                }
            });
        }
    }
    Setting { value: headers, origin }
}

/// The files of `tls`, and whether an address without a scheme is not encrypted.
///
/// A key without a certificate, or a certificate without a key, is a fault.
fn tls(tls: &mut Mapping<'_>, is_grpc: bool) -> (Setting<TlsSettings>, bool) {
    let authorities = pem(tls, "ca_file");
    let (key, certificate) = (pem(tls, "key_file"), pem(tls, "cert_file"));
    if key.is_some() != certificate.is_some() && !tls.notes().is_elsewhere {
        tls.as_item().fault("key_file and cert_file together");
    }
    let insecure = match is_grpc {
        true => tls.value("insecure").and_then(|item| item.boolean()),
        false => None,
    };
    let identity = certificate.zip(key);
    let origin = match authorities.is_some() || identity.is_some() {
        true => Origin::File(tls.as_item().at),
        false => Origin::Default,
    };
    let settings = Setting { value: TlsSettings { authorities, identity }, origin };
    (settings, insecure.is_some_and(|insecure| insecure.value))
}

/// The content of a file in PEM form, whose path is absolute.
///
/// `None` without the property. A file that cannot be read is a fault, and only a warning on
/// another machine than the one that the configuration is for.
///
/// The path has to be absolute, so that the meaning of the file does not depend on the current
/// directory.
fn pem(tls: &mut Mapping<'_>, name: &'static str) -> Option<Vec<u8>> {
    let item = tls.value(name)?;
    let path = item.text()?.value;
    if !Path::new(&path).is_absolute() {
        item.fault("an absolute path");
        return None;
    }
    match super::content(path.as_ref()) {
        Ok(pem) if otlp::is_pem(pem.as_bytes()) => Some(pem.into_bytes()),
        Ok(_) => {
            item.fault("a file in PEM form");
            None
        }
        Err(problem) => {
            match item.notes.is_elsewhere {
                true => item.warn(format_args!("expected a file in PEM form; {problem}")),
                false => item.fault(format_args!("a file in PEM form; {problem}")),
            }
            None
        }
    }
}

/// `output_stream`: standard output, or a file.
///
/// `None` after a fault. Standard output is the default.
///
/// `stdout` and `file://` are the two forms of the schema.
fn output(it: &mut Mapping<'_>) -> Option<Setting<FileOutput>> {
    let Some(item) = it.value("output_stream") else {
        return Some(Setting::default(FileOutput::Stdout));
    };
    let text = item.text()?.value;
    let output = match text.strip_prefix("file://") {
        Some(path) if Path::new(path).is_absolute() => Some(FileOutput::at(path)),
        None if text == "stdout" => Some(FileOutput::Stdout),
        _ => None,
    };
    if output.is_none() {
        item.fault("stdout, or an absolute path behind file://");
    }
    Some(item.setting(output?))
}

/// Reads the two properties only for metrics, so that they are unknown on an exporter of another
/// signal.
fn metric_options(it: &mut Mapping<'_>, signal: Signal) -> MetricOptions {
    if signal != Signal::Metrics {
        return MetricOptions::default();
    }
    let temporality = it.value("temporality_preference").and_then(|item| {
        item.one_of(&[
            ("cumulative", TemporalityPreference::Cumulative),
            ("delta", TemporalityPreference::Delta),
            ("low_memory", TemporalityPreference::LowMemory),
        ])
    });
    let aggregation = it.value("default_histogram_aggregation").and_then(|item| item.choice());
    MetricOptions {
        temporality_preference: temporality,
        default_histogram_aggregation: aggregation,
    }
}
