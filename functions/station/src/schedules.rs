//! `GET /station/schedules`, and `GET`, `PUT` and `DELETE /station/schedules/{name}`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{Code, Refusal, ShortText};
use sluice_aws::order_format;
use sluice_basics::ids::StationId;
use sluice_basics::station::ZoneName;
use sluice_lambda::http::{Scope, actor, caller, format_refusal, has_scope, internal, json_body};
use sluice_mail::MailTemplate;
use sluice_orders::{FormatName, OrderFormat};
use sluice_schedules::{
    Circumstances, MAX_SCHEDULES, NoScheduleName, Schedule, ScheduleList, ScheduleName,
    ScheduleRequest, ScheduleView, ScheduledTask, TaskProblem,
};

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
        problem if problem.is_forbidden() => Code::Forbidden,
        TaskProblem::TooLarge(_) => Code::TooLarge,
        _ => Code::BadInput,
    };
    Refusal::new(code, problem.to_string())
}

/// Whether a task was read by somebody who may not see all of it: what is hidden must not be stored.
fn has_hidden(task: &ScheduledTask) -> bool {
    serde_json::to_string(task).is_ok_and(|task| task.contains("\"…\""))
}

/// The right to start a task now.
fn scope_of(task: &ScheduledTask) -> Scope {
    match task {
        ScheduledTask::Import(_) | ScheduledTask::Export(_) | ScheduledTask::Orders(_) => {
            Scope::Write
        }
        ScheduledTask::Add(_) => Scope::Service,
        ScheduledTask::Evaluate(_) | ScheduledTask::Reconcile(_) => Scope::Evaluate,
        ScheduledTask::Mail(_) => Scope::Mail,
    }
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
        caller(request, scope_of(&wanted.task))?;
        let (now, sees) = (Timestamp::now(), has_scope(request, Scope::Export));
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        let time_zone: ZoneName = match &wanted.time_zone {
            None => config.time_zone.clone(),
            Some(name) => name.parse().map_err(bad)?,
        };
        wanted.when.check(now, time_zone.zone()).map_err(bad)?;
        let template = self.template(&station_id, &wanted.task).await?;
        let circumstances = Circumstances {
            station: &station_id,
            catalog: &self.catalog,
            config: &config,
            may_see_sensitive: sees,
            now,
            template: template.as_ref(),
            order_format: self.order_format(&station_id, &wanted.task).await?,
        };
        if !sees && has_hidden(&wanted.task) {
            let msg = "task: it has values that are shown as … to you: changing it takes the scope data:export, too";
            return Err(Refusal::new(Code::Forbidden, msg));
        }
        let prepared = wanted.task.prepare(&circumstances);
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
            // Another task has imported nothing yet.
            imported: before
                .as_ref()
                .filter(|before| before.task == wanted.task)
                .and_then(|before| before.imported.clone()),
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

    /// The template that a scheduled mailing sends.
    async fn template(
        &self,
        station: &StationId,
        task: &ScheduledTask,
    ) -> Result<Option<MailTemplate>, Refusal> {
        let Some((name, language)) = task.template() else {
            return Ok(None);
        };
        if !self.sends_mail {
            let msg = "this system sends no e-mails: its operator has set no address that they come from (MailSender)";
            return Err(Refusal::conflict(msg));
        }
        let template = self.templates.find(station, name, language, None);
        template.await.map_err(internal)
    }

    /// The form of the file of a scheduled export of orders.
    async fn order_format(
        &self,
        station: &StationId,
        task: &ScheduledTask,
    ) -> Result<Option<(FormatName, OrderFormat)>, Refusal> {
        let Some(orders) = task.orders() else {
            return Ok(None);
        };
        let name = orders.format.as_ref().map(ShortText::as_str);
        let format = order_format(&self.objects, station, name).await;
        format.map(Some).map_err(format_refusal)
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
