//! The contract against MiniStack.

#[path = "../../../tests/ministack/differences.rs"]
mod differences;

use crate::service::ENDPOINT;

/// Tests of the contract that MiniStack 1.5.33 fails, what it does otherwise than AWS, and AWS's page.
const EXCEPTIONS: [(&str, &str); 6] = [
    (
        "errors::a_delay_of_more_than_15_minutes_is_refused",
        "takes any delay: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    ),
    (
        "errors::receivers_numbers_out_of_their_range_are_refused",
        "takes numbers out of their range: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html",
    ),
    (
        "messages::a_message_of_a_batch_carries_its_trace",
        "drops the system attributes of a batch's messages: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html",
    ),
    (
        "messages::the_digest_of_a_trace_is_answered",
        "answers no digest of system attributes: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    ),
    (
        "messages::a_message_that_is_not_in_flight_has_no_visibility_to_change",
        "changes the visibility of a message that is not in flight: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html",
    ),
    (
        "messages::an_old_receipt_handle_deletes_nothing_and_the_latest_one_does",
        "refuses a receipt handle that is not the latest: \
         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html",
    ),
];

#[test]
#[ignore = "needs MiniStack: run tests/deployed.sh"]
fn ministack_differs_only_where_the_table_says() {
    differences::assert_only(ENDPOINT, &EXCEPTIONS);
}
