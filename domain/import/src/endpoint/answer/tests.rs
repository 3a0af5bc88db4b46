use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const BATCH: [u64; 3] = [2, 3, 7];

fn judged(answer: &Value) -> Result<Vec<RowOutcome>, Unusable> {
    judge(&BATCH, answer.to_string().as_bytes())
}

/// An answer in which the rows 2 and 7 succeeded, and these entries.
fn with(entries: &[Value]) -> Value {
    let mut rows = vec![
        json!({ "row": 7, "outcome": "succeeded" }),
        json!({ "row": 2, "outcome": "succeeded" }),
    ];
    rows.extend_from_slice(entries);
    json!({ "rows": rows })
}

#[test]
fn outcomes_come_in_the_order_of_the_batch() {
    let answer = json!({ "rows": [
        { "row": 7, "outcome": "duplicate", "column": "reference" },
        { "row": 2, "outcome": "failed", "column": "member_no", "message": "unknown member" },
        { "row": 3, "outcome": "skipped", "more": "is ignored" },
    ] });
    assert_eq!(
        judged(&answer),
        Ok(vec![
            RowOutcome::Failed {
                column: Some("member_no".to_owned()),
                message: "unknown member".to_owned(),
            },
            RowOutcome::Skipped,
            RowOutcome::Duplicate {
                column: Some("reference".to_owned()),
                message: None,
            },
        ])
    );
}

#[test]
fn an_answer_that_leaves_a_doubt_is_not_usable() {
    let row = |row: u64, outcome: &str| json!({ "row": row, "outcome": outcome });
    let missing = Err(Unusable::Missing(3));
    assert_eq!(judged(&with(&[])), missing);
    let twice = with(&[row(3, "succeeded"), row(7, "failed")]);
    assert_eq!(judged(&twice), Err(Unusable::Wordless(7)));
    let twice = with(&[row(3, "succeeded"), row(7, "succeeded")]);
    assert_eq!(judged(&twice), Err(Unusable::Twice(7)));
    let foreign = with(&[row(3, "succeeded"), row(4, "succeeded")]);
    assert_eq!(judged(&foreign), Err(Unusable::Foreign(4)));
    let unknown = with(&[row(3, "Succeeded")]);
    assert_eq!(judged(&unknown), Err(Unusable::Outcome(3)));
    let wordless = with(&[json!({ "row": 3, "outcome": "failed", "message": " \u{7}\n" })]);
    assert_eq!(judged(&wordless), Err(Unusable::Wordless(3)));
}

#[test]
fn what_is_not_the_agreed_json_is_not_usable() {
    for answer in [
        "",
        "<html>",
        "[]",
        "{}",
        "{\"rows\":{}}",
        "{\"rows\":[2,3,7]}",
        "{\"rows\":[{\"row\":\"2\",\"outcome\":\"succeeded\"}]}",
        "{\"rows\":[{\"row\":2,\"row\":2,\"outcome\":\"succeeded\"}]}",
        "{\"rows\":[]} {\"rows\":[]}",
        &"[".repeat(100_000),
    ] {
        let judged = judge(&BATCH, answer.as_bytes());
        assert!(matches!(judged, Err(Unusable::Syntax { .. })), "{judged:?}");
    }
    let long = format!("{{\"rows\":[],\"more\":\"{}\"}}", "a".repeat(1 << 20));
    assert_eq!(judge(&BATCH, long.as_bytes()), Err(Unusable::TooLong));
}

#[test]
fn messages_are_cut_and_lose_their_control_characters() {
    let message = format!("\u{1b}[31mtoo\r\n many\u{0}{}", "会".repeat(600));
    let answer = with(&[json!({ "row": 3, "outcome": "failed", "message": message })]);
    let outcomes = judged(&answer).expect("usable");
    let RowOutcome::Failed { message, .. } = &outcomes[1] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(message.chars().count(), 500);
    assert!(message.starts_with("[31mtoo many会"), "{message}");
}

/// One entry, mostly a good one.
fn entry() -> impl Strategy<Value = (u64, Value)> {
    let outcome = prop_oneof![
        8 => prop::sample::select(vec!["succeeded", "failed", "duplicate", "skipped"]),
        1 => Just("maybe"),
    ];
    let message = prop_oneof![8 => Just(Some("why")), 1 => Just(None)];
    (0u64..12, outcome, message).prop_map(|(row, outcome, message)| {
        let mut entry = json!({ "row": row, "outcome": outcome });
        if let Some(message) = message {
            entry["message"] = message.into();
        }
        (row, entry)
    })
}

/// Whether an entry says something that there is.
fn makes_sense(entry: &Value) -> bool {
    match entry["outcome"].as_str() {
        Some("failed") => entry["message"].is_string(),
        Some(outcome) => outcome != "maybe",
        None => false,
    }
}

proptest! {
    #[test]
    fn a_usable_answer_settles_each_row_once_and_any_other_settles_none(
        batch in prop::collection::btree_set(0u64..12, 1..8),
        shuffled in any::<prop::sample::Index>(),
        of_batch in prop::collection::vec(entry(), 12),
        more in prop::collection::vec(entry(), 0..2),
        left_out in prop::option::weighted(0.3, 0usize..8),
    ) {
        let batch: Vec<u64> = batch.into_iter().collect();
        let mut entries: Vec<(u64, Value)> = batch
            .iter()
            .zip(of_batch)
            .map(|(row, (_, mut entry))| {
                entry["row"] = (*row).into();
                (*row, entry)
            })
            .collect();
        if let Some(index) = left_out.filter(|index| *index < entries.len()) {
            entries.remove(index);
        }
        entries.extend(more);
        let middle = shuffled.index(entries.len() + 1);
        entries.rotate_left(middle);
        let mut spoken_of: Vec<u64> = entries.iter().map(|(row, _)| *row).collect();
        spoken_of.sort_unstable();
        let is_usable = spoken_of == batch && entries.iter().all(|(_, entry)| makes_sense(entry));

        let rows: Vec<&Value> = entries.iter().map(|(_, entry)| entry).collect();
        match judge(&batch, json!({ "rows": rows }).to_string().as_bytes()) {
            Err(_) => prop_assert!(!is_usable),
            Ok(outcomes) => {
                prop_assert!(is_usable);
                prop_assert_eq!(outcomes.len(), batch.len());
                for (row, outcome) in batch.iter().zip(outcomes) {
                    let entry = entries.iter().find(|(of, _)| of == row).expect("an entry");
                    let told = match outcome {
                        RowOutcome::Succeeded => "succeeded",
                        RowOutcome::Failed { .. } => "failed",
                        RowOutcome::Duplicate { .. } => "duplicate",
                        RowOutcome::Skipped => "skipped",
                    };
                    prop_assert_eq!(entry.1["outcome"].as_str(), Some(told));
                }
            }
        }
    }

    #[test]
    fn no_bytes_are_believed_by_chance(answer: Vec<u8>) {
        prop_assert!(judge(&BATCH, &answer).is_err());
    }
}
