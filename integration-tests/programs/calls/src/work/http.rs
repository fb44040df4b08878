//! Requests of a client to a server of the same process.

mod server;

use std::time::Duration;

use futures_util::StreamExt as _;
use http::{Extensions, Method, StatusCode};
use reqwest::{Body, Request, Response};
use reqwest_middleware::{Middleware, Next};
use tokio::net::TcpListener;

use self::server::Server;
use super::{Result, calls, tell};
use crate::libraries::{self, Client};

calls! { Requests:
    found nested nested_service head unknown_method two_at_once behind_proxy
    not_found method_not_allowed failed panicked
    posted posted_unread streamed_request large
    streamed stream_failed stream_panicked stream_dropped unread
    relayed relayed_at_once
    client_gone client_dropped client_timeout redirected redirected_for_ever
    refused unknown_host invalid_url
    of_template for_stranger retried
    peer_unknown peer_known sampled_by_route
}

/// A client, and a server to send requests to.
struct Requests {
    client: Client,
    /// What `client` was made of.
    bare: reqwest::Client,
    server: Server,
}

pub(super) async fn run(name: &str) -> Result {
    // A connection is not used again: whether one is free in time would be up to chance.
    let bare = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
    let client = libraries::client(bare.clone());
    let server = Server::start(client.clone(), name == "peer_known").await?;
    let requests = Requests { client, bare, server };
    call(name, &requests).await?;
    let Requests { client, bare, server } = requests;
    drop((client, bare));
    server.stop().await
}

impl Requests {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, String)> {
        let response = self.client.get(self.url(path)).header("x-asked", "yes").send().await?;
        Ok((response.status(), response.text().await?))
    }

    async fn expect(&self, path: &str, status: u16) -> Result {
        assert_eq!(self.get(path).await?.0, status);
        Ok(())
    }

    /// Reads the first part of a body that goes no further.
    async fn broken(&self, path: &str) -> Result {
        let response = self.client.get(self.url(path)).send().await?;
        let mut body = response.bytes_stream();
        assert_eq!(body.next().await.ok_or("a first part")??, "first");
        self.server.go_on();
        body.next().await.ok_or("a second part")?.expect_err("the body is not complete");
        Ok(())
    }
}

async fn found(it: &Requests) -> Result {
    assert_eq!(it.get("/users/7?token=planted&page=2").await?.1, "user 7");
    Ok(())
}

async fn nested(it: &Requests) -> Result {
    it.expect("/api/users/7", 200).await
}

async fn nested_service(it: &Requests) -> Result {
    it.expect("/service/users/7", 200).await
}

async fn head(it: &Requests) -> Result {
    assert_eq!(it.client.head(it.url("/users/7")).send().await?.status(), 200);
    Ok(())
}

async fn unknown_method(it: &Requests) -> Result {
    let method = Method::from_bytes(b"PURGE")?;
    assert_eq!(it.client.request(method, it.url("/users/7")).send().await?.status(), 405);
    Ok(())
}

async fn two_at_once(it: &Requests) -> Result {
    let (one, two) = tokio::join!(it.get("/users/1"), it.get("/users/2"));
    assert_eq!((one?.1, two?.1), ("user 1".into(), "user 2".into()));
    Ok(())
}

async fn behind_proxy(it: &Requests) -> Result {
    let request = it.client.get(it.url("/users/7"));
    let request = request
        .header("forwarded", "for=192.0.2.7;proto=https;host=shop.example")
        .header("user-agent", "a browser");
    assert_eq!(request.send().await?.status(), 200);
    Ok(())
}

async fn not_found(it: &Requests) -> Result {
    it.expect("/nowhere", 404).await
}

async fn method_not_allowed(it: &Requests) -> Result {
    it.expect("/echo", 405).await
}

async fn failed(it: &Requests) -> Result {
    it.expect("/failed", 500).await
}

async fn panicked(it: &Requests) -> Result {
    it.client.get(it.url("/panicked/7")).send().await.expect_err("the connection is closed");
    Ok(())
}

async fn posted(it: &Requests) -> Result {
    let request = it.client.post(it.url("/echo")).header("content-type", "application/json");
    let response = request.body(r#"{"password":"planted","name":"a"}"#).send().await?;
    assert_eq!(response.text().await?.len(), 33);
    Ok(())
}

async fn posted_unread(it: &Requests) -> Result {
    let request = it.client.post(it.url("/unread")).body("not read");
    assert_eq!(request.send().await?.status(), 200);
    Ok(())
}

async fn streamed_request(it: &Requests) -> Result {
    let parts = [Ok::<_, std::io::Error>("one,"), Ok("two")];
    let body = Body::wrap_stream(futures_util::stream::iter(parts));
    let request = it.client.post(it.url("/echo")).header("content-type", "text/plain");
    assert_eq!(request.body(body).send().await?.text().await?, "one,two");
    Ok(())
}

async fn large(it: &Requests) -> Result {
    assert_eq!(it.get("/large").await?.1.len(), 300_000);
    Ok(())
}

async fn streamed(it: &Requests) -> Result {
    assert_eq!(it.get("/streamed/3").await?.1, "0,1,2,");
    Ok(())
}

async fn stream_failed(it: &Requests) -> Result {
    it.broken("/stream-failed").await
}

async fn stream_panicked(it: &Requests) -> Result {
    it.broken("/stream-panicked").await
}

async fn stream_dropped(it: &Requests) -> Result {
    let response = it.client.get(it.url("/stream-endless")).send().await?;
    let mut body = response.bytes_stream();
    assert_eq!(body.next().await.ok_or("a first part")??, "first");
    Ok(())
}

async fn unread(it: &Requests) -> Result {
    assert_eq!(it.client.get(it.url("/users/7")).send().await?.status(), 200);
    Ok(())
}

async fn relayed(it: &Requests) -> Result {
    it.expect("/relayed/7", 200).await
}

async fn relayed_at_once(it: &Requests) -> Result {
    it.expect("/relayed-at-once", 200).await
}

/// The caller gives up, and the server learns it.
async fn client_gone(it: &Requests) -> Result {
    let request = it.client.get(it.url("/slow/7")).send();
    tokio::select! {
        _ = request => Err("nothing answers".into()),
        () = it.server.reached() => Ok(()),
    }
}

/// The request is never sent.
async fn client_dropped(it: &Requests) -> Result {
    drop(it.client.get(it.url("/users/7")).send());
    Ok(())
}

async fn client_timeout(it: &Requests) -> Result {
    let request = it.client.get(it.url("/slow/7")).timeout(Duration::from_millis(200));
    request.send().await.expect_err("a timeout");
    Ok(())
}

async fn redirected(it: &Requests) -> Result {
    assert_eq!(it.get("/redirected").await?.1, "user 7");
    Ok(())
}

async fn redirected_for_ever(it: &Requests) -> Result {
    it.get("/redirected-for-ever").await.expect_err("too many redirects");
    Ok(())
}

async fn refused(it: &Requests) -> Result {
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    tell("CLOSED", closed.port());
    it.client.get(format!("http://{closed}/")).send().await.expect_err("nobody listens");
    Ok(())
}

async fn unknown_host(it: &Requests) -> Result {
    it.client.get("http://no-such-host.invalid/").send().await.expect_err("no such host");
    Ok(())
}

async fn invalid_url(it: &Requests) -> Result {
    it.client.get("no URL").send().await.expect_err("no URL");
    Ok(())
}

async fn of_template(it: &Requests) -> Result {
    let request = it.client.get(it.url("/users/7"));
    let response = libraries::of_template(request, "/users/{id}").send().await?;
    assert_eq!(response.text().await?, "user 7");
    Ok(())
}

async fn for_stranger(it: &Requests) -> Result {
    let request = it.client.get(it.url("/users/7"));
    let response = libraries::for_stranger(request).send().await?;
    assert_eq!(response.text().await?, "user 7");
    Ok(())
}

async fn retried(it: &Requests) -> Result {
    let client = libraries::client_with(it.bare.clone(), Twice);
    assert_eq!(client.get(it.url("/second-time")).send().await?.status(), 200);
    Ok(())
}

/// Sends a request again that the server cannot answer.
struct Twice;

#[async_trait::async_trait]
impl Middleware for Twice {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let again = request.try_clone();
        let response = next.clone().run(request, extensions).await?;
        match again.filter(|_| response.status() == 503) {
            Some(request) => next.run(request, extensions).await,
            None => Ok(response),
        }
    }
}

async fn peer_unknown(it: &Requests) -> Result {
    it.expect("/users/7", 200).await
}

/// The server asks for the address of the other end.
async fn peer_known(it: &Requests) -> Result {
    it.expect("/users/7", 200).await
}

async fn sampled_by_route(it: &Requests) -> Result {
    it.expect("/users/7", 200).await
}
