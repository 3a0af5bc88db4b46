//! Looking at every record while the file is cut: which rows want the same key or unique value, and whether
//! another table begins somewhere. It goes over all legs of a file: each keeps how far it has come.

use sluice_aws::AwsError;
use sluice_basics::object_key;
use sluice_basics::quote::shortened;
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_csv::cell;
use sluice_csv::{Dialect, FieldReader, RawRecord, RecordContent, RecordReader};
use sluice_definition::{Definition, Looked, RowChecker, Target};
use sluice_import::ConflictSearch;
use sluice_import::conflict::{ConflictFinder, TooManyConflicts, WantHasher};
use sluice_task::message::SplitResume;

use crate::plan::{PlanImport, SplitError};

/// The longest quote of a header, in characters.
const QUOTED_CHARS: usize = 400;

/// The search in one leg.
pub(crate) struct Search<'a> {
    records: RecordReader,
    wants: Wants<'a>,
}

/// What the records so far want.
struct Wants<'a> {
    checker: RowChecker<'a>,
    hasher: WantHasher,
    fields: FieldReader,
    /// None where rows are not compared with each other, or where what the leg before has found is lost:
    /// then nothing is known of any row.
    finder: Option<ConflictFinder>,
    /// Where the rows begin.
    data_start: u64,
    /// Records before this byte are known from the leg before.
    searched_to: u64,
}

/// Why nothing of a file is imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsearchable {
    #[error(transparent)]
    TooManyConflicts(#[from] TooManyConflicts),
    #[error(
        "row {row} is the header of another table, whose columns are others or elsewhere: {names}. Split the \
         file there and import each part by itself"
    )]
    OtherTable { row: u64, names: String },
}

impl Search<'_> {
    /// Takes the next bytes of the file.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Unsearchable> {
        self.records.push(bytes);
        while let Some(record) = self.records.next_record() {
            self.wants.add(&record)?;
        }
        Ok(())
    }

    /// Ends the file. A quote that is left open is not this search's to tell.
    pub(crate) fn finish(&mut self) -> Result<(), Unsearchable> {
        match self.records.finish() {
            Ok(Some(record)) => self.wants.add(&record),
            _ => Ok(()),
        }
    }
}

impl Wants<'_> {
    fn add(&mut self, record: &RawRecord<'_>) -> Result<(), Unsearchable> {
        let offset = record.position.offset;
        let RecordContent::Bytes(bytes) = record.content else {
            return Ok(());
        };
        if offset < self.searched_to {
            return Ok(());
        }
        // The next record starts behind this byte.
        self.searched_to = offset + 1;
        let fields = self.fields.read(bytes);
        let claims = match self.checker.look(&fields) {
            Looked::Claims(claims) => claims,
            // The header in another language, just below it.
            Looked::OtherHeader { is_in_place: true } if offset == self.data_start => return Ok(()),
            Looked::OtherHeader { .. } => {
                let names = fields.iter().map(|name| format!("`{}`", cell::shown(name)));
                return Err(Unsearchable::OtherTable {
                    row: record.position.row,
                    names: shortened(&names.collect::<Vec<_>>().join(", "), QUOTED_CHARS),
                });
            }
            Looked::NoGoodRow => return Ok(()),
        };
        if let Some(finder) = &mut self.finder {
            for (field, value) in claims {
                finder.add(self.hasher.want(field, &value))?;
            }
        }
        Ok(())
    }
}

impl PlanImport {
    /// Begins the search, or goes on with it. None if there is no such definition.
    pub(crate) async fn search(
        &self,
        from: &SplitResume,
    ) -> Result<Option<Search<'_>>, SplitError> {
        let plan = &from.plan;
        let Some(definition) = self.catalog.get(&plan.business) else {
            return Ok(None);
        };
        let finder = match definition.target {
            Target::Table(_) => self.finder(from, definition).await?,
            Target::Endpoint(_) => None,
        };
        let config = self
            .configs
            .at(&plan.task.station_id, plan.config_version)
            .await?;
        let checker = plan.checker(definition, &config)?;
        let dialect = Dialect::from(plan.delimiter);
        Ok(Some(Search {
            records: RecordReader::new(dialect, from.cursor.position, MAX_ROW_BYTES),
            wants: Wants {
                checker,
                hasher: WantHasher::new(plan.task.task_id),
                fields: FieldReader::new(dialect),
                finder,
                data_start: plan.data_start,
                searched_to: from.searched_to,
            },
        }))
    }

    /// What the legs before have found; none if it is lost.
    async fn finder(
        &self,
        from: &SplitResume,
        definition: &Definition,
    ) -> Result<Option<ConflictFinder>, SplitError> {
        let plan = &from.plan;
        if from.cursor.next_chunk == 0 && from.searched_to == 0 {
            let fields = 1 + definition.unique_columns().count();
            return Ok(Some(ConflictFinder::new(plan.file_bytes, fields)));
        }
        let key = object_key::conflict_finder(&plan.task, from.cursor.next_chunk);
        match self.objects.get(&key).await {
            Err(error) if error.code() == Some("NoSuchKey") => {
                tracing::warn!(task = %plan.task, "the search for conflicts is lost");
                Ok(None)
            }
            kept => Ok(ConflictFinder::from_bytes(&kept?)),
        }
    }

    /// Keeps what was found for the leg that begins with this chunk. Up to which byte it was searched.
    pub(crate) async fn keep_search(
        &self,
        from: &SplitResume,
        search: &Search<'_>,
        next_chunk: u32,
    ) -> Result<u64, AwsError> {
        if let Some(finder) = &search.wants.finder {
            let key = object_key::conflict_finder(&from.plan.task, next_chunk);
            self.objects
                .put(&key, "application/octet-stream", finder.to_bytes())
                .await?;
        }
        Ok(search.wants.searched_to)
    }

    /// Stores the list of what several rows want, when the whole file has been read.
    pub(crate) async fn list_conflicts(
        &self,
        from: &SplitResume,
        search: Search<'_>,
    ) -> Result<ConflictSearch, AwsError> {
        let Some(finder) = search.wants.finder else {
            return Ok(from.plan.conflicts);
        };
        let conflicts = finder.into_conflicts();
        if conflicts.is_empty() {
            return Ok(ConflictSearch::Nothing);
        }
        let key = object_key::conflicts(&from.plan.task);
        let bytes = conflicts.to_bytes();
        self.objects
            .put(&key, "application/octet-stream", bytes)
            .await?;
        Ok(ConflictSearch::Listed)
    }
}
