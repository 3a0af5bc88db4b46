//! Planning an evaluation: it takes its turn, and is cut into one segment for each partition of the station's members.

use async_trait::async_trait;
use sluice_aws::{Evaluations, RowReader, Settings, Taken};
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_lambda::Init;
use sluice_scores::{EvaluationInput, EvaluationPlan};
use sluice_task::Task;

/// Plans evaluations.
#[derive(Debug)]
pub(crate) struct PlanEvaluation {
    evaluations: Evaluations,
}

impl PlanEvaluation {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let table = Settings::new(init.lookup).required("TASKS_TABLE")?;
        Ok(Self {
            evaluations: Evaluations::new(init.clients, table),
        })
    }
}

#[async_trait]
impl CutTask for PlanEvaluation {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let input: EvaluationInput = serde_json::from_value(task.input.clone())?;
        let (reference, period) = (task.reference(), input.period);
        let taken = if input.dry_run {
            self.evaluations.look(&reference, period).await?
        } else {
            self.evaluations.take(&reference, period).await?
        };
        let turn = match taken {
            Taken::Granted(turn) => turn,
            hindered => return Ok(Cut::Refused(hindered.to_string())),
        };
        let plan = EvaluationPlan {
            input,
            turn: turn.turn,
            is_again: turn.is_again,
            rewrites: turn.rewrites,
        };
        Ok(Cut::Into(Segments::numbered(RowReader::PARTITIONS, &plan)?))
    }
}
