//! The service: it is asked by itself, and works with a queue and two databases.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::SdkConfig;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use axum::routing::post;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use otelier::mysql::prelude::Queryable as _;
use reqwest_middleware::ClientBuilder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _, service_fn};

/// Set in a process that is the service.
pub(crate) const VARIABLE: &str = "OTELIER_TEST_SERVICE";
/// Set where secrets are to be planted under names that give nothing away.
pub(crate) const UNNAMED: &str = "OTELIER_TEST_UNNAMED";
/// Set in a service that is to end when it has started.
pub(crate) const ONLY_START: &str = "OTELIER_TEST_ONLY_START";

/// What handlers work with.
struct Stores {
    sqs: aws_sdk_sqs::Client,
    sns: aws_sdk_sns::Client,
    topic_arn: String,
    queue_url: String,
    products: mongodb::Collection<Document>,
    pool: otelier::mysql::Pool,
}

/// Runs the service to its end, in a process that is one.
pub(crate) fn run() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    // What the hook of the standard library prints is not Otelier's.
    std::panic::set_hook(Box::new(|_| {}));
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let otel = otelier::tracing::init().unwrap();
        if std::env::var_os(ONLY_START).is_some() {
            otel.shutdown().unwrap();
            println!("the service has ended");
            return;
        }
        let stores = Arc::new(connect().await);
        let app = Router::new()
            .route("/orders", post(order))
            .route("/login", post(login))
            .with_state(Arc::clone(&stores))
            .layer(otelier::axum::OtelLayer::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        ask(address).await;
        ask_plain_service().await;
        stores.sns.delete_topic().topic_arn(&stores.topic_arn).send().await.unwrap();
        stores.sqs.delete_queue().queue_url(&stores.queue_url).send().await.unwrap();
        let database = stores.products.namespace().db;
        stores.products.client().database(&database).drop().await.unwrap();
        otel.shutdown().unwrap();
        println!("the service has ended");
    });
}

async fn connect() -> Stores {
    let variable = |name: &str| std::env::var(name).expect("the test sets it");
    let name = format!("otelier-service-{}", std::process::id());
    let credentials = Credentials::new(
        "hunter2-aws-id",
        "hunter2-aws-key",
        Some("hunter2-aws-token".to_owned()),
        None,
        "test",
    );
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(variable("SQS_ENDPOINT_URL"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
    let queue = sqs.create_queue().queue_name(&name).send().await.unwrap();
    let sns = otelier::aws::client!(aws_sdk_sns, &config);
    let topic_arn = sns.create_topic().name(&name).send().await.unwrap().topic_arn.unwrap();
    let queue_arn = topic_arn.replace(":sns:", ":sqs:");
    let subscription = sns.subscribe().topic_arn(&topic_arn).protocol("sqs").endpoint(queue_arn);
    subscription.send().await.unwrap();
    let options = ClientOptions::parse(variable("MONGODB_URI")).await.unwrap();
    let mongodb = mongodb::Client::with_options(otelier::mongodb::instrument(options)).unwrap();
    let mysql = mysql_async::Opts::from_url(&variable("MYSQL_URL")).unwrap();
    Stores {
        sqs,
        sns,
        topic_arn,
        queue_url: queue.queue_url.unwrap(),
        products: mongodb.database(&name).collection("products"),
        pool: otelier::mysql::Pool::new(mysql),
    }
}

/// Whether secrets are planted under names that give nothing away.
fn has_unnamed() -> bool {
    std::env::var_os(UNNAMED).is_some()
}

async fn ask(address: SocketAddr) {
    // Without the proxy of the environment, which has a password of its own.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let http = ClientBuilder::new(client).with(otelier::reqwest::OtelMiddleware::new()).build();
    let nested = "https%3A%2F%2Fhunter2-user%3Ahunter2-userinfo%40h%2F%3Fapi_key%3Dhunter2-nested";
    let url = format!(
        "http://hunter2-name:hunter2-password@{address}/orders?token=hunter2-query&next={nested}"
    );
    let mut body = json!({
        "article": "chair",
        "payment": [{ "card": { "secret": "hunter2-json" }, "note": r#"{"pass": "hunter2-inner"}"# }],
        "remark": "as agreed, password=hunter2-pair",
        "link": "https://joe:hunter2-body-userinfo@shop/?a=1&api_key=hunter2-body-query",
    });
    if has_unnamed() {
        body["note"] = "hunter2-unnamed-json".into();
    }
    let response = http
        .post(url)
        .header("x-api-key", "hunter2-header")
        .header("cookie", "a=hunter2-cookie")
        .header("baggage", "session_id=hunter2-baggage,team=blue")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    // To the end of the body, which the span lasts to.
    response.text().await.unwrap();
    let mut form = "password=hunter2-form&page=1".to_owned();
    if has_unnamed() {
        form += "&note=hunter2-unnamed-form";
    }
    let response = http
        .post(format!("http://{address}/login"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap();
}

/// A service of tower without a router, which is called in this process.
async fn ask_plain_service() {
    let service = service_fn(|_: Request<Body>| async {
        let response = Response::builder().header("content-type", "application/json");
        let body = json!({ "secrets": ["hunter2-plain"] }).to_string();
        Ok::<_, Infallible>(response.body(Body::from(body)).unwrap())
    });
    let service = otelier::tower::OtelLayer::new().layer(service);
    let request = Request::post("/plain?sig=hunter2-plain-query").body(Body::empty()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap();
}

async fn order(State(stores): State<Arc<Stores>>, body: String) -> impl IntoResponse {
    let order: Value = serde_json::from_str(&body).unwrap();
    tracing::info!(api_key = "hunter2-log-field", article = "chair", "ordered");
    tracing::info!(order = %json!({ "token": order["article"], "key": ["hunter2-log-json"] }), "placed");
    work().await;
    query(&stores.pool).await;
    find(&stores.products).await;
    queue(&stores).await;
    topic(&stores).await;
    let headers = [(SET_COOKIE, "session=hunter2-set-cookie"), (CONTENT_TYPE, "application/json")];
    (headers, json!({ "id": 7, "session": { "id": "hunter2-response" } }).to_string())
}

async fn login(form: String) -> impl IntoResponse {
    assert!(form.starts_with("password=hunter2-form"));
    tracing::warn!("login refused: password=hunter2-log-message");
    let error = std::io::Error::other("no such user, token: hunter2-log-error");
    tracing::error!(error = &error as &(dyn std::error::Error + 'static), "login failed");
    let body = json!({ "access_token": "hunter2-response-token" }).to_string();
    ([(CONTENT_TYPE, "application/json")], body)
}

/// Spans and errors of the service's own.
async fn work() {
    let span =
        tracing::info_span!("sign in", password = "hunter2-field", url = "/?sig=hunter2-url");
    let _: Result<(), String> = span
        .in_scope(|| otelier::span("charge", || Err("refused, secret=hunter2-error".to_owned())));
    let lost = tokio::spawn(async { panic!("lost, token=hunter2-panic") });
    lost.await.unwrap_err();
}

/// Literals and parameters, in statements that work and in one that does not.
async fn query(pool: &otelier::mysql::Pool) {
    let mut conn = pool.get_conn().await.unwrap();
    let _: Option<String> = conn.query_first("SELECT 'hunter2-sql' AS found").await.unwrap();
    let _: Option<String> =
        conn.exec_first("SELECT ? AS found", ("hunter2-parameter",)).await.unwrap();
    let failed = "SELECT * FROM nowhere.nothing WHERE password = 'hunter2-failed-sql'";
    conn.query_drop(failed).await.unwrap_err();
}

async fn find(products: &mongodb::Collection<Document>) {
    let mut product = doc! { "name": "chair", "secret": { "er": ["hunter2-document"] } };
    if has_unnamed() {
        product.insert("note", "hunter2-unnamed-document");
    }
    products.insert_one(product).await.unwrap();
    products.find_one(doc! { "password": "hunter2-filter" }).await.unwrap();
    products.find_one(doc! { "name": "chair" }).await.unwrap().unwrap();
}

async fn queue(stores: &Stores) {
    let attribute = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value);
        attribute.build().unwrap()
    };
    let mut body = json!({ "order": { "token": "hunter2-message" } });
    if has_unnamed() {
        body["note"] = "hunter2-unnamed-message".into();
    }
    let sent =
        stores.sqs.send_message().queue_url(&stores.queue_url).message_body(body.to_string());
    sent.message_attributes("token", attribute("hunter2-attribute")).send().await.unwrap();
    let received = stores
        .sqs
        .receive_message()
        .queue_url(&stores.queue_url)
        .message_attribute_names("All")
        .wait_time_seconds(5)
        .send()
        .await
        .unwrap();
    assert_eq!(received.messages().len(), 1);
    for message in otelier::aws::sqs::scoped(&received) {
        message
            .process(|message| async move {
                assert!(message.body().unwrap_or_default().contains("hunter2-message"));
            })
            .await;
    }
    let entry = |id: &str, body: String| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let batch = stores.sqs.send_message_batch().queue_url(&stores.queue_url);
    let batch = batch.entries(entry("a", json!({ "token": "hunter2-batch" }).to_string()));
    batch.entries(entry("b", "hello, pwd=hunter2-batch-text".to_owned())).send().await.unwrap();
    assert_eq!(process_all(stores, 2).await, 2);
    // An empty poll leaves no span.
    let empty = stores.sqs.receive_message().queue_url(&stores.queue_url).send().await.unwrap();
    assert!(empty.messages().is_empty());
}

/// A notification comes as JSON in a string of the message's JSON.
async fn topic(stores: &Stores) {
    let notification = json!({ "token": "hunter2-notification" }).to_string();
    stores.sns.publish().topic_arn(&stores.topic_arn).message(notification).send().await.unwrap();
    assert_eq!(process_all(stores, 1).await, 1);
}

/// Processes `count` messages. Gives how many there were.
async fn process_all(stores: &Stores, count: usize) -> usize {
    let mut processed = 0;
    while processed < count {
        let call = stores.sqs.receive_message().queue_url(&stores.queue_url);
        let received = call.max_number_of_messages(10).wait_time_seconds(5).send().await.unwrap();
        for message in otelier::aws::sqs::scoped(&received) {
            processed += 1;
            message
                .process(|message| async move {
                    assert!(message.body().unwrap_or_default().contains("hunter2-"));
                })
                .await;
        }
    }
    processed
}
