//! An export of staff: its file must be what is stored, which must be what was imported.

use std::collections::BTreeMap;

use anyhow::Result;
use async_trait::async_trait;
use sluice_api::{ExportRequest, TaskView};
use sluice_export::ExportFormat;

use super::Scenario;
use crate::rehearse::model::{File, own_staff};
use crate::rehearse::oracle::{self, Check};
use crate::rehearse::stage::Stage;

const STATION: &str = "export";
const BUSINESS: &str = "staff_import";
/// The column that is no column of the rows: when they were exported.
const EXPORTED_AT: &str = "sluice_exported_at";

pub(super) struct Export {
    file: File,
    ended: Vec<(TaskView, TaskView)>,
}

impl Export {
    pub(super) fn new(rows: u64, seed: u64) -> Self {
        Self {
            file: own_staff(rows, 1, seed),
            ended: Vec::new(),
        }
    }
}

#[async_trait(?Send)]
impl Scenario for Export {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        let place = (STATION, BUSINESS);
        let imported = stage.import(place, "import", &self.file, false).await?;
        let request = ExportRequest {
            business: BUSINESS.parse()?,
            format: ExportFormat::Csv,
            filter: BTreeMap::new(),
            columns: None,
            user_task_id: Some("export".parse()?),
            start_at: None,
        };
        let exported = stage.export(STATION, &request).await?;
        self.ended.push((imported, exported));
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        let stored = stage.stored("sluice-staff", STATION).await?;
        for (imported, exported) in &self.ended {
            let told = stage.told(STATION, imported).await?;
            checks.extend(oracle::imports(&[(&self.file, &told)], &stored));
            let mut once = Check::new("a row is exported once");
            let mut found = BTreeMap::new();
            for mut record in stage.linked(STATION, exported).await? {
                record.retain(|name, value| name != EXPORTED_AT && !value.is_empty());
                let key = record.get("staff_no").cloned().unwrap_or_default();
                let is_new = found.insert(key.clone(), record).is_none();
                once.expect(is_new, || format!("{key} is exported twice"));
            }
            let rows = stored.rows.iter();
            let rows = rows.map(|(key, row)| (key.clone(), row.values.clone()));
            checks.push(once);
            checks.push(oracle::same(
                "the file is the table",
                &rows.collect(),
                &found,
            ));
        }
        Ok(checks)
    }
}
