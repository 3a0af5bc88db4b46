//! Undos: what an import stored is taken back, row by row.
//!
//! Each chunk of the import is a chunk of its undo. The file is read and checked again, to know keys and values;
//! the rows are read, and those that are still as they were imported are deleted, or are again what they were
//! before. What becomes of a row depends on what is stored alone, so that a chunk can be done again at any
//! point.

#![warn(missing_docs)]

mod finish;
mod known;
mod plan;
mod rows;
mod run;
mod take_back;

use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::UNDO;

/// The kind of undos.
pub const KIND: KindOfTask = KindOfTask {
    name: UNDO,
    plan: |init| Ok(Box::new(InSegments::new(init, plan::PlanUndo::new(init)?)?)),
    run: |init| Ok(Box::new(run::RunUndo::new(init)?)),
    finish: |init| Ok(Box::new(finish::FinishUndo::new(init)?)),
};
