//! Operations for what a station sets for itself, and for messages to its webhooks.

mod examples;
mod schedules;

use serde_json::json;
use sluice_api::{Code, ConfigAnswer, ConfigRequest, DeliveryList, DeliveryView};
use sluice_webhooks::DeliveryId;

use crate::example::Example;
use crate::operation::{ADMIN, Answer, Body, Method, Operation, READ, WRITE};
use crate::parameter::{Parameter, limit};
use crate::schemas::Schemas;

const GET: &str = "\
How the station's files write dates, times and phone numbers, and its webhooks. As long as nothing was \
set it is version 0. `webhooks` is null for callers whose token lacks the scope `station:admin`.";

const PUT: &str = "\
Sets all of it. `version` is the one that was read: if it is not the latest any more, the change is \
refused with 409. An import keeps to the configuration that it began with.

`webhooks` also needs the scope `station:admin`; null, or leaving it out, changes none. A webhook is called when \
a task of the station has ended, as Standard Webhooks describes it: a signed POST with `webhook-id`, \
`webhook-timestamp` and `webhook-signature`. Secrets are never shown. A new webhook needs a secret, \
another one keeps its secret if none is sent. After a change both the old secret and the new one sign for a day.";

const DELIVERIES: &str = "\
Messages to webhooks and what became of them, newest first; a message is here once it was tried. A delivery is kept \
for 30 days after its last try. A page may have fewer than `limit`: there is more as long as `next_cursor` is not \
null.";

const RESEND: &str = "\
Sends a message once more, at once, under the same `webhook-id`, whatever became of it before. It is then tried as \
often as a new one. Refused with 409 if the webhook was removed or disabled.";

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = own();
    operations.extend(schedules::operations());
    operations
}

fn own() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Get,
            path: "/station/config",
            id: "getStationConfig",
            tag: "stations",
            scopes: &[READ],
            summary: "The station's configuration.",
            description: GET,
            parameters: Vec::new(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The configuration.",
                schema: Schemas::answer::<ConfigAnswer>,
                examples: examples::configs(),
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Put,
            path: "/station/config",
            id: "putStationConfig",
            tag: "stations",
            scopes: &[WRITE],
            summary: "Change the station's configuration.",
            description: PUT,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<ConfigRequest>, examples::changes()),
            answer: Answer {
                description: "The configuration as it is now.",
                schema: Schemas::answer::<ConfigAnswer>,
                examples: examples::changed(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[],
        },
        deliveries(),
        resend(),
    ]
}

fn deliveries() -> Operation {
    Operation {
        method: Method::Get,
        path: "/station/webhooks/deliveries",
        id: "listDeliveries",
        tag: "stations",
        scopes: &[ADMIN],
        summary: "Messages to webhooks, and what became of them.",
        description: DELIVERIES,
        parameters: vec![
            Parameter {
                name: "state",
                required: false,
                description: "Only deliveries in this state.",
                schema: |_| json!({ "type": "string", "enum": ["pending", "delivered", "failed"] }),
                examples: vec![Example::new("failed", "What was given up.", "failed")],
            },
            limit(),
            Parameter {
                name: "cursor",
                required: false,
                description: "`next_cursor` of the page before, as it is.",
                schema: Schemas::request::<DeliveryId>,
                examples: Vec::new(),
            },
        ],
        bodies: Vec::new(),
        answer: Answer {
            description: "A page of deliveries.",
            schema: Schemas::answer::<DeliveryList>,
            examples: examples::deliveries(),
        },
        refusals: &[],
        next: &[],
    }
}

fn resend() -> Operation {
    Operation {
        method: Method::Post,
        path: "/station/webhooks/deliveries/{id}/resend",
        id: "resendDelivery",
        tag: "stations",
        scopes: &[ADMIN],
        summary: "Send a message to a webhook once more.",
        description: RESEND,
        parameters: vec![Parameter {
            name: "id",
            required: true,
            description: "The delivery.",
            schema: Schemas::request::<DeliveryId>,
            examples: vec![Example::new(
                "delivery",
                "A delivery by its id.",
                examples::DELIVERY,
            )],
        }],
        bodies: Vec::new(),
        answer: Answer {
            description: "The delivery, which is pending now.",
            schema: Schemas::answer::<DeliveryView>,
            examples: examples::resent(),
        },
        refusals: &[Code::NotFound, Code::Conflict],
        next: &[],
    }
}
