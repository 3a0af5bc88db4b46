//! What Sluice does not call is refused.

use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};

use super::Running;

#[tokio::test]
async fn operations_and_attributes_that_are_not_called_are_refused() {
    let running = Running::start().await;
    let url = running.queue("chunks", &[]).await;
    let purge = running.client.purge_queue().queue_url(&url);
    let error = purge.send().await.unwrap_err().into_service_error();
    assert_eq!(
        error.meta().code(),
        Some("AWS.SimpleQueueService.UnsupportedOperation")
    );

    let attribute = MessageAttributeValue::builder().data_type("String");
    let attribute = attribute.string_value("one").build().unwrap();
    let send = running.client.send_message().queue_url(&url);
    let send = send.message_body("x").message_attributes("name", attribute);
    let error = send.send().await.unwrap_err().into_service_error();
    assert!(error.is_unsupported_operation());

    let create = running.client.create_queue().queue_name("chunks.fifo");
    let create = create.attributes(QueueAttributeName::FifoQueue, "true");
    let error = create.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
}
