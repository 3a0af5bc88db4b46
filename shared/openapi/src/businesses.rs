//! Operations for what can be imported, and what it will take.

mod examples;

use serde_json::json;
use sluice_api::{Businesses, Code, FilePreview, PreviewRequest, UploadRequest};
use sluice_task::estimate::Estimate;

use crate::operation::{Answer, Body, Method, Operation, READ};
use crate::parameter::Parameter;
use crate::schemas::Schemas;

const LIST: &str = "\
What can be imported: each business with its columns, the headers that mean them, and a value of \
each that is right. It is the same for all stations and changes with a release only.";

const ESTIMATE: &str = "\
What the import of a file will take, from its name and its size, before there is a task: the same \
that `POST /upload` answers.";

const PREVIEW: &str = "\
What an import would make of a file, from its first bytes: its form, its header, its first rows, and \
which of its fields are which columns. `suggested` names a field that may be meant by a column that \
has none, by a name much like its own or, without a header, by its values: an import takes it only \
when the `mapping` of its options says so. Nothing is made or kept. The values of sensitive columns \
are in the answer, as they were in the request.";

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Get,
            path: "/import/businesses",
            id: "listBusinesses",
            tag: "uploads",
            scopes: &[READ],
            summary: "What can be imported.",
            description: LIST,
            parameters: Vec::new(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The businesses.",
                schema: Schemas::answer::<Businesses>,
                examples: examples::businesses(),
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/import/estimate",
            id: "estimateImport",
            tag: "uploads",
            scopes: &[READ],
            summary: "What an import will take.",
            description: ESTIMATE,
            parameters: parameters(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The estimate.",
                schema: Schemas::answer::<Estimate>,
                examples: examples::estimates(),
            },
            refusals: &[Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/import/preview",
            id: "previewImport",
            tag: "uploads",
            scopes: &[READ],
            summary: "What an import would make of a file.",
            description: PREVIEW,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<PreviewRequest>, examples::previews()),
            answer: Answer {
                description: "What was found.",
                schema: Schemas::answer::<FilePreview>,
                examples: examples::previewed(),
            },
            refusals: &[Code::TooLarge],
            next: &[],
        },
    ]
}

fn parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            name: "business",
            required: true,
            description: "Which definition reads the file.",
            schema: |schemas| schemas.request_field::<UploadRequest>("business"),
            examples: examples::business(),
        },
        Parameter {
            name: "file_name",
            required: true,
            description: "The file's name, without folders.",
            schema: |schemas| schemas.request_field::<UploadRequest>("file_name"),
            examples: examples::file_name(),
        },
        Parameter {
            name: "size_bytes",
            required: true,
            description: "The file's exact size.",
            schema: |_| json!({ "type": "integer", "minimum": 1, "maximum": 5_497_558_138_880_u64 }),
            examples: examples::size_bytes(),
        },
    ]
}
