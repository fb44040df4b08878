//! How much spans and log records keep: `attribute_limits`, and the `limits` of a provider over
//! them.
//!
//! A limit of a provider counts first, then that of `attribute_limits`, then the default, for each
//! limit by itself. A number that is too large for its type is taken for the largest one, since
//! there is no difference in effect.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/common/#attribute-limits>.

use super::super::model::{LogLimitSettings, SpanLimitSettings};
use super::super::setting::Setting;
use super::mapping::Mapping;

/// `attribute_limits`: what holds where a provider has no limit of its own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct General {
    /// In characters.
    value_length: Option<Setting<usize>>,
    /// How many lists and maps may be inside of each other, at least one.
    value_depth: Option<Setting<usize>>,
    /// How many attributes.
    count: Option<Setting<u32>>,
}

/// Nothing is limited by it if the file has no such property.
pub(super) fn general(file: &mut Mapping<'_>) -> General {
    let limits = file.value("attribute_limits").and_then(|item| item.mapping(attribute_limits));
    limits.unwrap_or_default()
}

/// Providers have the same three properties in their `limits`.
fn attribute_limits(limits: &mut Mapping<'_>) -> General {
    General {
        value_length: size(limits, "attribute_value_length_limit", 0),
        value_depth: size(limits, "attribute_value_depth_limit", 1),
        count: count(limits, "attribute_count_limit"),
    }
}

/// A whole number from `least` on; less is a fault.
fn size(limits: &mut Mapping<'_>, name: &'static str, least: i64) -> Option<Setting<usize>> {
    let setting = limits.value(name)?.integer(least..=i64::MAX)?;
    Some(setting.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
}

/// A whole number, zero or more.
fn count(limits: &mut Mapping<'_>, name: &'static str) -> Option<Setting<u32>> {
    let setting = limits.value(name)?.integer(0..=i64::MAX)?;
    Some(setting.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}

/// The limits of spans. Text is cut at 2048 characters unless the file says more: no value is
/// without a bound.
///
/// `provider` is `None` where the file has no `tracer_provider`; code may add exporters even then.
pub(super) fn spans(provider: Option<&mut Mapping<'_>>, general: &General) -> SpanLimitSettings {
    let mut settings = SpanLimitSettings {
        attribute_value_length: Setting::default(2048),
        attributes: Setting::default(128),
        events: Setting::default(128),
        links: Setting::default(128),
        event_attributes: Setting::default(128),
        link_attributes: Setting::default(128),
    };
    let mut own = General::default();
    if let Some(item) = provider.and_then(|provider| provider.value("limits")) {
        item.mapping(|limits| {
            own = attribute_limits(limits);
            for (name, limit) in [
                ("event_count_limit", &mut settings.events),
                ("link_count_limit", &mut settings.links),
                ("event_attribute_count_limit", &mut settings.event_attributes),
                ("link_attribute_count_limit", &mut settings.link_attributes),
            ] {
                if let Some(found) = count(limits, name) {
                    *limit = found;
                }
            }
        });
    }
    // An array of a span has only plain values in it, so that no limit on depth is ever reached.
    if let Some(length) = own.value_length.or(general.value_length) {
        settings.attribute_value_length = length;
    }
    if let Some(count) = own.count.or(general.count) {
        settings.attributes = count;
    }
    settings
}

/// The limits of log records.
///
/// The length is without limit by default, and the depth is 64.
pub(super) fn log_records(
    provider: Option<&mut Mapping<'_>>,
    general: &General,
) -> LogLimitSettings {
    let own = provider.and_then(|provider| provider.value("limits"));
    let own = own.and_then(|item| item.mapping(attribute_limits)).unwrap_or_default();
    let length = own.value_length.or(general.value_length);
    LogLimitSettings {
        attribute_value_length: length.map_or(Setting::default(None), |length| length.map(Some)),
        attribute_value_depth: own
            .value_depth
            .or(general.value_depth)
            .unwrap_or(Setting::default(LogLimitSettings::DEFAULT_DEPTH)),
        attributes: own.count.or(general.count).unwrap_or(Setting::default(128)),
    }
}
