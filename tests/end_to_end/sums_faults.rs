//! Sums under bad luck: streams in disorder, lost answers, refused writes, dead processes and many at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use lambda_runtime::{Context, LambdaEvent};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use sluice_aws::Clients;
use sluice_definition::shard_of;
use sluice_lambda::{Function as _, Init, Telemetry};
use sluice_task::TaskStatus;
use summer::{Summer, SummerEvent};

use crate::harness::{
    Fault, FaultyRoad, SCORES, STATION, SUMS, Sluice, entries, eventually, leave_unpolled,
    patiently,
};

/// The queue of repairs.
const REPAIRS: &str = "sluice-repairs";

fn writes_sums(operation: &str, body: &[u8]) -> bool {
    operation == "UpdateItem" && String::from_utf8_lossy(body).contains(SUMS)
}

/// Entries of some members and days, with the points of one of several imports.
fn of_import(number: i64) -> Vec<u8> {
    let names: Vec<String> = (0..20).map(|member| format!("M{member}")).collect();
    let mut rows = Vec::new();
    for (member, name) in names.iter().enumerate() {
        for (place, day) in ["2026-01-01", "2026-01-31", "2026-02-01"]
            .into_iter()
            .enumerate()
        {
            let points = number * 1_000 + (member * 10 + place) as i64;
            rows.push((name.as_str(), day, points, ""));
            rows.push((
                name.as_str(),
                day,
                1,
                if number % 2 == 0 { "even" } else { "odd" },
            ));
        }
    }
    entries(&rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_in_disorder_gives_the_same_sums() {
    let sluice = Sluice::with(|options| {
        options.disorder.insert("summer".to_owned(), 20_260_131);
    })
    .await;
    let demo = sluice.demo().of_business("score_import");
    let overwrite = json!({ "on_duplicate": "overwrite" });
    for number in 0..6 {
        let task = demo.import_with(&of_import(number), &overwrite).await;
        assert_eq!(task.status, TaskStatus::Finished, "{:?}", task.reason);
    }
    let sums = sluice.summed().await;
    assert_eq!(sums.len(), 60);
    let (_, (points, entries)) = sums.first_key_value().expect("a sum");
    assert_eq!((*points, *entries), (5_002, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_right_after_faults_of_every_kind() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        options.disorder.insert("summer".to_owned(), 7);
    })
    .await;
    let count = Arc::new(AtomicUsize::new(0));
    road.set_rule_of_bodies(move |operation, body| {
        let is_ours = writes_sums(operation, body)
            || (operation == "GetItem" && String::from_utf8_lossy(body).contains(SUMS));
        match count.fetch_add(usize::from(is_ours), Ordering::Relaxed) % 15 {
            2 if is_ours => Fault::Throttled,
            7 if is_ours => Fault::AnswerLost,
            12 if is_ours => Fault::Internal,
            _ => Fault::None,
        }
    });
    let demo = sluice.demo().of_business("score_import");
    let overwrite = json!({ "on_duplicate": "overwrite" });
    for number in 0..2 {
        demo.import_with(&of_import(number), &overwrite).await;
    }
    sluice.summed().await;
    for fault in [Fault::Throttled, Fault::AnswerLost, Fault::Internal] {
        assert!(
            road.count("UpdateItem", fault) > 0,
            "{fault:?} never happened"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn sums_that_cannot_be_made_anew_are_left_to_repairs_and_the_stream_goes_on() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    // Refused for good, as long as it lasts: the sums of M1 and no others.
    road.set_rule_of_bodies(|operation, body| {
        let is_m1 = String::from_utf8_lossy(body).contains("2026-01#M1\"");
        if writes_sums(operation, body) && is_m1 {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    let demo = sluice.demo().of_business("score_import");
    demo.import(&entries(&[
        ("M1", "2026-01-31", 5, ""),
        ("M2", "2026-01-31", 6, ""),
    ]))
    .await;
    let m2 = ("demo".to_owned(), "M2".to_owned(), "2026-01-31".to_owned());
    eventually("the sum of the other member", async || {
        sluice
            .kept()
            .await
            .get(&m2)
            .map(|sum| assert_eq!(*sum, (6, 1)))
    })
    .await;
    // What comes later passes it.
    demo.import(&entries(&[("M3", "2026-01-31", 7, "")])).await;
    eventually("the sum of the next entry", async || {
        let kept = sluice.kept().await;
        kept.keys()
            .any(|(_, member, _)| member == "M3")
            .then_some(())
    })
    .await;
    eventually("a repair that fails", async || {
        (road.count("UpdateItem", Fault::Refused) > 1).then_some(())
    })
    .await;
    road.set_rule(|_| Fault::None);
    // A message that failed comes again after some seconds.
    let folded = sluice.folded().await;
    patiently(Duration::from_mins(2), "the repair", async || {
        (sluice.kept().await == folded).then_some(())
    })
    .await;
    sluice.drained(REPAIRS).await;
}

fn record(member: &str, day: &str, number: usize) -> Value {
    json!({
        "eventID": number.to_string(), "eventName": "MODIFY", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1.0,
            "Keys": {
                "pk": { "S": format!("{STATION}#{:02x}", shard_of(member)) },
                "sk": { "S": format!("{member}#{day}#") },
            },
            "SequenceNumber": number.to_string(), "SizeBytes": 1, "StreamViewType": "KEYS_ONLY",
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_neither_be_made_anew_nor_left_to_repairs_is_shown_again() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| leave_unpolled(options, "summer")).await;
    // Its queues are where nobody listens.
    let (urls, nowhere) = (&sluice.system.urls, "http://127.0.0.1:9");
    let config = sluice.clients().await.config;
    let summer = Summer::new(&Init {
        clients: &Clients::at(&config, &urls.api, &road.url, nowhere),
        lookup: &|name| match name {
            "TABLE_SCORES" => Some(SCORES.to_owned()),
            "SUMS_TABLE" => Some(SUMS.to_owned()),
            "REPAIRS_QUEUE_URL" => Some(format!("{nowhere}/000000000000/{REPAIRS}")),
            _ => None,
        },
        telemetry: Telemetry::silent(),
    });
    let summer = summer.expect("a summer");
    let handle = async |event: &Value| {
        let event = SummerEvent::try_from(event.clone()).expect("an event");
        let mut context = Context::default();
        let end = SystemTime::now() + Duration::from_mins(5);
        let end = end.duration_since(UNIX_EPOCH).expect("a time");
        context.deadline = end.as_millis() as u64;
        let answer = summer.handle(LambdaEvent::new(event, context)).await;
        serde_json::to_value(answer.expect("an answer")).expect("JSON")
    };
    road.set_rule_of_bodies(|operation, body| {
        let is_m1 = String::from_utf8_lossy(body).contains("2026-01#M1\"");
        if writes_sums(operation, body) && is_m1 {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    let records = [("M2", 11), ("M1", 12), ("M1", 13), ("M3", 14)];
    let records = records.map(|(member, number)| record(member, "2026-01-31", number));
    let event = json!({ "Records": records });
    let answer = handle(&event).await;
    // The first record about the sums that failed: the stream goes on from there.
    assert_eq!(
        answer["batchItemFailures"],
        json!([{ "itemIdentifier": "12" }])
    );
    road.set_rule(|_| Fault::None);
    assert_eq!(handle(&event).await["batchItemFailures"], json!([]));
}

/// What is done to the entries of two members and three days, and shown to summers that run at the same time.
#[derive(Clone, Debug)]
enum Deed {
    Put {
        member: usize,
        day: usize,
        points: i64,
    },
    Delete {
        member: usize,
        day: usize,
    },
    Show {
        back: usize,
        length: usize,
        is_reversed: bool,
    },
    Kill {
        back: usize,
        length: usize,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = || (0_usize..2, 0_usize..3);
    prop_oneof![
        4 => (place(), -9_i64..100)
            .prop_map(|((member, day), points)| Deed::Put { member, day, points }),
        1 => place().prop_map(|(member, day)| Deed::Delete { member, day }),
        4 => (0_usize..9, 1_usize..6, any::<bool>())
            .prop_map(|(back, length, is_reversed)| Deed::Show { back, length, is_reversed }),
        1 => (0_usize..9, 1_usize..6).prop_map(|(back, length)| Deed::Kill { back, length }),
    ]
}

const DAYS: [&str; 3] = ["2026-01-01", "2026-01-31", "2026-02-01"];

/// Does what is drawn against a whole system. Summers run beside each other and beside the writers; some are ended in
/// the middle. In the end every record is shown once more, as the stream does whose reader has died.
async fn played(sluice: &Sluice, case: usize, deeds: &[Deed]) {
    let members = [format!("P{case}a"), format!("P{case}b")];
    let dynamodb = sluice.clients().await.dynamodb;
    let mut stream: Vec<Value> = Vec::new();
    let mut under_way = FuturesUnordered::new();
    let functions = sluice.system.functions();
    let show = |records: Vec<Value>| functions.invoke("summer", json!({ "Records": records }));
    let key = |member: usize, day: usize| {
        let member = &members[member];
        let pk = format!("{STATION}#{:02x}", shard_of(member));
        [("pk", pk), ("sk", format!("{member}#{}#", DAYS[day]))]
            .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
    };
    for deed in deeds {
        match deed {
            Deed::Put {
                member,
                day,
                points,
            } => {
                let mut item: HashMap<_, _> = key(*member, *day).into();
                let text = |text: &str| AttributeValue::S(text.to_owned());
                item.insert("member_no".to_owned(), text(&members[*member]));
                let points = AttributeValue::N(points.to_string());
                item.insert("points".to_owned(), points);
                let put = dynamodb.put_item().table_name(SCORES).set_item(Some(item));
                put.send().await.expect("an entry is stored");
                stream.push(record(&members[*member], DAYS[*day], stream.len()));
            }
            Deed::Delete { member, day } => {
                let delete = dynamodb.delete_item().table_name(SCORES);
                let delete = delete.set_key(Some(key(*member, *day).into()));
                delete.send().await.expect("an entry is deleted");
                stream.push(record(&members[*member], DAYS[*day], stream.len()));
            }
            Deed::Show {
                back,
                length,
                is_reversed,
            } => {
                let mut piece = piece(&stream, *back, *length);
                if *is_reversed {
                    piece.reverse();
                }
                under_way.push(show(piece));
            }
            Deed::Kill { back, length } => {
                let dies = show(piece(&stream, *back, *length));
                // Somewhere between two of its requests.
                let moment = Duration::from_millis((back % 4) as u64);
                let _ = tokio::time::timeout(moment, dies).await;
            }
        }
        // Those under way come a little further.
        let _ = futures::poll!(under_way.next());
    }
    for piece in stream.chunks(5) {
        under_way.push(show(piece.to_vec()));
    }
    while let Some(answer) = under_way.next().await {
        let answer = answer.expect("an answer");
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
}

fn piece(stream: &[Value], back: usize, length: usize) -> Vec<Value> {
    let start = stream.len().saturating_sub(back);
    let end = stream.len().min(start + length);
    stream[start..end].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_drawn_the_sums_are_a_fold_over_the_entries() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "summer")).await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[18; 32]),
    );
    for case in 0..40 {
        let drawn = prop::collection::vec(deed(), 5..40).new_tree(&mut runner);
        let deeds = drawn.expect("deeds").current();
        played(&sluice, case, &deeds).await;
        let (folded, kept) = (sluice.folded().await, sluice.kept().await);
        assert!(
            folded == kept,
            "case {case}: {deeds:?}: {folded:?} and {kept:?}"
        );
    }
    // What was left to the queue of repairs would hide a mistake.
    assert!(sluice.take_all(REPAIRS).await.is_empty());
}
