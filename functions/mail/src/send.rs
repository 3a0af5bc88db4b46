//! `POST /mail/send`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{
    Code, MAX_ADDRESSES, MailSendAnswer, MailSendRequest, NamedTemplate, Refusal, SentAudience,
};
use sluice_aws::{Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_basics::ids::StationId;
use sluice_basics::object_key;
use sluice_definition::email_address;
use sluice_kind::MAILING;
use sluice_lambda::http::{Scope, actor, caller, has_scope, internal, json_body};
use sluice_lambda::{check_start, task_of};
use sluice_mail::{
    Audience, AudienceError, Line, MOST_LIST_BYTES, MailTemplate, MailingInput, Recipient,
    Renderer, audience_of_rows, definition_of,
};
use sluice_task::start_at::MOST_AHEAD_OF_FILE;
use sluice_task::{Task, TaskType};

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
        let asked = serde_json::to_string(&wanted).map_err(internal)?;
        let (id, fingerprint) = (wanted.user_task_id.as_ref(), fingerprint(asked.as_bytes()));
        let before = self.tasks.asked_before(&station_id, id, &fingerprint).await;
        if let Some(added) = before.map_err(internal)? {
            // Whatever has become of its list or its template.
            return Ok(answer(task_of(added, String::new)?));
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
                object_key: None,
                filter,
            } if filter.is_empty() => {
                let recipients = checked(addresses, &template)?;
                self.keep(&station_id, &recipients).await?
            }
            SentAudience {
                addresses: None,
                business: Some(business),
                object_key: None,
                filter,
            } => {
                let definition =
                    definition_of(&self.catalog, business).map_err(|error| refused(&error))?;
                let config = self.configs.latest(&station_id).await.map_err(internal)?;
                audience_of_rows(definition, filter, &variables, &config, may_see_sensitive)
                    .map_err(|error| refused(&error))?
            }
            SentAudience {
                addresses: None,
                business: None,
                object_key: Some(key),
                filter,
            } if filter.is_empty() => self.list(&station_id, key.as_str()).await?,
            _ => {
                let msg = "audience: send one of addresses, object_key and business, the last with a filter if you like";
                return Err(Refusal::bad_input(msg));
            }
        };
        let input = wanted.input(audience, Some(template.version));
        let input = input.map_err(|problem| Refusal::bad_input(format!("reply_to: {problem}")))?;
        self.start(request, station_id, &wanted, fingerprint, &input)
            .await
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

    /// A list that lies in the station's inbox. What is in it is read when the mailing begins.
    async fn list(&self, station: &StationId, key: &str) -> Result<Audience, Refusal> {
        if object_key::staged_name(station, key).is_none() {
            return Err(Refusal::bad_input(format!(
                "audience: object_key: a list is one of the station's files that wait in its inbox: \
                 inbox/{station}/.staged/<name>"
            )));
        }
        let list = self.objects.head(key).await.map_err(internal)?;
        let list = list.ok_or_else(|| {
            Refusal::bad_input("audience: object_key: there is no such file in the inbox")
        })?;
        if list.size_bytes > MOST_LIST_BYTES {
            return Err(Refusal::new(
                Code::TooLarge,
                format!("audience: object_key: a list has at most {MOST_LIST_BYTES} bytes"),
            ));
        }
        Ok(Audience::List {
            object_key: key.to_owned(),
        })
    }

    async fn start(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: StationId,
        wanted: &MailSendRequest,
        fingerprint: String,
        input: &MailingInput,
    ) -> Result<MailSendAnswer, Refusal> {
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD_OF_FILE).await?;
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let (business_id, business_name) = match input.audience.business() {
            None => ("mail".to_owned(), "E-mails".to_owned()),
            Some(business) => {
                let definition =
                    definition_of(&self.catalog, business).map_err(|error| refused(&error))?;
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
            start_at: wanted.start_at,
            work: None,
            fingerprint,
            admission: Admission::Below(limits.max_running_imports),
        };
        let input = serde_json::to_value(input).map_err(internal)?;
        let added = self.starter.start(&new, |_| input.clone()).await;
        let task = task_of(added.map_err(internal)?, || limits.no_room())?;
        Ok(answer(task))
    }
}

fn answer(task: Task) -> MailSendAnswer {
    MailSendAnswer {
        task_id: task.task_id,
        task_url: format!("/task/get?task_id={}", task.task_id),
        user_task_id: task.user_task_id,
    }
}

fn refused(error: &AudienceError) -> Refusal {
    let code = match error {
        AudienceError::Sensitive(_) => Code::Forbidden,
        _ => Code::BadInput,
    };
    Refusal::new(code, error.to_string())
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
