//! The failed rows of all chunks as one CSV, in the order of the file.

use bytes::Bytes;
use futures::StreamExt;
use sluice_aws::CSV;
use sluice_basics::object_key;
use sluice_import::report::{Findings, Report};
use sluice_task::books::ChunkReport;

use crate::finish::settle::Settlement;
use crate::finish::{FinishError, FinishImport, ImportManifest};

/// Parts that are fetched at the same time. One with an error in every row of a chunk of short rows has some
/// twenty times the chunk's size.
const AT_ONCE: usize = 4;

impl FinishImport {
    /// Writes the failed-rows file, part after part, and tells what was found in its rows. None
    /// if there is nothing to write.
    pub(crate) async fn merge_failed_rows(
        &self,
        manifest: &ImportManifest,
        reports: &[ChunkReport],
        settlement: &Settlement,
    ) -> Result<Option<Findings>, FinishError> {
        let is_in_report = |report: &&ChunkReport| {
            report.part.is_some() || (report.deferred.is_some() && settlement.changes_report())
        };
        if !reports.iter().any(|report| is_in_report(&report)) {
            return Ok(None);
        }
        let plan = &manifest.plan;
        let mut file = self
            .objects
            .writer(object_key::failed_rows(&plan.task), CSV);
        let station = &plan.task.station_id;
        let config = self.configs.at(station, plan.config_version).await?;
        let mut merged = Report::new(plan, config.language);
        file.write(&merged.beginning()).await?;
        let definition = self.catalog.get(&plan.business);
        let changes = definition.is_some() && settlement.changes_report();
        let parts: Vec<_> = reports
            .iter()
            .filter(is_in_report)
            .map(|report| self.parts(report, changes))
            .collect();
        let mut parts = futures::stream::iter(parts).buffered(AT_ONCE);
        while let Some(chunk) = parts.next().await {
            let (part, deferred) = chunk?;
            let Some(definition) = definition else {
                file.write(&merged.lines(&part)?).await?;
                continue;
            };
            let mut lines = settlement.lines(definition, plan.header.len(), &part, &deferred);
            while let Some(lines) = lines.next_lines()? {
                file.write(&merged.lines(&lines)?).await?;
            }
        }
        file.finish().await?;
        Ok(Some(merged.into_findings()))
    }

    /// The failed rows of one chunk, and its deferred ones if they are asked for.
    async fn parts(
        &self,
        report: &ChunkReport,
        deferred: bool,
    ) -> Result<(Bytes, Bytes), FinishError> {
        let part = self.part(report.part.as_ref()).await?;
        let deferred = report.deferred.as_ref().filter(|_| deferred);
        Ok((part, self.part(deferred).await?))
    }

    async fn part(&self, key: Option<&String>) -> Result<Bytes, FinishError> {
        Ok(match key {
            Some(key) => self.objects.get(key).await?,
            None => Bytes::new(),
        })
    }
}
