//! What a call and an account may send.

use aws_sdk_sesv2::types::{BulkEmailStatus, MessageHeader};
use local_ses::Quota;

use crate::service::{Service, entry, statuses};

fn addresses(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("member{n}@example.com"))
        .collect()
}

async fn send(service: &Service, count: usize) -> Vec<BulkEmailStatus> {
    let addresses = addresses(count);
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    statuses(&service.send(&addresses).await)
}

#[tokio::test]
async fn a_call_has_at_most_fifty_recipients() {
    let service = Service::start().await;
    for count in [0, 51] {
        let entries = addresses(count).into_iter();
        let entries = entries.map(|address| entry(&address, "x")).collect();
        let call = service.call().set_bulk_email_entries(Some(entries));
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_bad_request_exception(), "{error:?}");
    }
    assert!(service.sent().is_empty());
    assert_eq!(send(&service, 50).await, vec![BulkEmailStatus::Success; 50]);
}

#[tokio::test]
async fn recipients_beyond_the_days_quota_are_refused_one_by_one() {
    let service = Service::start().await;
    service.ses.set_quota(Quota {
        max_24_hours: 3,
        max_per_second: 100,
    });
    let statuses = send(&service, 5).await;
    assert_eq!(statuses[..3], vec![BulkEmailStatus::Success; 3]);
    assert_eq!(
        statuses[3..],
        vec![BulkEmailStatus::AccountDailyQuotaExceeded; 2]
    );
    assert_eq!(service.sent().len(), 3);
    // The simulator's addresses do not count.
    let simulated = service.send(&["success@simulator.amazonses.com"]).await;
    assert_eq!(simulated[0].status(), Some(&BulkEmailStatus::Success));
    let quota = service
        .client
        .get_account()
        .send()
        .await
        .unwrap()
        .send_quota
        .unwrap();
    assert!((quota.sent_last24_hours() - 3.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn recipients_beyond_the_rate_are_throttled() {
    let service = Service::start().await;
    service.ses.set_quota(Quota::SANDBOX);
    assert_eq!(send(&service, 50).await, vec![BulkEmailStatus::Success; 50]);
    let later = send(&service, 10).await;
    assert!(
        later.contains(&BulkEmailStatus::AccountThrottled),
        "{later:?}"
    );
    let accepted = later
        .iter()
        .filter(|status| **status == BulkEmailStatus::Success);
    assert_eq!(service.sent().len(), 50 + accepted.count());
}

#[tokio::test]
async fn headers_and_tags_that_would_break_an_e_mail_are_refused() {
    let service = Service::start().await;
    for (name, value) in [
        ("Bcc", "eve@example.com"),
        ("X-A", "a\r\nBcc: eve@example.com"),
    ] {
        let header = MessageHeader::builder().name(name).value(value);
        let mut recipient = entry("ann@example.com", "Ann");
        recipient.replacement_headers = Some(vec![header.build().unwrap()]);
        let call = service.call().bulk_email_entries(recipient);
        let answer = call.send().await.unwrap();
        let statuses = statuses(answer.bulk_email_entry_results());
        assert_eq!(statuses, [BulkEmailStatus::InvalidParameter], "{name}");
    }
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn what_sluice_does_not_call_is_refused() {
    let service = Service::start().await;
    let call = service.call().configuration_set_name("unknown");
    let call = call.bulk_email_entries(entry("ann@example.com", "Ann"));
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_not_found_exception(), "{error:?}");

    let with_block = service.call_with("{{#if name}}Hello{{/if}}", "<p>Hello</p>");
    let call = with_block.bulk_email_entries(entry("ann@example.com", "Ann"));
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception(), "{error:?}");

    let call = service.call().tenant_name("another");
    let call = call.bulk_email_entries(entry("ann@example.com", "Ann"));
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception(), "{error:?}");

    let listed = service.client.list_email_identities().send().await;
    let message = format!("{:?}", listed.unwrap_err());
    assert!(
        message.contains("is not supported by this SES"),
        "{message}"
    );
    assert!(service.sent().is_empty());
}
