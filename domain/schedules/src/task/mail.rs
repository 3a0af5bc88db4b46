//! A mailing that a schedule starts. It sends the version of the template that is the latest then.

use sluice_api::{MailSendRequest, SentAudience};
use sluice_basics::object_key;
use sluice_kind::MAILING;
use sluice_mail::{Audience, audience_of_rows, definition_of};
use sluice_task::TaskType;

use super::{Circumstances, PreparedTask, TaskProblem};

/// Makes it ready. Addresses that are named are for one mailing: a schedule takes rows or a list.
pub(super) fn prepare(
    wanted: &MailSendRequest,
    now: &Circumstances<'_>,
) -> Result<PreparedTask, TaskProblem> {
    let template = now.template.ok_or_else(|| {
        let (name, language) = (&wanted.template, &wanted.language);
        TaskProblem::NoTemplate(format!("there is no template {name} in {language}"))
    })?;
    let variables = template.texts.variables()?;
    let (audience, business) = match &wanted.audience {
        SentAudience {
            business: Some(business),
            filter,
            addresses: None,
            object_key: None,
        } => {
            let definition = definition_of(now.catalog, business)?;
            let sees = now.may_see_sensitive;
            let audience = audience_of_rows(definition, filter, &variables, now.config, sees)?;
            (audience, Some(definition))
        }
        SentAudience {
            object_key: Some(key),
            business: None,
            addresses: None,
            filter,
        } if filter.is_empty() => {
            object_key::staged_name(now.station, key.as_str())
                .ok_or_else(|| TaskProblem::NotStaged(now.station.clone()))?;
            let object_key = key.to_string();
            (Audience::List { object_key }, None)
        }
        _ => return Err(TaskProblem::Audience),
    };
    let input = wanted.input(audience, None);
    let input = input.map_err(TaskProblem::ReplyTo)?;
    Ok(PreparedTask {
        name: MAILING.to_owned(),
        business_id: business.map_or("mail".to_owned(), |one| one.business.to_string()),
        business_name: business.map_or("E-mails".to_owned(), |one| one.title.clone()),
        task_type: TaskType::Process,
        input: serde_json::to_value(input)?,
        work: None,
    })
}
