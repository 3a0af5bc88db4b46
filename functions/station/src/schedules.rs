//! `GET /station/schedules`, and `GET`, `PUT` and `DELETE /station/schedules/{name}`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_core::api::{Code, Refusal};
use sluice_core::export::ExportError;
use sluice_core::ids::StationId;
use sluice_core::schedule::{
    MAX_SCHEDULES, NoScheduleName, Schedule, ScheduleList, ScheduleName, ScheduleRequest,
    ScheduleView, ScheduledTask, TaskProblem,
};
use sluice_core::station::ZoneName;
use sluice_lambda::http::{Scope, actor, caller, has_scope, internal, json_body};

use crate::Station;

const PATH: &str = "/station/schedules/";

/// The name in the path of a request about one schedule.
pub(crate) fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix(PATH)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn bad(error: impl ToString) -> Refusal {
    Refusal::bad_input(error.to_string())
}

fn refused(problem: &TaskProblem) -> Refusal {
    let code = match problem {
        TaskProblem::Export(ExportError::Sensitive(_)) => Code::Forbidden,
        TaskProblem::TooLarge(_) => Code::TooLarge,
        _ => Code::BadInput,
    };
    Refusal::new(code, problem.to_string())
}

fn parsed(name: &str) -> Result<ScheduleName, Refusal> {
    name.parse().map_err(|error: NoScheduleName| bad(error))
}

impl Station {
    /// All schedules of a station.
    pub(crate) async fn schedules(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ScheduleList, Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let all = self.schedules.of(&station_id).await.map_err(internal)?;
        let sees = has_scope(request, Scope::Export);
        let views = all.into_iter().map(|one| ScheduleView::new(one, sees));
        Ok(ScheduleList {
            schedules: views.collect(),
        })
    }

    /// One schedule.
    pub(crate) async fn schedule(
        &self,
        request: &ApiGatewayV2httpRequest,
        name: &str,
    ) -> Result<ScheduleView, Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let schedule = self.found(&station_id, &parsed(name)?).await?;
        let sees = has_scope(request, Scope::Export);
        Ok(ScheduleView::new(schedule, sees))
    }

    /// Sets a schedule. Whoever sets it needs the right to start such a task.
    pub(crate) async fn put_schedule(
        &self,
        request: &ApiGatewayV2httpRequest,
        name: &str,
    ) -> Result<ScheduleView, Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let name = parsed(name)?;
        let wanted: ScheduleRequest = json_body(request)?;
        caller(
            request,
            match &wanted.task {
                ScheduledTask::Export(_) => Scope::Write,
                ScheduledTask::Add(_) => Scope::Service,
                ScheduledTask::Evaluate(_) => Scope::Evaluate,
            },
        )?;
        let (now, sees) = (Timestamp::now(), has_scope(request, Scope::Export));
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        let time_zone: ZoneName = match &wanted.time_zone {
            None => config.time_zone.clone(),
            Some(name) => name.parse().map_err(bad)?,
        };
        wanted.when.check(now, time_zone.zone()).map_err(bad)?;
        let prepared = wanted.task.prepare(&self.catalog, &config, sees, now);
        let prepared = prepared.map_err(|problem| refused(&problem))?;
        let before = self.schedules.get(&station_id, &name).await;
        let before = before.map_err(internal)?;
        if before.is_none() {
            let all = self.schedules.of(&station_id).await.map_err(internal)?;
            if all.len() >= MAX_SCHEDULES {
                return Err(Refusal::conflict(format!(
                    "the station has {MAX_SCHEDULES} schedules, which is the most: delete one"
                )));
            }
        }
        let next_at = wanted.when.next_after(now, time_zone.zone());
        let schedule = Schedule {
            station_id,
            name,
            revision: match &before {
                Some(before) => before.revision + 1,
                // Not that of an earlier schedule of this name, which somebody may still be about to change.
                None => now.as_millisecond().unsigned_abs(),
            },
            when: wanted.when,
            time_zone,
            missed: wanted.missed,
            enabled: wanted.enabled,
            task: wanted.task,
            prepared,
            created_by: actor(request),
            next_at: next_at.filter(|_| wanted.enabled),
            last: before.as_ref().and_then(|before| before.last.clone()),
        };
        let put = self.schedules.put(&schedule, before.as_ref()).await;
        if put.map_err(internal)? {
            Ok(ScheduleView::new(schedule, sees))
        } else {
            // Somebody else changes it at the same moment, or it runs.
            Err(Refusal::busy())
        }
    }

    /// Deletes a schedule. Tasks that it has started go on.
    pub(crate) async fn delete_schedule(
        &self,
        request: &ApiGatewayV2httpRequest,
        name: &str,
    ) -> Result<(), Refusal> {
        let station_id = caller(request, Scope::Admin)?;
        let schedule = self.found(&station_id, &parsed(name)?).await?;
        if self.schedules.delete(&schedule).await.map_err(internal)? {
            Ok(())
        } else {
            Err(Refusal::busy())
        }
    }

    async fn found(
        &self,
        station_id: &StationId,
        name: &ScheduleName,
    ) -> Result<Schedule, Refusal> {
        let schedule = self.schedules.get(station_id, name).await;
        schedule
            .map_err(internal)?
            .ok_or_else(|| Refusal::new(Code::NotFound, "there is no such schedule"))
    }
}
