//! Mailings: e-mails to many, each handed to SES once.
//!
//! The audience is frozen first, in objects of up to 500 recipients, a chunk each. A chunk is sent in batches of up
//! to 50. Before a batch is handed to SES its marker says so, and after the answer what became of it. SES does not
//! know a request that comes twice: a batch whose answer nobody knows is never sent as it is. SES's events tell who
//! of it was sent to; the others stay unknown, or are sent to again where that was asked for.

#![warn(missing_docs)]

mod finish;
mod plan;
mod run;

use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::{MAILING, WorkQueue};

/// The kind of mailings.
pub const KIND: KindOfTask = KindOfTask {
    name: MAILING,
    plan: |init| {
        let plan = plan::PlanMailing::new(init)?;
        Ok(Box::new(InSegments::through(
            init,
            plan,
            WorkQueue::MAILINGS,
        )?))
    },
    run: |init| Ok(Box::new(run::RunMailing::new(init)?)),
    finish: |init| Ok(Box::new(finish::FinishMailing::new(init)?)),
};
