//! Refusals reach the SDK as the typed errors of AWS.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::Server;

#[tokio::test]
async fn an_unknown_queue_is_the_sdks_queue_does_not_exist() {
    let server = Server::start().await;
    let url = "http://localhost/000000000000/nowhere";
    let send = server
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
    assert_eq!(
        error.meta().message(),
        Some("The specified queue does not exist.")
    );

    let receive = server.client.receive_message().queue_url(url).send().await;
    assert!(
        receive
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
    let delete = server
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
    let find = server
        .client
        .get_queue_url()
        .queue_name("nowhere")
        .send()
        .await;
    assert!(
        find.unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}

#[tokio::test]
async fn invalid_contents_handles_and_numbers_are_refused() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let send = server.client.send_message().queue_url(&url);
    let error = send
        .clone()
        .message_body("\u{0}")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_invalid_message_contents());
    let error = send
        .message_body("x")
        .delay_seconds(901)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        error.into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );

    let delete = server
        .client
        .delete_message()
        .queue_url(&url)
        .receipt_handle("nonsense");
    let error = delete.send().await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid());

    let receive = server.client.receive_message().queue_url(&url);
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

#[tokio::test]
async fn fifo_queues_and_unknown_operations_are_unsupported() {
    let server = Server::start().await;
    let create = server.client.create_queue().queue_name("chunks.fifo");
    let create = create.attributes(QueueAttributeName::FifoQueue, "true");
    let error = create.send().await.unwrap_err().into_service_error();
    assert!(error.is_unsupported_operation());
    assert!(error.meta().message().unwrap().contains("FIFO"));

    let url = server.queue("chunks", &[]).await;
    let error = server
        .client
        .list_queue_tags()
        .queue_url(url)
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_unsupported_operation());
}
