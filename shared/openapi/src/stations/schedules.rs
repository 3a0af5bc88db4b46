//! Operations for schedules.

use serde_json::json;
use sluice_api::Code;
use sluice_schedules::{
    LastRun, Missed, ScheduleList, ScheduleName, ScheduleRequest, ScheduleView,
};

use crate::example::{Example, valid};
use crate::operation::{ADMIN, Answer, Body, Method, Operation};
use crate::parameter::Parameter;
use crate::schemas::Schemas;
use crate::tasks;

const LIST: &str = "\
All schedules of the station by their names, at most 20.";

const PUT: &str = "\
Has a task started again and again: at a time of the day, on the days that meet all that `when` names. A schedule that \
would never start anything is refused, such as one for 30 February. The time zone is that of the station when the \
schedule is set, if none is named. A time that the clocks skip is as much later as they are put forward; of a time that \
they show twice, the first counts.

`task` is what it starts: the body of the request that would start it now, without `user_task_id` and `start_at`, and with days that go \
by the run's (`orders`, `evaluate`, `reconcile`). An `import` is of the file that lies at its `object_key` then. The caller needs the scope \
for that request, too. It is checked now, and the schedule keeps the rights of whoever set it. Each task has the \
`user_task_id` `schedule/<name>/<time in UTC>`. A run that comes more than 15 minutes late was missed: with \
`missed: once` it happens once as soon as it can, with `never` it is left out.";

fn name() -> Parameter {
    Parameter {
        name: "name",
        required: true,
        description: "The schedule.",
        schema: Schemas::request::<ScheduleName>,
        examples: vec![Example::new(
            "nightly",
            "A schedule by its name.",
            "nightly",
        )],
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Get,
            path: "/station/schedules",
            id: "listSchedules",
            tag: "stations",
            scopes: &[ADMIN],
            summary: "The station's schedules.",
            description: LIST,
            parameters: Vec::new(),
            bodies: Vec::new(),
            answer: Answer {
                description: "All schedules.",
                schema: Schemas::answer::<ScheduleList>,
                examples: vec![Example::answer(
                    "all",
                    "There is one.",
                    ScheduleList {
                        schedules: vec![nightly()],
                    },
                )],
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/station/schedules/{name}",
            id: "getSchedule",
            tag: "stations",
            scopes: &[ADMIN],
            summary: "A schedule.",
            description: "A schedule, when it starts the next task, and what became of the last run.",
            parameters: vec![name()],
            bodies: Vec::new(),
            answer: Answer {
                description: "The schedule.",
                schema: Schemas::answer::<ScheduleView>,
                examples: schedules(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
        Operation {
            method: Method::Put,
            path: "/station/schedules/{name}",
            id: "putSchedule",
            tag: "stations",
            scopes: &[ADMIN],
            summary: "Set a schedule.",
            description: PUT,
            parameters: vec![name()],
            bodies: Body::json(Schemas::request::<ScheduleRequest>, requests()),
            answer: Answer {
                description: "The schedule.",
                schema: Schemas::answer::<ScheduleView>,
                examples: schedules(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Delete,
            path: "/station/schedules/{name}",
            id: "deleteSchedule",
            tag: "stations",
            scopes: &[ADMIN],
            summary: "Delete a schedule.",
            description: "Deletes a schedule. Tasks that it has started go on.",
            parameters: vec![name()],
            bodies: Vec::new(),
            answer: Answer {
                description: "It is deleted.",
                schema: Schemas::answer::<()>,
                examples: tasks::examples::hidden(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
    ]
}

fn requests() -> Vec<Example> {
    let nightly = json!({
        "when": { "time": "02:30" },
        "task": { "export": { "business": "member_import" } },
    });
    let quarterly = json!({
        "when": { "time": "06:00", "months": [1, 4, 7, 10], "days": [1] },
        "time_zone": "Asia/Shanghai",
        "missed": "never",
        "task": { "add": { "name": "reports", "business_id": "sales", "business_name": "Sales", "type": 2,
            "input": { "report": "quarter" } } },
    });
    let delivered = json!({
        "when": { "time": "04:00" },
        "task": { "import": { "business": "member_import", "object_key": "inbox/demo/.staged/members.csv",
            "options": { "on_duplicate": "overwrite" } } },
    });
    let orders = json!({
        "when": { "time": "01:00" },
        "task": { "orders": { "by": "order_date", "days": 1, "format": "yongyou" } },
    });
    vec![
        Example::new("nightly", "An export every night.", nightly),
        Example::new(
            "delivered",
            "The import of a file that a partner replaces each day.",
            delivered,
        ),
        Example::new("orders", "The orders of each day.", orders),
        Example::new("quarterly", "A task of a service every quarter.", quarterly),
    ]
}

fn schedules() -> Vec<Example> {
    vec![Example::answer(
        "nightly",
        "An export every night.",
        nightly(),
    )]
}

fn nightly() -> ScheduleView {
    ScheduleView {
        name: valid("nightly"),
        when: serde_json::from_value(json!({ "time": "02:30" })).expect("an example is right"),
        time_zone: valid("Asia/Shanghai"),
        missed: Missed::Once,
        enabled: true,
        task: json!({ "export": { "business": "member_import", "format": "csv" } }),
        created_by: Some(valid("ann")),
        next_at: Some(valid("2026-11-28T18:30:00Z")),
        last: Some(LastRun {
            due_at: valid("2026-11-27T18:30:00Z"),
            task_id: Some(890_473_042_418_166.try_into().expect("an example is right")),
            problem: None,
        }),
    }
}
