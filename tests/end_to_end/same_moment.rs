//! The same file at the same moment, under several ids and in the inbox: one import runs, and the others name
//! it, also when the system crashes meanwhile.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    FaultyRoad, SMALL_CHUNKS, Sluice, eventually, id_of, ids, members, set_chunk_bytes,
};

const UPLOADS: usize = 8;
const ROWS: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn of_the_same_file_sent_at_the_same_moment_one_is_imported_also_after_a_crash() {
    let road = FaultyRoad::start().await;
    let options = |options: &mut sluice::system::Options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        let limit = "MaxRunningImports".to_owned();
        options.parameters.insert(limit, "40".to_owned());
    };
    let mut sluice = Sluice::behind(&road, options).await;
    // When it crashes: not at all, and ever later.
    for (round, crash_after_ms) in [None, Some(0), Some(60), Some(150), Some(400)]
        .iter()
        .enumerate()
    {
        let station = format!("moment{round}");
        let caller = sluice.caller(&station);
        let file = members(ROWS, 980 + round as u64);
        let ask = async |number: usize| {
            let request = json!({
                "business": "member_import",
                "file_name": format!("{number}.csv"),
                "size_bytes": file.len(),
                "user_task_id": format!("moment-{number}"),
            });
            caller.post("/upload", &request).await.ok()
        };
        let begun = join_all((0..UPLOADS).map(ask)).await;
        let put = async |begun: &serde_json::Value| {
            let url = begun["upload"]["url"].as_str().expect("a URL");
            assert_eq!(caller.put(url, file.clone()).await.0, 200);
        };
        let inbox = format!("inbox/{station}/member_import/m.csv");
        tokio::join!(
            join_all(begun.iter().map(put)),
            sluice.put_object(&inbox, &file)
        );
        if let Some(milliseconds) = crash_after_ms {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            sluice = sluice.crash(&road, options).await;
        }

        let caller = sluice.caller(&station);
        let all = eventually("the tasks of all files", async || {
            let all = ids(&caller.get("/task/list?limit=100").await.ok());
            (all.len() > UPLOADS).then_some(all)
        })
        .await;
        assert_eq!(all.len(), UPLOADS + 1);
        assert!(begun.iter().all(|begun| all.contains(&id_of(begun))));
        let mut tasks: Vec<TaskView> = Vec::new();
        for task_id in all {
            tasks.push(caller.ended_within(Duration::from_mins(3), task_id).await);
        }
        let (ran, others): (Vec<_>, Vec<_>) = tasks
            .iter()
            .partition(|task| task.status == TaskStatus::Finished);
        assert_eq!(
            (ran.len(), others.len()),
            (1, UPLOADS),
            "round {round}: {tasks:?}"
        );
        assert_eq!(ran[0].rows.expect("rows").succeeded, ROWS);
        for other in others {
            assert_eq!(other.status, TaskStatus::Failed, "{other:?}");
            assert_eq!(other.rows.expect("rows").read, 0, "{other:?}");
            let reason = other.reason.as_ref().expect("a reason");
            assert!(
                reason.contains(&ran[0].task_id.to_string()),
                "round {round}: {reason}"
            );
        }
        assert_eq!(
            sluice.rows_of(&station).await.len() as u64,
            ROWS,
            "round {round}"
        );
    }
}
