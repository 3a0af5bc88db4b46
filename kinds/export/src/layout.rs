//! What the file of an export looks like.

use std::fmt::Debug;

use jiff::Timestamp;
use sluice_basics::plan::Plan;
use sluice_definition::{Catalog, ColumnType};
use sluice_export::ExportFormat;

use crate::plan::ExportPlan;

/// What the file of an export looks like.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The kind of file.
    pub format: ExportFormat,
    /// Its columns, with what their cells hold.
    pub columns: Vec<(String, CellKind)>,
    /// Whether it says in a column of its own when it was exported. An import knows it by that.
    pub is_marked: bool,
    /// What a downloaded file is called.
    pub file_name: String,
    /// When it began: rows are not older.
    pub as_of: Timestamp,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Text.
    Text,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// Days.
    Day,
}

impl Layout {
    /// Returns the headers of the columns.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(header, _)| header.as_str())
    }

    /// Returns when it was exported, as the file says it.
    pub fn mark(&self) -> Option<String> {
        self.is_marked.then(|| format!("{:.0}", self.as_of))
    }
}

/// Knows the layout of a kind's exports.
pub trait Layouts: Debug + Send + Sync {
    /// Returns the layout of the file that was planned.
    ///
    /// # Errors
    ///
    /// If the plan is another kind's.
    fn layout(&self, plan: &Plan) -> Result<Layout, serde_json::Error>;
}

/// The layout of exported rows of a business.
#[derive(Debug)]
pub(crate) struct RowLayouts {
    pub(crate) catalog: Catalog,
}

impl Layouts for RowLayouts {
    fn layout(&self, plan: &Plan) -> Result<Layout, serde_json::Error> {
        let ExportPlan { input, as_of } = plan.read()?;
        let definition = self.catalog.get(&input.business);
        let kind_of = |name: &str| {
            let definition = definition?;
            let place = definition.column_index(name)?;
            Some(match definition.columns[place].kind {
                ColumnType::Integer(_) | ColumnType::Decimal(_) => CellKind::Number,
                ColumnType::Boolean => CellKind::Boolean,
                ColumnType::Date(_) => CellKind::Day,
                _ => CellKind::Text,
            })
        };
        let columns = input.columns.into_iter();
        let columns = columns.map(|name| {
            let kind = kind_of(&name).unwrap_or(CellKind::Text);
            (name, kind)
        });
        Ok(Layout {
            format: input.format,
            columns: columns.collect(),
            is_marked: true,
            file_name: input.file_name,
            as_of,
        })
    }
}
