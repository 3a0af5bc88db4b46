//! Operations of the front end: what people see of tasks and do with them.

pub(crate) mod examples;

use serde_json::json;
use sluice_core::api::{
    Code, Explanation, HideRequest, MAX_NAMED, RowErrors, TaskList, TaskRequest, TaskView,
};
use sluice_core::ids::TaskId;
use sluice_core::task::{TaskStatus, TaskType};

use crate::operation::{Answer, Body, Method, Operation, READ, WRITE};
use crate::parameter::{self, Parameter};
use crate::schemas::Schemas;

const LIST: &str = "\
Newest first, a page at a time, without hidden tasks. `task_ids` and `user_task_ids` ask for these \
tasks only, at most 100 in all: they come in one page, hidden ones included, and unknown ones are \
left out. The other parameters leave out tasks that do not match. One call looks at a limited number \
of tasks: with a filter that matches little, a page may be short and still have a `next_cursor`.";

const ERRORS: &str = "\
The rows of an import that were not imported, in the order of the file. The values of columns that \
are declared sensitive are hidden. There are none to be read before the task has ended. A task that \
is retried meanwhile may make a page be refused with 409: begin again then.";

const EXPLAIN: &str = "\
Why a task is not done: what it waits for, and where each chunk is that is not committed.";

pub(crate) const HIDE: &str = "\
Hides tasks that have ended from `GET /task/list`: all that are named, or none. Naming one that has \
not ended is refused with 409, and one that does not exist with 404; `msg` says which.";

const CANCEL: &str = "\
Ends a task early, as 4 or 5. What has succeeded stays. Chunks of an import that are being worked on \
are finished, so that the task may go on for a moment. A task that has ended is refused with 409.";

const RETRY: &str = "\
Sets a task that ended as 4 or 5 going again, under the same id: what succeeded is not done again. \
Any other task is refused with 409.";

/// A caller's own id without commas.
const WITHOUT_COMMA: &str = r"^[^,\u0000-\u001F\u007F-\u009F]+$";

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(steering());
    operations
}

fn reading() -> Vec<Operation> {
    let mut errors_parameters = parameter::one_task();
    errors_parameters.extend([parameter::cursor(), parameter::limit()]);
    vec![
        Operation {
            method: Method::Get,
            path: "/task/get",
            id: "getTask",
            tag: "tasks",
            scopes: &[READ],
            summary: "A task.",
            description: "A task by its id or by the caller's own.",
            parameters: parameter::one_task(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The task.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::tasks(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/task/list",
            id: "listTasks",
            tag: "tasks",
            scopes: &[READ],
            summary: "The station's tasks.",
            description: LIST,
            parameters: list_parameters(),
            bodies: Vec::new(),
            answer: Answer {
                description: "A page of tasks.",
                schema: Schemas::answer::<TaskList>,
                examples: examples::lists(),
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/task/errors",
            id: "listRowErrors",
            tag: "tasks",
            scopes: &[READ],
            summary: "Rows that were not imported.",
            description: ERRORS,
            parameters: errors_parameters,
            bodies: Vec::new(),
            answer: Answer {
                description: "A page of rows.",
                schema: Schemas::answer::<RowErrors>,
                examples: examples::row_errors(),
            },
            refusals: &[Code::NotFound, Code::Conflict],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/task/explain",
            id: "explainTask",
            tag: "tasks",
            scopes: &[READ],
            summary: "Why a task is not done.",
            description: EXPLAIN,
            parameters: parameter::one_task(),
            bodies: Vec::new(),
            answer: Answer {
                description: "What the task waits for.",
                schema: Schemas::answer::<Explanation>,
                examples: examples::explanations(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
    ]
}

fn steering() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/task/clear_show",
            id: "clearShow",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Hide tasks that have ended.",
            description: HIDE,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<HideRequest>, examples::hides()),
            answer: Answer {
                description: "They are hidden.",
                schema: Schemas::answer::<()>,
                examples: examples::hidden(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/cancel",
            id: "cancelTask",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "End a task early.",
            description: CANCEL,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<TaskRequest>, examples::one_task()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::cancelled(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/retry",
            id: "retryTask",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Do again what did not succeed.",
            description: RETRY,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<TaskRequest>, examples::one_task()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::retried(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
    ]
}

fn list_parameters() -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter {
            name: "task_ids",
            required: false,
            description: "These tasks only, separated by commas.",
            schema: |schemas| {
                let items = schemas.request::<TaskId>();
                json!({ "type": "array", "items": items, "maxItems": MAX_NAMED })
            },
            examples: Vec::new(),
        },
        Parameter {
            name: "user_task_ids",
            required: false,
            description: "Tasks by the caller's own ids, separated by commas. An id that has a \
                          comma in it cannot be asked for in this way.",
            schema: |_| {
                let items = json!({ "type": "string", "maxLength": 64, "pattern": WITHOUT_COMMA });
                json!({ "type": "array", "items": items, "maxItems": MAX_NAMED })
            },
            examples: Vec::new(),
        },
        Parameter {
            name: "type",
            required: false,
            description: "Only tasks of this type.",
            schema: Schemas::request::<TaskType>,
            examples: Vec::new(),
        },
        Parameter {
            name: "status",
            required: false,
            description: "Only tasks in this status.",
            schema: Schemas::request::<TaskStatus>,
            examples: examples::status(),
        },
    ];
    parameters.extend([
        parameter::business_id(),
        parameter::cursor(),
        parameter::limit(),
    ]);
    parameters
}
