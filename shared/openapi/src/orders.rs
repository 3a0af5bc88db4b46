//! Operations for orders.

mod examples;

use serde_json::json;
use sluice_api::{Code, OrderDetailAnswer, SubmitAnswer, SubmitRequest};

use crate::operation::{Answer, Body, Method, Next, Operation, WRITE};
use crate::parameter::Parameter;
use crate::schemas::{SchemaOf, Schemas};

const SUBMIT: &str = "\
Makes a task that stores a list of orders. An order is stored whole or not at all, and one that is wrong keeps \
no other from being stored. When the task has ended, its result has a `link` to what became of each order: \
NDJSON with `index`, `order_no`, `outcome` (`stored`, `duplicate`, `failed`, `not_done`), `code` and `message`.

The same `task_id` with the same content gives the same task; with other content it is refused with 409. An \
order is called by its own number, or `<task>:<index>` if it has none, and never replaces one that is stored. \
Amounts and quantities are decimals as text, and keep their digits.

The body has at most 4 MiB. For more, leave out `order_data`, give the size of an NDJSON file as `size_bytes` \
(at most 100 MiB), and send the file as `upload` in the answer says.";

const DETAIL: &str = "\
Exports the orders of a period as a file. Up to 20 orders come at once: `async` is 0, and `link` is where the \
file is. If there are more, or they are not found within two seconds, `async` is 1, and a task makes the file; \
its result has the link, and `as_of`.

With `query_type` 1 orders are chosen by the day on which they were ordered, and with 3 by the day on which they are \
received: `start_date` and `end_date`, both included. With 2 they are those of the operation cycles of \
`time_config_id` that start from `cycle_start_time` to before `cycle_end_time`. A parameter that has no meaning with \
the `query_type`, and one that does not exist, is refused. A period has at most 366 days.

Phone numbers are exported and searched for callers whose token also has the scope `data:export`.";

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/station/order/batch/submit",
            id: "submitOrders",
            tag: "orders",
            scopes: &[WRITE],
            summary: "Submit a list of orders.",
            description: SUBMIT,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<SubmitRequest>, examples::lists()),
            answer: Answer {
                description: "The task, and how a file is sent if one comes next.",
                schema: Schemas::answer::<SubmitAnswer>,
                examples: examples::submitted(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[
                Next::Get("getTask"),
                Next::Get("explainTask"),
                Next::Post("cancelTask"),
                Next::Post("retryTask"),
            ],
        },
        Operation {
            method: Method::Get,
            path: "/station/sales_analysis/orderdetail",
            id: "exportOrders",
            tag: "orders",
            scopes: &[WRITE],
            summary: "Export orders.",
            description: DETAIL,
            parameters: parameters(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The file, or the task that makes it.",
                schema: Schemas::answer::<OrderDetailAnswer>,
                examples: examples::exported(),
            },
            refusals: &[Code::Conflict],
            next: &[],
        },
    ]
}

fn parameters() -> Vec<Parameter> {
    let optional = |name, description, schema: SchemaOf| Parameter {
        name,
        required: false,
        description,
        schema,
        examples: Vec::new(),
    };
    let day: SchemaOf = |_| json!({ "type": "string", "format": "date" });
    let time: SchemaOf = |_| {
        let form = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$";
        json!({ "type": "string", "pattern": form })
    };
    let text: SchemaOf = |_| json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    vec![
        Parameter {
            name: "query_type",
            required: true,
            description: "1: order date, 2: operation cycle, 3: receive date.",
            schema: |_| json!({ "type": "integer", "enum": [1, 2, 3] }),
            examples: examples::query_types(),
        },
        optional(
            "start_date",
            "The first day. Required with `query_type` 1 and 3.",
            day,
        ),
        optional(
            "end_date",
            "The last day. Required with `query_type` 1 and 3.",
            day,
        ),
        optional(
            "time_config_id",
            "The time configuration. Required with `query_type` 2.",
            |_| json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        ),
        optional(
            "cycle_start_time",
            "The first start of a cycle, in the station's own time. Required with `query_type` 2.",
            time,
        ),
        optional(
            "cycle_end_time",
            "Where the next cycle starts, which is not exported. Required with `query_type` 2.",
            time,
        ),
        optional(
            "format",
            "The form of the file: `orders` (CSV with all fields), which is taken if nothing is said, `yongyou`, \
             or one of the station's own.",
            |_| json!({ "type": "string", "pattern": "^[a-z0-9_-]{1,32}$" }),
        ),
        optional(
            "status",
            "Only orders with exactly this status.",
            |_| json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        ),
        optional(
            "search_text",
            "Only orders with this text in their number, customer, remark or articles, however it is written.",
            text,
        ),
        optional(
            "search_area",
            "Only orders with this text in their area, however it is written.",
            text,
        ),
    ]
}
