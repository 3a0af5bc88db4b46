//! `SendBulkEmail`: what is accepted, recipient by recipient.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Ses;
use crate::error::SesError;
use crate::event::{self, EventDestination, EventType};
use crate::faults::EventFault;
use crate::message::{self, Message};
use crate::request::{Entry, InlineTemplate, Pair, SendBulkEmail};
use crate::simulator::{self, Fate};
use crate::store::{NewEvent, NewMail};
use crate::template::{Missing, Template, TemplateError};

/// Recipients of one call.
const MAX_ENTRIES: usize = 50;
/// A template's texts together.
const MAX_TEMPLATE_BYTES: usize = 500 << 10;
/// The values for one recipient.
const MAX_DATA_BYTES: usize = 262_144;
/// Headers of one e-mail.
const MAX_HEADERS: usize = 15;

/// What a recipient of a call was answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntryResult {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
}

/// Why one recipient of a call is not sent to.
struct Refused {
    status: &'static str,
    error: String,
}

/// The template of a call.
struct Texts {
    subject: Template,
    text: Option<Template>,
    html: Option<Template>,
    data: Map<String, Value>,
    headers: Vec<Pair>,
}

/// What all recipients of a call have in common.
struct Call<'a> {
    request: &'a SendBulkEmail,
    texts: Texts,
    destination: Option<EventDestination>,
    now: Timestamp,
}

impl Texts {
    fn new(template: &InlineTemplate) -> Result<Self, SesError> {
        let content = &template.template_content;
        let texts = [
            Some(&content.subject),
            content.text.as_ref(),
            content.html.as_ref(),
        ];
        let bytes: usize = texts.into_iter().flatten().map(String::len).sum();
        if bytes > MAX_TEMPLATE_BYTES {
            return Err(SesError::bad("Template content is too large."));
        }
        if content.text.is_none() && content.html.is_none() {
            return Err(SesError::bad("The template has neither a text nor HTML."));
        }
        let read = |text: &String| -> Result<Template, SesError> {
            let read = text.parse();
            read.map_err(|error: TemplateError| SesError::bad(error.to_string()))
        };
        let data = data(template.template_data.as_deref()).map_err(SesError::BadRequest)?;
        check_headers(&template.headers).map_err(SesError::BadRequest)?;
        Ok(Self {
            subject: read(&content.subject)?,
            text: content.text.as_ref().map(read).transpose()?,
            html: content.html.as_ref().map(read).transpose()?,
            data,
            headers: template.headers.clone(),
        })
    }
}

impl Call<'_> {
    /// The e-mail to one recipient, and why its template could not be filled if it could not.
    fn message(&self, entry: &Entry) -> Result<(Message, Option<Missing>), Refused> {
        let [to] = entry.destination.to_addresses.as_slice() else {
            return Err(invalid("this SES takes one address an entry"));
        };
        message::mailbox(to).map_err(invalid)?;
        let replaced = entry.replacement_email_content.as_ref();
        let replaced = replaced.and_then(|content| content.replacement_template.as_ref());
        let replaced = replaced.and_then(|template| template.replacement_template_data.as_deref());
        let mut values = self.texts.data.clone();
        values.extend(data(replaced).map_err(invalid)?);
        let headers = merged(&self.texts.headers, &entry.replacement_headers);
        check_headers(&headers).map_err(invalid)?;
        let tags = merged(&self.request.default_email_tags, &entry.replacement_tags);
        check_tags(&tags).map_err(invalid)?;

        let mut missing = None;
        let mut render = |template: &Template| match template.render(&values) {
            Ok(text) => text,
            Err(error) => {
                missing.get_or_insert(error);
                String::new()
            }
        };
        let subject = render(&self.texts.subject);
        let text = self.texts.text.as_ref().map(&mut render);
        let html = self.texts.html.as_ref().map(&mut render);
        let message = Message {
            id: format!("{}-000000", Uuid::new_v4()),
            from: self.request.from_email_address.clone(),
            to: to.clone(),
            reply_to: self.request.reply_to_addresses.clone(),
            subject,
            text,
            html,
            headers,
            tags,
            configuration_set: self.request.configuration_set_name.clone(),
            fate: Fate::Delivered,
        };
        Ok((message, missing))
    }

    fn events(&self, ses: &Ses, message: &Message, why: Option<&Missing>) -> Vec<NewEvent> {
        let Some(destination) = &self.destination else {
            return Vec::new();
        };
        let types = event::types_of(message.fate).iter().copied();
        let mut events = Vec::new();
        for kind in types.filter(|kind: &EventType| destination.takes(*kind)) {
            let (times, due) = match ses.shared.faults.of_event(kind, &message.to) {
                EventFault::None => (1, self.now),
                EventFault::Lost => (0, self.now),
                EventFault::Twice => (2, self.now),
                EventFault::Late(by) => (1, self.now.saturating_add(by).unwrap_or(Timestamp::MAX)),
            };
            let why = why.map(ToString::to_string);
            let body = event::body(kind, message, why.as_deref());
            let event = || NewEvent {
                due,
                queue_url: destination.queue_url.clone(),
                body: body.clone(),
            };
            events.extend(std::iter::repeat_with(event).take(times));
        }
        events
    }
}

impl Ses {
    /// Sends to each recipient that may be sent to. With `half`, every second one is throttled.
    pub(crate) fn send_bulk(
        &self,
        request: &SendBulkEmail,
        half: bool,
    ) -> Result<Vec<EntryResult>, SesError> {
        let entries = &request.bulk_email_entries;
        if entries.is_empty() || entries.len() > MAX_ENTRIES {
            let message = format!(
                "{} recipients: a call has at least one and at most {MAX_ENTRIES}.",
                entries.len()
            );
            return Err(SesError::bad(message));
        }
        let senders = request.reply_to_addresses.iter();
        for address in senders.chain([&request.from_email_address]) {
            message::mailbox(address).map_err(SesError::BadRequest)?;
        }
        let call = Call {
            request,
            texts: Texts::new(&request.default_content.template)?,
            destination: self.destination(request.configuration_set_name.as_deref())?,
            now: Timestamp::now(),
        };
        // Held to the end, so that calls at the same moment do not share what is left of the quota.
        let mut store = self.store();
        let mut sent = store.sent_in_24_hours(call.now);
        let (mut accepted, mut results) = (Vec::new(), Vec::new());
        for (place, entry) in entries.iter().enumerate() {
            let taken = call.message(entry).and_then(|(mut message, missing)| {
                let simulated = simulator::fate(&message.to);
                let counts = simulated.is_none();
                self.take_quota(counts.then_some(sent), call.now)?;
                if half && place % 2 == 1 {
                    return Err(throttled());
                }
                message.fate = match (&missing, simulated) {
                    (Some(_), _) => Fate::NotRendered,
                    (None, Some(fate)) => fate,
                    (None, None) => {
                        let listed = store.suppressed(&message.to.to_lowercase());
                        let is_listed = listed.is_ok_and(|found| found.is_some());
                        if is_listed {
                            Fate::OnAccountList
                        } else {
                            Fate::Delivered
                        }
                    }
                };
                Ok((message, missing, counts))
            });
            match taken {
                Ok((message, missing, counts)) => {
                    sent += u64::from(counts);
                    results.push(EntryResult {
                        status: "SUCCESS",
                        error: None,
                        message_id: Some(message.id.clone()),
                    });
                    accepted.push(NewMail {
                        events: call.events(self, &message, missing.as_ref()),
                        counts,
                        message,
                    });
                }
                Err(Refused { status, error }) => results.push(EntryResult {
                    status,
                    error: Some(error),
                    message_id: None,
                }),
            }
        }
        store.add(&accepted, call.now)?;
        drop(store);
        self.shared.event_queued.notify_waiters();
        Ok(results)
    }

    fn destination(&self, set: Option<&str>) -> Result<Option<EventDestination>, SesError> {
        let account = self.account();
        if !account.is_sending_enabled {
            return Err(SesError::SendingPaused);
        }
        let Some(set) = set else { return Ok(None) };
        let found = account.configuration_sets.get(set).cloned();
        let message = || format!("Configuration set <{set}> does not exist.");
        found.map(Some).ok_or_else(|| SesError::NotFound(message()))
    }

    /// Takes one recipient from what may be sent. E-mails to the simulator have no part in the day's quota.
    fn take_quota(&self, sent: Option<u64>, now: Timestamp) -> Result<(), Refused> {
        let mut account = self.account();
        let quota = account.quota;
        if sent.is_some_and(|sent| sent >= quota.max_24_hours) {
            return Err(Refused {
                status: "ACCOUNT_DAILY_QUOTA_EXCEEDED",
                error: "Daily message quota exceeded.".to_owned(),
            });
        }
        if account.pace.take(quota, now) {
            Ok(())
        } else {
            Err(throttled())
        }
    }
}

fn throttled() -> Refused {
    Refused {
        status: "ACCOUNT_THROTTLED",
        error: "Maximum sending rate exceeded.".to_owned(),
    }
}

fn invalid(error: impl Into<String>) -> Refused {
    Refused {
        status: "INVALID_PARAMETER",
        error: error.into(),
    }
}

fn data(text: Option<&str>) -> Result<Map<String, Value>, String> {
    let text = text.unwrap_or("{}");
    if text.len() > MAX_DATA_BYTES {
        return Err("Template data is too large.".to_owned());
    }
    serde_json::from_str(text).map_err(|error| format!("Template data is no JSON object: {error}"))
}

/// Pairs of a recipient's own, and those of all that it does not replace. Names of headers have no case, and no
/// tag of Sluice's differs from another in case only.
fn merged(of_all: &[Pair], own: &[Pair]) -> Vec<Pair> {
    let is_replaced = |pair: &&Pair| {
        let mut own = own.iter();
        own.any(|other| other.name.eq_ignore_ascii_case(&pair.name))
    };
    let kept = of_all.iter().filter(|pair| !is_replaced(pair));
    kept.chain(own).cloned().collect()
}

fn check_headers(headers: &[Pair]) -> Result<(), String> {
    if headers.len() > MAX_HEADERS {
        return Err(format!("An e-mail has at most {MAX_HEADERS} headers."));
    }
    headers.iter().try_for_each(message::check_header)
}

fn check_tags(tags: &[Pair]) -> Result<(), String> {
    let is_text = |text: &String| {
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"_-.@".contains(&b);
        (1..=256).contains(&text.len()) && text.bytes().all(is_letter)
    };
    match tags
        .iter()
        .find(|tag| !is_text(&tag.name) || !is_text(&tag.value))
    {
        None => Ok(()),
        Some(tag) => Err(format!("Invalid tag: {}={}", tag.name, tag.value)),
    }
}
