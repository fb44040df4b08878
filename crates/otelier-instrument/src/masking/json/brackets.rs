//! The objects and arrays that are open, a bit for each.

/// How many levels are kept one by one. Of those in more, only the number is known.
pub(super) const DEEPEST_VALUE: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Brackets {
    /// 1 for an object, 0 for an array.
    bits: Vec<u64>,
    depth: usize,
}

impl Brackets {
    pub(super) fn clear(&mut self) {
        self.depth = 0;
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn open(&mut self, is_object: bool) {
        if self.depth < DEEPEST_VALUE {
            let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
            if self.bits.len() <= word {
                self.bits.push(0);
            }
            match is_object {
                true => self.bits[word] |= bit,
                false => self.bits[word] &= !bit,
            }
        }
        self.depth += 1;
    }

    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether the innermost is an object; `None` if there is none, or its kind is not known.
    pub(super) fn is_object(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1).filter(|last| *last < DEEPEST_VALUE)?;
        Some(self.bits[last / 64] & 1 << (last % 64) != 0)
    }
}
