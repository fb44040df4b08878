//! SHA-2 and HMAC.
//!
//! TLS uses them for the transcript of the handshake and for deriving keys. rustls builds the
//! functions that derive keys from HMAC, so these need no code here.

use rustls::crypto;
use rustls::crypto::hash::HashAlgorithm;

use super::library::{digest, hmac};

/// For suites whose names end in `SHA256`.
pub(super) static SHA256: Hash = Hash(&digest::SHA256, HashAlgorithm::SHA256);
/// For suites whose names end in `SHA384`.
pub(super) static SHA384: Hash = Hash(&digest::SHA384, HashAlgorithm::SHA384);
pub(super) static HMAC_SHA256: Hmac = Hmac(&hmac::HMAC_SHA256);
pub(super) static HMAC_SHA384: Hmac = Hmac(&hmac::HMAC_SHA384);

/// The algorithm of the library, and its name for rustls.
pub(super) struct Hash(&'static digest::Algorithm, HashAlgorithm);

/// Both ways to hash: at once, or piece by piece.
impl crypto::hash::Hash for Hash {
    fn start(&self) -> Box<dyn crypto::hash::Context> {
        Box::new(Context(digest::Context::new(self.0)))
    }

    fn hash(&self, data: &[u8]) -> crypto::hash::Output {
        output(&digest::digest(self.0, data))
    }

    /// In bytes.
    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.1
    }
}

/// A hash that is being computed.
struct Context(digest::Context);

impl crypto::hash::Context for Context {
    /// The hash so far; more data may follow.
    fn fork_finish(&self) -> crypto::hash::Output {
        output(&self.0.clone().finish())
    }

    /// A copy that goes on by itself.
    fn fork(&self) -> Box<dyn crypto::hash::Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> crypto::hash::Output {
        output(&self.0.finish())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// The result in the type of rustls, which holds a copy.
fn output(digest: &digest::Digest) -> crypto::hash::Output {
    crypto::hash::Output::new(digest.as_ref())
}

/// The algorithm of the library.
pub(super) struct Hmac(&'static hmac::Algorithm);

/// The length of a tag is that of the hash.
impl crypto::hmac::Hmac for Hmac {
    /// A key may have any length.
    fn with_key(&self, key: &[u8]) -> Box<dyn crypto::hmac::Key> {
        Box::new(HmacKey(hmac::Key::new(*self.0, key)))
    }

    /// In bytes.
    fn hash_output_len(&self) -> usize {
        self.0.digest_algorithm().output_len()
    }
}

/// A key that is prepared for any number of messages.
struct HmacKey(hmac::Key);

impl crypto::hmac::Key for HmacKey {
    /// The tag of all parts, as if they were one message.
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> crypto::hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(first);
        middle.iter().for_each(|data| context.update(data));
        context.update(last);
        crypto::hmac::Tag::new(context.sign().as_ref())
    }

    /// In bytes.
    fn tag_len(&self) -> usize {
        self.0.algorithm().digest_algorithm().output_len()
    }
}
