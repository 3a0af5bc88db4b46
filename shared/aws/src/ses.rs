//! SES: e-mails in bulk, each handed over once. SES has no token by which it would know a request that comes
//! twice, so no request is repeated here, and an answer that does not come is told apart from a refusal.

use aws_config::retry::RetryConfig;
use aws_sdk_sesv2::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sesv2::operation::send_bulk_email::{SendBulkEmailError, SendBulkEmailOutput};
use aws_sdk_sesv2::types::{
    BulkEmailContent, BulkEmailEntry, BulkEmailEntryResult, BulkEmailStatus, Destination,
    EmailTemplateContent, MessageHeader, MessageTag, ReplacementEmailContent, ReplacementTemplate,
    Template,
};
use serde_json::json;
use sluice_mail::{Answer, Rendered};

use crate::clients::Clients;
use crate::error::AwsError;

/// SES, with what all e-mails have.
#[derive(Clone, Debug)]
pub struct Ses {
    client: aws_sdk_sesv2::Client,
    configuration_set: String,
}

/// E-mails to up to 50 recipients. All have the same parts: a text, HTML, or both.
#[derive(Clone, Debug)]
pub struct BulkMail {
    /// The sender, as the header has it.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Each one.
    pub mails: Vec<OneMail>,
}

/// One e-mail.
#[derive(Clone, Debug)]
pub struct OneMail {
    /// The recipient.
    pub to: String,
    /// What events say of it.
    pub tags: Vec<(&'static str, String)>,
    /// Where the recipient unsubscribes.
    pub unsubscribe_url: String,
    /// What is sent.
    pub content: Rendered,
}

/// What an account may send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SendQuota {
    /// Recipients in 24 hours; none for any number.
    pub max_24_hours: Option<f64>,
    /// Recipients in a second.
    pub max_per_second: f64,
    /// Recipients of the last 24 hours.
    pub sent_24_hours: f64,
    /// Whether it may send at all.
    pub is_enabled: bool,
}

/// Why a call was not answered recipient by recipient.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent: there are too many calls.
    #[error("SES takes no more calls now")]
    Busy,
    /// Nothing was sent, and nothing of the kind ever will be.
    #[error("SES refuses it: {0}")]
    Refused(String),
    /// Nobody knows whether something was sent.
    #[error("SES did not answer")]
    Unknown(#[source] AwsError),
}

impl Ses {
    /// SES with a configuration set, whose events say what becomes of e-mails.
    pub fn new(clients: &Clients, configuration_set: String) -> Self {
        Self {
            client: clients.ses.clone(),
            configuration_set,
        }
    }

    /// Asks what may be sent.
    pub async fn quota(&self) -> Result<SendQuota, AwsError> {
        // Asking twice does no harm.
        let retries = aws_sdk_sesv2::config::Builder::new().retry_config(RetryConfig::standard());
        let asked = self.client.get_account().customize();
        let account = asked.config_override(retries).send().await;
        let account = account.map_err(AwsError::of("GetAccount"))?;
        let quota = account.send_quota();
        let max = quota.map_or(0.0, aws_sdk_sesv2::types::SendQuota::max24_hour_send);
        Ok(SendQuota {
            max_24_hours: (max >= 0.0).then_some(max),
            max_per_second: quota.map_or(1.0, aws_sdk_sesv2::types::SendQuota::max_send_rate),
            sent_24_hours: quota.map_or(0.0, aws_sdk_sesv2::types::SendQuota::sent_last24_hours),
            is_enabled: account.sending_enabled(),
        })
    }

    /// Hands e-mails over, in one call that is never repeated. The answers are in the order of the e-mails.
    pub async fn send(&self, bulk: &BulkMail) -> Result<Vec<(Answer, String)>, SendError> {
        let not_built = |error| SendError::Refused(format!("a call could not be made: {error}"));
        let first = bulk.mails.first().map(|mail| &mail.content);
        let has = |part: fn(&Rendered) -> bool| first.is_some_and(part);
        // SES puts in what it is given as it is: what is sent is what was rendered.
        let content = EmailTemplateContent::builder()
            .subject("{{{subject}}}")
            .set_text(has(|mail| mail.text.is_some()).then(|| "{{{text}}}".to_owned()))
            .set_html(has(|mail| mail.html.is_some()).then(|| "{{{html}}}".to_owned()))
            .build();
        let template = Template::builder()
            .template_content(content)
            .template_data("{}");
        let mut request = self
            .client
            .send_bulk_email()
            .from_email_address(&bulk.from)
            .configuration_set_name(&self.configuration_set)
            .default_content(
                BulkEmailContent::builder()
                    .template(template.build())
                    .build(),
            );
        if let Some(reply_to) = &bulk.reply_to {
            request = request.reply_to_addresses(reply_to);
        }
        for mail in &bulk.mails {
            request = request.bulk_email_entries(entry(mail).map_err(not_built)?);
        }
        match request.send().await {
            Ok(answer) => answers(answer, bulk.mails.len()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The most characters that the values of one recipient may have.
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ReplacementTemplate.html>
const MOST_DATA_CHARS: usize = 262_144;

/// Whether an e-mail is small enough to be handed over.
pub fn fits_into_a_call(content: &Rendered) -> bool {
    data_of(content).chars().count() <= MOST_DATA_CHARS
}

/// The values of one recipient.
fn data_of(content: &Rendered) -> String {
    json!({
        "subject": content.subject,
        "text": content.text,
        "html": content.html,
    })
    .to_string()
}

fn entry(mail: &OneMail) -> Result<BulkEmailEntry, aws_sdk_sesv2::error::BuildError> {
    let header = |name: &str, value: &str| MessageHeader::builder().name(name).value(value).build();
    let template = ReplacementTemplate::builder().replacement_template_data(data_of(&mail.content));
    let content = ReplacementEmailContent::builder().replacement_template(template.build());
    let tags = mail.tags.iter().map(|(name, value)| tag(name, value));
    Ok(BulkEmailEntry::builder()
        .destination(Destination::builder().to_addresses(&mail.to).build())
        .replacement_email_content(content.build())
        // Not as default tags of the call: an entry's own may take their place.
        .set_replacement_tags(Some(tags.collect::<Result<_, _>>()?))
        .replacement_headers(header(
            "List-Unsubscribe",
            &format!("<{}>", mail.unsubscribe_url),
        )?)
        // RFC 8058
        .replacement_headers(header(
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click",
        )?)
        .build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, aws_sdk_sesv2::error::BuildError> {
    MessageTag::builder().name(name).value(value).build()
}

fn answers(answer: SendBulkEmailOutput, asked: usize) -> Result<Vec<(Answer, String)>, SendError> {
    let results = answer.bulk_email_entry_results;
    if results.len() != asked {
        let words = format!("{} answers for {asked} recipients", results.len());
        return Err(SendError::Unknown(AwsError::new("SendBulkEmail", words)));
    }
    let one = |result: BulkEmailEntryResult| {
        let why = result.error().unwrap_or_default().to_owned();
        (meaning(result.status()), why)
    };
    Ok(results.into_iter().map(one).collect())
}

/// What a status means. One that is not known is taken for sent: it must not be sent twice.
fn meaning(status: Option<&BulkEmailStatus>) -> Answer {
    use BulkEmailStatus as S;
    match status {
        Some(S::AccountThrottled | S::TransientFailure) => Answer::Busy,
        Some(S::AccountDailyQuotaExceeded) => Answer::DayUsedUp,
        Some(S::Failed | S::InvalidParameter | S::MessageRejected) => Answer::Rejected,
        Some(
            S::AccountSendingPaused
            | S::AccountSuspended
            | S::ConfigurationSetNotFound
            | S::ConfigurationSetSendingPaused
            | S::InvalidSendingPoolName
            | S::MailFromDomainNotVerified
            | S::TemplateNotFound,
        ) => Answer::NotAllowed,
        _ => Answer::Taken,
    }
}

/// Whether something may have been sent: only SES's own refusal says that nothing was.
fn failed(error: SdkError<SendBulkEmailError>) -> SendError {
    if let SdkError::ServiceError(refused) = &error
        && refused.raw().status().is_client_error()
    {
        let refusal = refused.err();
        return match refusal.code() {
            Some(
                "TooManyRequestsException"
                | "ThrottlingException"
                | "Throttling"
                | "LimitExceededException",
            ) => SendError::Busy,
            code => {
                let words = refusal.message().or(code).unwrap_or("no reason is given");
                SendError::Refused(words.to_owned())
            }
        };
    }
    SendError::Unknown(AwsError::of("SendBulkEmail")(error))
}
