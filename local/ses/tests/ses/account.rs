//! The account: its quota, its state and its suppression list.

use aws_sdk_sesv2::types::SuppressionListReason;
use local_ses::{Fate, Quota};

use crate::service::{Service, entry};

#[tokio::test]
async fn the_account_says_what_may_be_sent() {
    let service = Service::start().await;
    service.send(&["ann@example.com", "bob@example.com"]).await;
    let account = service.client.get_account().send().await.unwrap();
    let quota = account.send_quota().unwrap();
    let figures = [
        quota.max24_hour_send,
        quota.max_send_rate,
        quota.sent_last24_hours,
    ];
    assert_eq!(figures.map(|figure| figure as u64), [50_000, 14, 2]);
    assert!(account.sending_enabled && account.production_access_enabled);
    service.ses.set_quota(Quota::SANDBOX);
    let account = service.client.get_account().send().await.unwrap();
    assert!(!account.production_access_enabled);
}

#[tokio::test]
async fn a_paused_account_sends_nothing() {
    let service = Service::start().await;
    service.ses.set_sending_enabled(false);
    let call = service
        .call()
        .bulk_email_entries(entry("ann@example.com", "Ann"));
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_sending_paused_exception(), "{error:?}");
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn addresses_on_the_accounts_list_get_nothing_and_bounce() {
    let service = Service::start().await;
    let client = &service.client;
    for address in ["Ann@Example.com", "bob@example.com"] {
        let put = client.put_suppressed_destination().email_address(address);
        put.reason(SuppressionListReason::Bounce)
            .send()
            .await
            .unwrap();
    }
    service.send(&["ann@example.com", "eve@example.com"]).await;
    let fates: Vec<Fate> = service.sent().into_iter().map(|(_, fate)| fate).collect();
    assert_eq!(fates, [Fate::OnAccountList, Fate::Delivered]);
    let events = service.events().await;
    let sub_type = &events[1]["detail"]["bounce"]["bounceSubType"];
    assert_eq!(sub_type, "OnAccountSuppressionList");

    let page = client
        .list_suppressed_destinations()
        .page_size(1)
        .send()
        .await
        .unwrap();
    let first = &page.suppressed_destination_summaries()[0];
    assert_eq!(first.email_address(), "ann@example.com");
    let next = client.list_suppressed_destinations().page_size(1);
    let next = next
        .set_next_token(page.next_token.clone())
        .send()
        .await
        .unwrap();
    let second = &next.suppressed_destination_summaries()[0];
    assert_eq!(second.email_address(), "bob@example.com");

    let get = client
        .get_suppressed_destination()
        .email_address("bob@example.com");
    let found = get.send().await.unwrap().suppressed_destination.unwrap();
    assert_eq!(found.reason(), &SuppressionListReason::Bounce);
    let delete = client
        .delete_suppressed_destination()
        .email_address("bob@example.com");
    delete.clone().send().await.unwrap();
    let again = delete.send().await.unwrap_err().into_service_error();
    assert!(again.is_not_found_exception());
}
