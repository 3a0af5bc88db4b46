//! Operations for the scores of members.

mod examples;

use sluice_api::{
    ActionsAnswer, Code, EvaluateRequest, ReconcileRequest, ScoreTaskAnswer, SumsAnswer,
};
use sluice_scores::Month;

use crate::example::Example;
use crate::operation::{Answer, Body, EVALUATE, Method, Next, Operation, READ};
use crate::parameter::Parameter;
use crate::schemas::Schemas;

const SUMS: &str = "\
The points of a member's score entries by month and day, and of the last three months together. Sums follow their \
entries by some seconds. Points are decimal numbers as text, exact to the last digit.

A member without entries has months without days. A number that no member and no entry has is answered 404.";

const RECONCILE: &str = "\
Makes a task that compares the sums of months with the entries of all members. What differs is looked at again after \
a minute. What still differs then is counted in `differences`, and made anew. The result has `entries_read`, \
`entries_counted`, `points_of_entries`, `points_of_sums`, `differences`, `misplaced`, `examples` and \
`differing_segments`.";

const EVALUATE_SCORES: &str = "\
Makes a task that decides about each member of the station when a month has ended: its tier, coupons and rewards, by \
the rules of the release. Each is done once for a member and a month, however often the task is repeated. The result \
has the members by reason, tier and change, what each rule has given, and a link to a file of all decisions with the \
points they rest on.

A dry run only decides. A second evaluation of a month decides again about what the points are now: it changes tiers \
and gives what is missing, and takes nothing back. A month that has not ended where the station is, is refused; so is \
one while another evaluation runs, or after a later month was evaluated.";

const ACTIONS: &str = "\
What evaluations have done: changes of tiers, coupons and rewards. Name either a member, for the last 36 months, the \
last month first; or a month, for all members. Take `next_cursor` for the next page.";

pub(crate) fn operations() -> Vec<Operation> {
    vec![sums(), reconcile(), evaluate(), actions()]
}

fn sums() -> Operation {
    Operation {
        method: Method::Get,
        path: "/score/sums",
        id: "getScoreSums",
        tag: "scores",
        scopes: &[READ],
        summary: "The sums of a member's scores.",
        description: SUMS,
        parameters: vec![
            Parameter {
                name: "member_no",
                required: true,
                description: "The member.",
                schema: |_| serde_json::json!({ "type": "string", "minLength": 1 }),
                examples: vec![Example::new("member", "A member.", "M10001")],
            },
            month("from", "The first month."),
            month("to", "The last month: at most 36 months in all."),
        ],
        bodies: Vec::new(),
        answer: Answer {
            description: "The sums.",
            schema: Schemas::answer::<SumsAnswer>,
            examples: examples::sums(),
        },
        refusals: &[Code::NotFound],
        next: &[],
    }
}

fn reconcile() -> Operation {
    Operation {
        method: Method::Post,
        path: "/score/reconcile",
        id: "reconcileScores",
        tag: "scores",
        scopes: &[EVALUATE],
        summary: "Compare sums with their entries.",
        description: RECONCILE,
        parameters: Vec::new(),
        bodies: Body::json(Schemas::request::<ReconcileRequest>, examples::reconcile()),
        answer: Answer {
            description: "The task.",
            schema: Schemas::answer::<ScoreTaskAnswer>,
            examples: examples::task(),
        },
        refusals: &[Code::Conflict],
        next: &[
            Next::Get("getTask"),
            Next::Get("explainTask"),
            Next::Post("cancelTask"),
            Next::Post("retryTask"),
            Next::PostMany("clearShow"),
        ],
    }
}

fn evaluate() -> Operation {
    Operation {
        path: "/score/evaluate",
        id: "evaluateScores",
        summary: "Decide about tiers, coupons and rewards.",
        description: EVALUATE_SCORES,
        bodies: Body::json(Schemas::request::<EvaluateRequest>, examples::evaluate()),
        // It is a task like the other.
        ..reconcile()
    }
}

fn actions() -> Operation {
    Operation {
        method: Method::Get,
        path: "/score/actions",
        id: "getScoreActions",
        tag: "scores",
        scopes: &[READ],
        summary: "What evaluations have done.",
        description: ACTIONS,
        parameters: vec![
            Parameter {
                name: "member_no",
                required: false,
                description: "The member.",
                schema: |_| serde_json::json!({ "type": "string", "minLength": 1 }),
                examples: vec![Example::new("member", "A member.", "M10001")],
            },
            Parameter {
                name: "period",
                required: false,
                description: "The month that was evaluated.",
                schema: Schemas::request::<Month>,
                examples: Vec::new(),
            },
            Parameter {
                name: "cursor",
                required: false,
                description: "`next_cursor` of the page before.",
                schema: |_| serde_json::json!({ "type": "string" }),
                examples: Vec::new(),
            },
        ],
        bodies: Vec::new(),
        answer: Answer {
            description: "A page of actions.",
            schema: Schemas::answer::<ActionsAnswer>,
            examples: examples::actions(),
        },
        refusals: &[Code::NotFound],
        next: &[],
    }
}

fn month(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        name,
        required: true,
        description,
        schema: Schemas::request::<Month>,
        examples: Vec::new(),
    }
}
