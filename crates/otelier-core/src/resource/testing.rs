//! What tests of detectors need: the files of another system, and a platform that answers.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use otelier_instrument::masking::MaskingPolicy;

use super::files::Files;
use super::sources::Sources;
use crate::config::Platform;

/// The files of another system.
pub(super) struct System {
    root: tempfile::TempDir,
}

impl System {
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn sources(&self, platform: Platform) -> Sources {
        let (masking, minute) = (MaskingPolicy::default(), Duration::from_secs(60));
        Sources::new(platform, Files::below(self.root()), masking, None, minute)
    }
}

/// Asserts all attributes; `expected` is sorted by key.
#[track_caller]
pub(super) fn assert_pairs(attributes: &[KeyValue], expected: &[(&str, &str)]) {
    let pair = |it: &KeyValue| (it.key.to_string(), it.value.to_string());
    let mut pairs: Vec<_> = attributes.iter().map(pair).collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(pairs, expected);
}

/// A request, by its first line and its headers in lower case.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) line: String,
    headers: Vec<String>,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers.iter().find_map(|line| line.strip_prefix(&prefix))
    }
}

/// Answers with a status and a text, or not at all.
type Answer = Option<(u16, String)>;

/// A metadata service on this machine.
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { url, asked }
    }

    /// One that describes an instance of EC2, as version 2 of the service does. `tags` are those
    /// that it shows.
    pub(super) fn of_an_instance(tags: &'static [(&'static str, &'static str)]) -> Self {
        const TOKEN: &str = "AQAEAexample==";
        const DOCUMENT: &str = r#"{
            "accountId": "123456789012", "architecture": "x86_64", "region": "eu-west-1",
            "availabilityZone": "eu-west-1b", "imageId": "ami-0abc", "instanceId": "i-0def",
            "instanceType": "m7g.large", "kernelId": null
        }"#;
        Self::start(move |asked| {
            if asked.line == "PUT /latest/api/token HTTP/1.1" {
                let has_time = asked.header("x-aws-ec2-metadata-token-ttl-seconds").is_some();
                return Some(if has_time { (200, TOKEN.to_owned()) } else { (400, String::new()) });
            }
            if asked.header("x-aws-ec2-metadata-token") != Some(TOKEN) {
                return Some((401, String::new()));
            }
            let path = asked.line.strip_prefix("GET /latest/").unwrap_or_default();
            let path = path.strip_suffix(" HTTP/1.1").unwrap_or_default();
            Some(match path {
                "dynamic/instance-identity/document" => (200, DOCUMENT.to_owned()),
                "meta-data/hostname" => (200, "ip-10-0-0-1.ec2.internal\n".to_owned()),
                _ => {
                    let tag = path.strip_prefix("meta-data/tags/instance/").unwrap_or_default();
                    match tags.iter().find(|(name, _)| *name == tag) {
                        Some((_, value)) => (200, (*value).to_owned()),
                        None => (404, "not found".to_owned()),
                    }
                }
            })
        })
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers = lines.map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{}: {}", name.to_ascii_lowercase(), value.trim()),
        None => line.to_owned(),
    });
    let asked = Asked { line, headers: headers.collect() };
    log.lock().unwrap().push(asked.clone());
    match answer(&asked) {
        Some((status, text)) => {
            let length = text.len();
            let response = format!(
                "HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            );
            // A client that has read enough closes the connection.
            let _ = stream.write_all(response.as_bytes());
        }
        // The connection stays open until the client gives up.
        None => {
            let _ = stream.read(&mut byte);
        }
    }
}
