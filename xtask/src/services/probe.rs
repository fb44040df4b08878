//! Whether a server answers, in its own protocol: a port that accepts is not yet a server that
//! works.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};
use std::{str, thread};

use anyhow::{Context as _, Result, bail, ensure};

use crate::process;

const TIMEOUT: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(100);
const AT_MOST: Duration = Duration::from_secs(30);

/// Probes every 100 ms for up to 30 s.
pub(crate) fn until_ready(mut probe: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        process::check_interrupted()?;
        match probe() {
            Ok(()) => return Ok(()),
            Err(error) if start.elapsed() > AT_MOST => {
                return Err(error.context(format!("no answer in {} s", AT_MOST.as_secs())));
            }
            Err(_) => thread::sleep(EVERY),
        }
    }
}

/// The host and port of a URL; the first ones if it names several.
pub(super) fn host_and_port(url: &str, default_port: u16) -> Result<(String, u16)> {
    let (_, rest) = url.split_once("://").with_context(|| format!("`{url}` is not a URL"))?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let first = host.split(',').next().unwrap_or_default();
    let (host, port) = match first.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => first.split_once(':').map_or((first, None), |(host, port)| (host, Some(port))),
    };
    ensure!(!host.is_empty(), "there is no host in the URL");
    let port =
        port.map_or(Ok(default_port), str::parse).context("there is no valid port in the URL")?;
    Ok((host.to_owned(), port))
}

/// Connects to the host of a URL.
pub(super) fn connect(url: &str, default_port: u16) -> Result<TcpStream> {
    let (host, port) = host_and_port(url, default_port)?;
    let mut last = None;
    for address in (host.as_str(), port).to_socket_addrs().context("cannot resolve the host")? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(TIMEOUT))?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error).context("cannot connect"),
        None => bail!("the host has no address"),
    }
}

/// Gets any HTTP answer to `GET path`; with TLS, a connection must do.
pub(crate) fn http(url: &str, path: &str) -> Result<()> {
    if url.starts_with("https:") {
        return connect(url, 443).map(drop);
    }
    let mut stream = connect(url, 80)?;
    let (host, port) = host_and_port(url, 80)?;
    // In one write: a server that answers the first piece and hangs up would make the next one
    // fail.
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; 7];
    stream.read_exact(&mut head).context("no HTTP answer")?;
    ensure!(&head == b"HTTP/1.", "the answer is not HTTP");
    Ok(())
}

/// Reads the greeting that a MySQL server sends to each client, and gives the version in it.
pub(super) fn mysql(url: &str) -> Result<String> {
    let mut stream = connect(url, 3306)?;
    let mut head = [0; 5];
    stream.read_exact(&mut head).context("no MySQL greeting")?;
    // Three bytes of length, a sequence number, then the protocol version, or 0xff for an error.
    ensure!(head[4] == 10, "the MySQL server refuses connections");
    let mut version = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|count| count == 1) && byte != [0] {
        version.extend(byte);
    }
    Ok(String::from_utf8_lossy(&version).into_owned())
}

/// Begins a session with a PostgreSQL server, and gives what it answers first. Any answer will do
/// but that it is still starting up.
pub(super) fn postgres(url: &str) -> Result<String> {
    let mut stream = connect(url, 5432)?;
    // The length, version 3.0 of the protocol, and a user.
    let user = b"user\0postgres\0\0";
    let mut startup = ((8 + user.len()) as u32).to_be_bytes().to_vec();
    startup.extend([0, 3, 0, 0]);
    startup.extend(user);
    stream.write_all(&startup)?;
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).context("no PostgreSQL answer")?;
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    ensure!(answer.starts_with(['R', 'E']), "the answer is not PostgreSQL's");
    ensure!(!answer.contains("57P03"), "the server is starting up");
    Ok(answer)
}

/// Sends a PING to a Redis server. Any answer will do, also that a password is missing.
pub(super) fn redis(url: &str) -> Result<()> {
    let mut stream = connect(url, 6379)?;
    stream.write_all(b"PING\r\n")?;
    let mut head = [0; 1];
    stream.read_exact(&mut head).context("no Redis answer")?;
    ensure!(b"+-".contains(&head[0]), "the answer is not Redis'");
    Ok(())
}

/// What a Redis server says of its version.
pub(super) fn redis_version(url: &str) -> Result<String> {
    let mut stream = connect(url, 6379)?;
    stream.write_all(b"INFO server\r\n")?;
    let mut answer = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let text = String::from_utf8_lossy(&answer);
        let rest = text.split_once("\nredis_version:").map(|(_, rest)| rest);
        if let Some((version, _)) = rest.and_then(|rest| rest.split_once('\r')) {
            return Ok(version.to_owned());
        }
        let read = stream.read(&mut piece).context("no Redis answer")?;
        ensure!(read > 0 && answer.len() < 16_384, "Redis does not say its version");
        answer.extend_from_slice(&piece[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_of_urls() {
        let check = |url, expect: Option<(&str, u16)>| {
            let got = host_and_port(url, 9).ok();
            assert_eq!(got, expect.map(|(host, port)| (host.to_owned(), port)), "{url}");
        };
        check("http://127.0.0.1:4566", Some(("127.0.0.1", 4566)));
        check("http://localhost/path:1", Some(("localhost", 9)));
        check("mysql://me:p@ss:1@db:3306/x", Some(("db", 3306)));
        check("mongodb://a:1,b:2/?replicaSet=r", Some(("a", 1)));
        check("http://[::1]:80/", Some(("::1", 80)));
        check("http://[::1]/", Some(("::1", 9)));
        check("http://:80", None);
        check("http://h:99999", None);
        check("no url", None);
    }

    #[test]
    fn an_http_answer_and_any_other() {
        let check = |answer: &'static [u8], ok: bool| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 512]).unwrap();
                stream.write_all(answer).unwrap();
            });
            assert_eq!(http(&url, "/").is_ok(), ok);
            server.join().unwrap();
        };
        check(b"HTTP/1.1 404 NOT FOUND\r\n\r\n", true);
        check(b"SSH-2.0-OpenSSH", false);
        check(b"", false);
    }

    #[test]
    fn a_mysql_greeting_and_a_refusal() {
        let check = |greeting: &'static [u8], expect: Option<&str>| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("mysql://{}/", listener.local_addr().unwrap());
            let server =
                thread::spawn(move || listener.accept().unwrap().0.write_all(greeting).unwrap());
            assert_eq!(mysql(&url).ok().as_deref(), expect);
            server.join().unwrap();
        };
        check(b"\x59\x00\x00\x00\x0a10.11", Some("10.11"));
        check(b"\x59\x00\x00\x00\x0a9.7.0\x00\x01\x02", Some("9.7.0"));
        check(b"\x10\x00\x00\x00\xff\x10\x04Too many connections", None);
        check(b"", None);
    }

    /// A server that reads once from its first client, and answers so.
    fn answering(answer: &'static [u8]) -> (std::net::SocketAddr, thread::JoinHandle<()>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 64]).unwrap();
            stream.write_all(answer).unwrap();
        });
        (address, server)
    }

    #[test]
    fn a_postgres_server_is_ready_when_it_answers() {
        let check = |answer: &'static [u8], ok: bool| {
            let (address, server) = answering(answer);
            assert_eq!(postgres(&format!("postgres://{address}")).is_ok(), ok);
            server.join().unwrap();
        };
        check(b"R\x00\x00\x00\x08\x00\x00\x00\x00", true);
        check(b"E\x00\x00\x00\x20SFATAL\x00C28000\x00", true);
        check(b"E\x00\x00\x00\x20SFATAL\x00C57P03\x00", false);
        check(b"HTTP/1.1 400 Bad Request\r\n", false);
        check(b"", false);
    }

    #[test]
    fn any_redis_answer_will_do() {
        let check = |answer: &'static [u8], ok: bool| {
            let (address, server) = answering(answer);
            assert_eq!(redis(&format!("redis://{address}/")).is_ok(), ok);
            server.join().unwrap();
        };
        check(b"+PONG\r\n", true);
        check(b"-NOAUTH Authentication required.\r\n", true);
        check(b"HTTP/1.1 400 Bad Request\r\n", false);
        check(b"", false);
    }

    #[test]
    fn the_version_of_redis_is_read() {
        let check = |answer: &'static [u8], expected: Option<&str>| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("redis://{}/", listener.local_addr().unwrap());
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 16]).unwrap();
                stream.write_all(answer).unwrap();
            });
            assert_eq!(redis_version(&url).ok().as_deref(), expected);
            server.join().unwrap();
        };
        check(b"$42\r\n# Server\r\nredis_version:7.0.15\r\nother:1\r\n", Some("7.0.15"));
        check(b"-NOAUTH Authentication required.\r\n", None);
    }
}
