//! Faults that a test asks for.

use std::time::Duration;

use aws_sdk_sesv2::types::BulkEmailStatus;
use local_ses::Fault;

use crate::service::{Service, entry, statuses};

async fn fails(service: &Service) -> String {
    let call = service
        .call()
        .bulk_email_entries(entry("ann@example.com", "Ann"));
    format!("{:?}", call.send().await.unwrap_err())
}

#[tokio::test]
async fn a_throttled_call_sends_nothing_and_says_so() {
    let service = Service::start().await;
    service.ses.set_rule(|operation, _| match operation {
        "SendBulkEmail" => Fault::Throttled,
        _ => Fault::None,
    });
    let error = fails(&service).await;
    assert!(error.contains("TooManyRequestsException"), "{error}");
    service.client.get_account().send().await.unwrap();
    assert!(service.sent().is_empty());
    assert_eq!(
        service.ses.fault_count("SendBulkEmail", Fault::Throttled),
        1
    );
}

#[tokio::test]
async fn a_lost_answer_is_an_error_after_the_e_mails_were_sent() {
    let service = Service::start().await;
    service.ses.set_rule(|_, _| Fault::AnswerLost);
    fails(&service).await;
    assert_eq!(service.sent().len(), 1);
    assert_eq!(service.events().await.len(), 2);
}

#[tokio::test]
async fn an_internal_error_sends_nothing() {
    let service = Service::start().await;
    service.ses.set_rule(|_, _| Fault::Internal);
    fails(&service).await;
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn silence_is_before_or_after_the_e_mails_are_sent() {
    let service = Service::start().await;
    for (fault, sent) in [(Fault::Silence, 0), (Fault::SilenceAfter, 1)] {
        service.ses.set_rule(move |_, _| fault);
        let call = service
            .call()
            .bulk_email_entries(entry("ann@example.com", "Ann"));
        let answer = tokio::time::timeout(Duration::from_secs(2), call.send()).await;
        assert!(answer.is_err(), "{fault:?}");
        assert_eq!(service.sent().len(), sent, "{fault:?}");
    }
}

#[tokio::test]
async fn half_of_a_call_can_be_throttled() {
    let service = Service::start().await;
    service.ses.set_rule(|_, _| Fault::HalfThrottled);
    let results = service
        .send(&["a@example.com", "b@example.com", "c@example.com"])
        .await;
    let (sent, throttled) = (BulkEmailStatus::Success, BulkEmailStatus::AccountThrottled);
    assert_eq!(statuses(&results), [sent.clone(), throttled, sent]);
    let recipients: Vec<String> = service.sent().into_iter().map(|(who, _)| who).collect();
    assert_eq!(recipients, ["a@example.com", "c@example.com"]);
}
