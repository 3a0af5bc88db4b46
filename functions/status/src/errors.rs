//! `GET /task/errors`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, RowErrors};
use sluice_aws::ObjectError;
use sluice_basics::ids::{BusinessId, TaskRef};
use sluice_basics::object_key;
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_definition::Naming;
use sluice_import::ImportInput;
use sluice_import::report::{ReportHeader, original_names};
use sluice_lambda::http::{AnswerRoom, internal, number_parameter};
use sluice_task::Task;

use crate::Status;
use crate::get::has_failed_rows;
use crate::list::limit;

/// How much of the file one page reads: enough for its header, and for a row and its messages.
const HEADER_BYTES: u64 = 128 << 10;
const PAGE_BYTES: u64 = 2 * MAX_ROW_BYTES as u64;

impl Status {
    /// A page of the rows of an ended import that were not imported. The cursor is the place in
    /// the failed-rows file.
    pub(crate) async fn errors(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<RowErrors, Refusal> {
        let limit = limit(request)?;
        let cursor: Option<u64> =
            number_parameter(request, "cursor").map_err(|_| wrong_cursor())?;
        let task = self.named_task(request).await?;
        let mut answer = RowErrors {
            ended: task.status.has_ended(),
            columns: Vec::new(),
            errors: Vec::new(),
            next_cursor: None,
        };
        if has_failed_rows(&task) {
            self.read_page(&task, cursor, limit, &mut answer).await?;
        }
        Ok(answer)
    }

    async fn read_page(
        &self,
        task: &Task,
        cursor: Option<u64>,
        limit: usize,
        answer: &mut RowErrors,
    ) -> Result<(), Refusal> {
        let key = object_key::failed_rows(&task.reference());
        let Some(file) = self.objects.head(&key).await.map_err(internal)? else {
            return Ok(());
        };
        let reader = self.objects.reader(&key, &file.etag, None);
        let read = async |start: u64, bytes: u64| {
            let end = file.size_bytes.min(start + bytes);
            reader.range(start.min(end)..end).await.map_err(changed)
        };
        let head = read(0, HEADER_BYTES).await?;
        let business: Option<BusinessId> = task.business_id.parse().ok();
        let definition = business.and_then(|business| self.catalog.get(&business));
        let naming = self.naming_of(task, &head).await?;
        let Some(header) = ReportHeader::read(definition, &naming, &head) else {
            tracing::error!(task = %task.reference(), "a failed-rows file cannot be read");
            return Err(Refusal::internal());
        };
        answer.columns = header.columns();
        let start = cursor.unwrap_or(header.rows_start);
        if start < header.rows_start || start > file.size_bytes {
            return Err(wrong_cursor());
        }
        // A row begins where a line before it ends.
        let bytes = read(start - 1, PAGE_BYTES).await?;
        let Some(bytes) = bytes.strip_prefix(b"\n") else {
            return Err(wrong_cursor());
        };
        let at_end = start + bytes.len() as u64 == file.size_bytes;
        let mut room = AnswerRoom::default();
        room.keep(&answer.columns);
        let page = header.page(bytes, at_end, limit, |error| room.takes(error));
        let next = start + page.bytes;
        let is_last = next >= file.size_bytes || page.errors.is_empty();
        answer.errors = page.errors;
        answer.next_cursor = (!is_last).then(|| next.to_string());
        Ok(())
    }
}

impl Status {
    /// How the fields of an import's file were named: those of a corrected one as in the import that
    /// it continues.
    async fn naming_of(&self, task: &Task, report: &[u8]) -> Result<Naming, Refusal> {
        let naming = |task: &Task| -> Result<Naming, Refusal> {
            let input = serde_json::from_value::<ImportInput>(task.input.clone());
            Ok(input.map_err(internal)?.options.naming())
        };
        let own = naming(task)?;
        let Some(task_id) = task.import.continues else {
            return Ok(own);
        };
        let root = TaskRef {
            task_id,
            ..task.reference()
        };
        let root = self.tasks.get(&root).await.map_err(internal)?;
        Ok(match (root, original_names(report)) {
            (Some(root), Some((names, _))) => naming(&root)?.of_correction(&own, &names),
            _ => own,
        })
    }
}

fn wrong_cursor() -> Refusal {
    Refusal::bad_input("cursor: take the next_cursor of the page before")
}

/// A file that is made anew while it is read: the task was retried.
fn changed(error: ObjectError) -> Refusal {
    match error {
        ObjectError::Changed => {
            Refusal::conflict("the errors have changed since: read them from the first page on")
        }
        ObjectError::Aws(error) => internal(error),
    }
}
