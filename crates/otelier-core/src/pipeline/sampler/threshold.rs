//! The member `ot` of the trace state, by which samplers agree on a share of all traces.
//!
//! A span is sampled if the randomness of its trace, a number of 56 bits, is at least the
//! threshold. The randomness is in the trace id, or in `rv` where the trace id is not random. The
//! threshold goes along in `th`, so that whoever counts spans knows how many each stands for.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>.

use opentelemetry::trace::{TraceId, TraceState};

/// The key of the member.
const KEY: &str = "ot";
/// How many hexadecimal digits 56 bits have.
const DIGITS: usize = 14;
/// One more than the largest threshold.
const END: u64 = 1 << 56;
/// How many digits of a threshold tell shares apart, behind those that are `f`.
const PRECISION: u32 = 4;

/// The least randomness that is sampled. `None` samples nothing.
pub(super) type Threshold = Option<u64>;

/// The threshold of a share from 0 to 1.
///
/// It is rounded to a few digits, since it is in every request.
pub(super) fn of_ratio(ratio: f64) -> Threshold {
    let end = END as f64;
    let kept = (ratio.clamp(0.0, 1.0) * end).round();
    let kept = if kept.is_nan() { 0.0 } else { kept };
    if kept < 1.0 {
        return None;
    }
    let exact = END.saturating_sub(kept as u64);
    // A small share has a threshold that begins with many `f`, which tell nothing apart.
    let leading = (END - 1 - exact).leading_zeros().saturating_sub(8) / 4;
    let digits = (leading + PRECISION).min(DIGITS as u32);
    let unit = 1_u64 << (4 * (DIGITS as u32 - digits));
    let rounded = (exact + unit / 2) / unit * unit;
    Some(if rounded < END { rounded } else { exact })
}

/// What the member of a trace state says.
#[derive(Debug, Default)]
pub(super) struct Member {
    /// `None` also if it cannot be read.
    pub(super) threshold: Threshold,
    /// In place of that of the trace id.
    randomness: Option<u64>,
    /// The other parts, which are passed on.
    others: Vec<String>,
}

impl Member {
    /// What is in `state`. What cannot be read is left out.
    pub(super) fn of(state: &TraceState) -> Self {
        let mut member = Self::default();
        for part in state.get(KEY).unwrap_or_default().split(';').filter(|it| !it.is_empty()) {
            match part.split_once(':') {
                Some(("th", digits)) => member.threshold = parse(digits),
                Some(("rv", digits)) if digits.len() == DIGITS => {
                    member.randomness = parse(digits);
                }
                Some(("rv", _)) => {}
                _ => member.others.push(part.to_owned()),
            }
        }
        member
    }

    /// The randomness of a trace.
    pub(super) fn randomness(&self, trace_id: TraceId) -> u64 {
        let id = u128::from_be_bytes(trace_id.to_bytes());
        self.randomness.unwrap_or((id & u128::from(END - 1)) as u64)
    }

    /// `state` with this threshold in place of its own.
    pub(super) fn written(&self, state: &TraceState, threshold: Threshold) -> TraceState {
        let threshold = threshold.map(|threshold| {
            let digits = format!("{threshold:014x}");
            let digits = digits.trim_end_matches('0');
            format!("th:{}", if digits.is_empty() { "0" } else { digits })
        });
        let randomness = self.randomness.map(|randomness| format!("rv:{randomness:014x}"));
        let parts = threshold.into_iter().chain(randomness).chain(self.others.iter().cloned());
        let value = parts.collect::<Vec<_>>().join(";");
        let written = match value.is_empty() {
            true => state.delete(KEY),
            false => state.insert(KEY, value),
        };
        // A state that cannot be written is that of the parent.
        written.unwrap_or_else(|_| state.clone())
    }
}

/// Up to 14 digits, the missing ones of which are zeros at the end.
fn parse(digits: &str) -> Option<u64> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.is_empty() || digits.len() > DIGITS || !digits.bytes().all(is_hex) {
        return None;
    }
    u64::from_str_radix(&format!("{digits:0<14}"), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_short_thresholds() {
        for (ratio, expected) in [
            (1.0, "th:0"),
            (0.5, "th:8"),
            (0.25, "th:c"),
            (0.1, "th:e666"),
            (0.01, "th:fd70a"),
            (0.001, "th:ffbe77"),
        ] {
            let threshold = of_ratio(ratio);
            let state = Member::default().written(&TraceState::default(), threshold);
            assert_eq!(state.header(), format!("ot={expected}"), "{ratio}");
        }
        for ratio in [0.0, -1.0, f64::NAN, 1e-18] {
            assert_eq!(of_ratio(ratio), None, "{ratio}");
        }
    }

    #[test]
    fn other_parts_and_members_are_passed_on() {
        let state: TraceState = "a=1,ot=th:c;rv:00000000000001;x:y,b=2".parse().unwrap();
        let member = Member::of(&state);
        assert_eq!(member.threshold, Some(0xc0_0000_0000_0000));
        assert_eq!(member.randomness(TraceId::from(u128::MAX)), 1);
        let written = member.written(&state, Some(0));
        assert_eq!(written.header(), "ot=th:0;rv:00000000000001;x:y,a=1,b=2");
        let written = member.written(&state, None);
        assert_eq!(written.header(), "ot=rv:00000000000001;x:y,a=1,b=2");
        let only: TraceState = "ot=th:8,b=2".parse().unwrap();
        assert_eq!(Member::of(&only).written(&only, None).header(), "b=2");
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for value in ["th:", "th:xyz", "th:C", "th:000000000000000", "rv:1", "rv:", ";;"] {
            let state: TraceState = format!("ot={value}").parse().unwrap();
            let member = Member::of(&state);
            assert_eq!((member.threshold, member.randomness), (None, None), "{value}");
        }
        let id = TraceId::from(0xffff_ffff_ffff_ffff_ff12_3456_789a_bcde_u128);
        assert_eq!(Member::default().randomness(id), 0x12_3456_789a_bcde);
    }
}
