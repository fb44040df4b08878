//! What SQS and SNS refuse and the test server does not, checked in front of it.
//!
//! Source:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::MessageAttributeValue;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use crate::support::{Aws, on_both_runtimes};

on_both_runtimes!(refuses_what_sqs_refuses, refuses_what_sns_refuses);

const MAX_ATTRIBUTES: usize = 10;
const MAX_SIZE: usize = 1024 * 1024;

/// An HTTP client that answers as AWS does to a message that AWS refuses.
#[derive(Debug)]
pub(crate) struct WithLimits(pub(crate) SharedHttpClient);

impl HttpClient for WithLimits {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let refused = messages(&request).iter().find_map(|message| message.check().err());
        match refused {
            None => self.0.call(request),
            Some(why) => HttpConnectorFuture::ready(Ok(refusal(&request, why))),
        }
    }
}

fn refusal(request: &HttpRequest, why: &str) -> HttpResponse {
    let body = match request.headers().get("x-amz-target") {
        Some(_) => {
            let code = "com.amazonaws.sqs#InvalidParameterValue";
            serde_json::json!({ "__type": code, "message": why }).to_string()
        }
        None => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameterValue</Code>\
             <Message>{why}</Message></Error></ErrorResponse>"
        ),
    };
    HttpResponse::new(400.try_into().expect("a status"), SdkBody::from(body))
}

/// A message on its way to a queue or topic.
#[derive(Debug, Default)]
struct Message {
    size: usize,
    attributes: Vec<(String, String)>,
}

impl Message {
    fn check(&self) -> Result<(), &'static str> {
        let attributes = self.attributes.iter();
        let size: usize = attributes.map(|(name, value)| name.len() + value.len()).sum();
        if self.attributes.len() > MAX_ATTRIBUTES {
            return Err("a message has at most 10 attributes");
        }
        if self.size + size > MAX_SIZE {
            return Err("a message has at most 1 MiB");
        }
        for (name, value) in &self.attributes {
            let lower = name.to_ascii_lowercase();
            let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            if name.is_empty() || name.len() > 256 || !name.chars().all(is_part) {
                return Err("a name has up to 256 letters, digits, _, - and .");
            }
            if lower.starts_with("aws.") || lower.starts_with("amazon.") {
                return Err("a name starts with neither AWS. nor Amazon.");
            }
            if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
                return Err("a name has no period at its start, its end or twice");
            }
            if value.is_empty() {
                return Err("a value is not empty");
            }
        }
        Ok(())
    }
}

/// The messages that a request sends.
fn messages(request: &HttpRequest) -> Vec<Message> {
    let body = request.body().bytes().unwrap_or_default();
    match request.headers().get("x-amz-target") {
        Some(target) if target.starts_with("AmazonSQS.SendMessage") => {
            let body: Value = serde_json::from_slice(body).expect("SQS speaks JSON");
            let entries = body["Entries"].as_array().cloned().unwrap_or_else(|| vec![body]);
            entries.iter().map(of_json).collect()
        }
        Some(_) => Vec::new(),
        None => of_form(&String::from_utf8_lossy(body)),
    }
}

fn of_json(message: &Value) -> Message {
    let attributes = message["MessageAttributes"].as_object().into_iter().flatten();
    let value = |attribute: &Value| {
        let value = attribute["StringValue"].as_str().or(attribute["BinaryValue"].as_str());
        value.unwrap_or_default().to_owned()
    };
    Message {
        size: message["MessageBody"].as_str().map_or(0, str::len),
        attributes: attributes.map(|(name, it)| (name.clone(), value(it))).collect(),
    }
}

/// `…MessageAttributes.entry.{n}.Name` and `….Value.StringValue`, for each message.
fn of_form(body: &str) -> Vec<Message> {
    let url = reqwest::Url::parse(&format!("http://form/?{body}"));
    let pairs: Vec<(String, String)> =
        url.iter().flat_map(|url| url.query_pairs().into_owned()).collect();
    let value = |key: &str| pairs.iter().find(|(known, _)| known == key).map(|(_, it)| it.clone());
    let mut messages: Vec<(String, Message)> = Vec::new();
    for (key, name) in &pairs {
        let Some(entry) = key.strip_suffix(".Name") else { continue };
        let Some((message, _)) = entry.split_once("MessageAttributes.entry.") else { continue };
        let text = value(&format!("{entry}.Value.StringValue"));
        let text = text.or_else(|| value(&format!("{entry}.Value.BinaryValue")));
        let attribute = (name.clone(), text.unwrap_or_default());
        match messages.iter_mut().find(|(known, _)| known == message) {
            Some((_, known)) => known.attributes.push(attribute),
            None => {
                let size = value(&format!("{message}Message")).map_or(0, |it| it.len());
                messages.push((message.to_owned(), Message { size, attributes: vec![attribute] }));
            }
        }
    }
    messages.into_iter().map(|(_, message)| message).collect()
}

/// Attributes that are refused.
fn refused() -> Vec<Vec<(String, &'static str)>> {
    let eleven = (0..11).map(|n| (format!("own-{n}"), "v")).collect();
    let mut refused = vec![eleven, vec![("own".to_owned(), "")]];
    for name in ["AWS.own", "amazon.own", "two words", ".own", "own.", "a..b", &"n".repeat(257)] {
        refused.push(vec![(name.to_owned(), "v")]);
    }
    refused
}

async fn refuses_what_sqs_refuses(aws: &Aws) {
    let text = |value: &str| {
        let builder = MessageAttributeValue::builder().data_type("String");
        builder.string_value(value).build().expect("an attribute")
    };
    let send = || aws.bare_sqs().send_message().queue_url(&aws.queue_url).message_body("hello");
    for attributes in refused() {
        let attributes = attributes.into_iter();
        let call = attributes
            .fold(send(), |call, (name, value)| call.message_attributes(name, text(value)));
        let error = call.send().await.expect_err("it is refused");
        assert_eq!(error.code(), Some("InvalidParameterValue"), "{error:?}");
    }
    let ten =
        (0..10).fold(send(), |call, n| call.message_attributes(format!("own-{n}"), text("v")));
    ten.send().await.expect("ten attributes are accepted");
}

async fn refuses_what_sns_refuses(aws: &Aws) {
    use aws_sdk_sns::types::MessageAttributeValue;

    let sns = aws_sdk_sns::Client::new(&aws.config());
    for attributes in refused() {
        let text = |value: &str| {
            let builder = MessageAttributeValue::builder().data_type("String");
            builder.string_value(value).build().expect("an attribute")
        };
        let call = sns.publish().topic_arn("arn:aws:sns:us-east-1:1:none").message("hello");
        let call = attributes
            .into_iter()
            .fold(call, |call, (name, value)| call.message_attributes(name, text(value)));
        let error = call.send().await.expect_err("it is refused");
        assert_eq!(error.code(), Some("InvalidParameterValue"), "{error:?}");
    }
}
