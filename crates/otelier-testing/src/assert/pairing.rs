//! Which expectation belongs to which captured span or point, when their order says nothing.
//!
//! Each expectation was compared with everything that was captured. First as many as possible are
//! matched that fit without a difference; this takes a real matching, as a wide expectation must
//! not take what a narrow one needs. What is left is paired greedily by the least difference, only
//! to print something readable: the assertion fails in any case.

use super::diff::Diff;

/// For each row (an expectation) its column (what was captured): as many full matches as possible,
/// then the least different.
pub(super) fn pair(diffs: &[Vec<Diff>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; diffs.len()];
    for (index, row) in diffs.iter().enumerate() {
        match_fully(index, diffs, &mut partners, &mut vec![false; row.len()]);
    }
    loop {
        let mut best: Option<(usize, usize, usize)> = None;
        for (index, row) in diffs.iter().enumerate().filter(|(it, _)| partners[*it].is_none()) {
            for (partner, diff) in
                row.iter().enumerate().filter(|(it, _)| !partners.contains(&Some(*it)))
            {
                let differences = diff.differences();
                // Two that share no line are shown apart.
                let related = differences < diff.len();
                if related && best.is_none_or(|(least, ..)| differences < least) {
                    best = Some((differences, index, partner));
                }
            }
        }
        match best {
            Some((_, index, partner)) => partners[index] = Some(partner),
            None => return partners,
        }
    }
}

/// One step of maximum bipartite matching: finds `index` a partner, moving others to another if
/// need be, since `any()` can make one expectation fit several.
fn match_fully(
    index: usize,
    diffs: &[Vec<Diff>],
    partners: &mut [Option<usize>],
    visited: &mut [bool],
) -> bool {
    for (partner, diff) in diffs[index].iter().enumerate() {
        if visited[partner] || diff.differences() > 0 {
            continue;
        }
        visited[partner] = true;
        let holder = partners.iter().position(|it| *it == Some(partner));
        if holder.is_none_or(|holder| match_fully(holder, diffs, partners, visited)) {
            partners[index] = Some(partner);
            return true;
        }
    }
    false
}
