//! Limits of a station hold when its requests come at the same moment, and for everything that can
//! pile up in it.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Answer, STATION, Sluice, TASKS, eventually, id_of, ids, leave_unpolled, members, process,
};

/// A system with these of the template's parameters.
async fn system(parameters: &[(&str, u32)]) -> Sluice {
    Sluice::with(|options| {
        for (name, most) in parameters {
            let parameter = ((*name).to_owned(), most.to_string());
            options.parameters.extend([parameter]);
        }
        let at_once = ("ROOM_WAIT_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([at_once]);
    })
    .await
}

/// What was taken of some answers; all others say that there is no room, and when to come again.
fn taken(answers: Vec<Answer>) -> Vec<Value> {
    let mut taken = Vec::new();
    for answer in answers {
        if answer.code == 0 {
            taken.push(answer.ok());
        } else {
            assert_eq!(answer.retry_after, Some(60));
            answer.refused(42901);
        }
    }
    taken
}

/// How many marks of open tasks there are.
async fn open(sluice: &Sluice) -> usize {
    let items = sluice.items_of(TASKS).await;
    items.keys().filter(|(pk, _)| pk == "OPEN").count()
}

fn upload(number: usize) -> Value {
    json!({ "business": "member_import", "file_name": format!("{number}.csv"), "size_bytes": 10 })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_uploads_at_once_as_many_are_taken_as_may_be_open() {
    let sluice = system(&[("MaxRunningImports", 2)]).await;
    let demo = sluice.demo();
    let body = "/upload?business=member_import&file_name=m.csv";
    for round in 0..3 {
        let uploads = (0..200).map(async |number| {
            if number % 2 == 0 {
                return demo.post("/upload", &upload(number)).await;
            }
            let file = format!("member_no,name\n{round},{number}\n").into_bytes();
            demo.post_as(body, "text/csv", file).await
        });
        let begun = taken(join_all(uploads).await);
        // One that was the body of its request may have ended by now, and made room for another.
        let open = open(&sluice).await;
        assert!(!begun.is_empty() && open <= 2, "{open} of {}", begun.len());
        for task in begun {
            demo.verb("cancel", id_of(&task)).await;
        }
        eventually("the ends", async || {
            (self::open(&sluice).await == 0).then_some(())
        })
        .await;
    }
    // Of those whose files never come, exactly as many.
    let uploads = (0..200).map(async |number| demo.post("/upload", &upload(number)).await);
    assert_eq!(taken(join_all(uploads).await).len(), 2);
    assert_eq!(open(&sluice).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_many_uploads_at_once_are_taken_if_there_is_room_for_all() {
    let sluice = system(&[("MaxRunningImports", 24)]).await;
    let demo = sluice.demo();
    let uploads = (0..24).map(async |number| demo.post("/upload", &upload(number)).await);
    assert_eq!(taken(join_all(uploads).await).len(), 24);
    let msg = demo.post("/upload", &upload(24)).await.refused(42901);
    assert!(msg.contains("24 imports that have not ended"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_retries_at_once_as_many_are_taken_as_may_be_open() {
    let sluice = system(&[("MaxOpenTasks", 3)]).await;
    let demo = sluice.demo();
    let mut ended = Vec::new();
    for number in 0..20 {
        let task_id = demo.add(&json!(number)).await;
        demo.verb("cancel", task_id).await.ok();
        ended.push(task_id);
    }
    let retries = ended
        .iter()
        .map(async |task_id| demo.verb("retry", *task_id).await);
    assert_eq!(taken(join_all(retries).await).len(), 3);
    assert_eq!(open(&sluice).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_retried_only_where_another_may_run() {
    let sluice = system(&[("MaxRunningImports", 1)]).await;
    let demo = sluice.demo();
    let first = demo.begin(10, &json!({})).await;
    demo.verb("cancel", id_of(&first)).await.ok();
    let file = members(5, 640);
    let task_id = demo.send(&file, &json!({})).await;
    demo.ended(task_id).await;
    let second = demo.begin(10, &json!({})).await;
    let key = format!("uploads/{STATION}/{}/members.csv", id_of(&first));
    sluice.put_object(&key, b"member_no,").await;
    demo.verb("retry", id_of(&first)).await.refused(42901);
    demo.verb("cancel", id_of(&second)).await.ok();
    demo.verb("retry", id_of(&first)).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_the_inbox_and_uploads_at_once_never_run_more_than_may() {
    let sluice = Sluice::with(|options| {
        let parameter = ("MaxRunningImports".to_owned(), "2".to_owned());
        options.parameters.extend([parameter]);
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    for number in 0..20_u64 {
        let key = format!("inbox/{STATION}/member_import/{number}.csv");
        sluice.put_object(&key, &members(3, 650 + number)).await;
    }
    let mut events = Vec::new();
    eventually("the events", async || {
        events.extend(sluice.take_all("sluice-uploads").await);
        (events.len() >= 20).then_some(())
    })
    .await;
    let begin = events
        .iter()
        .map(async |event| sluice.deliver_to("splitter", event).await);
    let uploads = (0..20).map(async |number| demo.post("/upload", &upload(number)).await);
    let (handled, uploads) = futures::join!(join_all(begin), join_all(uploads));
    assert!(handled.into_iter().all(|handled| handled));
    let uploads = taken(uploads).len();
    let list = demo.get("/task/list?status=2&limit=100").await.ok();
    let running = ids(&list).len();
    assert!(
        running + uploads <= 2,
        "{running} run and {uploads} were taken"
    );
    let waiting = demo.get("/task/list?status=1&limit=100").await.ok();
    assert_eq!(ids(&waiting).len(), 20 - running + uploads);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_tasks_at_once_as_many_are_taken_as_may_be_open() {
    let sluice = system(&[("MaxOpenTasks", 3)]).await;
    let demo = sluice.demo();
    let add = async |number: usize| {
        let mut body = process(&json!(number));
        body["type"] = json!([0, 2][number % 2]);
        body["user_task_id"] = json!(format!("n-{number}"));
        demo.post("/task/add", &body).await
    };
    let added = taken(join_all((0..200).map(add)).await);
    assert_eq!(added.len(), 3);
    assert_eq!(open(&sluice).await, 3);
    let msg = add(1_000).await.refused(42901);
    assert!(
        msg.contains("3 tasks of services that have not ended"),
        "{msg}"
    );
    // Asking again for one that is there adds none.
    let known = added[0]["user_task_id"].as_str().expect("an id");
    let number: usize = known[2..].parse().expect("a number");
    assert_eq!(id_of(&add(number).await.ok()), id_of(&added[0]));
    // Files have a limit of their own, and so has each station.
    let import = demo.import(&members(5, 641)).await;
    assert_eq!(import.status, TaskStatus::Finished);
    sluice.caller("other").add(&json!(1)).await;
    // One that has ended makes room.
    demo.verb("cancel", id_of(&added[0])).await.ok();
    add(1_001).await.ok();
    add(1_002).await.refused(42901);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_may_repeat_can_come_any_number_of_times() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut body = process(&json!("again"));
    body["repeat"] = json!(true);
    demo.post("/task/add", &body).await.ok();
    let items = sluice.items_of(TASKS).await;
    let is_claim = |(_, sk): &&(String, String)| sk.starts_with("WORK#");
    let (pk, sk) = items.keys().find(is_claim).expect("the claim of the work");
    let many = (1..=1_000).map(|number: u32| number.to_string()).collect();
    sluice
        .tamper((pk, sk), "SET task_ids = :v", AttributeValue::Ns(many))
        .await;
    let mut added = Vec::new();
    for _ in 0..3 {
        added.push(id_of(&demo.post("/task/add", &body).await.ok()));
    }
    let claim = &sluice.items_of(TASKS).await[&(pk.clone(), sk.clone())];
    let named = claim["task_ids"].as_ns().expect("ids");
    assert!(named.len() < 100, "{} ids", named.len());
    assert!(
        added
            .iter()
            .all(|task_id| named.contains(&task_id.to_string()))
    );
    // The same work is known all the same.
    body["repeat"] = json!(false);
    demo.post("/task/add", &body).await.refused(40901);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_files_of_an_inbox_have_a_task_and_the_others_come_again() {
    let sluice = Sluice::with(|options| {
        for (name, most) in [("MaxRunningImports", "1"), ("MaxOpenTasks", "2")] {
            options.parameters.insert(name.to_owned(), most.to_owned());
        }
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    for number in 0..4_u64 {
        let key = format!("inbox/{STATION}/member_import/{number}.csv");
        sluice.put_object(&key, &members(3, 680 + number)).await;
    }
    let mut events = Vec::new();
    eventually("the events", async || {
        events.extend(sluice.take_all("sluice-uploads").await);
        (events.len() >= 4).then_some(())
    })
    .await;
    let mut left = Vec::new();
    for event in &events {
        if !sluice.deliver_to("splitter", event).await {
            left.push(event);
        }
    }
    assert_eq!(left.len(), 2);
    let tasks = ids(&demo.get("/task/list").await.ok());
    assert_eq!(tasks.len(), 2);
    // One that was delivered before has its task, whatever room there is.
    let first = events.iter().find(|event| !left.contains(event));
    assert!(
        sluice
            .deliver_to("splitter", first.expect("an event"))
            .await
    );
    demo.verb("cancel", tasks[0]).await.ok();
    assert!(sluice.deliver_to("splitter", left[0]).await);
    assert_eq!(ids(&demo.get("/task/list").await.ok()).len(), 3);
}
