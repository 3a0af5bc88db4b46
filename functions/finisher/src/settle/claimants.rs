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
    /// Those of the rows that were read and did not fail, by number.
    pub(super) async fn claimants(
        &self,
        rows: &BTreeSet<u64>,
    ) -> Result<BTreeMap<u64, Claimant>, FinishError> {
        let mut by_chunk: BTreeMap<u32, (&ChunkReport, BTreeSet<u64>)> = BTreeMap::new();
        for &row in rows {
            if let Some(report) = self.report_of(row) {
                let chunk = by_chunk.entry(report.chunk);
                chunk.or_insert((report, BTreeSet::new())).1.insert(row);
            }
        }
        let mut claimants = BTreeMap::new();
        for (report, mut rows) in by_chunk.into_values() {
            if let Some(part) = &report.part {
                let part = self.finisher.objects.get(part).await?;
                for row in numbered_lines(&part)?.into_keys() {
                    if !self.noted.contains(&row) {
                        rows.remove(&row);
                    }
                }
            }
            self.read_chunk(report, &rows, &mut claimants).await?;
        }
        Ok(claimants)
    }

    async fn read_chunk(
        &self,
        report: &ChunkReport,
        rows: &BTreeSet<u64>,
        claimants: &mut BTreeMap<u64, Claimant>,
    ) -> Result<(), FinishError> {
        let plan = &self.manifest.plan;
        let chunks = &self.manifest.chunks;
        let chunk = chunks.iter().find(|chunk| chunk.number == report.chunk);
        let Some(chunk) = chunk.filter(|_| !rows.is_empty()) else {
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
            if let (true, Ok(checked)) = (rows.contains(&row), checker.check(&fields.read(bytes))) {
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
