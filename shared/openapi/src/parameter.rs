//! Parameters of the query string and of paths.

use serde_json::{Map, Value, json};
use sluice_basics::ids::{TaskId, UserTaskId};

use crate::example::Example;
use crate::schemas::{SchemaOf, Schemas};

/// A parameter of the query string, or of the path if that names it.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// Whether it is always required. Where it depends on something else, the description says so.
    pub(crate) required: bool,
    pub(crate) description: &'static str,
    pub(crate) schema: SchemaOf,
    pub(crate) examples: Vec<Example>,
}

impl Parameter {
    /// As the document has it, in an operation with this path.
    pub(crate) fn render(self, path: &str, schemas: &mut Schemas) -> Value {
        let is_in_path = path.contains(&format!("{{{}}}", self.name));
        let mut parameter = json!({
            "in": if is_in_path { "path" } else { "query" },
            "name": self.name,
            "required": self.required,
            "description": self.description,
            "schema": (self.schema)(schemas),
        });
        if !is_in_path {
            // One without a value is the same as none.
            parameter["allowEmptyValue"] = (!self.required).into();
        }
        if parameter["schema"]["type"] == "array" {
            // One parameter with commas in it.
            parameter["explode"] = false.into();
        }
        let examples: Map<String, Value> = Example::render(self.examples);
        if !examples.is_empty() {
            parameter["examples"] = examples.into();
        }
        parameter
    }
}

/// `task_id` and `user_task_id`, of which one is to be given.
pub(crate) fn one_task() -> Vec<Parameter> {
    vec![
        Parameter {
            name: "task_id",
            required: false,
            description: "The task. Either this or `user_task_id` is required, and not both.",
            schema: Schemas::request::<TaskId>,
            examples: vec![Example::new(
                "task",
                "A task by its id.",
                890_473_042_418_166_u64,
            )],
        },
        Parameter {
            name: "user_task_id",
            required: false,
            description: "The caller's own id of the task.",
            schema: Schemas::request::<UserTaskId>,
            examples: Vec::new(),
        },
    ]
}

/// How many results a page has.
pub(crate) fn limit() -> Parameter {
    Parameter {
        name: "limit",
        required: false,
        description: "How many there are on a page, at most.",
        schema: |_| json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
        examples: Vec::new(),
    }
}

/// Where a page begins.
pub(crate) fn cursor() -> Parameter {
    Parameter {
        name: "cursor",
        required: false,
        description: "`next_cursor` of the page before, as it is. Not for making or taking apart.",
        schema: |_| json!({ "type": "string", "pattern": CURSOR }),
        examples: Vec::new(),
    }
}

/// A number from 1 to 53 bits, written in decimal.
const CURSOR: &str = "^([1-9][0-9]{0,14}|[1-8][0-9]{15})$";

/// The business of a task, which need not be the name of a definition.
pub(crate) fn business_id() -> Parameter {
    Parameter {
        name: "business_id",
        required: false,
        description: "Only tasks of this business.",
        schema: |_| json!({ "type": "string" }),
        examples: Vec::new(),
    }
}
