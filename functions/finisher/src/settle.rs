//! Rows that were stored and counted before an earlier row of the file took their key: they are
//! duplicates, and are found by the notes that workers left.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::StreamExt;
use sluice_aws::Moved;
use sluice_core::books::ChunkReport;
use sluice_core::csv::{Chunk, Dialect, FieldReader, Position, RecordContent, RecordReader};
use sluice_core::displaced::Displaced;
use sluice_core::import::OnDuplicate;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::report::{PartWriter, taken};

use crate::merge::row_numbers;
use crate::{FinishError, Finisher};

/// What displaced rows change about a task.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// How many rows are counted otherwise.
    pub(crate) moved: Moved,
    /// Lines for the failed-rows file, by chunk and row.
    pub(crate) lines: HashMap<u32, BTreeMap<u64, Vec<u8>>>,
}

impl Finisher {
    /// Finds the displaced rows that their own chunks counted as succeeded. Costs one list
    /// request when there are none.
    pub(crate) async fn settle(
        &self,
        manifest: &Manifest,
        reports: &[ChunkReport],
    ) -> Result<Settlement, FinishError> {
        let plan = &manifest.plan;
        let notes: Vec<Vec<Displaced>> = self
            .objects
            .get_all_json(&object_key::all_displaced(&plan.task))
            .await?;
        let mut by_row: BTreeMap<u64, u64> = BTreeMap::new();
        for note in notes.into_iter().flatten() {
            let winner = by_row.entry(note.row).or_insert(note.by_row);
            *winner = note.by_row.min(*winner);
        }
        let mut settlement = Settlement::default();
        let mut rows_of_chunk: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for &row in by_row.keys() {
            // A chunk holds the rows from its first one to that of the next chunk.
            let after = manifest
                .chunks
                .partition_point(|chunk| chunk.first_row <= row);
            if let Some(chunk) = after
                .checked_sub(1)
                .and_then(|index| manifest.chunks.get(index))
            {
                rows_of_chunk.entry(chunk.number).or_default().push(row);
            }
        }
        for (number, rows) in rows_of_chunk {
            let Some(report) = reports.iter().find(|report| report.chunk == number) else {
                continue;
            };
            // A chunk that was tried again after the row was displaced reported it itself.
            let reported = match &report.part {
                Some(part) => row_numbers(&self.objects.get(part).await?, plan.header.len())?,
                None => HashSet::new(),
            };
            let open: Vec<u64> = rows
                .into_iter()
                .filter(|row| !reported.contains(row))
                .collect();
            if open.is_empty() || report.lost.is_some() {
                continue;
            }
            if plan.on_duplicate == OnDuplicate::Skip {
                // Skipped rows are in no report: a chunk that skipped them itself counted so.
                let stored = open.len() as u64;
                settlement.moved.to_skipped += stored.min(report.rows.succeeded);
                continue;
            }
            settlement.moved.to_duplicate += open.len() as u64;
            if let Some(chunk) = manifest.chunks.iter().find(|chunk| chunk.number == number) {
                let lines = self.lines(manifest, chunk, &open, &by_row).await?;
                settlement.lines.insert(number, lines);
            }
        }
        Ok(settlement)
    }

    /// Report lines of some rows of a chunk, from the file itself.
    async fn lines(
        &self,
        manifest: &Manifest,
        chunk: &Chunk,
        rows: &[u64],
        by_row: &BTreeMap<u64, u64>,
    ) -> Result<BTreeMap<u64, Vec<u8>>, FinishError> {
        let plan = &manifest.plan;
        let Some(definition) = self.catalog.get(&plan.business) else {
            return Ok(BTreeMap::new());
        };
        let dialect = Dialect::from(plan.delimiter);
        let start = Position {
            offset: chunk.start,
            row: chunk.first_row,
            record: 0,
        };
        let mut records = RecordReader::new(dialect, start, usize::MAX >> 1);
        let mut fields = FieldReader::new(dialect);
        let mut lines = BTreeMap::new();
        let mut take = |row: u64, content: &RecordContent<'_>| {
            if let (RecordContent::Bytes(bytes), true) = (content, rows.contains(&row)) {
                let mut part = PartWriter::new(plan.header.len());
                let problem = taken(definition, by_row.get(&row).copied());
                part.row(row, Some(&fields.read(bytes)), &[problem]);
                lines.insert(row, part.into_bytes());
            }
        };
        let reader = self.objects.reader(&plan.object_key, &plan.etag);
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
        Ok(lines)
    }
}
