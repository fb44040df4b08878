//! As much of a MySQL server as the driver needs: a login, queries without and with one row,
//! prepared statements.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

// `PROTOCOL_41`, `TRANSACTIONS`, `SECURE_CONNECTION`, `MULTI_STATEMENTS`, `MULTI_RESULTS`,
// `PS_MULTI_RESULTS`, `PLUGIN_AUTH` and `DEPRECATE_EOF`.
const CAPABILITIES: u32 =
    1 << 9 | 1 << 13 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 24;
const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];
/// What ends the rows: an OK with another header.
const END_OF_ROWS: [u8; 7] = [0xfe, 0, 0, 2, 0, 0, 0];

/// Starts it. It ends with the process.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that goes away ends its thread.
            thread::spawn(move || serve(stream).err());
        }
    });
    address
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream.try_clone()?);
    let mut answer = Answer::default();
    answer.packet(&handshake()).send(&mut stream)?;
    let (_login, sequence) = read(&mut requests)?;
    answer.after(sequence).packet(&OK).send(&mut stream)?;
    loop {
        let (request, sequence) = read(&mut requests)?;
        let answer = answer.after(sequence);
        match request.split_first() {
            // Quit.
            Some((0x01, _)) | None => return Ok(()),
            // Query.
            Some((0x03, text)) if text.starts_with(b"SELECT") => {
                answer.packet(&[1]).packet(&column()).packet(b"\x017").packet(&END_OF_ROWS);
            }
            // Prepare: statement 1, with one column and one parameter.
            Some((0x16, _)) => {
                let prepared = [0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];
                answer.packet(&prepared).packet(&column()).packet(&column());
            }
            // Execute: the row's header, its map of nulls, and a number of eight bytes.
            Some((0x17, _)) => {
                let row = [0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
                answer.packet(&[1]).packet(&column()).packet(&row).packet(&END_OF_ROWS);
            }
            // Close a statement: no answer.
            Some((0x19, _)) => {}
            Some(_) => {
                answer.packet(&OK);
            }
        }
        answer.send(&mut stream)?;
    }
}

/// A packet's payload, and its number in the exchange.
fn read(from: &mut impl Read) -> io::Result<(Vec<u8>, u8)> {
    let mut header = [0; 4];
    from.read_exact(&mut header)?;
    let [low, middle, high, sequence] = header;
    let mut payload = vec![0; u32::from_le_bytes([low, middle, high, 0]) as usize];
    from.read_exact(&mut payload)?;
    Ok((payload, sequence))
}

/// Packets that are sent together.
#[derive(Default)]
struct Answer {
    bytes: Vec<u8>,
    sequence: u8,
}

impl Answer {
    fn after(&mut self, sequence: u8) -> &mut Self {
        self.sequence = sequence.wrapping_add(1);
        self
    }

    fn packet(&mut self, payload: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes()[..3]);
        self.bytes.push(self.sequence);
        self.bytes.extend_from_slice(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self
    }

    fn send(&mut self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

fn handshake() -> Vec<u8> {
    let [low0, low1, high0, high1] = CAPABILITIES.to_le_bytes();
    let mut packet = vec![10];
    packet.extend_from_slice(b"8.4.0-stub\0");
    packet.extend_from_slice(&1_u32.to_le_bytes());
    packet.extend_from_slice(b"12345678\0");
    packet.extend_from_slice(&[low0, low1, 45, 2, 0, high0, high1, 21]);
    packet.extend_from_slice(&[0; 10]);
    packet.extend_from_slice(b"123456789012\0mysql_native_password\0");
    packet
}

/// A column `n` of type `BIGINT`.
fn column() -> Vec<u8> {
    let mut packet = b"\x03def\x00\x00\x00\x01n\x00\x0c".to_vec();
    packet.extend_from_slice(&[63, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
    packet
}
