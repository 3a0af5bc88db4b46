//! DynamoDB's protocol over the embedded database. The database's own server answers every page and
//! every host, and takes no service around it: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dynoxide::{Database, DynoxideError};

/// The largest request.
pub(super) const BODY_BYTES: usize = 16 << 20;

/// What `X-Amz-Target` begins with.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];

/// Serves the operations that Sluice and those who look at its tables use.
pub(super) fn router(database: Database) -> Router {
    Router::new()
        .route("/", post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(database)
}

async fn answer(State(database): State<Database>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| {
        let mut prefixes = TARGETS.into_iter();
        prefixes.find_map(|prefix| target.strip_prefix(prefix))
    });
    let (status, body) = match call(&database, operation.unwrap_or_default(), &body) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if status.is_server_error() {
                tracing::error!(operation, %error, "a DynamoDB request failed");
            }
            (status, error.to_json())
        }
    };
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, kind, body).into_response()
}

/// Calls the database's method for each operation.
macro_rules! operations {
    ($database:ident, $operation:ident, $body:ident; $($name:literal => $method:ident,)*) => {
        match $operation {
            $($name => {
                let request = serde_json::from_slice($body).map_err(|error| {
                    DynoxideError::SerializationException(error.to_string())
                })?;
                let answer = $database.$method(request)?;
                serde_json::to_string(&answer)
                    .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
            })*
            _ => Err(DynoxideError::UnsupportedCapability($operation.to_owned())),
        }
    };
}

fn call(database: &Database, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
    operations! { database, operation, body;
        "BatchExecuteStatement" => batch_execute_statement,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "CreateTable" => create_table,
        "DeleteItem" => delete_item,
        "DescribeStream" => describe_stream,
        "DescribeTable" => describe_table,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "GetItem" => get_item,
        "GetRecords" => get_records,
        "GetShardIterator" => get_shard_iterator,
        "ListStreams" => list_streams,
        "ListTables" => list_tables,
        "PutItem" => put_item,
        "Query" => query,
        "Scan" => scan,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "UpdateItem" => update_item,
    }
}
