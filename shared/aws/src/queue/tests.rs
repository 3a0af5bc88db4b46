use std::cell::RefCell;

use sluice_retry::within;
use tokio::time::Instant;

use super::*;

/// An SQS that refuses entries, and when it was asked for which.
struct Sqs {
    began: Instant,
    asked: RefCell<Vec<(Duration, Vec<String>)>>,
    /// Whether the entry is refused by this request, the first is 0; with which code.
    refuses: fn(usize, &str) -> Option<&'static str>,
}

impl Sqs {
    fn new(refuses: fn(usize, &str) -> Option<&'static str>) -> Self {
        Self {
            began: Instant::now(),
            asked: RefCell::default(),
            refuses,
        }
    }

    async fn send(&self, ids: std::ops::Range<usize>) -> Result<(), Refused> {
        send_whole(ids.map(entry).collect(), async |entries: Vec<Entry>| {
            Ok(self.take(&entries))
        })
        .await
    }

    fn take(&self, entries: &[Entry]) -> Answer {
        let request = self.asked.borrow().len();
        let ids: Vec<String> = entries.iter().map(|entry| entry.id().to_owned()).collect();
        let mut answer = Answer::default();
        for id in &ids {
            match (self.refuses)(request, id) {
                Some("") => {}
                Some(code) => answer.refused.push(refusal(id, code)),
                None => {
                    answer.taken.insert(id.clone());
                }
            }
        }
        self.asked.borrow_mut().push((self.began.elapsed(), ids));
        answer
    }

    /// How long it was left alone before each request but the first.
    fn waits(&self) -> Vec<u128> {
        let asked = self.asked.borrow();
        let pairs = asked.windows(2);
        pairs
            .map(|pair| pair[1].0.abs_diff(pair[0].0).as_millis())
            .collect()
    }
}

fn entry(id: usize) -> Entry {
    let entry = Entry::builder().id(id.to_string()).message_body("{}");
    entry.build().expect("an entry")
}

fn refusal(id: &str, code: &str) -> BatchResultErrorEntry {
    BatchResultErrorEntry::builder()
        .id(id)
        .code(code)
        .sender_fault(code.starts_with("Invalid"))
        .build()
        .expect("a refusal")
}

fn places(refused: &Refused) -> Vec<&str> {
    refused.entries.iter().map(Entry::id).collect()
}

#[tokio::test(start_paused = true)]
async fn entries_that_were_refused_are_sent_again_alone_with_growing_waits() {
    let sqs = Sqs::new(|request, id| match (request, id) {
        (..3, "2") | (0, "5") => Some("ServiceUnavailable"),
        // Not a word about this one.
        (0, "7") => Some(""),
        _ => None,
    });
    sqs.send(0..10).await.expect("all are sent");
    let asked: Vec<_> = sqs.asked.borrow().iter().map(|one| one.1.clone()).collect();
    assert_eq!(asked[0].len(), 10);
    assert_eq!(asked[1], ["2", "5", "7"]);
    assert_eq!(asked[2..], [["2"], ["2"]]);
    let waits = sqs.waits();
    for (wait, longest) in waits.iter().zip([100, 200, 400]) {
        assert!((longest / 2..=longest + 1).contains(wait), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_keeps_refusing_is_asked_eight_times_in_at_most_thirteen_seconds() {
    let sqs = Sqs::new(|_, id| (id == "1").then_some("InternalError"));
    let refused = sqs.send(0..3).await.expect_err("one is refused");
    assert_eq!(places(&refused), ["1"]);
    assert_eq!(refused.why.code(), Some("InternalError"));
    assert!(refused.why.is_passing());
    assert_eq!(sqs.asked.borrow().len(), 8);
    assert!(sqs.began.elapsed() <= Duration::from_secs(13));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_after_the_deadline() {
    let sqs = Sqs::new(|_, id| (id != "0").then_some("ServiceUnavailable"));
    let until = sqs.began + Duration::from_secs(1);
    let refused = within(until, sqs.send(0..3)).await;
    assert_eq!(places(&refused.expect_err("no time")), ["1", "2"]);
    assert!(sqs.began.elapsed() < Duration::from_secs(1));
    let requests = sqs.asked.borrow().len();
    assert!((3..=5).contains(&requests), "{requests}");
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_is_wrong_is_not_sent_again() {
    let sqs = Sqs::new(|_, id| match id {
        "0" => Some("InternalError"),
        "1" => Some("InvalidMessageContents"),
        _ => None,
    });
    let refused = sqs.send(0..3).await.expect_err("one is wrong");
    assert_eq!(places(&refused), ["0", "1"]);
    assert_eq!(refused.why.code(), Some("InvalidMessageContents"));
    assert!(!refused.why.is_passing());
    assert_eq!(sqs.asked.borrow().len(), 1);
}

#[test]
fn the_error_says_how_many_messages_were_not_sent_and_why() {
    let why = AwsError::answered(
        "SendMessageBatch",
        "InternalError",
        true,
        "sorry".to_owned(),
    );
    let error = why.because(|why| NotSent {
        places: vec![11, 12],
        of: 13,
        why,
    });
    assert_eq!(
        crate::chain(&error),
        "SendMessageBatch failed with InternalError: 2 of 13 messages were not sent, the first of \
         them is number 12: sorry"
    );
    assert!(error.is_passing());
}

#[test]
fn a_queue_is_as_long_as_what_waits_and_what_is_being_handled() {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let sum = |counts: [Option<&str>; 2]| {
        let counts = names.iter().cloned().zip(counts);
        let counts = counts.filter_map(|(name, count)| Some((name, count?.to_owned())));
        sum_of(Some(&counts.collect()), &names)
    };
    assert_eq!(sum([Some("120"), Some("7")]), Some(127));
    assert_eq!(sum([Some("0"), Some("0")]), Some(0));
    // A count that is not there is not taken for an empty queue.
    assert_eq!(sum([Some("120"), None]), None);
    assert_eq!(sum([Some("many"), Some("7")]), None);
    assert_eq!(sum_of(None, &names), None);
}
