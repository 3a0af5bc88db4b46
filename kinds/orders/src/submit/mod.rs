//! Storing a list of orders. The list is cut at its lines; a chunk stores its orders one by one, each in one write,
//! and writes what became of them to an object. The results are joined from these objects: every order of the list
//! has one, also where a chunk was never done.

mod finish;
mod plan;
mod run;

pub(crate) use finish::FinishOrders;
pub(crate) use plan::PlanOrders;
pub(crate) use run::RunOrders;

/// Why nothing more of a list is stored once it is another one.
const LIST_CHANGED: &str =
    "the list of orders was changed or deleted while it was being stored: submit it again";
/// The media type of lists and results.
const NDJSON: &str = "application/x-ndjson";
