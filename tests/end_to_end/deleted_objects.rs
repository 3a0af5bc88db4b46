//! Objects that somebody deletes from the bucket while a file is split: the task ends, and no message comes
//! again and again.

use std::time::Duration;

use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Sluice, eventually, leave_unpolled, members};

const UPLOADS: &str = "sluice-uploads";

/// A file in its second leg, for which a message waits that goes on with it.
async fn in_its_second_leg(seed: u64) -> (Sluice, u64, String) {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "splitter");
        // No more than what a leg keeps for handing over.
        let seconds = Duration::from_secs(20);
        options.timeouts.insert("splitter".to_owned(), seconds);
    })
    .await;
    let task_id = sluice.demo().send(&members(12_000, seed), &json!({})).await;
    let take = async || sluice.take_all(UPLOADS).await.pop();
    let event = eventually("the event of the file", take).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    let rest = eventually("the message of the rest", take).await;
    (sluice, task_id, rest)
}

/// Deletes the objects under a prefix, and brings messages to the splitter until there is none.
async fn delete_and_go_on(sluice: &Sluice, prefix: &str, rest: String) {
    let clients = sluice.clients().await;
    let objects = sluice_aws::Objects::new(&clients, BUCKET.to_owned());
    let keys = objects.list(prefix).await.expect("a list");
    assert!(!keys.is_empty(), "{prefix}");
    for key in keys {
        let delete = clients.s3.delete_object().bucket(BUCKET).key(key);
        delete.send().await.expect("an object is deleted");
    }
    let mut next = Some(rest);
    while let Some(message) = next {
        let handled = sluice.deliver_to("splitter", &message).await;
        assert!(handled, "{prefix}: the message comes again");
        next = sluice.take_all(UPLOADS).await.pop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_search_for_conflicts_is_deleted_is_imported_all_the_same() {
    let (sluice, task_id, rest) = in_its_second_leg(951).await;
    delete_and_go_on(&sluice, "conflicts/", rest).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 12_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_objects_are_all_deleted_ends_with_a_reason() {
    for (seed, prefix, words) in [
        (952, "", "changed or deleted while it was being imported"),
        (953, "manifests/", "the plan of the import was deleted"),
    ] {
        let (sluice, task_id, rest) = in_its_second_leg(seed).await;
        delete_and_go_on(&sluice, prefix, rest).await;
        let task = sluice.demo().ended(task_id).await;
        assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(words), "{prefix}: {reason}");
        assert_eq!(sluice.items().await.len(), 0);
    }
}
