//! Planning an export: one segment for each partition of the station's rows.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_aws::RowReader;
use sluice_definition::{Catalog, Target};
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_export::ExportInput;
use sluice_task::Task;

/// What the chunks of an export share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExportPlan {
    /// What is exported.
    #[serde(flatten)]
    pub(crate) input: ExportInput,
    /// When it began: rows are not older.
    pub(crate) as_of: Timestamp,
}

/// Plans exports.
#[derive(Debug)]
pub(crate) struct PlanExport {
    catalog: Catalog,
}

impl PlanExport {
    pub(crate) fn new() -> Result<Self, BoxError> {
        Ok(Self {
            catalog: Catalog::load()?,
        })
    }
}

#[async_trait]
impl CutTask for PlanExport {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let input: ExportInput = serde_json::from_value(task.input.clone())?;
        let definition = self.catalog.get(&input.business);
        let is_stored =
            definition.is_some_and(|definition| matches!(definition.target, Target::Table(_)));
        if !is_stored {
            return Ok(Cut::Refused(format!(
                "the rows of `{}` are in no table of this release",
                input.business
            )));
        }
        let plan = ExportPlan {
            input,
            as_of: Timestamp::now(),
        };
        Ok(Cut::Into(Segments::numbered(RowReader::PARTITIONS, &plan)?))
    }
}
