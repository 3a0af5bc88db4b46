//! Opening a file: what it is, whether its header is accepted, and the plan for it. Until the
//! header is accepted, nothing is written but the refusal.

use bytes::Bytes;
use sluice_aws::ObjectError;
use sluice_core::csv::{Cursor, Dialect, HeaderError, Position, read_header};
use sluice_core::definition::{Definition, HeaderMap, HeaderProblem, detect_delimiter};
use sluice_core::ids::TaskRef;
use sluice_core::import::{ImportInput, ImportPlan};
use sluice_core::task::{Task, TaskStatus};
use sluice_lambda::Deadline;

use crate::{SplitError, Splitter};

/// How much of a file is read to find its header, which must end within it.
const HEAD_BYTES: u64 = 1 << 20;

/// The header travels in every chunk's message, ten messages make a batch, and a batch has at
/// most 1 MiB. Escaped as JSON, a header may be twice as long.
const MAX_HEADER_BYTES: usize = 32 << 10;

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
        "the header has {bytes} bytes, at most {MAX_HEADER_BYTES} are allowed: leave out columns that are not imported"
    )]
    LongHeader { bytes: usize },
    #[error(transparent)]
    Columns(#[from] HeaderProblem),
    #[error("the file is not there any more: upload it again")]
    Gone,
}

/// A file whose header was accepted.
struct OpenedFile {
    plan: ImportPlan,
    data: Position,
    /// What was read of it from `data` on.
    read: Bytes,
}

impl Splitter {
    /// Starts a task's import, or goes on with one whose splitting was cut off.
    pub(crate) async fn begin(&self, task: &TaskRef, deadline: Deadline) -> Result<(), SplitError> {
        let Some(task) = self.tasks.get(task).await? else {
            tracing::warn!(%task, "an object arrived for a task that does not exist");
            return Ok(());
        };
        if task.status.has_ended() || task.import.chunks_total.is_some() {
            return Ok(());
        }
        let opened = match self.open(&task).await? {
            Ok(opened) => opened,
            Err(refused) => return self.refuse(&task, &refused).await,
        };
        if task.status == TaskStatus::Submitted && !self.tasks.start_import(&opened.plan).await? {
            // Another delivery of the same event was faster, or the task was ended meanwhile.
            let now = self.tasks.get(&opened.plan.task).await?;
            if now.is_none_or(|now| now.status != TaskStatus::Running) {
                return Ok(());
            }
        }
        let cursor = Cursor {
            position: opened.data,
            next_chunk: 0,
        };
        self.split(opened.plan, cursor, opened.read, deadline).await
    }

    /// Ends a task whose file is not accepted; one that is already running is stopped.
    async fn refuse(&self, task: &Task, refused: &Refused) -> Result<(), SplitError> {
        let reason = refused.to_string();
        tracing::info!(task = %task.reference(), reason, "a file is refused");
        if task.status == TaskStatus::Running {
            self.tasks.stop(&task.reference(), &reason).await?;
            self.tasks
                .close_plan(&self.objects, &task.reference(), &reason)
                .await?;
            return Ok(());
        }
        self.tasks.fail(task, &reason).await?;
        Ok(())
    }

    async fn open(&self, task: &Task) -> Result<Result<OpenedFile, Refused>, SplitError> {
        let input: ImportInput =
            serde_json::from_value(task.input.clone()).map_err(SplitError::Input)?;
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
        // A running task stays with the version it began with.
        let etag = task.import.etag.clone().unwrap_or(file.etag);
        let reader = self.objects.reader(&input.object_key, &etag);
        let head_bytes = file.size_bytes.min(HEAD_BYTES);
        let head = match reader.range(0..head_bytes).await {
            Ok(head) => head,
            Err(ObjectError::Changed) => return Ok(Err(Refused::Gone)),
            Err(error) => return Err(error.into()),
        };
        let chunk_bytes = match task.status {
            TaskStatus::Submitted => self.chunk_bytes,
            _ => task.import.chunk_bytes,
        };
        let at_end = head_bytes == file.size_bytes;
        Ok(
            accept(definition, &input, &head, at_end).map(|accepted| OpenedFile {
                data: accepted.data,
                read: head.slice(accepted.data.offset as usize..),
                plan: ImportPlan {
                    task: task.reference(),
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
            }),
        )
    }
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
    let bytes = header.fields.iter().map(String::len).sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(Refused::LongHeader { bytes });
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
