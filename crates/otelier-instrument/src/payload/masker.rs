//! The masker that a payload's content asks for, chosen by its first characters.

use crate::masking::{FormMasker, JsonMasker, SensitiveKeys};

use super::content::Content;

/// Bytes in, masked bytes out, at most about so many as fit.
#[derive(Debug)]
pub(super) enum Masker {
    /// Nothing but spaces has passed.
    Undecided {
        content: Content,
        keys: SensitiveKeys,
        limit: usize,
        spaces: Vec<u8>,
    },
    /// JSON, and text that may hold some.
    Json(Box<JsonMasker>),
    Form(FormMasker),
    /// Of a kind that is not captured.
    Nothing,
}

impl Masker {
    pub(super) fn new(content: Content, keys: SensitiveKeys, limit: usize) -> Self {
        Self::Undecided { content, keys, limit, spaces: Vec::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Undecided { .. } | Self::Nothing => false,
            Self::Json(masker) => masker.is_full(),
            Self::Form(masker) => masker.is_full(),
        }
    }

    pub(super) fn push(&mut self, part: &[u8]) {
        match self {
            Self::Undecided { content, keys, limit, spaces } => {
                let is_blank =
                    |byte: &u8| byte.is_ascii_whitespace() || BYTE_ORDER_MARK.contains(byte);
                let Some(first) = part.iter().find(|byte| !is_blank(byte)) else {
                    let room = limit.saturating_sub(spaces.len());
                    return spaces.extend_from_slice(&part[..part.len().min(room)]);
                };
                let mut decided = Self::decide(*content, keys, *limit, *first);
                decided.push(spaces);
                decided.push(part);
                *self = decided;
            }
            Self::Json(masker) => masker.push(part),
            Self::Form(masker) => masker.push(part),
            Self::Nothing => {}
        }
    }

    fn decide(content: Content, keys: &SensitiveKeys, limit: usize, first: u8) -> Self {
        let keys = keys.clone();
        let looks_like_json = matches!(first, b'{' | b'[');
        match content {
            Content::Unknown if !looks_like_json => Self::Nothing,
            // What is secret in markup cannot be determined.
            _ if first == b'<' && !keys.is_none() => Self::Nothing,
            // The other one masks a whole body just as well.
            Content::Form if !looks_like_json && !keys.is_all() => {
                Self::Form(FormMasker::new(keys, limit))
            }
            _ => Self::Json(Box::new(JsonMasker::new(keys).with_limit(limit))),
        }
    }

    /// What passed. `None` if nothing did.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        let bytes = match self {
            Self::Undecided { spaces, .. } => spaces,
            Self::Json(masker) => masker.finish_bytes(),
            Self::Form(masker) => masker.finish(),
            Self::Nothing => return None,
        };
        (!bytes.is_empty()).then_some(bytes)
    }
}

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
