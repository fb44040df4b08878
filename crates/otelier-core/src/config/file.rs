//! The configuration file that `OTEL_CONFIG_FILE` names, as a source of settings.
//!
//! It is OpenTelemetry's [declarative configuration] in YAML. [`yaml`] makes a tree of it and
//! replaces references to variables; the other modules read the tree part by part, each part as the
//! schema describes it, and fill the model. What is wrong is noted with line and column, and
//! reading goes on, so that all of it can be listed.
//!
//! A file is read in two steps. The first makes the tree; if the text is no YAML, or a reference in
//! it is malformed, that is the only fault. The second walks over the tree. A `Mapping` remembers
//! which properties were asked for, so that each module states its part of the schema by asking,
//! and whatever is left over is unknown. Each value becomes a `Setting` with its place in the file.
//!
//! A problem is a fault or a warning. With a fault there is no telemetry at all, since half of a
//! configuration could send data to the wrong place; only context is propagated. A warning is for
//! what Otelier does not support but can leave out. `init` fails for neither of them, only for what
//! code says.
//!
//! Code beats the file as it beats the environment. The environment counts only through references,
//! and for the few things that are no matter of telemetry: the list is `counts_beside_a_file` in
//! `configuration.rs`.
//!
//! [declarative configuration]: https://opentelemetry.io/docs/specs/otel/configuration/data-model/

mod distribution;
mod exporters;
mod instrumentation;
mod item;
mod limits;
mod mapping;
mod metrics;
mod notes;
mod providers;
mod resource;
mod samplers;
mod scalar;
mod substitution;
mod yaml;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use self::exporters::Exporters;
use self::item::Item;
use self::mapping::Mapping;
use self::notes::Notes;
pub(crate) use self::notes::Problem;
use super::choices::{LogLevel, Propagator};
use super::code::Code;
use super::env::{Environment, Reader};
use super::model::Settings;
use super::setting::{Origin, Position, Setting};
use super::{Choice as _, env};
use crate::error::InitError;

/// The variable that names the file.
pub(super) const VARIABLE: &str = "OTEL_CONFIG_FILE";

/// The version of the schema that this module knows.
///
/// Another major version is a fault.
const MAJOR: u32 = 1;
/// A later minor version is a warning.
const MINOR: u32 = 1;

/// Configurations are a few kilobytes; this is a bound on what is read of a wrong file.
const MAX_BYTES: u64 = 1024 * 1024;

/// What a file says.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// What is in force. With a fault there is no telemetry.
    pub(crate) settings: Settings,
    /// What makes the file unusable.
    pub(crate) faults: Vec<Problem>,
    /// What is ignored, and what there is instead.
    pub(crate) warnings: Vec<Problem>,
    /// What is wrong in the environment, or with the file as a whole.
    pub(crate) other_warnings: Vec<String>,
    /// The variables that the file refers to.
    pub(crate) referenced: BTreeSet<String>,
}

/// Reads the file at `path`; the strings are warnings. Fails only for what `code` says.
///
/// All problems of a file are warnings here. Of several faults the first is shown in full and the
/// others are counted; `check_config_file` lists them all. A last warning names the variables that
/// are set and do not count.
pub(super) fn read(
    code: &Code,
    environment: &Environment,
    path: &str,
) -> Result<(Settings, Vec<String>), InitError> {
    let text = match content(Path::new(path)) {
        Ok(text) => text,
        Err(problem) => {
            let (settings, mut warnings) = without_telemetry(code, environment, START)?;
            warnings.insert(0, format!("{VARIABLE}: {problem}; there is no telemetry"));
            return Ok((settings, warnings));
        }
    };
    let parsed = parse(code, environment, &text)?;
    let mut warnings = Vec::new();
    if let Some((first, others)) = parsed.faults.split_first() {
        let others = match others.len() {
            0 => String::new(),
            1 => " (and 1 more fault)".to_owned(),
            more => format!(" (and {more} more faults)"),
        };
        warnings.push(format!("{VARIABLE}, {first}{others}; there is no telemetry"));
    }
    warnings.extend(parsed.warnings.iter().map(|warning| format!("{VARIABLE}, {warning}")));
    warnings.extend(parsed.other_warnings);
    let ignored = environment.ignored_beside_a_file(&parsed.referenced);
    if !ignored.is_empty() {
        warnings.push(format!(
            "{VARIABLE} is set, so other variables count only where the file refers to them, as in \
             ${{NAME}}; ignored: {}",
            ignored.join(", ")
        ));
    }
    Ok((parsed.settings, warnings))
}

/// The text of a file. The error says what is wrong with it.
///
/// Anything but a regular file is refused before it is opened.
pub(crate) fn content(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("the file cannot be read ({error})");
    // A pipe or a device could hold up the start for ever.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("expected a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("expected a file of at most {MAX_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "expected a file in UTF-8".to_owned())
}

/// Stands for the whole file where no better place is known.
const START: Position = Position { line: 1, column: 1 };

/// Reads a configuration. Fails only for what `code` says.
pub(super) fn parse(
    code: &Code,
    environment: &Environment,
    text: &str,
) -> Result<Parsed, InitError> {
    parse_with(code, environment, text, Notes::default())
}

/// The same on another machine than the one that it is for: the files that it names need not be
/// there.
pub(super) fn check(
    code: &Code,
    environment: &Environment,
    text: &str,
) -> Result<Parsed, InitError> {
    parse_with(code, environment, text, Notes::elsewhere())
}

/// Both steps. The variables that the file refers to are collected in the first, also if it fails
/// later.
fn parse_with(
    code: &Code,
    environment: &Environment,
    text: &str,
    notes: Notes,
) -> Result<Parsed, InitError> {
    let mut referenced = BTreeSet::new();
    let tree = yaml::parse(text, &mut |name| {
        referenced.insert(name.to_owned());
        environment
            .verbatim(name)
            .map_err(|_| format!("expected a variable in Unicode, which {name} is not"))
    });
    let unusable = |faults: Vec<Problem>, warnings, referenced| {
        let at = faults.first().map_or(START, |fault| fault.at);
        let (settings, other_warnings) = without_telemetry(code, environment, at)?;
        Ok(Parsed { settings, faults, warnings, other_warnings, referenced })
    };
    let node = match tree {
        Ok(node) => node,
        Err(error) => {
            let fault = Problem { at: error.at, message: error.message };
            return unusable(vec![fault], Vec::new(), referenced);
        }
    };
    let mut reader = Reader::new(environment);
    let root = Item::new(String::new(), &node, &notes);
    let settings = root.mapping(|file| read_root(file, code, &mut reader));
    let other_warnings = reader.into_warnings();
    let (faults, warnings) = notes.into_problems();
    match settings.transpose()? {
        Some(settings) if faults.is_empty() => {
            Ok(Parsed { settings, faults, warnings, other_warnings, referenced })
        }
        _ => unusable(faults, warnings, referenced),
    }
}

/// What is in force when the file cannot be used: nothing but the propagation of context, so that
/// the traces of other services stay whole.
///
/// The other settings are the defaults and those of code. `at` becomes the origin of `disabled`:
/// the place of the first fault.
fn without_telemetry(
    code: &Code,
    environment: &Environment,
    at: Position,
) -> Result<(Settings, Vec<String>), InitError> {
    let (mut settings, _) = env::read(code, &Environment::empty())?;
    let mut reader = Reader::new(environment);
    settings.switched_off = env::switched_off(&mut reader);
    settings.log_level = env::debugged(settings.log_level, &mut reader);
    settings.log_lines = env::log_lines(&mut reader);
    settings.signal_handler = env::signal_handler(code, &mut reader);
    settings.sdk_disabled = Setting::file(true, at);
    Ok((settings, reader.into_warnings()))
}

/// The whole file. What is about the process and no telemetry comes from the environment even so.
///
/// The order of the calls decides which warning about a variable comes first. An exporter of code
/// that cannot be used is an error after everything was read.
fn read_root(
    file: &mut Mapping<'_>,
    code: &Code,
    reader: &mut Reader<'_>,
) -> Result<Settings, InitError> {
    // By the schema, what stands beside the known properties is for others.
    file.open();
    version(file);
    let level = file.value("log_level").and_then(|item| item.one_of(LEVELS));
    let level = level.unwrap_or(Setting::default(LogLevel::Info));
    let disabled = file.value("disabled").and_then(|item| item.boolean());
    let general = limits::general(file);
    let distribution = distribution::read(file, code, reader);
    let mut exporters = Exporters::new(code, reader);
    let resource = resource::read(file, code, &mut exporters);
    let mut traces = providers::traces(file, &general, &mut exporters);
    traces.endpoint_filters = distribution.endpoint_filters;
    traces.baggage_attributes = distribution.baggage_attributes;
    let logs = providers::logs(file, &general, &mut exporters);
    let metrics = metrics::read(file, &mut exporters);
    let propagators = propagators(file, code);
    let payload_capture = distribution.payload_capture;
    let instrumentation = instrumentation::read(file, distribution.masked_keys, payload_capture);
    exporters.into_result()?;
    Ok(Settings {
        switched_off: env::switched_off(reader),
        sdk_disabled: disabled.unwrap_or(Setting::default(false)),
        log_level: env::debugged(level, reader),
        log_lines: distribution.log_lines,
        signal_handler: env::signal_handler(code, reader),
        resource,
        propagators,
        traces,
        metrics,
        logs,
        runtime_metrics: code.runtime_metrics(distribution.runtime_metrics),
        instrumentation,
        backend: env::no_vendor(),
    })
}

/// The levels of the schema, each with the one of ours that shows the same.
///
/// The schema has the 24 severities of log records; Otelier's diagnostics have four levels.
const LEVELS: &[(&str, LogLevel)] = &[
    ("trace", LogLevel::Debug),
    ("trace2", LogLevel::Debug),
    ("trace3", LogLevel::Debug),
    ("trace4", LogLevel::Debug),
    ("debug", LogLevel::Debug),
    ("debug2", LogLevel::Debug),
    ("debug3", LogLevel::Debug),
    ("debug4", LogLevel::Debug),
    ("info", LogLevel::Info),
    ("info2", LogLevel::Info),
    ("info3", LogLevel::Info),
    ("info4", LogLevel::Info),
    ("warn", LogLevel::Warn),
    ("warn2", LogLevel::Warn),
    ("warn3", LogLevel::Warn),
    ("warn4", LogLevel::Warn),
    ("error", LogLevel::Error),
    ("error2", LogLevel::Error),
    ("error3", LogLevel::Error),
    ("error4", LogLevel::Error),
    ("fatal", LogLevel::Error),
    ("fatal2", LogLevel::Error),
    ("fatal3", LogLevel::Error),
    ("fatal4", LogLevel::Error),
];

/// `file_format`. A later minor version is read as far as it is known; another major version is
/// another language.
///
/// `is_newer` then makes unknown properties warnings in place of faults.
fn version(file: &mut Mapping<'_>) {
    let Some(item) = file.required("file_format") else { return };
    let Some(text) = item.required_text() else { return };
    // A tag such as `-rc.2` belongs to the minor version.
    let number = text.value.split_once('-').map_or(text.value.as_str(), |(number, _)| number);
    let parsed = number
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)));
    match parsed {
        Some((MAJOR, minor)) if minor > MINOR => {
            item.notes.is_newer.set(true);
            item.warn(format_args!(
                "this is a later version than {MAJOR}.{MINOR}; what it adds is ignored"
            ));
        }
        Some((MAJOR, _)) => {}
        _ => item.fault(format_args!("a version from {MAJOR}.0 to {MAJOR}.{MINOR}")),
    }
}

/// The propagators of `composite`, then those of `composite_list`.
///
/// Each once, in the order of the file. Without `propagator` there are none, as the schema has it.
/// An unknown name is a fault, and `none` adds nothing. A list in code replaces them.
fn propagators(file: &mut Mapping<'_>, code: &Code) -> Setting<Vec<Propagator>> {
    let mut found: Vec<Propagator> = Vec::new();
    let mut origin = Origin::Default;
    if let Some(item) = file.value("propagator") {
        origin = Origin::File(item.at);
        item.mapping(|propagator| {
            let composite = propagator.value("composite").map(|item| item.items());
            for item in composite.unwrap_or_default() {
                let Some((name, value)) = item.single() else { continue };
                add_propagator(&mut found, name, &value);
                value.component(|_| ());
            }
            if let Some(item) = propagator.value("composite_list")
                && let Some(list) = item.text()
            {
                for name in env::parse::list(&list.value) {
                    add_propagator(&mut found, name, &item);
                }
            }
        });
    }
    match &code.propagators {
        Some(propagators) => env::unique(Setting::code(propagators.clone())),
        None => env::unique(Setting { value: found, origin }),
    }
}

/// `item` is where a fault is noted: the property or the list that has the name.
fn add_propagator(found: &mut Vec<Propagator>, name: &str, item: &Item<'_>) {
    match Propagator::ALL.iter().find(|(known, _)| *known == name) {
        Some((_, propagator)) => found.push(*propagator),
        None if name == "none" => {}
        None => {
            let known = Propagator::ALL.iter().map(|(name, _)| *name);
            item.fault(item::alternatives(known));
        }
    }
}

#[cfg(test)]
mod any_input;
#[cfg(test)]
mod tests;
