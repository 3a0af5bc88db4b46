//! Running a chunk of an export: the rows of one partition are read in the order of their keys, and those that
//! are wanted are written to an object. A chunk that comes again writes another object; the one that its
//! marker names counts.

use std::collections::HashMap;
use std::time::Instant;

use async_trait::async_trait;
use sluice_aws::{AwsError, CSV, Clients, Objects, ReadError, RowReader, Settings, row_tables};
use sluice_basics::object_key;
use sluice_basics::rows::RowCounts;
use sluice_definition::{Catalog, Definition, Target};
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_export::{ExportFormat, Filter, Lines, Segment};
use sluice_lambda::Init;
use sluice_profile::{Stage, Timer, stage};
use sluice_task::message::ChunkMessage;

use crate::plan::ExportPlan;
use crate::segment::{SegmentWriter, fresh_number};

/// Runs chunks of exports.
#[derive(Debug)]
pub(crate) struct RunExport {
    clients: Clients,
    objects: Objects,
    catalog: Catalog,
    row_tables: HashMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
enum ExportChunkError {
    #[error("the plan of an export cannot be read or written")]
    Plan(#[from] serde_json::Error),
    #[error("the columns of `{0}` have changed since the export began: export it again")]
    Changed(String),
    #[error("the rows of the segment took too long to be read")]
    OutOfTime,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl ExportChunkError {
    fn for_people(&self) -> String {
        match self {
            Self::Changed(_) | Self::OutOfTime | Self::Read(ReadError::NoValue { .. }) => {
                self.to_string()
            }
            _ => RunError::OUR_FAULT.to_owned(),
        }
    }
}

impl RunExport {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let catalog = Catalog::load()?;
        Ok(Self {
            clients: init.clients.clone(),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            row_tables: row_tables(&settings, &catalog)?,
            catalog,
        })
    }

    /// The definition of a plan's rows, and the table that they are in.
    fn table_of(&self, plan: &ExportPlan) -> Option<(&Definition, &String)> {
        let definition = self.catalog.get(&plan.input.business)?;
        let Target::Table(table) = &definition.target else {
            return None;
        };
        Some((definition, self.row_tables.get(table)?))
    }

    async fn export_segment(
        &self,
        message: &ChunkMessage,
        until: Instant,
    ) -> Result<Segment, ExportChunkError> {
        let plan: ExportPlan = message.plan.read()?;
        let changed = || ExportChunkError::Changed(plan.input.business.to_string());
        let (definition, table) = self.table_of(&plan).ok_or_else(changed)?;
        let filter = Filter::new(definition, &plan.input.filter).ok_or_else(changed)?;
        let columns: Option<Vec<usize>> = plan
            .input
            .columns
            .iter()
            .map(|name| definition.column_index(name))
            .collect();
        let columns = columns.ok_or_else(changed)?;
        let exported_at = format!("{:.0}", plan.as_of);
        let mut lines = match plan.input.format {
            ExportFormat::Csv => Lines::shown(&exported_at),
            ExportFormat::Xlsx => Lines::raw(),
        };
        let task = &message.plan.task;
        let key = object_key::export_segment(task, message.chunk.number, fresh_number());
        let mut segment = SegmentWriter::new(&self.objects, key, CSV);
        let reader = RowReader::new(&self.clients, table.clone());
        let read = columns.iter().copied().chain(filter.places());
        let partition = message.chunk.number;
        let mut rows = reader.partition(&task.station_id, definition, partition, read);
        let mut formatting = Timer::new(Stage::Format);
        loop {
            let page = stage(Stage::Query, rows.next_rows()).await;
            let Some(page) = page? else { break };
            segment.scanned(page.len() as u64);
            for row in page.iter().filter(|row| filter.takes(&row.values)) {
                let values = columns.iter().map(|place| row.values[*place].as_ref());
                formatting.time(|| lines.row(values));
                segment.rows(1, &row.key);
            }
            segment.write(&lines.take()).await?;
            // The bucket's rule takes away what is not completed.
            if Instant::now() >= until {
                return Err(ExportChunkError::OutOfTime);
            }
        }
        Ok(segment.finish().await?)
    }
}

/// Returns the report on a segment that was written: each of its rows counts as one that was exported.
pub fn exported(message: &ChunkMessage, segment: &Segment) -> Result<ChunkOutcome, RunError> {
    let rows = RowCounts {
        read: segment.rows,
        succeeded: segment.rows,
        ..RowCounts::default()
    };
    ChunkOutcome::done(message, rows, segment)
}

#[async_trait]
impl RunChunk for RunExport {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let segment = Box::pin(self.export_segment(message, attempt.until)).await;
        let segment = segment.map_err(|error| match error {
            ExportChunkError::Changed(_) => RunError::Stop(error.to_string()),
            error => RunError::Failed {
                words: error.for_people(),
                source: error.into(),
            },
        })?;
        exported(message, &segment)
    }
}
