//! Opening a file: what it is, whether its header is accepted, and the plan for it. Until the
//! header is accepted, nothing is written but the refusal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use futures::StreamExt;
use sluice_aws::{ObjectError, ObjectInfo, ObjectReader};
use sluice_basics::ids::BusinessId;
use sluice_basics::object_key;
use sluice_csv::Position;
use sluice_definition::FileColumns;
use sluice_definition::reported::ReportColumns;
use sluice_definition::{Definition, HeaderProblem, Naming, OnDuplicate};
use sluice_formats::{
    CONTEXT_BYTES, Detected, FindError, FormatError, FoundHeader, Head, MAX_COLUMNS, detect_later,
    find_header, name_fields,
};
use sluice_import::{ConflictSearch, DetectedFile, ImportInput, ImportOptions, ImportPlan};
use sluice_kind::work;
use sluice_task::{Task, TaskStatus};

use crate::plan::convert::{Readable, Unconverted};
use crate::plan::correct::{NotContinued, is_undoable, naming_of, original_header, rule_of};
use crate::plan::{PlanImport, SplitError};

/// How much of a file is read to find its header, which must end within it.
const HEAD_BYTES: u64 = 1 << 20;

/// The plan with the header travels in every chunk's message, ten messages make a batch, and a
/// batch has at most 1 MiB.
const MAX_PLAN_BYTES: usize = 80 << 10;
/// Keeps the numbers of chunks in their eight digits, and a plan in memory.
const MAX_CHUNKS: u64 = 10_000_000;

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("`{business}` is not a known business; there are: {known}")]
    UnknownBusiness { business: String, known: String },
    #[error(
        "the file has {found} bytes, {announced} were announced: it was cut off or changed \
         while it was sent; upload it again"
    )]
    Size { announced: u64, found: u64 },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(
        "the file has {columns} columns, at most {MAX_COLUMNS} are allowed: leave out columns \
         that are not imported"
    )]
    TooManyColumns { columns: usize },
    #[error("the header is too long: shorten its names")]
    LongHeader,
    #[error("the file would have more than {MAX_CHUNKS} chunks: split it into several files")]
    TooManyChunks,
    #[error(transparent)]
    Format(FormatError),
    #[error(transparent)]
    Columns(#[from] HeaderProblem),
    #[error("the file was replaced or deleted before it was imported: upload it again")]
    Gone,
    #[error("{0}")]
    TooLarge(String),
    #[error("{0}")]
    Equal(String),
    #[error(transparent)]
    NotContinued(#[from] NotContinued),
}

/// A file as it was sent.
pub(crate) struct Original {
    pub(crate) object_key: String,
    pub(crate) object: ObjectInfo,
}

/// A file whose header was accepted.
pub(crate) struct OpenedFile {
    pub(crate) plan: ImportPlan,
    /// As it was sent, which `plan` names only where it was not converted.
    pub(crate) original: Original,
    pub(crate) detected: DetectedFile,
    pub(crate) columns: FileColumns,
    pub(crate) data: Position,
    /// What was read of it from `data` on.
    pub(crate) read: Bytes,
}

/// What a file's header says.
struct Named {
    header: FoundHeader,
    /// The import that the file continues.
    root: Option<Task>,
    naming: Naming,
    columns: FileColumns,
}

impl PlanImport {
    /// The digest of importing a file. Where the file's sender had S3 keep another checksum, the
    /// file is read for this one: the same bytes are the same work however they were sent.
    pub(crate) async fn work(
        &self,
        business: &BusinessId,
        file: &Original,
    ) -> Result<String, ObjectError> {
        let object = &file.object;
        let content = if let Some(checksum) = &object.crc64nvme {
            checksum.clone()
        } else {
            let mut digest = crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme);
            let reader = self.reader(&file.object_key, object);
            let mut bytes = reader.read_ahead(0..object.size_bytes);
            while let Some(piece) = bytes.next().await {
                digest.update(&piece?);
            }
            STANDARD.encode(digest.finalize().to_be_bytes())
        };
        Ok(work::of_file(business, object.size_bytes, &content))
    }

    /// Ends a task whose file is not accepted; one that is already running is stopped.
    pub(crate) async fn refuse(&self, task: &Task, refused: &Refused) -> Result<(), SplitError> {
        // The reason may quote the file's first row; it is for the task's owner alone.
        let reason = refused.to_string();
        tracing::info!(task = %task.reference(), "a file is refused");
        if task.status == TaskStatus::Running {
            self.tasks.close_plan(&self.objects, task, &reason).await?;
            return Ok(());
        }
        self.tasks.end_early(task, &reason).await?;
        Ok(())
    }

    pub(crate) async fn open(
        &self,
        task: &Task,
        input: ImportInput,
    ) -> Result<Result<OpenedFile, Refused>, SplitError> {
        let Some(definition) = self.catalog.get(&input.business) else {
            let known = self.catalog.names();
            let business = input.business.to_string();
            return Ok(Err(Refused::UnknownBusiness { business, known }));
        };
        let (file, max_bytes) = match self.found(task, &input).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let original = Original {
            object_key: input.object_key.clone(),
            object: file.clone(),
        };
        let readable = match self.readable(task, &input, file, max_bytes).await? {
            Ok(readable) => readable,
            Err(refused) => return Ok(Err(refused)),
        };
        let (object_key, object) = (&readable.object_key, &readable.object);
        let head = match readable.head {
            Some(head) => head,
            None => match self.head_of(object_key, object).await {
                Ok(head) => head,
                Err(ObjectError::Changed) => return Ok(Err(Refused::Gone)),
                Err(error) => return Err(error.into()),
            },
        };
        let import = &task.import;
        let (run, chunk_bytes, config_version) = if task.status == TaskStatus::Submitted {
            let config = self.configs.latest(&task.station_id).await?;
            (task.run_count + 1, self.chunk_bytes, config.version)
        } else {
            (task.run_count, import.chunk_bytes, import.config_version)
        };
        let at_end = head.len() as u64 == object.size_bytes;
        let head_of_file = Head {
            format: readable.format,
            bytes: &head,
            at_end,
        };
        let named = self.named(task, definition, &input.options, &head_of_file);
        let named = match named.await? {
            Ok(named) => named,
            Err(refused) => return Ok(Err(refused)),
        };
        let (header, root) = (named.header, named.root);
        let on_duplicate = input
            .options
            .on_duplicate
            .or_else(|| rule_of(root.as_ref()?))
            .unwrap_or(definition.on_duplicate);
        let is_undoable = input.options.undoable || root.as_ref().is_some_and(is_undoable);
        let opened = OpenedFile {
            data: header.data,
            read: head.slice(header.data.offset as usize..),
            original,
            columns: named.columns,
            detected: DetectedFile {
                format: readable.format,
                encoding: readable.encoding,
                delimiter: header.dialect.delimiter,
                header_row: header.row,
                sheet: readable.sheet,
                replaced: readable.replaced,
                uncalculated_formulas: readable.uncalculated_formulas,
            },
            plan: ImportPlan {
                task: task.reference(),
                run,
                business: input.business,
                object_key: readable.object_key,
                etag: readable.object.etag,
                version_id: readable.object.version_id,
                file_bytes: readable.object.size_bytes,
                delimiter: header.dialect.delimiter,
                on_duplicate,
                dry_run: input.options.dry_run,
                undoable: is_undoable && on_duplicate == OnDuplicate::Overwrite,
                config_version,
                blank_fields: header.blank_fields(&head_of_file),
                unknown_header: header.unknown_header(definition, &named.naming, &head_of_file),
                header: header.names,
                naming: named.naming,
                data_start: header.data.offset,
                chunk_bytes,
                continues: root.map(|root| root.task_id),
                conflicts: ConflictSearch::Unknown,
            },
        };
        Ok(check_plan(opened))
    }

    /// Finds the file, and the most bytes that a file of its station may have.
    async fn found(
        &self,
        task: &Task,
        input: &ImportInput,
    ) -> Result<Result<(ObjectInfo, u64), Refused>, SplitError> {
        let version_id = input.version_id.as_deref();
        let file = self.objects.head_version(&input.object_key, version_id);
        let Some(file) = file.await? else {
            return Ok(Err(Refused::Gone));
        };
        if file.size_bytes != input.size_bytes {
            let announced = input.size_bytes;
            return Ok(Err(Refused::Size {
                announced,
                found: file.size_bytes,
            }));
        }
        let limits = self.limits.of(&task.station_id).await?;
        Ok(match limits.refuse_bytes(file.size_bytes) {
            Some(reason) => Err(Refused::TooLarge(reason)),
            None => Ok((file, limits.max_file_bytes)),
        })
    }

    /// Finds the header, the import that the file continues, if it does, and which columns are
    /// imported.
    async fn named(
        &self,
        task: &Task,
        definition: &Definition,
        options: &ImportOptions,
        head: &Head<'_>,
    ) -> Result<Result<Named, Refused>, SplitError> {
        let mut header = match find_header(definition, options, head) {
            Ok(header) => header,
            // A version before this one has begun with it.
            Err(FindError::RowAbove { header, .. }) if task.status == TaskStatus::Running => {
                *header
            }
            Err(error) => return Ok(Err(error.into())),
        };
        let root = match self.continued(task, &header, head).await? {
            Ok(root) => root,
            Err(refused) => return Ok(Err(refused.into())),
        };
        let mut naming = options.naming();
        if let Some(root) = &root {
            header.names = original_header(header.names);
            naming = naming_of(root).of_correction(&naming, &header.names);
        } else if naming.headerless && header.row.is_some() {
            // A failed-rows file of no import: a file like any other.
            header = match name_fields(definition, options, head) {
                Ok(header) => header,
                Err(error) => return Ok(Err(error.into())),
            };
        }
        let columns = accept(definition, &naming, &header.names);
        Ok(columns.map(|columns| Named {
            header,
            root,
            naming,
            columns,
        }))
    }

    /// The file as UTF-8 CSV: itself, or what it is converted to.
    async fn readable(
        &self,
        task: &Task,
        input: &ImportInput,
        file: ObjectInfo,
        max_bytes: u64,
    ) -> Result<Result<Readable, Refused>, SplitError> {
        // A task that has begun stays with the version it began with.
        if let Some(pinned) = &task.import.etag {
            let converted = object_key::converted(&task.reference());
            let object = self.objects.head(&converted).await?;
            if let Some(object) = object.filter(|object| &object.etag == pinned) {
                return Ok(Ok(as_before(task, Readable::new(converted, object))));
            }
        }
        let pinned = task.import.etag.clone().or_else(|| input.etag.clone());
        let file = ObjectInfo {
            etag: pinned.unwrap_or(file.etag),
            ..file
        };
        let head = match self.head_of(&input.object_key, &file).await {
            Ok(head) => head,
            Err(ObjectError::Changed) => return Ok(Err(Refused::Gone)),
            Err(error) => return Err(error.into()),
        };
        let at_end = head.len() as u64 == file.size_bytes;
        let detected = match sluice_formats::detect(&head, at_end, input.options.encoding) {
            Ok(detected) => detected,
            Err(error) => return Ok(Err(Refused::Format(error))),
        };
        let is_ascii = |detected: Detected| {
            detected.is_utf8()
                && matches!(
                    detected,
                    Detected::Text {
                        only_ascii: true,
                        ..
                    }
                )
        };
        // What a task has begun with was decided.
        let is_open = is_ascii(detected)
            && !at_end
            && input.options.encoding.is_none()
            && task.import.etag.is_none();
        let detected = if is_open {
            let reader = self.reader(&input.object_key, &file);
            match encoding_of_later(&reader, head.len() as u64, file.size_bytes).await {
                Ok(Ok(later)) => later.unwrap_or(detected),
                Ok(Err(error)) => return Ok(Err(Refused::Format(error))),
                Err(ObjectError::Changed) => return Ok(Err(Refused::Gone)),
                Err(error) => return Err(error.into()),
            }
        } else {
            detected
        };
        if detected.is_utf8() {
            return Ok(Ok(Readable {
                head: Some(head),
                ..Readable::new(input.object_key.clone(), file)
            }));
        }
        let original = Unconverted {
            task: task.reference(),
            options: &input.options,
            size_bytes: file.size_bytes,
            max_bytes,
            reader: self.reader(&input.object_key, &file),
        };
        let converted = self.convert(&original, detected).await;
        match converted {
            Ok(readable) => Ok(readable.map_err(Refused::Format)),
            Err(SplitError::Object(ObjectError::Changed)) => Ok(Err(Refused::Gone)),
            Err(error) => Err(error),
        }
    }
}

impl PlanImport {
    fn reader(&self, key: &str, object: &ObjectInfo) -> ObjectReader {
        let version_id = object.version_id.as_deref();
        self.objects.reader(key, &object.etag, version_id)
    }

    /// The first bytes of a file.
    async fn head_of(&self, key: &str, object: &ObjectInfo) -> Result<Bytes, ObjectError> {
        let reader = self.reader(key, object);
        reader.range(0..object.size_bytes.min(HEAD_BYTES)).await
    }
}

/// What a text is in whose first bytes, up to `start`, are ASCII: told by the first that are not,
/// wherever they are. In another encoding some rows may be valid UTF-8 by chance.
async fn encoding_of_later(
    reader: &ObjectReader,
    start: u64,
    end: u64,
) -> Result<Result<Option<Detected>, FormatError>, ObjectError> {
    let mut at = start;
    let mut bytes = reader.read_ahead(start..end);
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        if let Some(index) = piece.iter().position(|byte| !byte.is_ascii()) {
            let begin = (at + index as u64).saturating_sub(CONTEXT_BYTES as u64);
            let sample = begin..end.min(begin + HEAD_BYTES);
            let at_end = sample.end == end;
            let sample = reader.range(sample).await?;
            return Ok(detect_later(&sample, at_end).map(Some));
        }
        at += piece.len() as u64;
    }
    Ok(Ok(None))
}

/// What was detected when the task began.
fn as_before(task: &Task, readable: Readable) -> Readable {
    match &task.import.detected {
        None => readable,
        Some(detected) => Readable {
            format: detected.format,
            encoding: detected.encoding,
            sheet: detected.sheet.clone(),
            replaced: detected.replaced,
            uncalculated_formulas: detected.uncalculated_formulas,
            ..readable
        },
    }
}

fn check_plan(file: OpenedFile) -> Result<OpenedFile, Refused> {
    if file.plan.file_bytes / file.plan.chunk_bytes.max(1) > MAX_CHUNKS {
        return Err(Refused::TooManyChunks);
    }
    let plan = serde_json::to_vec(&file.plan).unwrap_or_default();
    if plan.len() > MAX_PLAN_BYTES {
        return Err(Refused::LongHeader);
    }
    Ok(file)
}

fn report_columns(names: &[String]) -> usize {
    ReportColumns::find(names).map_or(0, |columns| columns.count())
}

/// Which columns are imported of a file with these names, if they are accepted.
fn accept(
    definition: &Definition,
    naming: &Naming,
    names: &[String],
) -> Result<FileColumns, Refused> {
    let columns = names.len() - report_columns(names);
    if columns > MAX_COLUMNS {
        return Err(Refused::TooManyColumns { columns });
    }
    let map = naming.map(definition, names)?;
    Ok(map.columns_of(definition, names))
}
