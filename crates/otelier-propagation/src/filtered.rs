//! The mark of a trace state below a span that an endpoint filter dropped.
//!
//! What such a span causes in this process is not recorded either, whatever a sampler says that
//! sees nothing of a parent but its span context. The mark stays in the process: the propagator of
//! W3C Trace Context leaves it out, and the callee learns from the flags that nothing is recorded.

use std::borrow::Cow;

use opentelemetry::trace::TraceState;

const KEY: &str = "otelier";
const FILTERED: &str = "filtered";

/// The most members that a trace state may have.
const MAX_MEMBERS: usize = 32;

/// Whether `state` has the mark.
#[must_use]
pub fn is_marked(state: &TraceState) -> bool {
    state.get(KEY) == Some(FILTERED)
}

/// `state` with the mark. A full one stays as it is: what other vendors wrote must travel on.
#[must_use]
pub fn mark(state: TraceState) -> TraceState {
    match (&state).into_iter().count() < MAX_MEMBERS {
        true => state.insert(KEY, FILTERED).unwrap_or(state),
        false => state,
    }
}

/// `state` as it is sent: without the mark.
#[must_use]
pub fn without_mark(state: &TraceState) -> Cow<'_, TraceState> {
    match is_marked(state) {
        true => state.delete(KEY).map_or(Cow::Borrowed(state), Cow::Owned),
        false => Cow::Borrowed(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_added_and_left_out() {
        for members in [vec![], vec![("a", "1"), ("b", "2")]] {
            let state = TraceState::from_key_value(members).unwrap();
            let marked = mark(state.clone());
            assert!(is_marked(&marked) && !is_marked(&state));
            assert_eq!(without_mark(&marked).header(), state.header());
            assert_eq!(without_mark(&state).header(), state.header());
        }
    }

    #[test]
    fn a_full_trace_state_travels_on_whole() {
        let members: Vec<(String, String)> =
            (0..MAX_MEMBERS).map(|number| (format!("v{number}"), "1".to_owned())).collect();
        let state = TraceState::from_key_value(members).unwrap();
        assert_eq!(mark(state.clone()), state);
    }
}
