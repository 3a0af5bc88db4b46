//! One chunk: its records read and checked, good rows handed to where they go, its report made.

use std::sync::Arc;

use futures::StreamExt;
use serde_json::Value as Json;
use sluice_aws::{RowWriter, used_so_far};
use sluice_basics::object_key;
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_csv::{Dialect, FieldReader, Fields, Position, RawRecord, RecordContent, RecordReader};
use sluice_definition::reported::ReportColumns;
use sluice_definition::{CheckedRow, Definition, Problem, RowChecker, Target};
use sluice_engine::Attempt;
use sluice_import::conflict::{Conflicts, WantHasher};
use sluice_import::correction::RowsBefore;
use sluice_import::search::Search;
use sluice_profile::{Profile, Stage, Timer, stage};
use sluice_task::books::ChunkReport;
use sluice_undo::{ImportedChunk, RowSet};

use crate::run::careful::unprocessable;
use crate::run::chunk_try::ChunkTry;
use crate::run::row::{GoodRow, too_large};
use crate::run::sink::Sink;
use crate::run::tally::{FailedRow, Settled, Tally};
use crate::run::{ImportChunk, RunImport, WorkError};

/// A chunk being imported.
struct ChunkImport<'a> {
    checker: RowChecker<'a>,
    fields: FieldReader,
    /// Of a corrected file: where it says what its rows were.
    columns: Option<ReportColumns>,
    sink: Sink<'a>,
    tally: Tally,
    definition: &'a Definition,
    /// What several rows of the file want.
    conflicts: Arc<Conflicts>,
    hasher: WantHasher,
    parsing: Timer,
    checking: Timer,
    /// Which rows are to be imported, if not all.
    search: Option<&'a Search>,
    /// Whether rows are only checked. A receiver knows batches by their first and last row: those
    /// of a part of a chunk would be other batches, and be done a second time.
    only_checks: bool,
}

impl RunImport {
    /// Imports the rows of a chunk that a search asks for, all if there is none. The report on the
    /// chunk, of which nothing is counted yet; none if these were not all its rows.
    pub(crate) async fn import_rows(
        &self,
        message: &ImportChunk,
        attempt: Attempt<'_>,
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
            attempt,
            name: format!("{:08x}", fresh_number()),
        };
        let config = self.configs.at(&plan.task.station_id, plan.config_version);
        let config = config.await?;
        let writer = RowWriter::new(&self.clients, Arc::clone(&self.pace), attempt.until);
        let dialect = Dialect::from(plan.delimiter);
        let mut columns = None;
        if plan.continues.is_some() {
            columns = ReportColumns::find(&plan.header);
        }
        let mut import = ChunkImport {
            checker: plan.checker(definition, &config)?,
            fields: FieldReader::new(dialect),
            columns,
            sink: self.sink(&this_try, &writer).await?.ok_or_else(unknown)?,
            tally: Tally::new(plan.on_duplicate, dialect, plan.header.len()),
            definition,
            conflicts: match definition.target {
                Target::Table(_) => self.conflicts.of(plan, &self.objects).await?,
                Target::Endpoint(_) => Arc::default(),
            },
            hasher: WantHasher::new(plan.task.task_id),
            parsing: Timer::new(Stage::Parse),
            checking: Timer::new(Stage::Check),
            search,
            only_checks: is_part && matches!(definition.target, Target::Endpoint(_)),
        };
        let start = Position {
            offset: chunk.start,
            row: chunk.first_row,
            record: 0,
        };
        let mut records = RecordReader::new(dialect, start, MAX_ROW_BYTES);
        let file = self
            .objects
            .reader(&plan.object_key, &plan.etag, plan.version_id.as_deref());
        let mut bytes = file.stream(chunk.start..chunk.end).await?;
        while let Some(piece) = stage(Stage::Read, bytes.next()).await {
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
        let (planned, read) = (chunk.records, import.tally.records());
        if read != planned {
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
        let (rows, passing) = (import.tally.rows, import.tally.passing);
        let (before, deferred_rows) = (import.tally.before, import.tally.deferred_rows());
        let skipped = import.tally.take_skipped();
        let images = import.sink.images().await?;
        let of_kind = self.keep_skipped(this_try, &skipped, images).await?;
        let (reported_bytes, deferred_bytes) = import.tally.into_parts();
        let mut part = None;
        if let Some(bytes) = reported_bytes {
            let key = object_key::part(&plan.task, chunk.number, &this_try.name);
            self.objects
                .put(&key, "text/csv; charset=utf-8", bytes)
                .await?;
            part = Some(key);
        }
        let mut deferred = None;
        if let Some(bytes) = deferred_bytes {
            let key = object_key::deferred(&plan.task, chunk.number, &this_try.name);
            self.objects
                .put(&key, "text/csv; charset=utf-8", bytes)
                .await?;
            deferred = Some(key);
        }
        Ok(ChunkReport {
            chunk: chunk.number,
            start: chunk.start,
            end: chunk.end,
            rows,
            part,
            deferred,
            deferred_rows,
            lost: None,
            run: plan.run,
            passing,
            before,
            of_kind,
            used: used_so_far(),
            profile: Profile::default(),
            committed_at: None,
        })
    }

    /// Keeps which rows were skipped, where they could be undone, and how many objects say what was replaced.
    async fn keep_skipped(
        &self,
        this_try: &ChunkTry<'_>,
        skipped: &RowSet,
        images: u64,
    ) -> Result<Option<Json>, WorkError> {
        let plan = &this_try.message.plan;
        let is_stored = matches!(this_try.definition.target, Target::Table(_));
        let mut kept = ImportedChunk {
            skipped: None,
            images,
        };
        if !skipped.is_empty() && !plan.dry_run && is_stored {
            let chunk = this_try.message.chunk.number;
            let key = object_key::skipped(&plan.task, chunk, &this_try.name);
            self.objects
                .put(&key, "text/plain", skipped.to_text())
                .await?;
            kept.skipped = Some(key);
        }
        let keeps_nothing = kept == ImportedChunk::default();
        Ok((!keeps_nothing)
            .then(|| serde_json::to_value(kept))
            .transpose()?)
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
        let bytes = match record.content {
            RecordContent::Bytes(bytes) => bytes,
            RecordContent::TooLarge { bytes } => {
                self.tally.rows.read += 1;
                self.fail(row, &[], vec![too_large(bytes)]);
                return Ok(());
            }
        };
        let fields = self.parsing.time(|| self.fields.read(bytes));
        let checked = match self.search.and_then(|search| search.cause(row)) {
            Some(cause) => Some(Err(vec![unprocessable(cause)])),
            None => self.checking.time(|| self.checker.read(&fields)),
        };
        let Some(checked) = checked else {
            self.tally.rows.ignored += 1;
            return Ok(());
        };
        self.tally.rows.read += 1;
        if let Some(columns) = &self.columns {
            self.tally.before += before(columns, &fields);
        }
        match checked {
            Err(problems) => self.fail(row, bytes, problems),
            Ok(_) if self.only_checks => {}
            Ok(checked) if self.is_contested(&checked) => {
                self.tally.settle([Settled::Deferred(FailedRow {
                    row,
                    record: bytes.to_vec(),
                    problems: Vec::new(),
                })]);
            }
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

    /// Whether another row of the file may want what this one wants.
    fn is_contested(&self, checked: &CheckedRow) -> bool {
        if self.conflicts.is_empty() {
            return false;
        }
        let claims = self.definition.claims(checked);
        let mut wants = claims
            .iter()
            .map(|(field, value)| self.hasher.want(*field, value));
        wants.any(|want| self.conflicts.contains(want))
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

fn fresh_number() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) as u32
}
