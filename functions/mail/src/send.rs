//! `POST /mail/send`

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_aws::{Added, Admission, NewTask};
use sluice_core::api::{
    Code, MAX_ADDRESSES, MailSendAnswer, MailSendRequest, NamedTemplate, Refusal, SentAudience,
};
use sluice_core::definition::{Definition, email_address};
use sluice_core::export::{Condition, FilterError, Wanted};
use sluice_core::ids::{BusinessId, StationId};
use sluice_core::kind::MAILING;
use sluice_core::mail::{
    Audience, Line, MailTemplate, MailingInput, Recipient, Renderer, check_columns, check_rows,
};
use sluice_core::task::TaskType;
use sluice_core::{fingerprint, object_key, work};
use sluice_lambda::http::{Scope, actor, caller, has_scope, internal, json_body};

use crate::Mail;

impl Mail {
    /// Makes a task that sends e-mails. Asking again with the same `user_task_id` gives the same task.
    pub(crate) async fn send(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<MailSendAnswer, Refusal> {
        let station_id = caller(request, Scope::Mail)?;
        let may_see_sensitive = has_scope(request, Scope::Export);
        let wanted: MailSendRequest = json_body(request)?;
        if self.sender.is_none() {
            let msg = "this system sends no e-mails: its operator has set no address that they come from (MailSender)";
            return Err(Refusal::conflict(msg));
        }
        let named = NamedTemplate {
            name: wanted.template.clone(),
            language: wanted.language.clone(),
            version: None,
        };
        let template = self.named(&station_id, &named).await?;
        let variables = template.texts.variables();
        let variables = variables.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let audience = match &wanted.audience {
            SentAudience {
                addresses: Some(addresses),
                business: None,
                filter,
            } if filter.is_empty() => {
                let recipients = checked(addresses, &template)?;
                self.keep(&station_id, &recipients).await?
            }
            SentAudience {
                addresses: None,
                business: Some(business),
                filter,
            } => {
                let definition = self.definition_of(business)?;
                check_columns(definition, &variables)
                    .map_err(|error| Refusal::bad_input(format!("template: {error}")))?;
                let filter = self
                    .filter(&station_id, definition, filter, may_see_sensitive)
                    .await?;
                Audience::Rows {
                    business: business.clone(),
                    filter,
                }
            }
            _ => {
                let msg = "audience: send either addresses, or business with a filter if you like";
                return Err(Refusal::bad_input(msg));
            }
        };
        let reply_to = wanted.reply_to.as_deref().map(email_address).transpose();
        let input = MailingInput {
            template: wanted.template.clone(),
            language: wanted.language.clone(),
            version: template.version,
            audience,
            from_name: wanted.from_name.clone().map(String::from),
            reply_to: reply_to
                .map_err(|problem| Refusal::bad_input(format!("reply_to: {problem}")))?,
            on_unknown: wanted.on_unknown,
        };
        self.start(request, station_id, &wanted, &input).await
    }

    /// Puts recipients where the task that sends to them finds them. Where the request is one that was made before,
    /// nobody reads that again, and it goes with other files.
    async fn keep(
        &self,
        station: &StationId,
        recipients: &[Recipient],
    ) -> Result<Audience, Refusal> {
        let object_key = object_key::named_recipients(station, rand::random());
        let json = serde_json::to_vec(recipients).map_err(internal)?;
        let put = self.objects.put(&object_key, "application/json", json);
        put.await.map_err(internal)?;
        Ok(Audience::Addresses {
            object_key,
            count: recipients.len(),
        })
    }

    async fn start(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: StationId,
        wanted: &MailSendRequest,
        input: &MailingInput,
    ) -> Result<MailSendAnswer, Refusal> {
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let asked = serde_json::to_string(wanted).map_err(internal)?;
        let (business_id, business_name) = match input.audience.business() {
            None => ("mail".to_owned(), "E-mails".to_owned()),
            Some(business) => {
                let definition = self.definition_of(business)?;
                (business.to_string(), definition.title.clone())
            }
        };
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: wanted.user_task_id.clone(),
            name: MAILING.to_owned(),
            business_id,
            business_name,
            task_type: TaskType::Process,
            // Who asks twice wants it twice, unless it is the same user_task_id.
            repeat: true,
            start_at: None,
            work: None,
            fingerprint: fingerprint(asked.as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
        };
        let input = serde_json::to_value(input).map_err(internal)?;
        let added = self.starter.start(&new, |_| input.clone()).await;
        match added.map_err(internal)? {
            Added::New(task) | Added::Before(task) => Ok(MailSendAnswer {
                task_id: task.task_id,
                task_url: format!("/task/get?task_id={}", task.task_id),
                user_task_id: task.user_task_id,
            }),
            Added::Conflict(task_id) => Err(Refusal::other_content(task_id)),
            Added::Equal(equal) => Err(Refusal::conflict(work::refusal(&equal))),
            Added::NoRoom => Err(Refusal::new(Code::TooMany, limits.no_room())),
            Added::Busy => Err(Refusal::busy()),
        }
    }

    fn definition_of(&self, business: &BusinessId) -> Result<&Definition, Refusal> {
        let definition = self.catalog.get(business).ok_or_else(|| {
            let known = self.catalog.names();
            Refusal::bad_input(format!(
                "audience: `{business}` is not a known business; there are: {known}"
            ))
        })?;
        check_rows(definition).map_err(|error| Refusal::bad_input(format!("audience: {error}")))?;
        Ok(definition)
    }

    /// What rows must be. Who may filter by a sensitive column can find out what is in it.
    async fn filter(
        &self,
        station_id: &StationId,
        definition: &Definition,
        wanted: &BTreeMap<String, Wanted>,
        may_see_sensitive: bool,
    ) -> Result<BTreeMap<String, Condition>, Refusal> {
        let config = self.configs.latest(station_id).await.map_err(internal)?;
        let mut filter = BTreeMap::new();
        for (name, wanted) in wanted {
            let refused = |error: FilterError| Refusal::bad_input(format!("audience: {error}"));
            let place = definition.column_index(name);
            let place = place.ok_or_else(|| refused(FilterError::UnknownColumn(name.clone())))?;
            let column = &definition.columns[place];
            if column.sensitive && !may_see_sensitive {
                let msg = format!(
                    "audience: filter: `{name}` is sensitive: rows are chosen by it for callers with the scope data:export"
                );
                return Err(Refusal::new(Code::Forbidden, msg));
            }
            let condition = Condition::of(column, wanted, &config).map_err(refused)?;
            filter.insert(name.clone(), condition);
        }
        Ok(filter)
    }
}

/// Recipients with their addresses as they are compared, each of whom the template can be filled for.
fn checked(addresses: &[Recipient], template: &MailTemplate) -> Result<Vec<Recipient>, Refusal> {
    if !(1..=MAX_ADDRESSES).contains(&addresses.len()) {
        let msg = format!(
            "audience: addresses: has {} recipients, and takes 1 to {MAX_ADDRESSES}: import more of them and name their \
             business",
            addresses.len()
        );
        return Err(Refusal::bad_input(msg));
    }
    let renderer = Renderer::new(&template.texts);
    let renderer = renderer.map_err(|error| Refusal::bad_input(error.to_string()))?;
    let mut checked = Vec::with_capacity(addresses.len());
    for (place, recipient) in addresses.iter().enumerate() {
        let wrong = |problem: String| {
            Refusal::bad_input(format!(
                "audience: addresses: recipient {}: {problem}",
                place + 1
            ))
        };
        let line = Line {
            address: email_address(&recipient.address).map_err(wrong)?,
            duplicate: false,
            values: recipient.values.clone(),
        };
        let filled = renderer.render(&line.all_values("https://example.com/"));
        filled.map_err(|error| wrong(error.to_string()))?;
        checked.push(Recipient {
            address: line.address,
            values: line.values,
        });
    }
    Ok(checked)
}
