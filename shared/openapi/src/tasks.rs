//! Operations of the front end: what people see of tasks and do with them.

pub(crate) mod examples;

use serde_json::json;
use sluice_api::{
    Code, Explanation, HideRequest, MAX_NAMED, MAX_SEARCH_CHARS, ProfileFormat, RetryRequest,
    RowErrors, TaskHistory, TaskList, TaskProfile, TaskRequest, TaskView, UndoRequest,
};
use sluice_basics::ids::TaskId;
use sluice_task::{TaskStatus, TaskType};

use crate::example::Example;
use crate::operation::{Answer, Body, Method, Next, Operation, READ, WRITE};
use crate::parameter::{self, Parameter};
use crate::schemas::Schemas;

const LIST: &str = "\
Newest first, a page at a time, without hidden tasks. `task_ids` and `user_task_ids` ask for these \
tasks only, at most 100 in all: hidden ones are included, and unknown ones are left out. The other \
parameters leave out tasks that do not match. One call looks at a limited number of tasks, and an \
answer has at most 6 MB: a page may be short and still have a `next_cursor`. With `totals=true` the \
answer also counts the tasks that the other filters match, by status.";

const ERRORS: &str = "\
The rows of an import that were not imported, in the order of the file. The values of columns that \
are declared sensitive are hidden. There are none to be read before the task has ended. A task that \
is retried meanwhile may make a page be refused with 409: begin again then.";

const EXPLAIN: &str = "\
Why a task is not done: what it waits for, and where each chunk is that is not committed.";

const PROFILE: &str = "\
Where the time of a task went: for each stage its calls, its total and its self time, of all chunks that are \
committed. The self time of a call is its duration without the union of the calls within it. Also while the task \
runs. A task that a service runs is refused with 409.";

const HISTORY: &str = "\
Who did what with a task, and when: added, started, paused, resumed, cancelled, ended, retried, undone, hidden, shown. \
`by` is the claim `sub` of the caller's token, and null where Sluice did it by itself. A task keeps about a hundred \
events: a retry drops the oldest ones.";

pub(crate) const HIDE: &str = "\
Hides tasks that have ended from `GET /task/list`: all that are named, or none. Naming one that has \
not ended is refused with 409, and one that does not exist with 404; `msg` says which.";

const CANCEL: &str = "\
Ends a task early, as 4 or 5. What has succeeded stays. Chunks of an import that are being worked on \
are finished, so that the task may go on for a moment. A task that has ended is refused with 409.";

const PAUSE: &str = "\
Pauses a task that Sluice does itself: chunks that are being worked on are finished, and no other begins \
until the task is resumed. Its status stays. A task that a service runs, and one that has ended, is refused \
with 409. Asking again is fine.";

const RESUME: &str = "\
Lets a paused task go on where it was. Asking again is fine.";

const RETRY: &str = "\
Sets a task that ended as 4 or 5 going again, under the same id: what succeeded is not done again. \
Any other task is refused with 409. With `repeat`, a file is imported that was refused because another \
task has imported the same one.";

const UNDO: &str = "\
Takes back what an import stored, as a task of its own of type 2: rows that are still as they were imported \
are deleted, or restored where the import ran with `undoable` and replaced them; rows that were changed since \
are kept, and a file says what changed. When it has ended, unique values and the file itself are free again. \
With `dry_run` it only counts. An import that cannot be undone is refused with 409, and `msg` says why: it \
runs, was a dry run, sent its rows to an endpoint, overwrote without `undoable`, is undone or is being \
undone, has corrected files that are to be undone first, or its file or plan is not there any more. E-mails \
that were sent are not taken back.";

const SHOW: &str = "\
Shows hidden tasks in `GET /task/list` again: all that are named, or none. Naming one that does not \
exist is refused with 404. A task that is shown stays as it is.";

/// A caller's own id without commas.
const WITHOUT_COMMA: &str = r"^[^,\u0000-\u001F\u007F-\u009F]+$";

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(asking());
    operations.extend(pausing());
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
    ]
}

fn asking() -> Vec<Operation> {
    vec![
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
        Operation {
            method: Method::Get,
            path: "/task/profile",
            id: "profileTask",
            tag: "tasks",
            scopes: &[READ],
            summary: "Where the time of a task went.",
            description: PROFILE,
            parameters: profile_parameters(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The stages of the task's chunks.",
                schema: Schemas::answer::<TaskProfile>,
                examples: examples::profiles(),
            },
            refusals: &[Code::NotFound, Code::Conflict],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/task/history",
            id: "listTaskHistory",
            tag: "tasks",
            scopes: &[READ],
            summary: "Who did what with a task.",
            description: HISTORY,
            parameters: parameter::one_task(),
            bodies: Vec::new(),
            answer: Answer {
                description: "What happened to the task.",
                schema: Schemas::answer::<TaskHistory>,
                examples: examples::histories(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
    ]
}

fn pausing() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/task/pause",
            id: "pauseTask",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Pause a task.",
            description: PAUSE,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<TaskRequest>, examples::one_task()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::paused(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/resume",
            id: "resumeTask",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Resume a paused task.",
            description: RESUME,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<TaskRequest>, examples::one_task()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::resumed(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
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
            path: "/task/show",
            id: "showTasks",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Show hidden tasks again.",
            description: SHOW,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<HideRequest>, examples::hides()),
            answer: Answer {
                description: "They are shown.",
                schema: Schemas::answer::<()>,
                examples: examples::hidden(),
            },
            refusals: &[Code::NotFound, Code::TooLarge],
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
            bodies: Body::json(Schemas::request::<RetryRequest>, examples::retries()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::retried(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/undo",
            id: "undoTask",
            tag: "tasks",
            scopes: &[WRITE],
            summary: "Take back what an import stored.",
            description: UNDO,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<UndoRequest>, examples::undos()),
            answer: Answer {
                description: "The task that undoes the import.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::undoing(),
            },
            refusals: &[
                Code::NotFound,
                Code::Conflict,
                Code::TooLarge,
                Code::TooMany,
            ],
            next: &[Next::Get("getTask"), Next::Post("cancelTask")],
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
            description: "Only tasks in one of these statuses, separated by commas.",
            schema: |schemas| {
                let items = schemas.request::<TaskStatus>();
                json!({ "type": "array", "items": items, "maxItems": 5 })
            },
            examples: examples::status(),
        },
        Parameter {
            name: "created_from",
            required: false,
            description: "Only tasks that were added at this time or later.",
            schema: |_| json!({ "type": "string", "format": "date-time" }),
            examples: Vec::new(),
        },
        Parameter {
            name: "created_to",
            required: false,
            description: "Only tasks that were added before this time.",
            schema: |_| json!({ "type": "string", "format": "date-time" }),
            examples: Vec::new(),
        },
        Parameter {
            name: "search",
            required: false,
            description: "Only tasks whose file name, name, business (in any language) or ids \
                          contain each of these words. Case does not matter. One call reads at most 500 tasks.",
            schema: |_| json!({ "type": "string", "maxLength": MAX_SEARCH_CHARS }),
            examples: Vec::new(),
        },
        Parameter {
            name: "totals",
            required: false,
            description: "Whether the answer counts the tasks by status. `status`, `search` and \
                          `cursor` do not matter to these counts.",
            schema: Schemas::request::<bool>,
            examples: Vec::new(),
        },
    ];
    parameters.extend([
        parameter::business_id(),
        parameter::cursor(),
        parameter::limit(),
    ]);
    parameters
}

fn profile_parameters() -> Vec<Parameter> {
    let mut parameters = parameter::one_task();
    parameters.push(Parameter {
        name: "format",
        required: false,
        description: "`json` is a table alone; `dot` adds a graph in the language of Graphviz, `folded` the stacks \
                      for a flame graph.",
        schema: Schemas::request::<ProfileFormat>,
        examples: vec![Example::new("dot", "With a graph.", "dot")],
    });
    parameters
}
