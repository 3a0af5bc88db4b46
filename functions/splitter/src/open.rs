//! Opening a file: what it is, whether its header is accepted, and the plan for it. Until the
//! header is accepted, nothing is written but the refusal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use futures::StreamExt;
use sluice_aws::{ObjectError, Started};
use sluice_core::csv::{Cursor, Dialect, HeaderError, Position, read_header};
use sluice_core::definition::{Definition, HeaderMap, HeaderProblem, detect_delimiter};
use sluice_core::ids::TaskRef;
use sluice_core::import::{ImportInput, ImportPlan};
use sluice_core::task::{Task, TaskStatus};
use sluice_core::work;
use sluice_lambda::Deadline;

use crate::{SplitError, Splitter};

/// How much of a file is read to find its header, which must end within it.
const HEAD_BYTES: u64 = 1 << 20;

/// The plan with the header travels in every chunk's message, ten messages make a batch, and a
/// batch has at most 1 MiB.
const MAX_PLAN_BYTES: usize = 80 << 10;
/// Bounds what a report of short rows can grow to.
const MAX_COLUMNS: usize = 256;
/// Keeps the numbers of chunks in their eight digits, and a plan in memory.
const MAX_CHUNKS: u64 = 10_000_000;

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("`{business}` is not a known business; there are: {known}")]
    UnknownBusiness { business: String, known: String },
    #[error(
        "the file has {found} bytes, {announced} were announced: it was cut off or changed \
         while it was sent; upload it again"
    )]
    Size { announced: u64, found: u64 },
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(
        "the header has {columns} columns, at most {MAX_COLUMNS} are allowed: leave out columns \
         that are not imported"
    )]
    TooManyColumns { columns: usize },
    #[error("the header is too long: shorten its names")]
    LongHeader,
    #[error("the file would have more than {MAX_CHUNKS} chunks: split it into several files")]
    TooManyChunks,
    #[error(transparent)]
    Columns(#[from] HeaderProblem),
    #[error("the file was replaced or deleted before it was imported: upload it again")]
    Gone,
    #[error("{0}")]
    Equal(String),
}

/// A file whose header was accepted.
struct OpenedFile {
    plan: ImportPlan,
    /// The checksum of its content, if S3 keeps it.
    crc64nvme: Option<String>,
    data: Position,
    /// What was read of it from `data` on.
    read: Bytes,
}

impl Splitter {
    /// Starts a task's import, or goes on with one whose splitting was cut off.
    /// `arrived` is the object that set it off, if one did.
    pub(crate) async fn begin(
        &self,
        task: &TaskRef,
        arrived: Option<&str>,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let Some(task) = self.tasks.get(task).await? else {
            tracing::warn!(%task, "an object arrived for a task that does not exist");
            return Ok(());
        };
        if task.status.has_ended() || task.import.chunks_total.is_some() {
            return Ok(());
        }
        let input: ImportInput =
            serde_json::from_value(task.input.clone()).map_err(SplitError::Input)?;
        if arrived.is_some_and(|key| key != input.object_key) {
            tracing::warn!(task = %task.reference(), "another object than the task's file arrived");
            return Ok(());
        }
        let opened = match self.open(&task, input).await? {
            Ok(opened) => opened,
            Err(refused) => return self.refuse(&task, &refused).await,
        };
        if task.status == TaskStatus::Submitted {
            let plan = &opened.plan;
            let work = match self.work(plan, opened.crc64nvme.clone()).await {
                Ok(work) => work,
                Err(ObjectError::Changed) => return self.refuse(&task, &Refused::Gone).await,
                Err(error) => return Err(error.into()),
            };
            match self.tasks.start_import(&task, plan, &work).await? {
                Started::Now => {}
                Started::Not => {
                    // Another delivery of the same event was faster, or the task has ended.
                    let now = self.tasks.get(&plan.task).await?;
                    let is_same = |now: &Task| {
                        now.status == TaskStatus::Running
                            && now.run_count == plan.run
                            && now.import.etag.as_ref() == Some(&plan.etag)
                    };
                    if !now.as_ref().is_some_and(is_same) {
                        return Ok(());
                    }
                }
                Started::Equal(equal) => {
                    return self
                        .refuse(&task, &Refused::Equal(work::refusal(&equal)))
                        .await;
                }
            }
        }
        let cursor = Cursor {
            position: opened.data,
            next_chunk: 0,
        };
        self.split(opened.plan, cursor, opened.read, deadline).await
    }

    /// The digest of importing a file. Where the file's sender had S3 keep another checksum, the
    /// file is read for this one: the same bytes are the same work however they were sent.
    async fn work(&self, plan: &ImportPlan, known: Option<String>) -> Result<String, ObjectError> {
        let content = if let Some(checksum) = known {
            checksum
        } else {
            let mut digest = crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme);
            let reader = self.objects.reader(&plan.object_key, &plan.etag);
            let mut bytes = reader.read_ahead(0..plan.file_bytes);
            while let Some(piece) = bytes.next().await {
                digest.update(&piece?);
            }
            STANDARD.encode(digest.finalize().to_be_bytes())
        };
        Ok(work::of_file(&plan.business, plan.file_bytes, &content))
    }

    /// Ends a task whose file is not accepted; one that is already running is stopped.
    async fn refuse(&self, task: &Task, refused: &Refused) -> Result<(), SplitError> {
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

    async fn open(
        &self,
        task: &Task,
        input: ImportInput,
    ) -> Result<Result<OpenedFile, Refused>, SplitError> {
        let Some(definition) = self.catalog.get(&input.business) else {
            let known = self.catalog.names();
            let business = input.business.to_string();
            return Ok(Err(Refused::UnknownBusiness { business, known }));
        };
        let Some(file) = self.objects.head(&input.object_key).await? else {
            return Ok(Err(Refused::Gone));
        };
        if file.size_bytes != input.size_bytes {
            let announced = input.size_bytes;
            return Ok(Err(Refused::Size {
                announced,
                found: file.size_bytes,
            }));
        }
        // A task that has begun stays with the version it began with.
        let pinned = task.import.etag.clone().or_else(|| input.etag.clone());
        let etag = pinned.unwrap_or(file.etag);
        let reader = self.objects.reader(&input.object_key, &etag);
        let head_bytes = file.size_bytes.min(HEAD_BYTES);
        let head = match reader.range(0..head_bytes).await {
            Ok(head) => head,
            Err(ObjectError::Changed) => return Ok(Err(Refused::Gone)),
            Err(error) => return Err(error.into()),
        };
        let (run, chunk_bytes) = match task.status {
            TaskStatus::Submitted => (task.run_count + 1, self.chunk_bytes),
            _ => (task.run_count, task.import.chunk_bytes),
        };
        let at_end = head_bytes == file.size_bytes;
        let opened = accept(definition, &input, &head, at_end).map(|accepted| OpenedFile {
            data: accepted.data,
            read: head.slice(accepted.data.offset as usize..),
            crc64nvme: file.crc64nvme,
            plan: ImportPlan {
                task: task.reference(),
                run,
                business: input.business,
                object_key: input.object_key,
                etag,
                file_bytes: file.size_bytes,
                delimiter: accepted.dialect.delimiter,
                on_duplicate: input
                    .options
                    .on_duplicate
                    .unwrap_or(definition.on_duplicate),
                header: accepted.header,
                data_start: accepted.data.offset,
                chunk_bytes,
            },
        });
        Ok(opened.and_then(check_plan))
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

struct Accepted {
    dialect: Dialect,
    header: Vec<String>,
    data: Position,
}

fn accept(
    definition: &Definition,
    input: &ImportInput,
    head: &[u8],
    at_end: bool,
) -> Result<Accepted, Refused> {
    let delimiter = input
        .options
        .delimiter
        .unwrap_or_else(|| detect_delimiter(definition, first_line(head)));
    let dialect = Dialect::from(delimiter);
    let header = read_header(dialect, head, at_end)?;
    let columns = header.fields.len();
    if columns > MAX_COLUMNS {
        return Err(Refused::TooManyColumns { columns });
    }
    HeaderMap::new(definition, &header.fields)?;
    Ok(Accepted {
        dialect,
        header: header.fields,
        data: header.data,
    })
}

/// The first line that is not blank: enough to tell one delimiter from another.
fn first_line(head: &[u8]) -> &[u8] {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let start = head
        .iter()
        .position(|byte| !is_break(byte))
        .unwrap_or(head.len());
    head[start..].split(is_break).next().unwrap_or_default()
}
