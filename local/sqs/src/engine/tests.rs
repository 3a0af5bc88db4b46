//! What needs a clock or more messages than a client could send in a test.

use super::*;
use crate::receipt::Receipt;
use crate::store::NewMessage;

const DAY_MS: i64 = 86_400_000;

fn engine(name: &str) -> Engine {
    let mut engine = Engine::load(Store::in_memory().unwrap(), 0).unwrap();
    engine
        .create_queue(name.parse().unwrap(), &BTreeMap::new(), 0)
        .unwrap();
    engine
}

fn message(group_id: Option<&str>, now_ms: i64) -> NewMessage {
    NewMessage {
        id: "id".to_owned(),
        body: "body".to_owned(),
        group_id: group_id.map(str::to_owned),
        trace_header: None,
        sent_ms: now_ms,
        visible_ms: now_ms,
    }
}

fn receive(engine: &mut Engine, name: &str, count: usize, now_ms: i64) -> Vec<Option<String>> {
    let receiving = Receiving {
        max_messages: count,
        visibility_s: Some(60),
        waits: false,
    };
    let received = engine.receive(name, receiving, now_ms).unwrap();
    received
        .messages
        .into_iter()
        .map(|message| message.group_id)
        .collect()
}

#[test]
fn ten_quiet_messages_pass_a_stored_backlog_of_100_000() {
    let mut engine = engine("chunks");
    engine
        .send("chunks", &vec![message(Some("noisy"), 0); 100_000], 0)
        .unwrap();
    for _ in 0..3 {
        assert_eq!(
            receive(&mut engine, "chunks", 10, 0),
            vec![Some("noisy".to_owned()); 10]
        );
    }
    engine
        .send("chunks", &vec![message(Some("quiet"), 0); 10], 0)
        .unwrap();
    let started = std::time::Instant::now();
    assert_eq!(
        receive(&mut engine, "chunks", 10, 0),
        vec![Some("quiet".to_owned()); 10]
    );
    let elapsed = started.elapsed();
    assert!(
        elapsed.as_millis() < 50,
        "a receive took {elapsed:?}: it must not scan the backlog"
    );
    assert_eq!(
        receive(&mut engine, "chunks", 10, 0),
        vec![Some("noisy".to_owned()); 10]
    );
}

#[test]
fn messages_expire_after_the_retention_period() {
    let mut engine = engine("chunks");
    engine
        .send("chunks", &[message(None, 0), message(None, DAY_MS)], 0)
        .unwrap();
    assert_eq!(receive(&mut engine, "chunks", 10, 4 * DAY_MS + 1).len(), 1);
    let attributes = engine.queue_attributes("chunks", 5 * DAY_MS + 1).unwrap();
    assert_eq!(attributes["ApproximateNumberOfMessages"], "0");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0");
}

#[test]
fn a_short_poll_is_told_when_120_000_messages_are_in_flight() {
    let mut engine = engine("chunks");
    engine
        .send("chunks", &vec![message(None, 0); 120_001], 0)
        .unwrap();
    assert_eq!(receive(&mut engine, "chunks", 120_001, 0).len(), 120_000);
    let receiving = Receiving {
        max_messages: 1,
        visibility_s: None,
        waits: false,
    };
    assert!(matches!(
        engine.receive("chunks", receiving, 0),
        Err(SqsError::OverLimit)
    ));
    let waiting = Receiving {
        waits: true,
        ..receiving
    };
    assert!(
        engine
            .receive("chunks", waiting, 0)
            .unwrap()
            .messages
            .is_empty()
    );
}

#[test]
fn a_message_stays_invisible_for_12_hours_at_most() {
    let mut engine = engine("chunks");
    engine.send("chunks", &[message(None, 0)], 0).unwrap();
    receive(&mut engine, "chunks", 1, 0);
    let receipt = Receipt {
        seq: 1,
        receive_count: 1,
    };
    assert!(
        engine
            .change_visibility("chunks", receipt, 43_190, 10_000)
            .is_ok()
    );
    let refused = engine.change_visibility("chunks", receipt, 43_200, 10_000);
    assert!(matches!(
        refused,
        Err(SqsError::InvalidParameterValue { .. })
    ));
}

#[test]
fn counts_follow_a_message_from_delay_to_deletion() {
    let mut engine = engine("chunks");
    let counts = |engine: &mut Engine, now_ms| {
        let attributes = engine.queue_attributes("chunks", now_ms).unwrap();
        ["", "NotVisible", "Delayed"].map(|state| {
            attributes[&format!("ApproximateNumberOfMessages{state}")]
                .parse::<u32>()
                .unwrap()
        })
    };
    engine
        .send(
            "chunks",
            &[NewMessage {
                visible_ms: 5_000,
                ..message(None, 0)
            }],
            0,
        )
        .unwrap();
    assert_eq!(counts(&mut engine, 4_999), [0, 0, 1]);
    assert_eq!(counts(&mut engine, 5_000), [1, 0, 0]);
    receive(&mut engine, "chunks", 1, 5_000);
    assert_eq!(counts(&mut engine, 5_000), [0, 1, 0]);
    assert_eq!(counts(&mut engine, 65_000), [1, 0, 0]);
    // Visible again, but not received again: the receipt is still the latest.
    engine
        .delete(
            "chunks",
            &[Receipt {
                seq: 1,
                receive_count: 1,
            }],
            65_000,
        )
        .unwrap();
    assert_eq!(counts(&mut engine, 65_000), [0, 0, 0]);
}
