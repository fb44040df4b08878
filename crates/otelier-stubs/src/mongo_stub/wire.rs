//! MongoDB's OP_MSG, as much of it as a server without data needs.

use std::io::{self, Read, Write};

use bson::{Bson, Document};

const OP_MSG: i32 = 2013;
const HEADER: usize = 16;
/// The longest message that `hello` allows.
const LONGEST: usize = 48_000_000;

/// A command with the identifier that its answer must name.
pub(super) struct Message {
    pub(super) id: i32,
    pub(super) command: Document,
}

impl Message {
    pub(super) fn read_from(stream: &mut impl Read) -> io::Result<Self> {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header)?;
        let field = |at: usize| {
            i32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let length =
            usize::try_from(field(0)).ok().filter(|length| (HEADER + 4..=LONGEST).contains(length));
        let length = length.ok_or_else(|| invalid("the length is out of range"))?;
        if field(12) != OP_MSG {
            return Err(invalid("not an OP_MSG"));
        }
        let mut body = vec![0; length - HEADER];
        stream.read_exact(&mut body)?;
        // The flags tell of checksums and streams, neither of which we offer.
        Ok(Self { id: field(4), command: command(&body[4..])? })
    }
}

/// Answers the message `to` with `document`.
pub(super) fn answer(stream: &mut impl Write, to: i32, document: &Document) -> io::Result<()> {
    let mut message = vec![0; HEADER];
    message.extend([0; 4]);
    message.push(0);
    document.to_writer(&mut message).map_err(io::Error::other)?;
    let length = i32::try_from(message.len()).map_err(io::Error::other)?;
    for (at, field) in [(0, length), (8, to), (12, OP_MSG)] {
        message[at..at + 4].copy_from_slice(&field.to_le_bytes());
    }
    stream.write_all(&message)
}

/// The command document, with the documents that were sent beside it where they belong.
fn command(mut sections: &[u8]) -> io::Result<Document> {
    let mut command = Document::new();
    let mut sequences = Vec::new();
    while let Some((kind, rest)) = sections.split_first() {
        sections = rest;
        match kind {
            0 => command = document(&mut sections)?,
            1 => sequences.push(sequence(&mut sections)?),
            _ => return Err(invalid("an unknown kind of section")),
        }
    }
    command.extend(sequences);
    Ok(command)
}

fn sequence(sections: &mut &[u8]) -> io::Result<(String, Bson)> {
    let length = sections.first_chunk().map(|length| i32::from_le_bytes(*length));
    let length = length.and_then(|length| usize::try_from(length).ok());
    let (own, rest) = length
        .and_then(|length| sections.split_at_checked(length))
        .ok_or_else(|| invalid("a sequence is cut off"))?;
    *sections = rest;
    let end = own.iter().skip(4).position(|byte| *byte == 0).ok_or_else(|| invalid("no name"))? + 4;
    let name = String::from_utf8_lossy(&own[4..end]).into_owned();
    let mut own = &own[end + 1..];
    let mut documents = Vec::new();
    while !own.is_empty() {
        documents.push(Bson::Document(document(&mut own)?));
    }
    Ok((name, Bson::Array(documents)))
}

fn document(bytes: &mut &[u8]) -> io::Result<Document> {
    Document::from_reader(bytes).map_err(io::Error::other)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
