//! Imports: the rows of a file go into a table or to an endpoint.

#![warn(missing_docs)]

mod finish;
mod plan;
mod run;

use sluice_engine::KindOfTask;
use sluice_kind::IMPORT;

pub use finish::FinishImport;
pub use plan::{ArrivalError, Arrivals, Arrived, PlanImport};
pub use run::RunImport;

/// The kind of imports.
pub const KIND: KindOfTask = KindOfTask {
    name: IMPORT,
    plan: |init| Ok(Box::new(PlanImport::new(init)?)),
    run: |init| Ok(Box::new(RunImport::new(init)?)),
    finish: |init| Ok(Box::new(FinishImport::new(init)?)),
};
