//! What is known of one chunk of an import: where it lies in the file, and which of its rows are stored.

use sluice_aws::{AwsError, Objects, TaskStore};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_csv::Chunk;
use sluice_engine::chunk_in_index;
use sluice_import::report::{PartError, numbered_lines};
use sluice_task::books::ChunkReport;
use sluice_task::manifest::Manifest;
use sluice_undo::{ImportedChunk, RowSet, RowSetError};

/// What an import knows of one of its chunks.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) chunk: Chunk,
    /// Whether nobody has counted its rows: some may be stored all the same.
    pub(crate) is_lost: bool,
    /// How many objects say at least what its rows have replaced.
    pub(crate) images: u64,
    /// Rows that are not stored, as its report says.
    refused: RowSet,
    /// Rows that waited for the end: the finisher may have stored them, and died before it said so.
    deferred: RowSet,
    /// Rows that are stored, whatever the report says.
    settled: RowSet,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum KnownError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error("a part of an import cannot be read")]
    Part(#[from] PartError),
    #[error("a list of rows cannot be read")]
    Rows(#[from] RowSetError),
    #[error("the marker of a chunk cannot be read")]
    Marker(#[from] serde_json::Error),
    #[error("rows were skipped by a release that did not note which ones")]
    Unnoted,
}

impl Known {
    /// Reads what is known. None if the plan is gone.
    pub(crate) async fn read(
        tasks: &TaskStore,
        objects: &Objects,
        import: &TaskRef,
        number: u32,
    ) -> Result<Option<Self>, KnownError> {
        let Some(chunk) = planned(objects, import, number).await? else {
            return Ok(None);
        };
        let report = tasks.chunk_report(import, number).await?;
        let Some(report) = report.filter(|report| report.lost.is_none()) else {
            return Ok(Some(Self {
                chunk,
                is_lost: true,
                images: 0,
                refused: RowSet::default(),
                deferred: RowSet::default(),
                settled: RowSet::default(),
            }));
        };
        let of_kind = report.of_kind.clone();
        let noted: Option<ImportedChunk> = of_kind.map(serde_json::from_value).transpose()?;
        let noted = noted.unwrap_or_default();
        Ok(Some(Self {
            chunk,
            is_lost: false,
            images: noted.images,
            refused: refused(objects, &report, &noted).await?,
            deferred: rows_of(objects, report.deferred.as_deref()).await?,
            settled: settled(objects, import).await?,
        }))
    }

    /// Whether the import has counted a row as stored.
    pub(crate) fn has_counted(&self, row: u64) -> bool {
        let is_left_out = self.refused.contains(row) || self.deferred.contains(row);
        self.settled.contains(row) || (!self.is_lost && !is_left_out)
    }

    /// Whether a row that is not counted may be stored all the same: its stamp says whether it is.
    pub(crate) fn may_be_stored(&self, row: u64) -> bool {
        self.is_lost || self.deferred.contains(row)
    }
}

/// A chunk as it was planned.
async fn planned(
    objects: &Objects,
    import: &TaskRef,
    number: u32,
) -> Result<Option<Chunk>, AwsError> {
    if let Some(chunk) = chunk_in_index(objects, import, number).await? {
        return Ok(Some(chunk));
    }
    // An import with few chunks has no index.
    let manifests: Vec<Manifest> = objects.get_all_json(&object_key::manifests(import)).await?;
    let chunks = Manifest::merge(manifests).map(|manifest| manifest.chunks);
    let mut chunks = chunks.into_iter().flatten();
    Ok(chunks.find(|chunk| chunk.number == number))
}

/// Rows that are not stored, as the report on their chunk says: those that failed, and those that were skipped.
async fn refused(
    objects: &Objects,
    report: &ChunkReport,
    noted: &ImportedChunk,
) -> Result<RowSet, KnownError> {
    let refused = rows_of(objects, report.part.as_deref()).await?;
    match &noted.skipped {
        Some(skipped) => {
            let text = objects.get(skipped).await?;
            Ok(refused.with(&RowSet::parse(&String::from_utf8_lossy(&text))?))
        }
        // Deferred rows of an import that skips are counted as skipped.
        None if report.rows.skipped > report.deferred_rows => Err(KnownError::Unnoted),
        None => Ok(refused),
    }
}

/// The rows of a part.
async fn rows_of(objects: &Objects, part: Option<&str>) -> Result<RowSet, KnownError> {
    let Some(part) = part else {
        return Ok(RowSet::default());
    };
    let part = objects.get(part).await?;
    let rows: Result<RowSet, PartError> = numbered_lines(&part)
        .map(|line| line.map(|(row, _)| row))
        .collect();
    Ok(rows?)
}

async fn settled(objects: &Objects, import: &TaskRef) -> Result<RowSet, KnownError> {
    match objects.find(&object_key::settled(import)).await? {
        Some(text) => Ok(RowSet::parse(&String::from_utf8_lossy(&text))?),
        None => Ok(RowSet::default()),
    }
}
