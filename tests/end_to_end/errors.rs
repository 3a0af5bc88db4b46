//! `GET /task/errors`: the failed rows page by page, as they stand in the file, with what is
//! sensitive hidden.

use local_generator::Flawed;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Sluice, failed_rows, flawed_members, id_of, leave_unpolled, members, records,
};

/// The rows of all pages.
async fn all_errors(caller: &Caller, task_id: u64, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/task/errors?task_id={task_id}&limit={limit}&cursor={cursor}");
        let page = caller.get(&path).await.ok();
        assert_eq!(page["ended"], json!(true));
        let errors = page["errors"].as_array().expect("errors");
        assert!(
            !errors.is_empty() && errors.len() <= limit,
            "{} rows",
            errors.len()
        );
        all.extend(errors.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_length_have_the_rows_of_the_failed_rows_file() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let (file, flaws) = flawed_members(1_000, 801, 12.0, 3.0);
    let task = demo.import(&file).await;
    let task_id = task.task_id.get();
    let (header, records) = records(&file);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let lines = failed_rows(&report, &header);
    assert_eq!(lines.len(), 150);
    let errors = all_errors(&demo, task_id, 100).await;
    for limit in [1, 7, 75, 20] {
        assert_eq!(
            all_errors(&demo, task_id, limit).await,
            errors,
            "pages of {limit}"
        );
    }
    assert_eq!(errors.len(), lines.len());
    for ((error, line), Flawed { row, .. }) in errors.iter().zip(&lines).zip(&flaws) {
        assert_eq!(error["row"], *row);
        assert_eq!(
            (&error["column"], &error["code"], &error["message"]),
            (&json!(line.column), &json!(line.code), &json!(line.message))
        );
        // The row's own text, not that of the file for spreadsheets.
        let record = &records[*row as usize - 2];
        for (index, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let original = String::from_utf8_lossy(record.get(index).unwrap_or_default());
            let is_sensitive = matches!(&*name, "phone" | "email");
            let message = error["message"].as_str().expect("a message");
            // In such a row a value may stand in another one's place.
            let is_shifted = matches!(error["code"].as_str(), Some("field_count" | "encoding"));
            let shown = if is_shifted && !original.is_empty() {
                "***"
            } else if is_sensitive && !original.is_empty() {
                assert!(
                    !message.contains(&*original) || original.len() < 4,
                    "{message}"
                );
                "***"
            } else {
                &original
            };
            assert_eq!(error["values"][&*name], shown, "row {row}, {name}");
        }
        assert_eq!(
            error["values"].as_object().map(serde_json::Map::len),
            Some(header.len())
        );
    }
    let hidden = errors
        .iter()
        .filter(|error| error["values"]["phone"] == "***");
    assert!(hidden.count() > 50, "there are phone numbers");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_the_files_own_under_the_files_own_headers() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "会员号,姓名,手机,E-mail,积分,remark\n\
        =1+1,Ann,+49 (30) 7770777,ann@example.com,1,=cmd()\n\
        M2,\"'=x, \"\"y\"\"\nz\",no phone,,2,'quoted'\n\
        M3,@SUM(A1),,not an address,3,-1+2\n\
        M4,Bo,+86 139 1234 5678,bo@example.com,many,***\n";
    let task = demo.import(file.as_bytes()).await;
    let errors = all_errors(&demo, task.task_id.get(), 2).await;
    let values: Vec<&Value> = errors.iter().map(|error| &error["values"]).collect();
    assert_eq!(
        values,
        [
            &json!({ "会员号": "=1+1", "姓名": "Ann", "手机": "***", "E-mail": "***", "积分": "1", "remark": "=cmd()" }),
            &json!({ "会员号": "M2", "姓名": "'=x, \"y\"\nz", "手机": "***", "E-mail": "", "积分": "2", "remark": "'quoted'" }),
            &json!({ "会员号": "M3", "姓名": "@SUM(A1)", "手机": "", "E-mail": "***", "积分": "3", "remark": "-1+2" }),
            &json!({ "会员号": "M4", "姓名": "Bo", "手机": "***", "E-mail": "***", "积分": "many", "remark": "***" }),
        ]
    );
    let rows: Vec<&Value> = errors.iter().map(|error| &error["row"]).collect();
    assert_eq!(rows, [2, 3, 4, 5]);
    let answer = demo
        .get(&format!("/task/errors?task_id={}", task.task_id))
        .await;
    for secret in [
        "7770777",
        "no phone",
        "ann@",
        "bo@",
        "not an address",
        "139 1",
    ] {
        assert!(
            !answer.text.contains(secret),
            "{secret} is told: {}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_cursor_or_limit_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let (file, _) = flawed_members(100, 803, 20.0, 0.0);
    let task = demo.import(&file).await;
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let path = format!("/task/errors?task_id={}", task.task_id);
    let first = demo.get(&format!("{path}&limit=1")).await.ok();
    let next = first["next_cursor"].as_str().expect("a cursor");
    let inside = next.parse::<u64>().expect("a place") + 5;
    for cursor in [
        "x",
        "-1",
        "0",
        "1",
        &inside.to_string(),
        &(report.len() + 1).to_string(),
    ] {
        let msg = demo
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .refused(40001);
        assert!(msg.contains("cursor"), "{cursor}: {msg}");
    }
    for limit in ["0", "101", "x"] {
        let msg = demo
            .get(&format!("{path}&limit={limit}"))
            .await
            .refused(40001);
        assert!(msg.contains("limit"), "{limit}: {msg}");
    }
    let at_end = demo
        .get(&format!("{path}&cursor={}", report.len()))
        .await
        .ok();
    assert_eq!(
        (&at_end["errors"], &at_end["next_cursor"]),
        (&json!([]), &Value::Null)
    );
    for query in ["", "?user_task_id=a&task_id=1", "?task_id=x"] {
        demo.get(&format!("/task/errors{query}"))
            .await
            .refused(40001);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_without_failed_rows_has_no_errors() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let file = members(20, 804);
    let import = demo.send(&file, &json!({})).await;
    let messages = sluice.chunk_messages(&demo, import).await;
    let submitted = id_of(&demo.begin(10, &json!({})).await);
    let service = demo.run(&json!({ "failed_rows": "x" })).await;
    let none =
        |ended: bool| json!({ "ended": ended, "columns": [], "errors": [], "next_cursor": null });
    let errors = async |task_id: u64| {
        let path = format!("/task/errors?task_id={task_id}");
        demo.get(&path).await.ok()
    };
    for task_id in [import, submitted, service] {
        assert_eq!(errors(task_id).await, none(false));
    }
    for message in &messages {
        sluice.deliver(message).await;
    }
    assert_eq!(demo.ended(import).await.status, TaskStatus::Finished);
    demo.verb("cancel", submitted).await.ok();
    // A result of a service that looks like one of an import.
    let outcome = json!({ "result": { "failed_rows": "results/demo/1/failed_rows.csv" } });
    demo.verb_with("finish", service, &outcome).await.ok();
    let refused = demo.import(b"a,b\n1,2\n").await.task_id.get();
    for task_id in [import, submitted, service, refused] {
        assert_eq!(errors(task_id).await, none(true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_come_in_the_order_of_the_file_with_what_they_were_imported_as() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "手机号,备注,会员号,姓名\n12,x,?,Ann\n".as_bytes();
    let task = demo.import(file).await;
    let path = format!("/task/errors?task_id={}", task.task_id);
    let page = demo.get(&path).await.ok();
    assert_eq!(
        page["columns"],
        json!([
            { "name": "手机号", "column": "phone" },
            { "name": "备注", "column": null },
            { "name": "会员号", "column": "member_no" },
            { "name": "姓名", "column": "name" },
        ])
    );
    let error = &page["errors"][0];
    assert_eq!(error["column"], "member_no; phone");
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("M10001"), "{message}");
    assert!(!message.contains("[A-Za-z"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failed_rows_are_downloaded_as_a_file_called_after_its_source() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = b"member_no,name\n?,Ann\n";
    let body = json!({
        "business": "member_import", "file_name": "名单 1.csv", "size_bytes": file.len(),
    });
    let begun = demo.post("/upload", &body).await.ok();
    demo.put(begun["upload"]["url"].as_str().expect("a URL"), file)
        .await;
    let task = demo.ended(id_of(&begun)).await;
    let url = task.result.expect("a result")["failed_rows_url"].clone();
    let answer = reqwest::get(url.as_str().expect("a URL")).await;
    let answer = answer.expect("an answer of S3");
    assert_eq!(answer.status().as_u16(), 200);
    let header = answer.headers()["content-disposition"].to_str();
    assert_eq!(
        header.expect("text"),
        "attachment; filename=\"__ 1-failed.csv\"; \
         filename*=UTF-8''%E5%90%8D%E5%8D%95%201%2Dfailed%2Ecsv"
    );
}
