//! Refusals reach the SDK as the typed errors of AWS.

use crate::service::Service;

#[tokio::test]
async fn an_unknown_queue_is_the_sdks_queue_does_not_exist() {
    let sqs = Service::start().await;
    let url = &sqs.url_of_none().await;
    let send = sqs
        .client
        .send_message()
        .queue_url(url)
        .message_body("x")
        .send()
        .await;
    let error = send.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
    assert_eq!(
        error.meta().code(),
        Some("AWS.SimpleQueueService.NonExistentQueue")
    );

    let receive = sqs.client.receive_message().queue_url(url).send().await;
    assert!(
        receive
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
    let delete = sqs
        .client
        .delete_message()
        .queue_url(url)
        .receipt_handle("receipt-1-1");
    assert!(
        delete
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
    let find = sqs
        .client
        .get_queue_url()
        .queue_name(sqs.name("nowhere"))
        .send()
        .await;
    assert!(
        find.unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}

#[tokio::test]
async fn a_body_of_characters_that_xml_cannot_express_is_refused() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let send = sqs.client.send_message().queue_url(&url);
    let error = send.message_body("\u{0}").send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_message_contents());
}

#[tokio::test]
async fn a_receipt_handle_of_nobody_is_refused() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let delete = sqs.client.delete_message().queue_url(&url);
    let error = delete.receipt_handle("nonsense").send().await.unwrap_err();
    assert!(error.into_service_error().is_receipt_handle_is_invalid());
}

#[tokio::test]
async fn a_delay_of_more_than_15_minutes_is_refused() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    let send = sqs.client.send_message().queue_url(&url).message_body("x");
    let error = send.delay_seconds(901).send().await.unwrap_err();
    assert_eq!(
        error.into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );
}

#[tokio::test]
async fn receivers_numbers_out_of_their_range_are_refused() {
    let sqs = Service::start().await;
    let url = sqs.queue("chunks", &[]).await;
    // Nobody waits for a message that is there.
    sqs.send(&url, "x").await;
    let receive = sqs.client.receive_message().queue_url(&url);
    for request in [
        receive.clone().max_number_of_messages(11),
        receive.clone().max_number_of_messages(0),
        receive.clone().wait_time_seconds(21),
        receive.clone().visibility_timeout(43_201),
    ] {
        let error = request.send().await.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
    }
}
