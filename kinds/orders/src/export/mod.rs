//! Exporting the orders of a period. A segment is one shard of the index over all days of the period: an order's
//! shard follows from its id and never changes, so whoever reads the shard meets all places of an order that moves
//! meanwhile, and writes it once.

mod rows;
mod run;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kind_export::{CellKind, Layout, Layouts};
use serde::{Deserialize, Serialize};
use sluice_basics::plan::Plan;
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_orders::{INDEX_SHARDS, OrderExportInput};
use sluice_task::Task;

pub use rows::OrderRows;
pub(crate) use run::RunOrderExport;

/// How far the indexes may be behind the table: what was written less than this before an export begins may not
/// be in them. They follow within a second as a rule.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>
const INDEX_LAG: Duration = Duration::from_secs(15);

/// What the chunks of an export share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrderExportPlan {
    #[serde(flatten)]
    input: OrderExportInput,
    as_of: Timestamp,
}

/// Plans exports of orders.
#[derive(Debug)]
pub(crate) struct PlanOrderExport;

#[async_trait]
impl CutTask for PlanOrderExport {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let plan = OrderExportPlan {
            input: serde_json::from_value(task.input.clone())?,
            as_of: Timestamp::now() - INDEX_LAG,
        };
        Ok(Cut::Into(Segments::numbered(INDEX_SHARDS, &plan)?))
    }
}

/// The layout of exported orders.
#[derive(Debug)]
pub(crate) struct OrderLayouts;

impl Layouts for OrderLayouts {
    fn layout(&self, plan: &Plan) -> Result<Layout, serde_json::Error> {
        let plan: OrderExportPlan = plan.read()?;
        Ok(layout(&plan.input, plan.as_of))
    }
}

/// Returns the layout of an export: all cells are text, so that no code loses its zeros and no amount a digit.
pub fn layout(input: &OrderExportInput, as_of: Timestamp) -> Layout {
    let columns = input.columns.iter();
    Layout {
        format: input.format,
        columns: columns
            .map(|column| (column.header.clone(), CellKind::Text))
            .collect(),
        is_marked: false,
        file_name: input.file_name.clone(),
        as_of,
    }
}
