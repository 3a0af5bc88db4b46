//! `POST /import/preview`: what an import would make of a file, before it is sent.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluice_api::{FilePreview, PreviewRequest, Refusal};
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_formats::{Source, preview};
use sluice_import::ImportInput;
use sluice_lambda::http::{Scope, caller, internal, json_body};

use crate::Upload;

/// As many bytes as the import itself looks at.
const HEAD_BYTES: usize = sluice_formats::HEAD_BYTES;
const MOST_LINES: usize = 50;
/// As many fields as a file may have, and the columns of a failed-rows file.
const MOST_FIELDS: usize = 261;

impl Upload {
    /// Looks at the beginning of a file as its import would. Nothing is made.
    pub(crate) async fn preview(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<FilePreview, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let mut wanted: PreviewRequest = json_body(request)?;
        let definition = self.definition_of(&wanted.business)?;
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        let head = head_of(&wanted)?;
        let lines = wanted.lines.take();
        let source = match (&head, &lines) {
            (Some(head), None) => Source::Head(head, wanted.whole),
            (None, Some(lines)) => Source::Lines(lines),
            _ => {
                return Err(Refusal::bad_input(
                    "send either `head`, the first bytes of the file, or `lines`, the first rows of \
                     a sheet",
                ));
            }
        };
        let row = wanted.header_row;
        let seen = preview(definition, &config, &wanted.options, row, source);
        // A corrected file has the names of the file it came from, which may have been mapped.
        let Some(root) = seen.continues else {
            return Ok(seen);
        };
        let Some(input) = self.options_of(station_id, root).await? else {
            return Ok(seen);
        };
        let own = wanted.options.naming();
        let naming = input.options.naming().of_correction(&own, &seen.names);
        if naming == own {
            return Ok(seen);
        }
        wanted.options.header = None;
        // Names of columns, and headers that were accepted before: each is a line.
        let mapping = naming.mapping.into_iter();
        wanted.options.mapping = mapping
            .filter_map(|(column, field)| Some((column, field.parse().ok()?)))
            .collect();
        Ok(preview(definition, &config, &wanted.options, row, source))
    }

    async fn options_of(
        &self,
        station_id: StationId,
        task_id: TaskId,
    ) -> Result<Option<ImportInput>, Refusal> {
        let reference = TaskRef {
            station_id,
            task_id,
        };
        let task = self.tasks.get(&reference).await.map_err(internal)?;
        Ok(task.and_then(|task| serde_json::from_value(task.input).ok()))
    }
}

fn head_of(wanted: &PreviewRequest) -> Result<Option<Vec<u8>>, Refusal> {
    if let Some(lines) = &wanted.lines
        && (lines.len() > MOST_LINES || lines.iter().any(|line| line.fields.len() > MOST_FIELDS))
    {
        let msg = format!("lines: at most {MOST_LINES}, of at most {MOST_FIELDS} fields");
        return Err(Refusal::bad_input(msg));
    }
    let Some(head) = &wanted.head else {
        return Ok(None);
    };
    let bytes = STANDARD.decode(head).map_err(|_| {
        Refusal::bad_input("head: send the first bytes of the file in base64, with padding")
    })?;
    if bytes.len() > HEAD_BYTES {
        let msg = format!("head: send at most the first {HEAD_BYTES} bytes of the file");
        return Err(Refusal::bad_input(msg));
    }
    Ok(Some(bytes))
}
