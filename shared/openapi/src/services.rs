//! Operations of the services that run tasks: adding them, and saying how far they are.

mod examples;

use sluice_api::{
    AddRequest, Code, FinishRequest, HideRequest, TaskRequest, TaskView, UpdateRequest,
};

use crate::operation::{Answer, Body, Method, Next, Operation, SERVICE, WRITE};
use crate::schemas::Schemas;
use crate::tasks;

const ADD: &str = "\
Adds a task that a service will run. With a `user_task_id` it is safe to repeat: the same request \
again gives the same task, and another request with the same id is refused with 409. Without \
`repeat`, work that is equal to that of a task that waits, runs or has succeeded is refused with 409; \
work is equal when the name, the business, the type and the input are.";

const START: &str = "\
Starts a task that waits: 1 becomes 2. Of two callers at the same moment one starts it and the other \
is refused with 409, as for a task that runs or has ended.";

const UPDATE: &str = "\
Says how far a running task is: at least one of `progress`, `result` and `reason`. A progress lower \
than before changes nothing, and the task shows at most 99 until it is finished. A task that does not \
run is refused with 409.";

const FINISH: &str = "\
Ends a running task, once: the same end again is fine, and another one is refused with 409, as for a \
task that was not started.";

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = beginning();
    operations.extend(ending());
    operations
}

fn beginning() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/task/add",
            id: "addTask",
            tag: "services",
            scopes: &[SERVICE],
            summary: "Add a task.",
            description: ADD,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<AddRequest>, examples::new_tasks()),
            answer: Answer {
                description: "The task.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::added(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[
                Next::Post("startTask"),
                Next::Post("updateTask"),
                Next::Post("finishTask"),
                Next::Post("cancelTask"),
                Next::Post("retryTask"),
                Next::Get("getTask"),
                Next::Get("explainTask"),
                Next::PostMany("hideTasks"),
            ],
        },
        Operation {
            method: Method::Post,
            path: "/task/start",
            id: "startTask",
            tag: "services",
            scopes: &[SERVICE],
            summary: "Start a task.",
            description: START,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<TaskRequest>, examples::one_task()),
            answer: Answer {
                description: "The task with its input.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::started(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/update",
            id: "updateTask",
            tag: "services",
            scopes: &[SERVICE],
            summary: "Say how far a task is.",
            description: UPDATE,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<UpdateRequest>, examples::updates()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::updated(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
    ]
}

fn ending() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/task/finish",
            id: "finishTask",
            tag: "services",
            scopes: &[SERVICE],
            summary: "End a task.",
            description: FINISH,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<FinishRequest>, examples::ends()),
            answer: Answer {
                description: "The task as it is now.",
                schema: Schemas::answer::<TaskView>,
                examples: examples::ended(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/task/hide",
            id: "hideTasks",
            tag: "services",
            scopes: &[SERVICE, WRITE],
            summary: "Hide tasks that have ended.",
            description: tasks::HIDE,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<HideRequest>, tasks::examples::hides()),
            answer: Answer {
                description: "They are hidden.",
                schema: Schemas::answer::<()>,
                examples: tasks::examples::hidden(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
    ]
}
