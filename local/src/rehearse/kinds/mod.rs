//! What is rehearsed: each kind does something with the system while there are faults, and compares in the end.

mod evaluation;
mod export;
mod import;
mod mailing;
mod orders;
mod sums;
mod undo;

use anyhow::Result;
use async_trait::async_trait;

use super::oracle::Check;
use super::stage::Stage;
use crate::cli::Kind;

/// Returns what is done with about so many rows.
pub(super) fn scenario(kind: Kind, rows: u64, seed: u64) -> Result<Box<dyn Scenario>> {
    Ok(match kind {
        Kind::Import => Box::new(import::Imports::new(rows, seed)?),
        Kind::Export => Box::new(export::Export::new(rows, seed)),
        Kind::Sums => Box::new(sums::Entries::new(rows, seed)),
        Kind::Undo => Box::new(undo::Undo::new(rows, seed)),
        Kind::Orders => Box::new(orders::Orders::new(rows, seed)?),
        Kind::Evaluation => Box::new(evaluation::Evaluation::new(rows, seed)),
        Kind::Mailing => Box::new(mailing::Mailing::new(rows)),
    })
}

/// What is done with a system, and what must hold after it.
#[async_trait(?Send)]
pub(super) trait Scenario {
    /// Does it, and waits until all has ended.
    async fn act(&mut self, stage: &Stage) -> Result<()>;

    /// Compares, when there are no faults any more.
    async fn check(&self, stage: &Stage) -> Result<Vec<Check>>;
}
