//! The failed rows of all chunks as one CSV, in the order of the file.

use bytes::Bytes;
use futures::StreamExt;
use sluice_core::books::ChunkReport;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::report::{Findings, Report, interleave};

use crate::settle::Settlement;
use crate::{FinishError, Finisher};

/// Parts that are fetched at the same time.
const AT_ONCE: usize = 8;

impl Finisher {
    /// Writes the failed-rows file, part after part, and tells what was found in its rows. None
    /// if there is nothing to write.
    pub(crate) async fn merge_failed_rows(
        &self,
        manifest: &Manifest,
        reports: &[ChunkReport],
        settlement: &Settlement,
    ) -> Result<Option<Findings>, FinishError> {
        let is_in_report = |report: &&ChunkReport| {
            report.part.is_some() || settlement.lines.contains_key(&report.chunk)
        };
        if !reports.iter().any(|report| is_in_report(&report)) {
            return Ok(None);
        }
        let plan = &manifest.plan;
        let mut file = self.objects.report(object_key::failed_rows(&plan.task));
        let mut merged = Report::new(plan);
        file.write(&merged.beginning()).await?;
        let sections: Vec<_> = reports
            .iter()
            .filter(is_in_report)
            .map(|report| self.section(report, settlement))
            .collect();
        let mut sections = futures::stream::iter(sections).buffered(AT_ONCE);
        while let Some(section) = sections.next().await {
            file.write(&merged.lines(&section?)?).await?;
        }
        file.finish().await?;
        Ok(Some(merged.into_findings()))
    }

    /// The failed rows of one chunk.
    async fn section(
        &self,
        report: &ChunkReport,
        settlement: &Settlement,
    ) -> Result<Bytes, FinishError> {
        let part = match &report.part {
            Some(part) => self.objects.get(part).await?,
            None => Bytes::new(),
        };
        match settlement.lines.get(&report.chunk) {
            Some(lines) => {
                let lines = lines.iter().map(|(row, line)| (*row, line.as_deref()));
                Ok(interleave(&part, lines)?.into())
            }
            None => Ok(part),
        }
    }
}
