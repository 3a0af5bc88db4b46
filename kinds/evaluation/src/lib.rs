//! Evaluations: which tier members have after a month, and what they are given.
//!
//! The members and the sums of a station lie in partitions of the same numbers; each is a chunk. A chunk reads both
//! in the order of the members and decides about each. What it has decided is written to an object, once: a chunk that
//! comes again takes what is there, and does only that. So what is done rests on one look at the points, however
//! often the chunk dies and whatever entries come meanwhile.

#![warn(missing_docs)]

mod decide;
mod finish;
mod plan;
mod run;

use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::EVALUATION;

/// The kind of evaluations.
pub const KIND: KindOfTask = KindOfTask {
    name: EVALUATION,
    plan: |init| {
        Ok(Box::new(InSegments::new(
            init,
            plan::PlanEvaluation::new(init)?,
        )?))
    },
    run: |init| Ok(Box::new(run::RunEvaluation::new(init)?)),
    finish: |init| Ok(Box::new(finish::FinishEvaluation::new(init)?)),
};
