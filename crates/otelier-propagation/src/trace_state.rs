//! The `tracestate` list: its grammar at level 2, and what the API's type for it cannot hold.

use opentelemetry::trace::TraceState;

const MAX_MEMBERS: usize = 32;
const MAX_LEN: usize = 256;

/// A list of which the API's [`TraceState`] could hold only a part.
///
/// `TraceState` still knows the keys of level 1, where at most one `@` was allowed and its place
/// was fixed. A member that level 2 allows must not be lost on the way through this process, so the
/// whole list waits here for the injection.
#[derive(Debug)]
pub(super) struct FullTraceState {
    /// The part that `TraceState` holds.
    held: TraceState,
    /// All of it, as it will be sent.
    header: String,
}

/// Parses the lines of a `tracestate` header; an invalid list is an empty one.
pub(super) fn parse(lines: &[&str]) -> (TraceState, Option<FullTraceState>) {
    if !is_valid(lines) {
        return (TraceState::NONE, None);
    }
    if let Ok(state) = TraceState::from_key_value(members(lines)) {
        return (state, None);
    }
    let representable =
        members(lines).filter(|member| TraceState::from_key_value([*member]).is_ok());
    let held = TraceState::from_key_value(representable).unwrap_or_default();
    let full = FullTraceState { held: held.clone(), header: join(|| members(lines)) };
    (held, Some(full))
}

/// The header to send for a span whose state is `state`, in a trace that arrived with `full`;
/// empty if there is none.
pub(super) fn header(state: &TraceState, full: Option<&FullTraceState>) -> String {
    match full {
        None => join(|| state.into_iter()),
        Some(full) if full.held == *state => full.header.clone(),
        // A sampler or the user changed the state; the changed keys come first, as they should.
        Some(full) => {
            let lines = [full.header.as_str()];
            let withheld = || members(&lines).filter(|(key, _)| full.held.get(key).is_none());
            join(|| state.into_iter().chain(withheld()).take(MAX_MEMBERS))
        }
    }
}

/// The members in order, without those whose key already occurred: the leftmost is the newest.
fn members<'a>(lines: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    all_members(lines)
        .enumerate()
        .filter(|(index, (key, _))| {
            !all_members(lines).take(*index).any(|(earlier, _)| earlier == *key)
        })
        .map(|(_, member)| member)
}

/// The members in order; one that has no `=` has a value that is never valid.
fn all_members<'a>(lines: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .map(|member| member.split_once('=').unwrap_or((member, "")))
}

fn is_valid(lines: &[&str]) -> bool {
    let mut count = 0;
    all_members(lines).all(|(key, value)| {
        count += 1;
        count <= MAX_MEMBERS && is_key(key) && is_value(value)
    })
}

fn is_key(key: &str) -> bool {
    key.len() <= MAX_LEN
        && key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && key
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@'))
}

/// The member is trimmed, so its value cannot end in a space any more.
fn is_value(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_LEN
        && value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'=')
}

/// Renders the members that `list` yields; it is asked twice, so that the header is allocated once.
fn join<'a, I: Iterator<Item = (&'a str, &'a str)>>(list: impl Fn() -> I) -> String {
    let size: usize = list().map(|(key, value)| key.len() + value.len() + 2).sum();
    let mut header = String::with_capacity(size.saturating_sub(1));
    for (key, value) in list() {
        if !header.is_empty() {
            header.push(',');
        }
        header.push_str(key);
        header.push('=');
        header.push_str(value);
    }
    header
}
