//! A server that has the name of a vendor: a proxy through which a process reaches it, with a
//! certificate for that name.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::tls::Authority;

/// The report of dependencies goes there.
const REPORT: &str = "POST /v1/dependencies ";

/// A request that came through the proxy.
#[derive(Clone, Debug)]
pub(crate) struct VendorRequest {
    /// What the proxy was asked for.
    pub(crate) connect: String,
    pub(crate) line: String,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl VendorRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// The proxy. Requests other than the report are passed on to a receiver.
pub(crate) struct VendorServer {
    pub(crate) url: String,
    /// The file of the authority that signed the certificate.
    pub(crate) authority: String,
    requests: Arc<Mutex<Vec<VendorRequest>>>,
    answer: watch::Sender<bool>,
    answered: Mutex<std::sync::mpsc::Receiver<()>>,
    _folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl VendorServer {
    /// A server of `host` in front of the receiver at `endpoint`.
    pub(crate) fn start(host: &str, endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, authority.0.pem()).unwrap();
        let acceptor = acceptor(&authority, host);
        let receiver = endpoint.strip_prefix("http://").unwrap().to_owned();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, may_answer) = watch::channel(false);
        let (report_answered, answered) = std::sync::mpsc::channel();

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::clone(&requests);
        runtime.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let connection = Connection {
                    acceptor: acceptor.clone(),
                    receiver: receiver.clone(),
                    log: Arc::clone(&log),
                    may_answer: may_answer.clone(),
                    report_answered: report_answered.clone(),
                    client: connection,
                };
                tokio::spawn(connection.serve());
            }
        });
        let authority = path.to_str().unwrap().to_owned();
        let answered = Mutex::new(answered);
        Self { url, authority, requests, answer, answered, _folder: folder, _runtime: runtime }
    }

    pub(crate) fn requests(&self) -> Vec<VendorRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// Answers the report, once it is there. Until then it waits for its answer.
    pub(crate) fn answer_the_report(&self) {
        self.answer.send(true).unwrap();
        self.answered.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
    }
}

fn acceptor(authority: &Authority, host: &str) -> TlsAcceptor {
    let (certificate, key) = authority.sign(host);
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

struct Connection {
    acceptor: TlsAcceptor,
    receiver: String,
    log: Arc<Mutex<Vec<VendorRequest>>>,
    may_answer: watch::Receiver<bool>,
    report_answered: std::sync::mpsc::Sender<()>,
    client: TcpStream,
}

impl Connection {
    /// Serves one request.
    async fn serve(mut self) {
        let Some(head) = read_head(&mut self.client).await else { return };
        let connect = head.lines().next().unwrap().to_owned();
        self.client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut client = self.acceptor.accept(self.client).await.unwrap();
        let Some(head) = read_head(&mut client).await else { return };
        let line = head.lines().next().unwrap().to_owned();
        let mut request = VendorRequest { connect, line, head, body: Vec::new() };
        let length: usize = request.header("content-length").unwrap().parse().unwrap();
        request.body.resize(length, 0);
        client.read_exact(&mut request.body).await.unwrap();
        self.log.lock().unwrap().push(request.clone());
        if request.line.starts_with(REPORT) {
            self.may_answer.wait_for(|may| *may).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            client.write_all(answer).await.unwrap();
            client.shutdown().await.unwrap();
            self.report_answered.send(()).unwrap();
            return;
        }
        let mut server = TcpStream::connect(self.receiver).await.unwrap();
        let head = request.head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        server.write_all(head.as_bytes()).await.unwrap();
        server.write_all(&request.body).await.unwrap();
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await.unwrap();
        client.write_all(&answer).await.unwrap();
        client.shutdown().await.unwrap();
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}
