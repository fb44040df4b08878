//! Encryption of records, for TLS 1.3 and TLS 1.2.
//!
//! rustls numbers the records and gives the keys; here a record becomes a payload and back. In TLS
//! 1.3 the type of a record is encrypted with it, and the nonce is never sent. In TLS 1.2 the type
//! is visible, and a record with GCM begins with eight bytes of its nonce, while ChaCha20-Poly1305
//! derives it as TLS 1.3 does. Whatever is wrong with a record that is not authentic, the error is
//! the same. Sources: RFC 8446, section 5.2; RFC 5246, section 6.2.3.3; RFC 5288; RFC 7905.

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, NONCE_LEN, Nonce, OutboundOpaqueMessage, OutboundPlainMessage,
    PrefixedPayload, Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError,
    make_tls12_aad, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

use super::library::aead::{
    self, AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, UnboundKey,
};

/// AES with keys of 128 bits, in Galois/Counter Mode.
pub(super) static AES_128: Aead = Aead { algorithm: &AES_128_GCM, is_gcm: true };
/// AES with keys of 256 bits, in Galois/Counter Mode.
pub(super) static AES_256: Aead = Aead { algorithm: &AES_256_GCM, is_gcm: true };
/// Faster than AES where the processor has no instructions for that.
pub(super) static CHACHA20: Aead = Aead { algorithm: &CHACHA20_POLY1305, is_gcm: false };

/// What every algorithm here adds to a record.
/// In bytes. It proves that the record is authentic.
const TAG: usize = 16;
/// In TLS 1.2 a record with GCM begins with the part of the nonce that is not secret.
/// In bytes. It is derived from the number of the record, so it is never the same twice with one
/// key.
const EXPLICIT_NONCE: usize = 8;
/// The rest of that nonce.
/// In bytes. It comes from the handshake and is the same for all records.
const SALT: usize = NONCE_LEN - EXPLICIT_NONCE;
/// The most that a record may hold.
/// In bytes, by the specification of TLS.
const MAX_PLAIN: usize = 16 * 1024;

/// An algorithm that encrypts and authenticates. It serves both versions of TLS.
pub(super) struct Aead {
    /// That of the library.
    algorithm: &'static Algorithm,
    /// Whether part of the nonce is sent in TLS 1.2.
    is_gcm: bool,
}

/// A key of the length that the algorithm said, so it is there.
/// If it is not, each use fails with an error and nothing panics.
struct Key(Option<LessSafeKey>);

impl Aead {
    /// `None` inside if the length is wrong.
    fn key(&self, key: &AeadKey) -> Key {
        Key(UnboundKey::new(self.algorithm, key.as_ref()).ok().map(LessSafeKey::new))
    }
}

impl Tls13AeadAlgorithm for Aead {
    /// For TLS 1.3.
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Tls13 { key: self.key(&key), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Tls13 { key: self.key(&key), iv })
    }

    fn key_len(&self) -> usize {
        self.algorithm.key_len()
    }

    /// Keys are for the kernel's TLS, which is not used here.
    fn extract_keys(
        &self,
        _: AeadKey,
        _: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl Tls12AeadAlgorithm for Aead {
    /// `extra` is the part of the first nonce that will be visible.
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Tls12 { key: self.key(&key), iv: join(iv, extra), is_gcm: self.is_gcm })
    }

    /// With GCM the rest of the nonce comes with each record.
    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Tls12 { key: self.key(&key), iv: join(iv, &[]), is_gcm: self.is_gcm })
    }

    /// How many bytes of the key material of TLS 1.2 are for what.
    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: self.algorithm.key_len(),
            fixed_iv_len: if self.is_gcm { SALT } else { NONCE_LEN },
            explicit_nonce_len: if self.is_gcm { EXPLICIT_NONCE } else { 0 },
        }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// A nonce from its two parts, which have its length together.
/// Bytes that are missing are zero.
fn join(first: &[u8], second: &[u8]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce.iter_mut().zip(first.iter().chain(second)).for_each(|(to, from)| *to = *from);
    nonce
}

/// The nonce of the record with this number: each is used once with a key.
/// The number is combined with the initialization vector by exclusive or.
fn nonce(iv: &Iv, number: u64) -> aead::Nonce {
    aead::Nonce::assume_unique_for_key(Nonce::new(iv, number).0)
}

/// Encrypts or decrypts the records of one direction.
struct Tls13 {
    key: Key,
    iv: Iv,
}

impl MessageEncrypter for Tls13 {
    /// The plain text is the payload and one byte for its type. What is authenticated besides is
    /// the header of the record.
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&message.typ.to_array());
        let key = self.key.0.as_ref().ok_or(Error::EncryptError)?;
        let aad = Aad::from(make_tls13_aad(length));
        key.seal_in_place_append_tag(nonce(&self.iv, number), aad, &mut payload)
            .map_err(|_| Error::EncryptError)?;
        // What a record of TLS 1.3 says of its type and version is the same for all.
        let (kind, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
        Ok(OutboundOpaqueMessage::new(kind, version, payload))
    }

    /// One byte is for the type.
    /// In bytes, for `payload` bytes of plain text.
    fn encrypted_payload_len(&self, payload: usize) -> usize {
        payload + 1 + TAG
    }
}

/// rustls gives the number of the record, which both sides count.
impl MessageDecrypter for Tls13 {
    /// Decrypts in place. The last step takes the padding and the type off.
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let payload = &mut message.payload;
        if payload.len() < TAG {
            return Err(Error::DecryptError);
        }
        let key = self.key.0.as_ref().ok_or(Error::DecryptError)?;
        let aad = Aad::from(make_tls13_aad(payload.len()));
        let plain = key
            .open_in_place(nonce(&self.iv, number), aad, payload)
            .map_err(|_| Error::DecryptError)?
            .len();
        payload.truncate(plain);
        message.into_tls13_unpadded_message()
    }
}

/// Encrypts or decrypts the records of one direction.
struct Tls12 {
    key: Key,
    /// All of it, or for decryption with GCM the secret part.
    iv: [u8; NONCE_LEN],
    is_gcm: bool,
}

impl Tls12 {
    /// How many bytes a record is longer than its plain text.
    fn overhead(&self) -> usize {
        if self.is_gcm { EXPLICIT_NONCE + TAG } else { TAG }
    }
}

impl MessageEncrypter for Tls12 {
    /// The number, type, version and length of a record are authenticated with it.
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let plain = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(plain));
        let nonce = nonce(&Iv::new(self.iv), number);
        let start = if self.is_gcm { EXPLICIT_NONCE } else { 0 };
        payload.extend_from_slice(&nonce.as_ref()[NONCE_LEN - start..]);
        payload.extend_from_chunks(&message.payload);
        let key = self.key.0.as_ref().ok_or(Error::EncryptError)?;
        let aad = Aad::from(make_tls12_aad(number, message.typ, message.version, plain));
        let tag = key
            .seal_in_place_separate_tag(nonce, aad, &mut payload.as_mut()[start..])
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(tag.as_ref());
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, payload: usize) -> usize {
        payload + self.overhead()
    }
}

/// With GCM the nonce comes from the record; otherwise it is made from its number.
impl MessageDecrypter for Tls12 {
    /// A record that is too short or too long is an error before it is decrypted.
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let payload = &mut message.payload;
        let Some(plain) = payload.len().checked_sub(self.overhead()) else {
            return Err(Error::DecryptError);
        };
        if plain > MAX_PLAIN {
            return Err(Error::PeerSentOversizedRecord);
        }
        let (nonce, start) = match self.is_gcm {
            true => {
                let nonce = join(&self.iv[..SALT], &payload[..EXPLICIT_NONCE]);
                (aead::Nonce::assume_unique_for_key(nonce), EXPLICIT_NONCE)
            }
            false => (nonce(&Iv::new(self.iv), number), 0),
        };
        let key = self.key.0.as_ref().ok_or(Error::DecryptError)?;
        let aad = Aad::from(make_tls12_aad(number, message.typ, message.version, plain));
        // Moves what it decrypts to the front.
        key.open_within(nonce, aad, payload, start..).map_err(|_| Error::DecryptError)?;
        payload.truncate(plain);
        Ok(message.into_plain_message())
    }
}
