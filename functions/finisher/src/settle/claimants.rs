//! The rows of a contest as the file has them.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use sluice_aws::Row;
use sluice_core::books::ChunkReport;
use sluice_core::csv::{Dialect, FieldReader, Position, RecordContent, RecordReader};
use sluice_core::definition::{CheckedRow, RowChecker};
use sluice_core::import::OnDuplicate;
use sluice_core::origin::Origin;
use sluice_core::report::numbered_lines;
use sluice_core::rows::MAX_ROW_BYTES;

use super::Settling;
use crate::FinishError;

/// A row that may be stored.
pub(super) struct Claimant {
    pub(super) chunk: u32,
    pub(super) row: Row,
    /// Its claims on values of unique columns, each with its field.
    pub(super) claims: Vec<(usize, Row)>,
    /// What no other row may have: its key (field 0), and its unique values.
    pub(super) wants: Vec<(usize, String)>,
    /// Its text in the file.
    pub(super) record: Vec<u8>,
}

impl Settling<'_> {
    /// Those of some rows, and of all rows of some chunks, that were read and did not fail, by
    /// number.
    pub(super) async fn claimants(
        &self,
        rows: &BTreeSet<u64>,
        whole: &BTreeSet<u32>,
    ) -> Result<BTreeMap<u64, Claimant>, FinishError> {
        let mut chunks: BTreeMap<u32, &ChunkReport> = BTreeMap::new();
        let of_rows = rows.iter().filter_map(|row| self.report_of(*row));
        let reports = self.reports.iter();
        let of_whole = reports.filter(|one| one.lost.is_none() && whole.contains(&one.chunk));
        chunks.extend(of_rows.chain(of_whole).map(|report| (report.chunk, report)));
        let mut claimants = BTreeMap::new();
        for report in chunks.into_values() {
            let mut failed = BTreeSet::new();
            if let Some(part) = &report.part {
                match self.finisher.objects.get(part).await {
                    Ok(part) => failed.extend(numbered_lines(&part)?.into_keys()),
                    Err(error) if !self.without_parts => return Err(error.into()),
                    Err(_) => {}
                }
            }
            let is_whole = whole.contains(&report.chunk);
            let is_wanted = |row: u64| {
                (is_whole || rows.contains(&row))
                    && (self.noted.contains(&row) || !failed.contains(&row))
            };
            self.read_chunk(report, &is_wanted, &mut claimants).await?;
        }
        Ok(claimants)
    }

    async fn read_chunk(
        &self,
        report: &ChunkReport,
        is_wanted: &(impl Fn(u64) -> bool + Sync),
        claimants: &mut BTreeMap<u64, Claimant>,
    ) -> Result<(), FinishError> {
        let plan = &self.manifest.plan;
        let chunks = &self.manifest.chunks;
        let Some(chunk) = chunks.iter().find(|chunk| chunk.number == report.chunk) else {
            return Ok(());
        };
        let dialect = Dialect::from(plan.delimiter);
        let start = Position {
            offset: chunk.start,
            row: chunk.first_row,
            record: 0,
        };
        let map = plan.naming.map(self.definition, &plan.header)?;
        let mut checker = RowChecker::new(self.definition, map, &self.config);
        if plan.continues.is_some() {
            checker = checker.of_corrected_file();
        }
        let mut fields = FieldReader::new(dialect);
        let mut records = RecordReader::new(dialect, start, MAX_ROW_BYTES);
        let mut take = |row: u64, content: &RecordContent<'_>| {
            let RecordContent::Bytes(bytes) = content else {
                return;
            };
            if !is_wanted(row) {
                return;
            }
            if let Ok(checked) = checker.check(&fields.read(bytes)) {
                claimants.insert(row, self.claimant(chunk.number, row, checked, bytes));
            }
        };
        let objects = &self.finisher.objects;
        let reader = objects.reader(&plan.object_key, &plan.etag);
        let mut bytes = reader.stream(chunk.start..chunk.end).await?;
        while let Some(piece) = bytes.next().await {
            records.push(&piece?);
            while let Some(record) = records.next_record() {
                take(record.position.row, &record.content);
            }
        }
        if let Ok(Some(record)) = records.finish() {
            take(record.position.row, &record.content);
        }
        Ok(())
    }

    fn claimant(&self, chunk: u32, row: u64, mut checked: CheckedRow, record: &[u8]) -> Claimant {
        let task = &self.manifest.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row,
        };
        if self.manifest.plan.on_duplicate != OnDuplicate::Overwrite {
            checked.kept.clear();
        }
        let wants = self.definition.claims(&checked);
        let claim = |(field, value): &(usize, String)| {
            let column = self.definition.field_name(*field);
            let claim = Row::claim(&task.station_id, &column, value, &checked.key, origin);
            (*field, claim)
        };
        Claimant {
            chunk,
            claims: wants[1..].iter().map(claim).collect(),
            row: Row::new(&task.station_id, self.definition, checked, origin),
            wants,
            record: record.to_vec(),
        }
    }
}
