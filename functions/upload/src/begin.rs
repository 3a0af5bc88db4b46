//! `POST /upload`: a task for a file that comes next, or that is the body itself.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use sluice_api::{Code, Refusal, UploadAnswer, UploadRequest};
use sluice_aws::{Admission, LARGEST_FILE_BYTES, NewTask};
use sluice_basics::fingerprint;
use sluice_basics::ids::{BusinessId, StationId};
use sluice_basics::object_key;
use sluice_definition::{Definition, Target};
use sluice_import::{ImportInput, ImportOptions};
use sluice_kind::IMPORT;
use sluice_kind::work;
use sluice_lambda::http::{
    Scope, actor, body, caller, content_type, flag_parameter, internal, json_body, parsed_parameter,
};
use sluice_lambda::{check_start, task_of};
use sluice_task::estimate::Estimate;
use sluice_task::start_at::MOST_AHEAD_OF_FILE;
use sluice_task::{Task, TaskStatus, TaskType};

use crate::Upload;

/// The largest file sent as a body: a Lambda request has 6 MB, and its body may come in base64.
const BODY_BYTES: usize = 4 << 20;
/// The longest name of a file, in characters.
const FILE_NAME_CHARS: usize = 255;

impl Upload {
    /// Makes the task and, for a JSON request, the ticket with which the file is sent.
    pub(crate) async fn begin(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<UploadAnswer, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        match content_type(request).as_str() {
            "application/json" => {
                let wanted = json_body(request)?;
                self.begin_with_ticket(station_id, wanted, request).await
            }
            "text/csv" => self.begin_with_body(station_id, request).await,
            other => Err(Refusal::bad_input(format!(
                "Content-Type is `{other}`: send application/json to get an upload ticket, or \
                 text/csv with the file as the body"
            ))),
        }
    }

    async fn begin_with_ticket(
        &self,
        station_id: StationId,
        mut wanted: UploadRequest,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<UploadAnswer, Refusal> {
        // It is the same work however often its ticket is renewed.
        let upload_id = wanted.upload_id.take();
        check_upload_id(upload_id.as_deref(), &wanted)?;
        let task = Box::pin(self.add_task(station_id, &wanted, None, request)).await?;
        let input = input_of(&task)?;
        let arrived = self.has_arrived(&task, &input).await?;
        let upload = if arrived {
            None
        } else {
            let ticket = self
                .objects
                .ticket(&input.object_key, wanted.size_bytes, upload_id)
                .await;
            Some(ticket.map_err(internal)?)
        };
        Ok(UploadAnswer {
            task_id: task.task_id,
            user_task_id: task.user_task_id,
            upload,
            estimate: self.estimate(&wanted)?,
        })
    }

    async fn begin_with_body(
        &self,
        station_id: StationId,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<UploadAnswer, Refusal> {
        let file = body(request)?;
        if file.len() > BODY_BYTES {
            let msg = format!(
                "the body has {} bytes, at most {BODY_BYTES} are taken this way: send \
                 application/json with business, file_name and size_bytes instead, and PUT the \
                 file to the URL in the answer",
                file.len()
            );
            return Err(Refusal::new(Code::TooLarge, msg));
        }
        let missing = |name| Refusal::bad_input(format!("the parameter {name} is missing"));
        let wanted = UploadRequest {
            business: parsed_parameter(request, "business")?.ok_or_else(|| missing("business"))?,
            file_name: parsed_parameter(request, "file_name")?
                .ok_or_else(|| missing("file_name"))?,
            size_bytes: file.len() as u64,
            user_task_id: parsed_parameter(request, "user_task_id")?,
            repeat: flag_parameter(request, "repeat")?,
            start_at: parsed_parameter(request, "start_at")?,
            upload_id: None,
            options: ImportOptions::default(),
        };
        let content = crc64nvme(&file);
        let task = self.add_task(station_id, &wanted, Some(&content), request);
        let task = Box::pin(task).await?;
        let input = input_of(&task)?;
        let arrived = self.has_arrived(&task, &input).await?;
        if !arrived {
            self.objects
                .put(&input.object_key, "text/csv", file)
                .await
                .map_err(internal)?;
        }
        let user_task_id = task.user_task_id;
        Ok(UploadAnswer {
            task_id: task.task_id,
            user_task_id,
            upload: None,
            estimate: self.estimate(&wanted)?,
        })
    }

    /// Whether the file is there already: the request was made before.
    async fn has_arrived(&self, task: &Task, input: &ImportInput) -> Result<bool, Refusal> {
        if task.status != TaskStatus::Submitted {
            return Ok(true);
        }
        let object = self.objects.head(&input.object_key).await;
        Ok(object.map_err(internal)?.is_some())
    }

    /// The definition that reads a file.
    pub(crate) fn definition_of(&self, business: &BusinessId) -> Result<&Definition, Refusal> {
        self.catalog.get(business).ok_or_else(|| {
            let known = self.catalog.names();
            let msg = format!("`{business}` is not a known business; there are: {known}");
            Refusal::bad_input(msg)
        })
    }

    /// What the import of the file is guessed to take.
    pub(crate) fn estimate(&self, wanted: &UploadRequest) -> Result<Estimate, Refusal> {
        let definition = self.definition_of(&wanted.business)?;
        let (name, size_bytes) = (&wanted.file_name, wanted.size_bytes);
        Ok(Estimate::of_file(
            definition,
            name,
            size_bytes,
            &self.capacity,
        ))
    }

    /// Adds the task, or finds the one that an earlier equal request added. `content` is the
    /// checksum of the file where it is known by now; else the splitter sees whether the file was
    /// imported before.
    async fn add_task(
        &self,
        station_id: StationId,
        wanted: &UploadRequest,
        content: Option<&str>,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Task, Refusal> {
        let definition = self.definition_of(&wanted.business)?;
        check(wanted)?;
        if wanted.options.undoable && matches!(definition.target, Target::Endpoint(_)) {
            return Err(Refusal::bad_input(format!(
                "options.undoable: the rows of `{}` are sent to an endpoint, and Sluice cannot take them back",
                wanted.business
            )));
        }
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD_OF_FILE).await?;
        let naming = wanted.options.naming();
        naming
            .check(definition)
            .map_err(|problem| Refusal::bad_input(problem.to_string()))?;
        let notify = self
            .notify(request, &station_id, wanted, definition)
            .await?;
        let limits = self.check_limits(&station_id, wanted).await?;
        let asked = serde_json::to_string(wanted).map_err(internal)?;
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: wanted.user_task_id.clone(),
            name: IMPORT.to_owned(),
            business_id: wanted.business.to_string(),
            business_name: definition.title.clone(),
            task_type: TaskType::Import,
            repeat: wanted.repeat,
            work: content
                .map(|content| work::of_file(&wanted.business, wanted.size_bytes, content)),
            fingerprint: fingerprint(format!("{asked}{}", content.unwrap_or_default()).as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
            start_at: wanted.start_at,
        };
        let input = ImportInput {
            business: wanted.business.clone(),
            file_name: wanted.file_name.clone(),
            size_bytes: wanted.size_bytes,
            object_key: String::new(),
            etag: None,
            version_id: None,
            options: wanted.options.clone(),
            notify,
        };
        let added = self
            .tasks
            .add(&new, |task| {
                let object_key = object_key::upload(task, &wanted.file_name);
                serde_json::json!(ImportInput {
                    object_key,
                    ..input.clone()
                })
            })
            .await
            .map_err(internal)?;
        task_of(added, || limits.no_room())
    }
}

fn input_of(task: &Task) -> Result<ImportInput, Refusal> {
    serde_json::from_value(task.input.clone()).map_err(internal)
}

/// The checksum that S3 keeps of a file.
fn crc64nvme(file: &[u8]) -> String {
    let checksum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, file);
    STANDARD.encode(checksum.to_be_bytes())
}

/// Whether an upload that is to go on can be one of this file.
fn check_upload_id(upload_id: Option<&str>, wanted: &UploadRequest) -> Result<(), Refusal> {
    let Some(upload_id) = upload_id else {
        return Ok(());
    };
    if wanted.user_task_id.is_none() {
        return Err(Refusal::bad_input(
            "upload_id: an upload goes on with the user_task_id of the request that began it",
        ));
    }
    if !(1..=256).contains(&upload_id.len()) || !upload_id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refusal::bad_input(
            "upload_id: 1 to 256 characters, as the first answer had them",
        ));
    }
    Ok(())
}

/// Whether there can be such a file.
pub(crate) fn check(wanted: &UploadRequest) -> Result<(), Refusal> {
    let name = &wanted.file_name;
    if name.is_empty()
        || name.chars().count() > FILE_NAME_CHARS
        || name
            .chars()
            .any(|c| c.is_control() || matches!(c, '/' | '\\'))
    {
        let msg = format!(
            "file_name: 1 to {FILE_NAME_CHARS} characters, without folders and control characters"
        );
        return Err(Refusal::bad_input(msg));
    }
    match wanted.size_bytes {
        0 => Err(Refusal::bad_input(
            "the file is empty: there is nothing to import",
        )),
        size if size > LARGEST_FILE_BYTES => Err(Refusal::new(
            Code::TooLarge,
            format!("size_bytes: at most {LARGEST_FILE_BYTES} (5 TiB)"),
        )),
        _ => Ok(()),
    }
}
