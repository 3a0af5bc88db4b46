//! Finishing an evaluation: the segments together, and one file of all decisions.

use async_trait::async_trait;
use std::time::Instant;

use serde_json::Map;
use sluice_aws::{AwsError, Evaluations, Objects, Settings};
use sluice_basics::object_key;
use sluice_definition::Catalog;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_lambda::Init;
use sluice_scores::{EvaluatedSegment, EvaluationPlan, Rules, ScoreTables};
use sluice_task::TaskStatus;
use sluice_task::books::{ChunkReport, Ending, Trouble};

const NDJSON: &str = "application/x-ndjson";

/// Finishes evaluations.
#[derive(Debug)]
pub(crate) struct FinishEvaluation {
    rules: Rules,
    objects: Objects,
    evaluations: Evaluations,
}

#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error("the decisions of segment {0} are not those that its marker counts")]
    Changed(u32),
    #[error("the decisions take longer to be joined than there is time")]
    Slow,
}

impl FinishEvaluation {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let tables = ScoreTables::of(&Catalog::load()?)?;
        Ok(Self {
            rules: Rules::load(&tables.members)?,
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            evaluations: Evaluations::new(init.clients, settings.required("TASKS_TABLE")?),
        })
    }

    /// Writes the decisions of all segments into one file.
    async fn join(
        &self,
        complete: &CompleteTask<'_>,
        segments: &[(u32, EvaluatedSegment)],
    ) -> Result<(), FinishError> {
        let task = complete.task.reference();
        let mut file = self.objects.writer(object_key::decisions(&task), NDJSON);
        for (number, segment) in segments {
            if Instant::now() >= complete.until {
                return Err(FinishError::Slow);
            }
            let stored = self
                .objects
                .get(&object_key::decisions_of_segment(&task, *number))
                .await?;
            // The first line is about the segment.
            let end = stored.iter().position(|byte| *byte == b'\n');
            let decisions = stored.slice(end.map_or(stored.len(), |end| end + 1)..);
            if decisions.len() as u64 != segment.bytes {
                return Err(FinishError::Changed(*number));
            }
            file.write(&decisions).await?;
        }
        file.finish().await?;
        Ok(())
    }
}

#[async_trait]
impl FinishTask for FinishEvaluation {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let ending = |status, reason| Ending { status, reason };
        if let Some(Trouble::Missing(words) | Trouble::Unbalanced(words)) = complete.trouble {
            let ending = ending(TaskStatus::Failed, Some(words.clone()));
            return Ok(Finished::new(ending, Map::new()));
        }
        let manifest = complete
            .manifest
            .ok_or("the plan of the evaluation is lost")?;
        let plan: EvaluationPlan = manifest.plan.read()?;
        let segments = segments(complete.reports)?;
        let mut whole = EvaluatedSegment::default();
        for (_, segment) in &segments {
            whole.add(segment);
        }
        Box::pin(self.join(&complete, &segments)).await?;
        if !plan.input.dry_run {
            let station = &complete.task.station_id;
            self.evaluations.end(station, plan.turn).await?;
        }
        let window = self.rules.window(plan.input.period);
        let result = whole.result(&plan, window);
        Ok(Finished::new(ending(TaskStatus::Finished, None), result))
    }
}

fn segments(reports: &[ChunkReport]) -> Result<Vec<(u32, EvaluatedSegment)>, serde_json::Error> {
    let segment = |report: &ChunkReport| {
        let found = report.of_kind.clone().unwrap_or_default();
        Ok((report.chunk, serde_json::from_value(found)?))
    };
    let segments: Result<Vec<(u32, EvaluatedSegment)>, serde_json::Error> =
        reports.iter().map(segment).collect();
    let mut segments = segments?;
    segments.sort_by_key(|(number, _)| *number);
    Ok(segments)
}
