//! Exports: the rows of a business, or those that are wanted, as one file that is whole or not there.
//!
//! A station's rows lie in partitions; each is a chunk. A chunk writes its rows to an object of its own and
//! says in its marker how many there are and what their checksum is. The file is joined from these objects.
//! It must have the sum of their sizes and the combination of their checksums, or the export fails.
//!
//! Other kinds whose chunks write objects that are joined use the same parts: [`SegmentWriter`], [`Joiner`] and
//! [`FinishExport`].

#![warn(missing_docs)]

mod finish;
mod join;
mod layout;
mod plan;
mod run;
mod segment;
mod sheet;

use sluice_definition::Catalog;
use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::EXPORT;

pub use finish::{FinishExport, small_file};
pub use join::{JoinError, Joiner, Short, segment_of, whole};
pub use layout::{CellKind, Layout, Layouts};
pub use run::exported;
pub use segment::{SegmentWriter, fresh_number};
pub use sheet::SheetError;

/// The kind of exports.
pub const KIND: KindOfTask = KindOfTask {
    name: EXPORT,
    plan: |init| Ok(Box::new(InSegments::new(init, plan::PlanExport::new()?)?)),
    run: |init| Ok(Box::new(run::RunExport::new(init)?)),
    finish: |init| {
        let catalog = Catalog::load()?;
        let layouts = layout::RowLayouts { catalog };
        Ok(Box::new(FinishExport::new(init, layouts)?))
    },
};
