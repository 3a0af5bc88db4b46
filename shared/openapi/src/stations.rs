//! Operations for what a station sets for itself.

mod examples;

use sluice_core::api::Code;
use sluice_core::station::StationConfig;

use crate::operation::{Answer, Body, Method, Operation, READ, WRITE};
use crate::schemas::Schemas;

const GET: &str = "\
How the station's files write dates, times and phone numbers. As long as nothing was set it is \
version 0.";

const PUT: &str = "\
Sets all of it. `version` is the one that was read: if it is not the latest any more, the change is \
refused with 409. An import keeps to the configuration that it began with.";

pub(crate) fn operations() -> Vec<Operation> {
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
                schema: Schemas::answer::<StationConfig>,
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
            bodies: Body::json(Schemas::request::<StationConfig>, examples::changes()),
            answer: Answer {
                description: "The configuration as it is now.",
                schema: Schemas::answer::<StationConfig>,
                examples: examples::changed(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[],
        },
    ]
}
