//! EC2's metadata service, in its version 2: a session has a token that each request carries.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>.

use std::time::Instant;

use http::Method;
use serde_json::Value;

use super::metadata;

/// Where every instance has it.
const ADDRESS: &str = "http://169.254.169.254";
const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// How long the token is good for, in seconds.
const TTL: &str = "60";

/// A session.
pub(super) struct Imds {
    address: String,
    token: String,
    deadline: Instant,
    /// The document that describes the instance.
    pub(super) document: Value,
}

// The token opens the credentials of the instance.
impl std::fmt::Debug for Imds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imds").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Imds {
    /// Opens a session and reads the document. The error is a reason to show.
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

    /// What `/latest/meta-data/{name}` holds.
    pub(super) fn get(&self, name: &str) -> Result<String, String> {
        let url = format!("{}/latest/meta-data/{name}", self.address);
        let text = metadata::get(&url, Some((TOKEN, &self.token)), self.deadline)?;
        Ok(text.trim().to_owned()).and_then(|text| match text.is_empty() {
            true => Err("the answer is empty".to_owned()),
            false => Ok(text),
        })
    }

    /// A field of the document.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = self.document.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }
}
