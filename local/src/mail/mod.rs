//! Sending a template to many, as any client would: over HTTP, with a token.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Map, Value, json};
use sluice_api::{MailSendRequest, SentAudience};

use crate::cli::Mail;
use crate::connection::{Connection, fresh_id};
use crate::outcome::{self, Summary};
use crate::progress::Progress;

/// Sends e-mails, and prints what became of their recipients.
pub async fn run(arguments: Mail) -> Result<ExitCode> {
    let request = request(&arguments)?;
    let connection = Connection::open(&arguments.asked.place).await?;
    let stopped = |is_here| {
        if is_here {
            "stopped; the other e-mails are sent as soon as a system runs on this folder".to_owned()
        } else {
            "stopped; the e-mails are sent all the same: `sluice tasks cancel` stops that"
                .to_owned()
        }
    };
    let work = async |connection: &Connection| {
        let started = Instant::now();
        let task_id = connection.client.begin_task("/mail/send", &request).await?;
        let progress = Progress::of_task("sending", arguments.template.to_string());
        let task = connection.ended(task_id, &progress).await?;
        let elapsed = started.elapsed();
        let wanted = arguments.not_sent.as_deref();
        let saved = connection.save(&task, wanted, "the list of those who were not sent to");
        let saved = saved.await?;
        Ok(Summary::new(&task, elapsed, saved))
    };
    let summary = connection.work(stopped, work).await?;
    outcome::print(&summary, arguments.asked.json)?;
    Ok(summary.exit_code())
}

fn request(arguments: &Mail) -> Result<MailSendRequest> {
    let template = &arguments.template;
    let values = arguments.value.iter().cloned();
    let values: Map<String, Value> = values.map(|(name, value)| (name, value.into())).collect();
    let to = arguments.to.iter();
    let to = to.map(|address| json!({ "address": address, "values": values }));
    let addresses: Vec<Value> = to.collect();
    Ok(MailSendRequest {
        start_at: None,
        template: template.clone(),
        language: arguments.language.clone(),
        audience: SentAudience {
            object_key: None,
            addresses: match addresses.as_slice() {
                [] => None,
                _ => serde_json::from_value(addresses.into())?,
            },
            business: arguments.business.clone(),
            filter: arguments.filter.iter().cloned().collect(),
        },
        from_name: arguments.from_name.clone(),
        reply_to: arguments.reply_to.clone(),
        on_unknown: arguments.on_unknown.into(),
        user_task_id: Some(match &arguments.user_task_id {
            Some(id) => id.clone(),
            None => fresh_id("mail")?,
        }),
    })
}
