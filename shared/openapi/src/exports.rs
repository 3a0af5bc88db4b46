//! Operations for exporting rows.

mod examples;

use sluice_api::{Code, ExportAnswer, ExportRequest};

use crate::operation::{Answer, Body, Method, Next, Operation, WRITE};
use crate::schemas::Schemas;

const BEGIN: &str = "\
Makes a task that exports the rows of a business as one file. When it has ended well, its result has \
`rows`, `bytes`, `crc64nvme`, `as_of` and a `link`. An export is whole or it fails: every row that was there \
from `as_of` to the end of the task is in the file, once.

A CSV file can be imported again as it is. Sensitive columns are exported, and rows are chosen by them, for \
callers whose token also has the scope `data:export`; others get the columns that are left.";

pub(crate) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::Post,
        path: "/export",
        id: "beginExport",
        tag: "exports",
        scopes: &[WRITE],
        summary: "Start an export.",
        description: BEGIN,
        parameters: Vec::new(),
        bodies: Body::json(Schemas::request::<ExportRequest>, examples::requests()),
        answer: Answer {
            description: "The task.",
            schema: Schemas::answer::<ExportAnswer>,
            examples: examples::answers(),
        },
        refusals: &[Code::Conflict, Code::TooLarge],
        next: &[
            Next::Get("getTask"),
            Next::Get("explainTask"),
            Next::Post("cancelTask"),
            Next::Post("retryTask"),
            Next::PostMany("clearShow"),
        ],
    }]
}
