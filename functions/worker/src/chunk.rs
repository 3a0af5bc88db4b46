//! One chunk: its records read and checked, its rows handed to the writer, its report made.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use sluice_aws::{Row, RowWriter};
use sluice_core::books::ChunkReport;
use sluice_core::csv::{Dialect, FieldReader, Position, RawRecord, RecordContent, RecordReader};
use sluice_core::definition::{CheckedRow, HeaderMap, Problem, ProblemCode, RowChecker};
use sluice_core::import::{ImportPlan, OnDuplicate};
use sluice_core::key_loss::KeyLoss;
use sluice_core::message::ChunkMessage;
use sluice_core::object_key;
use sluice_core::origin::Origin;
use sluice_core::report::PartWriter;
use sluice_core::rows::{MAX_ROW_BYTES, RowCounts};

use crate::writes::{Pending, Settled, Writes};
use crate::{WorkError, Worker};

/// A row that was not stored: where it is, its text, and what is wrong.
struct FailedRow {
    row: u64,
    record: Vec<u8>,
    problems: Vec<Problem>,
}

/// A chunk being imported.
struct ChunkImport<'a> {
    plan: &'a ImportPlan,
    definition: &'a sluice_core::definition::Definition,
    checker: RowChecker<'a>,
    fields: FieldReader,
    writes: Writes<'a>,
    /// The keys of this chunk and the first row of each: rows of one chunk are compared here,
    /// because their batches are written at the same time.
    seen: HashMap<String, u64>,
    /// The last row of each key so far, where rows replace others. As many as a chunk has.
    last: BTreeMap<String, Pending>,
    counts: RowCounts,
    failed: Vec<FailedRow>,
    /// Rows counted as taken by rows of other chunks.
    losses: Vec<KeyLoss>,
}

impl Worker {
    /// Imports a chunk and reports on it; nothing is counted yet.
    pub(crate) async fn import_chunk(
        &self,
        message: &ChunkMessage,
        writer: RowWriter,
    ) -> Result<ChunkReport, WorkError> {
        let (plan, chunk) = (&message.plan, &message.chunk);
        let unknown = || WorkError::UnknownBusiness(plan.business.to_string());
        let definition = self
            .config
            .catalog
            .get(&plan.business)
            .ok_or_else(unknown)?;
        let table = self
            .config
            .row_tables
            .get(&definition.table)
            .ok_or_else(unknown)?;
        let dialect = Dialect::from(plan.delimiter);
        let mut import = ChunkImport {
            plan,
            definition,
            checker: RowChecker::new(definition, HeaderMap::new(definition, &plan.header)?),
            fields: FieldReader::new(dialect),
            writes: Writes::new(&writer, table, plan.on_duplicate),
            seen: HashMap::new(),
            last: BTreeMap::new(),
            counts: RowCounts::default(),
            failed: Vec::new(),
            losses: Vec::new(),
        };
        let start = Position {
            offset: chunk.start,
            row: chunk.first_row,
            record: 0,
        };
        let mut records = RecordReader::new(dialect, start, MAX_ROW_BYTES);
        let file = self.objects.reader(&plan.object_key, &plan.etag);
        let mut bytes = file.stream(chunk.start..chunk.end).await?;
        while let Some(piece) = bytes.next().await {
            records.push(&piece?);
            while let Some(record) = records.next_record() {
                import.record(&record).await?;
            }
        }
        if let Some(record) = records.finish()? {
            import.record(&record).await?;
        }
        import.write_last().await?;
        if import.counts.read != chunk.records {
            let (planned, read) = (chunk.records, import.counts.read);
            let problem = format!("chunk {} has {read} records, not {planned}", chunk.number);
            return Err(WorkError::Plan(problem));
        }
        let attempt = format!("{:08x}", fresh_number());
        let later = std::mem::take(&mut import.writes.displacing);
        let settled = self
            .displace(message, &writer, table, later, &attempt)
            .await?;
        import.settle(settled);
        self.report(message, import, &attempt).await
    }

    async fn report(
        &self,
        message: &ChunkMessage,
        mut import: ChunkImport<'_>,
        attempt: &str,
    ) -> Result<ChunkReport, WorkError> {
        let (plan, chunk) = (&message.plan, &message.chunk);
        let mut part = None;
        if !import.failed.is_empty() {
            let key = object_key::part(&plan.task, chunk.number, &attempt);
            self.objects
                .put(&key, "text/csv; charset=utf-8", import.part())
                .await?;
            part = Some(key);
        }
        let mut losses = None;
        if !import.losses.is_empty() {
            let key = object_key::own_losses(&plan.task, chunk.number, &attempt);
            self.objects.put_json(&key, &import.losses).await?;
            losses = Some(key);
        }
        Ok(ChunkReport {
            chunk: chunk.number,
            start: chunk.start,
            end: chunk.end,
            rows: import.counts,
            part,
            losses,
            lost: None,
        })
    }

    /// Puts the rows that come before stored ones of the same file in their place.
    async fn displace(
        &self,
        message: &ChunkMessage,
        writer: &RowWriter,
        table: &str,
        later: Vec<(Pending, Origin)>,
        attempt: &str,
    ) -> Result<Vec<Settled>, WorkError> {
        if later.is_empty() {
            return Ok(Vec::new());
        }
        crate::displace::Displacing {
            objects: &self.objects,
            writer,
            table,
            message,
            attempt,
        }
        .run(later)
        .await
    }
}

impl ChunkImport<'_> {
    async fn record(&mut self, record: &RawRecord<'_>) -> Result<(), WorkError> {
        self.counts.read += 1;
        let row = record.position.row;
        let bytes = match record.content {
            RecordContent::Bytes(bytes) => bytes,
            RecordContent::TooLarge { bytes } => {
                self.fail(row, &[], vec![too_large(bytes)]);
                return Ok(());
            }
        };
        match self.checker.check(&self.fields.read(bytes)) {
            Err(problems) => self.fail(row, bytes, problems),
            Ok(checked) => self.good_row(row, bytes, checked).await?,
        }
        Ok(())
    }

    async fn good_row(
        &mut self,
        row: u64,
        record: &[u8],
        checked: CheckedRow,
    ) -> Result<(), WorkError> {
        let origin = Origin {
            task_id: self.plan.task.task_id,
            row,
        };
        let station = &self.plan.task.station_id;
        let stored = Row::new(station, self.definition, checked, origin);
        if stored.size_bytes() > MAX_ROW_BYTES {
            let size_bytes = stored.size_bytes() as u64;
            self.fail(row, record, vec![too_large(size_bytes)]);
            return Ok(());
        }
        if self.plan.on_duplicate != OnDuplicate::Overwrite {
            let first = *self.seen.entry(stored.key().to_owned()).or_insert(row);
            if first != row {
                self.duplicate(row, record, Some(first));
                return Ok(());
            }
        }
        let pending = Pending {
            row: stored,
            record: record.to_vec(),
        };
        if self.plan.on_duplicate == OnDuplicate::Overwrite {
            // The last row of each key is written, once all are known; those before it count
            // as stored and replaced.
            if self
                .last
                .insert(pending.row.key().to_owned(), pending)
                .is_some()
            {
                self.counts.succeeded += 1;
            }
            return Ok(());
        }
        let settled = self.writes.add(pending).await?;
        self.settle(settled);
        Ok(())
    }

    /// Writes what was kept back.
    async fn write_last(&mut self) -> Result<(), WorkError> {
        for pending in std::mem::take(&mut self.last).into_values() {
            let settled = self.writes.add(pending).await?;
            self.settle(settled);
        }
        let settled = self.writes.finish().await?;
        self.settle(settled);
        Ok(())
    }

    fn settle(&mut self, settled: Vec<Settled>) {
        for settled in settled {
            match settled {
                Settled::Stored => self.counts.succeeded += 1,
                Settled::Taken {
                    row,
                    record,
                    by_row,
                } => {
                    self.losses
                        .extend(by_row.map(|by_row| KeyLoss { row, by_row }));
                    self.duplicate(row, &record, by_row);
                }
                Settled::Refused { row, record, code } => {
                    tracing::warn!(row, code, "the store refused a row");
                    let message = "the store did not accept this row";
                    self.fail(
                        row,
                        &record,
                        vec![Problem::of_row(ProblemCode::Refused, message)],
                    );
                }
            }
        }
    }

    fn fail(&mut self, row: u64, record: &[u8], problems: Vec<Problem>) {
        self.counts.failed += 1;
        self.failed.push(FailedRow {
            row,
            record: record.to_vec(),
            problems,
        });
    }

    /// A row whose key is taken; by which row, if that one is in the same file.
    fn duplicate(&mut self, row: u64, record: &[u8], by_row: Option<u64>) {
        if self.plan.on_duplicate == OnDuplicate::Skip {
            self.counts.skipped += 1;
            return;
        }
        self.counts.duplicate += 1;
        let problems = vec![sluice_core::report::taken(self.definition, by_row)];
        self.failed.push(FailedRow {
            row,
            record: record.to_vec(),
            problems,
        });
    }

    /// The failed rows in the order of the file.
    fn part(&mut self) -> Vec<u8> {
        self.failed.sort_unstable_by_key(|failed| failed.row);
        let mut part = PartWriter::new(self.plan.header.len());
        for failed in &self.failed {
            let fields = self.fields.read(&failed.record);
            part.row(failed.row, Some(&fields), &failed.problems);
        }
        part.into_bytes()
    }
}

fn too_large(bytes: u64) -> Problem {
    let message = format!("the row takes {bytes} bytes, at most {MAX_ROW_BYTES} can be stored");
    Problem::of_row(ProblemCode::TooLarge, message)
}

/// Tells one try at a chunk from another.
fn fresh_number() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) as u32
}
