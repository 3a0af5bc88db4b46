//! Finishing an export: the segments are joined in their order, and the whole is proved against what each of
//! them said of itself. An export of which anything is missing has no file.

use std::time::Instant;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use sluice_aws::{Objects, Settings, Written};
use sluice_basics::object_key;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_export::{ExportFormat, Lines, Segment};
use sluice_lambda::Init;
use sluice_task::TaskStatus;
use sluice_task::books::{Ending, Trouble};

use crate::join::{JoinError, Joiner, Pieces, Short, object_of, prove, whole};
use crate::layout::{Layout, Layouts};
use crate::sheet::{Sheet, SheetError, fits};

/// Finishes exports of any kind.
#[derive(Debug)]
pub struct FinishExport {
    objects: Objects,
    layouts: Box<dyn Layouts>,
}

#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error("the plan of an export cannot be read")]
    Plan(#[from] serde_json::Error),
    #[error("an export's workbook cannot be written")]
    Sheet(#[from] SheetError),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error(
        "the rows are too many for a workbook: export them as csv, or choose fewer rows or columns"
    )]
    TooManyForAWorkbook,
}

impl From<Short> for FinishError {
    fn from(short: Short) -> Self {
        JoinError::Short(short).into()
    }
}

impl FinishExport {
    /// Builds what finishes exports with these layouts; an error names the setting that is missing.
    pub fn new(init: &Init<'_>, layouts: impl Layouts + 'static) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            layouts: Box::new(layouts),
        })
    }

    async fn join(&self, complete: &CompleteTask<'_>) -> Result<Map<String, Json>, FinishError> {
        let manifest = complete.manifest.ok_or(Short::NoPlan)?;
        let layout = self.layouts.layout(&manifest.plan)?;
        let segments = whole(manifest.chunks.len() as u32, complete.reports)?;
        let rows: u64 = segments.iter().map(|segment| segment.rows).sum();
        let key = object_key::export(&complete.task.reference(), layout.format.extension());
        let until = complete.until;
        let written = match layout.format {
            ExportFormat::Csv => self.join_csv(&layout, key, &segments, until).await?,
            ExportFormat::Xlsx => self.join_sheet(&layout, key, &segments, until).await?,
        };
        let result = json!({
            "format": layout.format,
            "rows": rows,
            "bytes": written.bytes,
            "crc64nvme": STANDARD.encode(written.crc64nvme.to_be_bytes()),
            "as_of": layout.as_of,
            "file_name": layout.file_name,
        });
        Ok(serde_json::from_value(result)?)
    }

    /// Joins lines as they are.
    async fn join_csv(
        &self,
        layout: &Layout,
        key: String,
        segments: &[Segment],
        until: Instant,
    ) -> Result<Written, FinishError> {
        let mut file = Joiner::new(&self.objects, key, layout.format.content_type(), until);
        file.add(&beginning(layout)).await?;
        for (number, segment) in (0..).zip(segments) {
            file.add_segment(number, segment).await?;
        }
        Ok(file.finish().await?)
    }

    /// Makes a workbook of the lines.
    async fn join_sheet(
        &self,
        layout: &Layout,
        key: String,
        segments: &[Segment],
        until: Instant,
    ) -> Result<Written, FinishError> {
        let rows = segments.iter().map(|segment| segment.rows).sum();
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        if !fits(rows, layout.columns.len(), bytes) {
            return Err(FinishError::TooManyForAWorkbook);
        }
        let mut sheet = Sheet::new(layout);
        for (number, segment) in (0..).zip(segments) {
            let object = object_of(&self.objects, number, segment).await?;
            let mut pieces = Pieces::of(number, segment, object.as_ref());
            while let Some(piece) = pieces.next_piece(until).await? {
                sheet.add(&piece)?;
            }
            sheet.end_segment()?;
        }
        if sheet.rows() != rows {
            tracing::error!(key, "a workbook would not have the rows of its segments");
            return Err(Short::Whole.into());
        }
        let content_type = layout.format.content_type();
        let mut file = self.objects.checked_writer(key.clone(), content_type);
        let mut packed = sheet.finish()?;
        while let Some(piece) = packed.next_piece()? {
            file.write(&piece).await.map_err(JoinError::Aws)?;
        }
        let written = file.finish().await.map_err(JoinError::Aws)?;
        Ok(prove(&self.objects, &key, written).await?)
    }
}

/// Returns what a CSV file of this layout begins with.
fn beginning(layout: &Layout) -> Vec<u8> {
    let lines = if layout.is_marked {
        Lines::shown("")
    } else {
        Lines::unmarked()
    };
    lines.beginning(layout.headers())
}

/// Makes a whole file of lines that are in memory: [`Lines::raw`] for a workbook, others for CSV.
///
/// # Errors
///
/// If a cell of a workbook cannot hold a value.
pub fn small_file(layout: &Layout, lines: &[u8]) -> Result<Vec<u8>, SheetError> {
    match layout.format {
        ExportFormat::Csv => {
            let mut file = beginning(layout);
            file.extend_from_slice(lines);
            Ok(file)
        }
        ExportFormat::Xlsx => {
            let mut sheet = Sheet::new(layout);
            sheet.add(lines)?;
            sheet.end_segment()?;
            let mut packed = sheet.finish()?;
            let mut file = Vec::new();
            while let Some(piece) = packed.next_piece()? {
                file.extend_from_slice(&piece);
            }
            Ok(file)
        }
    }
}

#[async_trait]
impl FinishTask for FinishExport {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let failed = |reason: String| {
            let ending = Ending {
                status: TaskStatus::Failed,
                reason: Some(reason),
            };
            Ok(Finished::new(ending, Map::new()))
        };
        // An export that is short is none, whatever of it is there.
        if let Some(Trouble::Missing(words) | Trouble::Unbalanced(words)) = complete.trouble {
            return failed(words.clone());
        }
        match Box::pin(self.join(&complete)).await {
            Ok(result) => {
                let ending = Ending {
                    status: TaskStatus::Finished,
                    reason: None,
                };
                Ok(Finished::new(ending, result))
            }
            Err(FinishError::Join(JoinError::Short(short))) => failed(format!(
                "the export would be short, so there is no file: {short}"
            )),
            Err(
                error @ (FinishError::Join(JoinError::Slow) | FinishError::TooManyForAWorkbook),
            ) => failed(error.to_string()),
            // Another try would find the same cells.
            Err(FinishError::Sheet(error @ SheetError::LongCell { .. })) => {
                failed(error.to_string())
            }
            Err(FinishError::Sheet(SheetError::Xlsx(error))) => {
                failed(format!("the workbook cannot be written: {error}"))
            }
            Err(error) if complete.is_last_try => failed(format!(
                "the file could not be made, again and again: {error}"
            )),
            Err(error) => Err(error.into()),
        }
    }
}
