//! What is left of a text: bytes that pass and masks.

use super::layer::quote;
use crate::masking::MASK;

#[derive(Debug)]
pub(super) struct Output {
    bytes: Vec<u8>,
    has_masked: bool,
    pub(super) limit: usize,
}

impl Default for Output {
    fn default() -> Self {
        Self { bytes: Vec::new(), has_masked: false, limit: usize::MAX }
    }
}

impl Output {
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// How many bytes may pass until the limit is reached.
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.bytes.len())
    }

    pub(super) fn pass(&mut self, bytes: &[u8]) {
        let room = self.room();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    pub(super) fn mask(&mut self) {
        self.has_masked = true;
        if !self.is_full() {
            self.bytes.extend_from_slice(MASK.as_bytes());
        }
    }

    /// A mask in place of a value that was no string, in JSON that is in `layers` strings.
    pub(super) fn quoted_mask(&mut self, layers: u32) {
        if self.is_full() {
            self.has_masked = true;
            return;
        }
        let quote = quote(layers);
        self.bytes.extend_from_slice(quote);
        self.mask();
        self.bytes.extend_from_slice(quote);
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= self.limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn has_masked(&self) -> bool {
        self.has_masked
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_else(|error| {
            let cut = error.utf8_error();
            let end = if cut.error_len().is_none() { cut.valid_up_to() } else { usize::MAX };
            let bytes = error.as_bytes();
            // A character that the limit cut is left out; others are shown as broken.
            String::from_utf8_lossy(&bytes[..end.min(bytes.len())]).into_owned()
        })
    }
}
