//! The little of MongoDB's wire protocol that a probe needs: one command in an OP_MSG, and its
//! answer.
//!
//! <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result, ensure};

use crate::services::probe;

/// The port of a URL without one.
pub(super) const PORT: u16 = 27017;
const OP_MSG: i32 = 2013;
/// No answer to our commands comes near this.
const LONGEST: usize = 1 << 20;

/// Asks a server for its state.
pub(super) fn hello(url: &str) -> Result<Vec<u8>> {
    let answer = command(url, Document::new().int("hello", 1).text("$db", "admin"))?;
    ensure!(is_ok(&answer), "the server refuses `hello`");
    Ok(answer)
}

/// The version that a server gives.
pub(super) fn version(url: &str) -> Option<String> {
    let answer = command(url, Document::new().int("buildInfo", 1).text("$db", "admin")).ok()?;
    text_in(&answer, "version")
}

/// The text of a field, wherever it is first.
fn text_in(answer: &[u8], name: &str) -> Option<String> {
    let head = [b"\x02", name.as_bytes(), b"\0"].concat();
    let at = answer.windows(head.len()).position(|window| window == head)? + head.len();
    // Its length, then the text with a zero at its end.
    let text = answer.get(at + 4..)?.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Makes a replica set of the one server, and waits until it takes writes.
pub(super) fn make_replica_set(url: &str, name: &str, port: u16) -> Result<()> {
    let member = Document::new().int("_id", 0).text("host", &format!("127.0.0.1:{port}"));
    let members = Document::new().document("0", member);
    let config = Document::new().text("_id", name).array("members", members);
    let initiate = Document::new().document("replSetInitiate", config).text("$db", "admin");
    let answer = command(url, initiate)?;
    ensure!(is_ok(&answer), "replSetInitiate failed: {}", String::from_utf8_lossy(&answer));
    probe::until_ready(|| {
        ensure!(is_primary(&hello(url)?), "the server takes no writes");
        Ok(())
    })
}

/// A BSON document in the making. <https://bsonspec.org/spec.html>
struct Document(Vec<u8>);

impl Document {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn int(mut self, name: &str, value: i32) -> Self {
        self.element(0x10, name);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        self.element(0x02, name);
        self.0.extend(length(value.len() + 1));
        self.0.extend(value.bytes());
        self.0.push(0);
        self
    }

    fn document(mut self, name: &str, value: Self) -> Self {
        self.element(0x03, name);
        self.0.extend(value.into_bytes());
        self
    }

    fn array(mut self, name: &str, value: Self) -> Self {
        self.element(0x04, name);
        self.0.extend(value.into_bytes());
        self
    }

    fn element(&mut self, kind: u8, name: &str) {
        self.0.push(kind);
        self.0.extend(name.bytes());
        self.0.push(0);
    }

    fn into_bytes(self) -> Vec<u8> {
        let mut bytes = length(self.0.len() + 5).to_vec();
        bytes.extend(self.0);
        bytes.push(0);
        bytes
    }
}

fn command(url: &str, document: Document) -> Result<Vec<u8>> {
    let mut stream = probe::connect(url, PORT)?;
    stream.write_all(&message(document))?;
    let mut head = [0; 16];
    stream.read_exact(&mut head).context("no MongoDB answer")?;
    let field =
        |at: usize| i32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    ensure!(field(12) == OP_MSG, "the answer is not MongoDB's");
    let rest = usize::try_from(field(0)).unwrap_or(0).saturating_sub(head.len());
    ensure!(rest <= LONGEST, "the answer is too long");
    let mut body = vec![0; rest];
    stream.read_exact(&mut body).context("the MongoDB answer is cut off")?;
    Ok(body)
}

fn message(document: Document) -> Vec<u8> {
    let document = document.into_bytes();
    let mut message = Vec::new();
    message.extend(length(16 + 4 + 1 + document.len()));
    // Request id, what it answers, the operation; then no flags, and one section with the command.
    message.extend([1, 0, OP_MSG, 0].iter().flat_map(|field: &i32| field.to_le_bytes()));
    message.push(0);
    message.extend(document);
    message
}

fn length(length: usize) -> [u8; 4] {
    // Our commands have some hundred bytes.
    i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes()
}

fn is_ok(answer: &[u8]) -> bool {
    contains(answer, b"\x01ok\0\0\0\0\0\0\0\xf0\x3f") || contains(answer, b"\x10ok\0\x01\0\0\0")
}

fn is_primary(answer: &[u8]) -> bool {
    contains(answer, b"\x08isWritablePrimary\0\x01")
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_field_is_found() {
        let answer = Document::new().int("ok", 1).text("version", "7.0.5").into_bytes();
        assert_eq!(text_in(&answer, "version").as_deref(), Some("7.0.5"));
        assert_eq!(text_in(&answer, "missing"), None);
    }

    #[test]
    fn a_command_as_the_specifications_write_it() {
        let expect = [
            b"\x2f\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0".as_slice(),
            b"\0\0\0\0\0",
            b"\x1a\0\0\0\x10ping\0\x01\0\0\0\x02$db\0\x02\0\0\0a\0\0",
        ]
        .concat();
        assert_eq!(message(Document::new().int("ping", 1).text("$db", "a")), expect);
    }

    #[test]
    fn nested_documents_carry_their_own_lengths() {
        let inner = Document::new().int("_id", 0);
        let bytes = Document::new().array("m", Document::new().document("0", inner)).into_bytes();
        assert_eq!(bytes, b"\x1e\0\0\0\x04m\0\x16\0\0\0\x030\0\x0e\0\0\0\x10_id\0\0\0\0\0\0\0\0");
    }

    #[test]
    fn answers_that_are_good_and_bad() {
        assert!(is_ok(b"..\x01ok\0\0\0\0\0\0\0\xf0\x3f."));
        assert!(!is_ok(b"..\x01ok\0\0\0\0\0\0\0\0\0."));
        assert!(is_primary(b".\x08isWritablePrimary\0\x01."));
        assert!(!is_primary(b".\x08isWritablePrimary\0\0."));
    }
}
