//! One chunk: its records read and checked, good rows handed to where they go, its report made.

use std::sync::Arc;

use futures::StreamExt;
use sluice_aws::{RowWriter, used_so_far};
use sluice_core::books::ChunkReport;
use sluice_core::correction::RowsBefore;
use sluice_core::csv::{
    Dialect, FieldReader, Fields, Position, RawRecord, RecordContent, RecordReader,
};
use sluice_core::definition::{Definition, Problem, ProblemCode, RowChecker, Target};
use sluice_core::message::ChunkMessage;
use sluice_core::object_key;
use sluice_core::report::ReportColumns;
use sluice_core::rows::MAX_ROW_BYTES;
use sluice_core::search::Search;

use crate::careful::unprocessable;
use crate::sink::{GoodRow, Sink};
use crate::tally::{FailedRow, Settled, Tally};
use crate::{Delivery, WorkError, Worker};

/// One try at a chunk.
pub(crate) struct ChunkTry<'a> {
    pub(crate) message: &'a ChunkMessage,
    pub(crate) definition: &'a Definition,
    pub(crate) delivery: Delivery<'a>,
    /// Tells the objects that this try stores from those of others.
    pub(crate) name: String,
}

/// A chunk being imported.
struct ChunkImport<'a> {
    checker: RowChecker<'a>,
    fields: FieldReader,
    /// Of a corrected file: where it says what its rows were.
    columns: Option<ReportColumns>,
    sink: Sink<'a>,
    tally: Tally,
    /// Which rows are to be imported, if not all.
    search: Option<&'a Search>,
    /// Whether rows are only checked. A receiver knows batches by their first and last row: those
    /// of a part of a chunk would be other batches, and be done a second time.
    only_checks: bool,
}

impl Worker {
    /// Imports the rows of a chunk that a search asks for, all if there is none. The report on the
    /// chunk, of which nothing is counted yet; none if these were not all its rows.
    pub(crate) async fn import_rows(
        &self,
        message: &ChunkMessage,
        delivery: Delivery<'_>,
        search: Option<&Search>,
    ) -> Result<Option<ChunkReport>, WorkError> {
        let is_part = search.is_some_and(|search| !search.is_whole());
        let (plan, chunk) = (&message.plan, &message.chunk);
        let unknown = || WorkError::UnknownBusiness(plan.business.to_string());
        let definition = self
            .config
            .catalog
            .get(&plan.business)
            .ok_or_else(unknown)?;
        let this_try = ChunkTry {
            message,
            definition,
            delivery,
            name: format!("{:08x}", fresh_number()),
        };
        let config = self.configs.at(&plan.task.station_id, plan.config_version);
        let config = config.await?;
        let writer = RowWriter::new(&self.clients, Arc::clone(&self.pace), delivery.until);
        let dialect = Dialect::from(plan.delimiter);
        let mut checker = RowChecker::new(
            definition,
            plan.naming.map(definition, &plan.header)?,
            &config,
        );
        let mut columns = None;
        if plan.continues.is_some() {
            checker = checker.of_corrected_file();
            columns = ReportColumns::find(&plan.header);
        }
        let mut import = ChunkImport {
            checker,
            fields: FieldReader::new(dialect),
            columns,
            sink: self.sink(&this_try, &writer).ok_or_else(unknown)?,
            tally: Tally::default(),
            search,
            only_checks: is_part && matches!(definition.target, Target::Endpoint(_)),
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
        if is_part {
            import.sink.finish().await?;
            return Ok(None);
        }
        if import.tally.rows.read != chunk.records {
            let (planned, read) = (chunk.records, import.tally.rows.read);
            let problem = format!("chunk {} has {read} records, not {planned}", chunk.number);
            return Err(WorkError::Plan(problem));
        }
        let settled = import.sink.finish().await?;
        import.tally.settle(settled);
        self.report(&this_try, import).await.map(Some)
    }

    async fn report(
        &self,
        this_try: &ChunkTry<'_>,
        mut import: ChunkImport<'_>,
    ) -> Result<ChunkReport, WorkError> {
        let (plan, chunk) = (&this_try.message.plan, &this_try.message.chunk);
        let mut part = None;
        if let Some(bytes) = import.tally.part(plan.header.len(), &mut import.fields) {
            let key = object_key::part(&plan.task, chunk.number, &this_try.name);
            self.objects
                .put(&key, "text/csv; charset=utf-8", bytes)
                .await?;
            part = Some(key);
        }
        let mut contests = None;
        if let Some(note) = import.sink.contests()? {
            let key = object_key::contests(&plan.task, chunk.number, &this_try.name);
            self.objects.put_json(&key, &note).await?;
            contests = Some(key);
        }
        Ok(ChunkReport {
            chunk: chunk.number,
            start: chunk.start,
            end: chunk.end,
            rows: import.tally.rows,
            part,
            contests,
            lost: None,
            run: plan.run,
            passing: import.tally.passing,
            before: import.tally.before,
            used: used_so_far(),
            committed_at: None,
        })
    }
}

impl ChunkImport<'_> {
    async fn record(&mut self, record: &RawRecord<'_>) -> Result<(), WorkError> {
        let row = record.position.row;
        if self
            .search
            .is_some_and(|search| !search.step().contains(&row))
        {
            return Ok(());
        }
        self.tally.rows.read += 1;
        let bytes = match record.content {
            RecordContent::Bytes(bytes) => bytes,
            RecordContent::TooLarge { bytes } => {
                self.fail(row, &[], vec![too_large(bytes)]);
                return Ok(());
            }
        };
        let fields = self.fields.read(bytes);
        if let Some(columns) = &self.columns {
            self.tally.before += before(columns, &fields);
        }
        let checked = match self.search.and_then(|search| search.cause(row)) {
            Some(cause) => Err(vec![unprocessable(cause)]),
            None => self.checker.check(&fields),
        };
        match checked {
            Err(problems) => self.fail(row, bytes, problems),
            Ok(_) if self.only_checks => {}
            Ok(checked) => {
                let good = GoodRow {
                    row,
                    record: bytes.to_vec(),
                    checked,
                };
                let settled = self.sink.add(good).await?;
                self.tally.settle(settled);
            }
        }
        Ok(())
    }

    fn fail(&mut self, row: u64, record: &[u8], problems: Vec<Problem>) {
        self.tally.settle([Settled::Failed(FailedRow {
            row,
            record: record.to_vec(),
            problems,
        })]);
    }
}

/// What a row of a corrected file was before.
fn before(columns: &ReportColumns, fields: &Fields<'_>) -> RowsBefore {
    let whence = columns.whence(|place| fields.get(place));
    RowsBefore {
        added: u64::from(whence.is_added),
        were_duplicate: u64::from(whence.was_duplicate && !whence.is_added),
    }
}

pub(crate) fn too_large(bytes: u64) -> Problem {
    let message = format!("the row takes {bytes} bytes, at most {MAX_ROW_BYTES} can be stored");
    Problem::of_row(ProblemCode::TooLarge, message)
}

fn fresh_number() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) as u32
}
