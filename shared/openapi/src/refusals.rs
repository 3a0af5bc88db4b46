//! What every operation may answer instead of doing its work.

use serde_json::{Map, Value, json};
use sluice_api::Code;

/// The codes that any operation may give.
const COMMON: [Code; 5] = [
    Code::BadInput,
    Code::Unauthorized,
    Code::Forbidden,
    Code::TooMany,
    Code::Internal,
];

/// References to the refusals of an operation that also gives the codes in `more`, by status.
pub(crate) fn references(more: &[Code]) -> Map<String, Value> {
    COMMON
        .iter()
        .chain(more)
        .map(|&code| {
            let reference = format!("#/components/responses/{}", name(code));
            (code.http_status().to_string(), json!({ "$ref": reference }))
        })
        .collect()
}

/// The refusals themselves, by name.
pub(crate) fn components() -> Map<String, Value> {
    Code::ALL
        .into_iter()
        .filter(|&code| code != Code::Ok)
        .map(|code| (name(code).to_owned(), response(code)))
        .collect()
}

fn response(code: Code) -> Value {
    let mut response = json!({
        "description": format!("{}: {}.", code.number(), code.meaning()),
        "content": { "application/json": {
            "schema": {
                "type": "object",
                "required": ["code", "msg", "data"],
                "properties": {
                    "code": { "type": "integer", "enum": [code.number()] },
                    "msg": { "type": "string", "minLength": 1, "description": "What to change." },
                    "data": { "type": "null" },
                },
            },
            "example": { "code": code.number(), "msg": words(code), "data": null },
        } },
    });
    if code == Code::TooMany {
        response["headers"] = json!({ "Retry-After": {
            "description": "After how many seconds to try again.",
            "schema": { "type": "integer", "minimum": 0 },
        } });
    }
    response
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "Ok",
        Code::BadInput => "BadInput",
        Code::Unauthorized => "Unauthorized",
        Code::Forbidden => "Forbidden",
        Code::NotFound => "NotFound",
        Code::Conflict => "Conflict",
        Code::TooLarge => "TooLarge",
        Code::TooMany => "TooMany",
        Code::Internal => "Internal",
    }
}

/// What such a refusal may say.
fn words(code: Code) -> &'static str {
    match code {
        Code::Ok => "",
        Code::BadInput => "limit: a number between 1 and 100",
        Code::Unauthorized => "the token is not valid or has expired: get a new one",
        Code::Forbidden => "the token lacks the scope task:write",
        Code::NotFound => "no such task",
        Code::Conflict => "the task has ended already",
        Code::TooLarge => "the request has more than 10485760 bytes",
        Code::TooMany => {
            "this station has 3 imports that have not ended, which is its limit: try again later"
        }
        Code::Internal => "something went wrong on our side: try again in a moment",
    }
}
