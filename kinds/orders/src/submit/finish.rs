//! Finishing: the results of the chunks are joined. Orders of chunks that were not done have results, too.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kind_export::{JoinError, Joiner, Short, segment_of};
use serde_json::{Map, Value, json};
use sluice_aws::{Objects, Settings};
use sluice_basics::object_key;
use sluice_basics::rows::RowCounts;
use sluice_csv::Chunk;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_lambda::Init;
use sluice_orders::{BadOrder, OrderResult};
use sluice_task::books::{self, Trouble};

use super::NDJSON;

/// Finishes lists of orders.
#[derive(Debug)]
pub(crate) struct FinishOrders {
    objects: Objects,
}

impl FinishOrders {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
        })
    }

    /// Joins the results, in the order of the list.
    async fn join(&self, complete: &CompleteTask<'_>) -> Result<Map<String, Value>, JoinError> {
        let manifest = complete.manifest.ok_or(Short::NoPlan)?;
        let key = object_key::order_results(&complete.task.reference());
        let mut file = Joiner::new(&self.objects, key, NDJSON, complete.until);
        let mut results = 0;
        for chunk in &manifest.chunks {
            results += chunk.records;
            let report = complete
                .reports
                .iter()
                .find(|report| report.chunk == chunk.number);
            match report.map(|report| (report, &report.lost)) {
                Some((report, None)) => {
                    let segment = segment_of(chunk.number, Some(report))?;
                    file.add_segment(chunk.number, &segment).await?;
                }
                lost => {
                    let why = lost.and_then(|(_, lost)| lost.clone());
                    let why = why.unwrap_or_else(|| "nothing is known of it".to_owned());
                    file.add(&not_done(chunk, &why)?).await?;
                }
            }
        }
        let written = file.finish().await?;
        let result = json!({
            "results": results,
            "bytes": written.bytes,
            "crc64nvme": STANDARD.encode(written.crc64nvme.to_be_bytes()),
        });
        Ok(serde_json::from_value(result)?)
    }
}

/// The results of orders whose chunk was not done. Some of them may be stored: another try finds out.
fn not_done(chunk: &Chunk, why: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for index in chunk.first_row..chunk.first_row + chunk.records {
        let bad = BadOrder::NotDone(why.to_owned());
        serde_json::to_writer(&mut lines, &OrderResult::of(index, None, Err(bad)))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Says how many orders {were} not stored.
fn refused(rows: &RowCounts) -> Option<Trouble> {
    let refused = rows.failed + rows.duplicate;
    let were = if refused == 1 { "was" } else { "were" };
    (refused > 0).then(|| {
        Trouble::Missing(format!(
            "{refused} of {} orders {were} not stored ({} failed, {} duplicate): see the results",
            rows.read, rows.failed, rows.duplicate
        ))
    })
}

#[async_trait]
impl FinishTask for FinishOrders {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let rows = complete.task.chunks.rows;
        let mut trouble = complete.trouble.cloned().or_else(|| refused(&rows));
        let result = match Box::pin(self.join(&complete)).await {
            Ok(result) => result,
            // Another try would find the same.
            Err(JoinError::Short(short)) => {
                let words = format!("the results are not there: {short}");
                trouble = Some(Trouble::add(trouble, &words));
                Map::new()
            }
            Err(error) if complete.is_last_try => {
                let words = format!("the results could not be made, again and again: {error}");
                trouble = Some(Trouble::add(trouble, &words));
                Map::new()
            }
            Err(error) => return Err(error.into()),
        };
        let ending = books::ending(&rows, trouble, false);
        Ok(Finished::new(ending, result))
    }
}
