//! The document as a whole: what is said of the API once, around its operations.

use serde_json::{Map, Value, json};

use crate::refusals;
use crate::schemas::Schemas;

const ABOUT: &str = "\
Bulk tasks of tenants (\"stations\"): files are imported in parallel with every row accounted for, \
and the tasks of other services are recorded and shown.

Every answer is `{\"code\", \"msg\", \"data\"}`. `code` 0 is success, with HTTP 200. Any other code \
is a refusal: its first three digits are the HTTP status, `msg` says what to change, and `data` is \
null.

The station that calls is read from the token and never from the request: the task of another \
station is \"no such task\".

A parameter without a value counts as missing. Whole numbers are written without a fraction: 7, not \
7.0.

What Amazon API Gateway refuses by itself comes in its own words, `{\"message\": …}`, with the same \
HTTP statuses: 401 for a token that is not valid, 404 for a path or a method that does not exist, \
413 for a body of more than 10 MB, 429 for too many requests.";

/// The `OpenAPI` 3.1 document.
/// <https://spec.openapis.org/oas/v3.1.1.html>
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in crate::all() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = operation.method.key();
        path[method] = operation.render(&mut schemas);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Sluice",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Bulk tasks for multi-tenant systems.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [
            { "url": "http://127.0.0.1:9300", "description": "The system on one machine." },
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "description": "The system on AWS.",
                "variables": {
                    "api": { "default": "api", "description": "The API's id." },
                    "region": { "default": "us-east-1", "description": "Where it runs." },
                },
            },
        ],
        "tags": [
            { "name": "uploads", "description": "Sending files that are to be imported." },
            { "name": "orders", "description": "Submitting and exporting orders." },
            { "name": "tasks", "description": "What people see of tasks and do with them." },
            { "name": "scores", "description": "The points of members, added up." },
            { "name": "stations", "description": "What a station sets for itself, and its webhooks." },
            { "name": "mails", "description": "Templates of e-mails, mailings, and who gets none." },
            { "name": "services", "description": "What the services that run tasks do." },
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token with the claims `station_id`, whose tasks they are, \
                                    and `scope`, which lists `task:read`, `task:write`, \
                                    `task:service`, `data:export`, `station:admin`, `score:evaluate` and `mail:send`, separated \
                                    by spaces.",
                },
            },
            "responses": refusals::components(),
            "schemas": schemas.components(),
        },
    })
}
