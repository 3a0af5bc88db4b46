//! Rows of one key in different chunks: the first of the file holds it, the others are
//! duplicates, whichever of them their chunks counted as stored.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use sluice_aws::{Moved, ObjectError};
use sluice_core::books::ChunkReport;
use sluice_core::csv::{Chunk, Dialect, FieldReader, Position, RecordContent, RecordReader};
use sluice_core::import::OnDuplicate;
use sluice_core::key_loss::{KeyLoss, KeyLosses};
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::report::{PartWriter, taken};
use sluice_core::rows::MAX_ROW_BYTES;

use crate::{FinishError, Finisher};

/// What the losses of a file change about its task.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// How many rows are counted otherwise.
    pub(crate) moved: Moved,
    /// Rows whose line in the failed-rows file is missing or to be replaced, by chunk.
    pub(crate) lines: BTreeMap<u32, Vec<KeyLoss>>,
}

impl Finisher {
    /// Settles the losses. Costs one list request when there are none.
    pub(crate) async fn settle(
        &self,
        manifest: &Manifest,
        reports: &[ChunkReport],
    ) -> Result<Settlement, FinishError> {
        let plan = &manifest.plan;
        let mut losses = KeyLosses::default();
        let displaced = object_key::all_displaced(&plan.task);
        for note in self
            .objects
            .get_all_json::<Vec<KeyLoss>>(&displaced)
            .await?
        {
            // A try that wrote this down and was then given up has taken nobody's place.
            losses.extend(
                note.into_iter()
                    .filter(|loss| report_of(loss.by_row, manifest, reports).is_some()),
            );
        }
        // What the committed tries have counted themselves, as they knew it then.
        let mut counted: HashMap<u64, u64> = HashMap::new();
        for key in reports.iter().filter_map(|report| report.losses.as_ref()) {
            for loss in self.objects.get_json::<Vec<KeyLoss>>(key).await? {
                losses.add(loss);
                counted.insert(loss.row, loss.by_row);
            }
        }
        let mut settlement = Settlement::default();
        for loss in losses.iter() {
            let Some(report) = report_of(loss.row, manifest, reports) else {
                continue;
            };
            match counted.get(&loss.row) {
                Some(by_row) if *by_row == loss.by_row => continue,
                Some(_) => {}
                None if plan.on_duplicate == OnDuplicate::Skip => settlement.moved.to_skipped += 1,
                None => settlement.moved.to_duplicate += 1,
            }
            if plan.on_duplicate != OnDuplicate::Skip {
                settlement.lines.entry(report.chunk).or_default().push(loss);
            }
        }
        Ok(settlement)
    }

    /// Report lines of some rows of a chunk, from the file itself.
    pub(crate) async fn lines(
        &self,
        manifest: &Manifest,
        chunk: &Chunk,
        losses: &[KeyLoss],
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
        let mut records = RecordReader::new(dialect, start, MAX_ROW_BYTES);
        let mut fields = FieldReader::new(dialect);
        let mut lines = BTreeMap::new();
        let mut take = |row: u64, content: &RecordContent<'_>| {
            let loss = losses.binary_search_by_key(&row, |loss| loss.row);
            if let (RecordContent::Bytes(bytes), Ok(index)) = (content, loss) {
                let mut part = PartWriter::new(plan.header.len());
                let problem = taken(definition, Some(losses[index].by_row));
                part.row(row, Some(&fields.read(bytes)), &[problem]);
                lines.insert(row, part.into_bytes());
            }
        };
        let reader = self.objects.reader(&plan.object_key, &plan.etag);
        let mut bytes = match reader.stream(chunk.start..chunk.end).await {
            Ok(bytes) => bytes,
            // The file is gone, and with it the rows' text; that they failed is still told.
            Err(ObjectError::Changed) => {
                for loss in losses {
                    take(loss.row, &RecordContent::Bytes(b""));
                }
                return Ok(lines);
            }
            Err(error) => return Err(error.into()),
        };
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

/// The report of the chunk that a row lies in, if its rows were read.
fn report_of<'a>(
    row: u64,
    manifest: &Manifest,
    reports: &'a [ChunkReport],
) -> Option<&'a ChunkReport> {
    // A chunk holds the rows from its first one to that of the next chunk.
    let after = manifest
        .chunks
        .partition_point(|chunk| chunk.first_row <= row);
    let chunk = manifest.chunks.get(after.checked_sub(1)?)?;
    let report = reports
        .binary_search_by_key(&chunk.number, |report| report.chunk)
        .ok()?;
    Some(&reports[report]).filter(|report| report.lost.is_none())
}
