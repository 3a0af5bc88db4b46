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
use clap::ValueEnum;

use super::oracle::Check;
use super::stage::Stage;

/// A kind of rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// Imports of members and staff, several of a station at the same time over the same keys and unique values.
    Import,
    /// An export, which must be what is stored.
    Export,
    /// The sums of score entries, which must be what the entries are together.
    Sums,
    /// An import that overwrites, and its undo, after which the table must be as before.
    Undo,
    /// Lists of orders, of which each is stored once, and their export.
    Orders,
    /// An evaluation of scores, which gives each member what its points say, once.
    Evaluation,
    /// A mailing, of which nobody gets two e-mails.
    Mailing,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Import,
        Self::Export,
        Self::Sums,
        Self::Undo,
        Self::Orders,
        Self::Evaluation,
        Self::Mailing,
    ];

    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
            Self::Sums => "sums",
            Self::Undo => "undo",
            Self::Orders => "orders",
            Self::Evaluation => "evaluation",
            Self::Mailing => "mailing",
        }
    }

    /// Returns what is done with about so many rows.
    pub(super) fn scenario(self, rows: u64, seed: u64) -> Result<Box<dyn Scenario>> {
        Ok(match self {
            Self::Import => Box::new(import::Imports::new(rows, seed)?),
            Self::Export => Box::new(export::Export::new(rows, seed)),
            Self::Sums => Box::new(sums::Entries::new(rows, seed)),
            Self::Undo => Box::new(undo::Undo::new(rows, seed)),
            Self::Orders => Box::new(orders::Orders::new(rows, seed)?),
            Self::Evaluation => Box::new(evaluation::Evaluation::new(rows, seed)),
            Self::Mailing => Box::new(mailing::Mailing::new(rows)),
        })
    }
}

/// What is done with a system, and what must hold after it.
#[async_trait(?Send)]
pub(super) trait Scenario {
    /// Does it, and waits until all has ended.
    async fn act(&mut self, stage: &Stage) -> Result<()>;

    /// Compares, when there are no faults any more.
    async fn check(&self, stage: &Stage) -> Result<Vec<Check>>;
}
