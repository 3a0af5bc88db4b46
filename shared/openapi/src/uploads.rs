//! Operations for sending files.

mod examples;

use serde_json::json;
use sluice_api::{Code, CompleteRequest, UploadAnswer, UploadRequest};
use sluice_basics::ids::UserTaskId;

use crate::operation::{Answer, Body, JSON, Method, Next, Operation, WRITE};
use crate::parameter::Parameter;
use crate::schemas::{SchemaOf, Schemas};

const BEGIN: &str = "\
Makes an import task, for a file that is sent next or that is the body itself.

With `application/json` the answer has a ticket: one presigned URL to `PUT` the file to, or for more \
than 100 MiB one for each part. The import starts when the file has arrived. With `text/csv` the \
body is the file, of at most 4 MiB; `business` and `file_name` are then parameters, and both are \
required.

`user_task_id` makes it safe to repeat: the same request again gives the same task, and another \
request with the same id is refused with 409. A file that was imported before is refused with 409 \
too, unless `repeat` is true.";

const COMPLETE: &str = "\
Joins the parts of a file that was sent with a multipart ticket, which starts its import. Every part \
is listed once, in order. Asking again after success is fine.";

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/upload",
            id: "beginUpload",
            tag: "uploads",
            scopes: &[WRITE],
            summary: "Start an import.",
            description: BEGIN,
            parameters: file_parameters(),
            bodies: vec![
                Body {
                    media_type: JSON,
                    schema: Schemas::request::<UploadRequest>,
                    examples: examples::requests(),
                },
                Body {
                    media_type: "text/csv",
                    schema: |_| json!({ "type": "string", "minLength": 1, "maxLength": 4 << 20 }),
                    examples: examples::files(),
                },
            ],
            answer: Answer {
                description: "The task, and how to send the file.",
                schema: Schemas::answer::<UploadAnswer>,
                examples: examples::tickets(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[
                Next::Post("completeUpload"),
                Next::Get("getTask"),
                Next::Get("listRowErrors"),
                Next::Get("explainTask"),
                Next::Post("cancelTask"),
                Next::Post("retryTask"),
                Next::PostMany("clearShow"),
            ],
        },
        Operation {
            method: Method::Post,
            path: "/upload/complete",
            id: "completeUpload",
            tag: "uploads",
            scopes: &[WRITE],
            summary: "Join the parts of a file.",
            description: COMPLETE,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<CompleteRequest>, examples::sent_parts()),
            answer: Answer {
                description: "The file is whole.",
                schema: Schemas::answer::<()>,
                examples: examples::joined(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[],
        },
    ]
}

/// What a body of `text/csv` cannot say itself.
fn file_parameters() -> Vec<Parameter> {
    let parameter = |name, description, schema: SchemaOf, examples| Parameter {
        name,
        required: false,
        description,
        schema,
        examples,
    };
    vec![
        parameter(
            "business",
            "With `text/csv` only, and required then: which definition reads the file.",
            |schemas| schemas.request_field::<UploadRequest>("business"),
            examples::business(),
        ),
        parameter(
            "file_name",
            "With `text/csv` only, and required then: the file's name, without folders.",
            |schemas| schemas.request_field::<UploadRequest>("file_name"),
            examples::file_name(),
        ),
        parameter(
            "user_task_id",
            "With `text/csv` only: the caller's own id of the task.",
            Schemas::request::<UserTaskId>,
            Vec::new(),
        ),
        parameter(
            "repeat",
            "With `text/csv` only: whether the file may be imported although the same bytes were \
             imported before.",
            Schemas::request::<bool>,
            Vec::new(),
        ),
        parameter(
            "start_at",
            "With `text/csv` only: when the import is to begin, if not at once.",
            |_| json!({ "type": "string", "format": "date-time" }),
            Vec::new(),
        ),
    ]
}
