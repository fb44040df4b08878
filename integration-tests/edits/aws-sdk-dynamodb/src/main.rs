//! Stores an item in a table, and reads it.

use std::env;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        // moto answers for each service at one address.
        .endpoint_url(env::var("SQS_ENDPOINT_URL")?)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()));
    let client = Client::from_conf(config.build());
    let text = |text: &str| AttributeValue::S(text.to_owned());

    let attribute = AttributeDefinition::builder().attribute_name("id");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build()?;
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build()?;
    let create = client.create_table().table_name("songs").billing_mode(BillingMode::PayPerRequest);
    create.attribute_definitions(attribute).key_schema(key).send().await?;
    client.put_item().table_name("songs").item("id", text("1")).send().await?;
    let song = client.get_item().table_name("songs").key("id", text("1")).send().await?;
    assert!(song.item().is_some());
    client.delete_table().table_name("songs").send().await?;
    Ok(())
}
