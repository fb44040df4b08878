//! What hooks may record otherwise than layers, and whether a comparison shows anything else.

use std::collections::BTreeSet;

use super::facts::Compared;
use super::programs::Run;

/// A difference that is meant.
#[derive(Debug)]
pub(crate) struct Difference {
    /// What the documentation calls the library.
    pub(crate) library: &'static str,
    /// What differs, and why, in the documentation's words.
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    /// The library of the calls that it shows in.
    pub(crate) shows_in: &'static str,
    /// The calls that it shows in, each of which must show it; any of them if there are none.
    pub(crate) calls: &'static [&'static str],
    /// Parts of lines that hooks alone record. Each must be found somewhere.
    pub(crate) hooks: &'static [&'static str],
    /// Parts of lines that layers alone record. Each must be found somewhere.
    pub(crate) layers: &'static [&'static str],
}

impl Difference {
    fn may_show(&self, call: &str) -> bool {
        self.calls.is_empty() || self.calls.contains(&call)
    }
}

/// What is wrong: lines that no difference is about, and differences that do not show any more.
pub(crate) fn unexpected(
    differences: &[&Difference],
    runs: &[Run<'_>],
    compared: &[Compared],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
    let mut called: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (run, compared) in runs.iter().zip(compared) {
        let title = format!("{} {}, {}", run.library, run.call, run.settings.name);
        for (side, lines) in [("hooks", &compared.hooks), ("layers", &compared.layers)] {
            for line in lines {
                let mut is_meant = false;
                for (at, difference) in differences.iter().enumerate() {
                    let parts = match side {
                        "hooks" => difference.hooks,
                        _ => difference.layers,
                    };
                    let about = parts.iter().filter(|part| line.contains(*part));
                    if difference.may_show(run.call) {
                        for part in about {
                            is_meant = true;
                            seen.insert((at, part));
                            called.insert((at, run.call));
                        }
                    }
                }
                if !is_meant {
                    wrong.push(format!("{title}: by {side} alone: {line}"));
                }
            }
        }
    }
    for (at, difference) in differences.iter().enumerate() {
        let Difference { library, what, .. } = difference;
        let parts = difference.hooks.iter().chain(difference.layers);
        for part in parts.filter(|part| !seen.contains(&(at, part))) {
            wrong.push(format!("{library}: {what}: no longer shows: {part}"));
        }
        for call in difference.calls.iter().filter(|call| !called.contains(&(at, call))) {
            wrong.push(format!("{library}: {what}: does not show in {call}"));
        }
    }
    wrong
}
