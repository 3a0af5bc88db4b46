//! An import that was cancelled and is tried again: what is missing is done, what is done is kept,
//! and what comes of it is what an import without interruption comes to.

use std::collections::BTreeSet;

use sluice_task::TaskStatus;

use crate::harness::{
    ByHand, Caller, SMALL_CHUNKS, Sluice, flawed_members, leave_unpolled, members, numbers,
    set_chunk_bytes,
};

/// A system whose chunks wait for the test.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await
}

/// A choice among so many chunks.
type Choice = fn(usize, usize) -> bool;

/// What may be done before the cancel.
const DONE: [(&str, Choice); 3] = [
    ("even", |chunk, _| chunk % 2 == 0),
    ("tail", |chunk, of| chunk >= of / 2),
    ("last", |chunk, of| chunk == of - 1),
];

/// The messages of the chosen chunks, backwards.
fn chosen(messages: &[String], is_chosen: Choice) -> Vec<String> {
    let numbered = messages.iter().enumerate().rev();
    numbered
        .filter(|(chunk, _)| is_chosen(*chunk, messages.len()))
        .map(|(_, message)| message.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cancel_left_out_is_done_and_all_is_as_if_nothing_had_happened() {
    let sluice = sluice().await;
    for (name, file, status) in [
        ("clean", members(200, 702), TaskStatus::Finished),
        (
            "flawed",
            flawed_members(400, 701, 5.0, 15.0).0,
            TaskStatus::PartlySucceeded,
        ),
    ] {
        let expected = ByHand::uninterrupted(&sluice, name, &file).await;
        assert_eq!(expected.status, status);
        for (way, is_done) in DONE {
            let import = ByHand::begin(&sluice, &format!("{name}-{way}"), &file).await;
            let done = chosen(&import.messages, is_done);
            import.cancel_after(&done, &import.messages).await;
            let again = import.retry(2).await;
            let missing: BTreeSet<u32> = &numbers(&import.messages) - &numbers(&done);
            assert_eq!(numbers(&again), missing, "{name}, {way}: only these again");
            assert_eq!(again.len(), missing.len());
            // Each one twice: it counts once.
            let twice = again.iter().rev().flat_map(|message| [message, message]);
            import.deliver(twice).await;
            assert_eq!(import.ended().await.run_count, 2);
            assert_eq!(import.outcome().await, expected, "{name}, {way}");
        }
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cancelled_and_retried_again_and_again_comes_to_the_same() {
    let sluice = sluice().await;
    let (file, _) = flawed_members(600, 703, 5.0, 15.0);
    let expected = ByHand::uninterrupted(&sluice, "whole", &file).await;
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let mut left = import.messages.clone();
    let mut run = 1;
    while left.len() > 8 {
        let (some, others) = left.split_at(left.len() / 4);
        import.cancel_after(some, &left).await;
        run += 1;
        let again = import.retry(run).await;
        assert_eq!(numbers(&again), numbers(others), "run {run}");
        left = again;
    }
    assert!(run > 3, "{run} runs");
    import.deliver(&left).await;
    assert_eq!(import.ended().await.run_count, run);
    assert_eq!(import.outcome().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_retries_of_an_import_one_wins_and_each_row_is_stored_once() {
    let sluice = sluice().await;
    let import = ByHand::begin(&sluice, "demo", &members(200, 706)).await;
    let messages = &import.messages;
    import.cancel_after(&messages[..3], messages).await;
    let callers: Vec<Caller> = (0..8).map(|_| sluice.demo()).collect();
    let retries = callers
        .iter()
        .map(|caller| caller.verb("retry", import.task_id));
    let answers = futures::future::join_all(retries).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.code == 0);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for answer in lost {
        answer.refused(40901);
    }
    let again = import.split_again().await;
    assert_eq!(again.len(), messages.len() - 3);
    import.deliver(&again).await;
    let task = import.ended().await;
    assert_eq!((task.status, task.run_count), (TaskStatus::Finished, 2));
    assert_eq!(sluice.items().await.len(), 200);
}
