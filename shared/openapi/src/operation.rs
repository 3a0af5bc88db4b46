//! An operation of the API as data, and how it looks in the document.

use serde_json::{Map, Value, json};
use sluice_api::Code;

use crate::example::Example;
use crate::parameter::Parameter;
use crate::refusals;
use crate::schemas::{SchemaOf, Schemas};

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// Unique in the document; client generators make a function's name of it.
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    /// A token needs one of them.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    /// What the body may be, by media type.
    pub(crate) bodies: Vec<Body>,
    pub(crate) answer: Answer,
    /// What it refuses beside what every operation may refuse.
    pub(crate) refusals: &'static [Code],
    /// What can be done next with the task that it makes.
    pub(crate) next: &'static [Next],
}

/// Another operation by its id, and how it is told which task.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    /// By a parameter.
    Get(&'static str),
    /// By the field `task_id` of its body.
    Post(&'static str),
    /// By the field `task_ids` of its body.
    PostMany(&'static str),
}

/// What the API is asked with.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// A body in one media type.
pub(crate) struct Body {
    pub(crate) media_type: &'static str,
    pub(crate) schema: SchemaOf,
    pub(crate) examples: Vec<Example>,
}

/// What is answered with HTTP 200.
pub(crate) struct Answer {
    pub(crate) description: &'static str,
    /// Of the whole body, the envelope included.
    pub(crate) schema: SchemaOf,
    pub(crate) examples: Vec<Example>,
}

pub(crate) const JSON: &str = "application/json";

/// Where an answer has the task's id.
const TASK_ID: &str = "$response.body#/data/task_id";

pub(crate) const READ: &str = "task:read";
pub(crate) const WRITE: &str = "task:write";
pub(crate) const SERVICE: &str = "task:service";
pub(crate) const ADMIN: &str = "station:admin";
pub(crate) const EVALUATE: &str = "score:evaluate";
pub(crate) const MAIL: &str = "mail:send";

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Its key in a path of the document.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

impl Operation {
    /// As the document has it.
    pub(crate) fn render(self, schemas: &mut Schemas) -> Value {
        let scopes = self.scopes.join("` or `");
        let security: Vec<Value> = self
            .scopes
            .iter()
            .map(|scope| json!({ "bearer": [scope] }))
            .collect();
        let mut responses = refusals::references(self.refusals);
        responses.insert("200".to_owned(), self.answer.render(self.next, schemas));
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": format!("{}\n\nScope `{scopes}`.", self.description),
            "security": security,
            "responses": responses,
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = self
                .parameters
                .into_iter()
                .map(|parameter| parameter.render(self.path, schemas))
                .collect();
        }
        if !self.bodies.is_empty() {
            let content: Map<String, Value> = self
                .bodies
                .into_iter()
                .map(|body| {
                    let shown = content(body.schema, body.examples, schemas);
                    (body.media_type.to_owned(), shown)
                })
                .collect();
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        operation
    }
}

impl Body {
    /// A JSON body.
    pub(crate) fn json(schema: SchemaOf, examples: Vec<Example>) -> Vec<Self> {
        vec![Self {
            media_type: JSON,
            schema,
            examples,
        }]
    }
}

impl Answer {
    fn render(self, next: &[Next], schemas: &mut Schemas) -> Value {
        let mut answer = json!({
            "description": self.description,
            "content": { JSON: content(self.schema, self.examples, schemas) },
        });
        if !next.is_empty() {
            answer["links"] = next.iter().map(|next| next.render()).collect();
        }
        answer
    }
}

impl Next {
    /// Its name and the link. A body may need more than the ids, which nobody but the caller knows.
    fn render(self) -> (&'static str, Value) {
        let (id, key, value) = match self {
            Self::Get(id) => (id, "parameters", json!({ "task_id": TASK_ID })),
            Self::Post(id) => (id, "requestBody", json!({ "task_id": TASK_ID })),
            Self::PostMany(id) => (id, "requestBody", json!({ "task_ids": [TASK_ID] })),
        };
        (id, json!({ "operationId": id, key: value }))
    }
}

fn content(schema: SchemaOf, examples: Vec<Example>, schemas: &mut Schemas) -> Value {
    json!({ "schema": schema(schemas), "examples": Example::render(examples) })
}
