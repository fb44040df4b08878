//! EC2's metadata service, in its version 2: a session has a token that each request carries.
//!
//! Version 1, which needs no token, is not tried: instances may have it turned off. The service
//! answers packets of a limited number of hops, so from a container with a network of its own
//! there may be no answer; the request ends with its timeout then.
//!
//! The document is read with the session, because every detector that opens one needs it.
//! Everything else is fetched one by one with `get`.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>.

use std::time::Instant;

use http::Method;
use serde_json::Value;

use super::metadata;

/// Where every instance has it.
const ADDRESS: &str = "http://169.254.169.254";
/// The header that carries the token in each request.
const TOKEN: &str = "x-aws-ec2-metadata-token";
/// The header that asks for a token, with its time to live.
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// How long the token is good for, in seconds. Longer than detectors may run.
const TTL: &str = "60";

/// A session.
///
/// It is shared by the detectors that need it.
pub(super) struct Imds {
    /// Without a slash at its end.
    address: String,
    /// A secret: with it the service gives out credentials. Never shown.
    token: String,
    /// When requests of the session must have ended.
    deadline: Instant,
    /// The document that describes the instance. A JSON object.
    pub(super) document: Value,
}

// The token opens the credentials of the instance.
impl std::fmt::Debug for Imds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imds").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Imds {
    /// Opens a session and reads the document. The error is a reason to show. `address` is where
    /// the service is, if a variable says so.
    pub(super) fn open(address: Option<&str>, deadline: Instant) -> Result<Self, String> {
        let address = address.unwrap_or(ADDRESS).trim_end_matches('/').to_owned();
        let url = format!("{address}/latest/api/token");
        let token = metadata::ask(&Method::PUT, &url, Some((TOKEN_TTL, TTL)), deadline)?;
        let token = token.trim().to_owned();
        // Other clouds answer at this address too.
        if token.is_empty() {
            return Err("the answer holds no token".to_owned());
        }
        let url = format!("{address}/latest/dynamic/instance-identity/document");
        let document = metadata::get_object(&url, Some((TOKEN, &token)), deadline)?;
        Ok(Self { address, token, deadline, document })
    }

    /// What `/latest/meta-data/{name}` holds. Trimmed. The error is a reason to show; an empty
    /// answer is one.
    pub(super) fn get(&self, name: &str) -> Result<String, String> {
        let url = format!("{}/latest/meta-data/{name}", self.address);
        let text = metadata::get(&url, Some((TOKEN, &self.token)), self.deadline)?;
        Ok(text.trim().to_owned()).and_then(|text| match text.is_empty() {
            true => Err("the answer is empty".to_owned()),
            false => Ok(text),
        })
    }

    /// A field of the document. `None` if it is missing, empty or no text.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = self.document.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }
}
