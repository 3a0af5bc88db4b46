//! Values that no two rows of a station share: who gets one, what the others are told, and when one is
//! free again. After each import the claims are those of the rows that are stored.

use serde_json::json;
use sluice_api::{RowsView, TaskView};

use crate::harness::{FailedRow, Sluice, Staff, failed_rows, records, set_chunk_bytes, staff_file};

/// Imports lines into a station. What it came to, and the rows that were not imported.
async fn import_into(
    sluice: &Sluice,
    station: &str,
    rule: &str,
    lines: &[&str],
) -> (RowsView, Vec<FailedRow>) {
    let caller = sluice.caller(station).of_business("staff_import");
    let file = staff_file(lines);
    let options = json!({ "on_duplicate": rule });
    let task = caller.import_with(&file, &options).await;
    let report = caller.failed_rows_file(&task).await;
    let failed = report.map(|report| failed_rows(&report, &records(&file).0));
    sluice.staff(station).await.assert_agrees();
    (task.rows.expect("rows"), failed.unwrap_or_default())
}

async fn import(sluice: &Sluice, rule: &str, lines: &[&str]) -> (RowsView, Vec<FailedRow>) {
    import_into(sluice, "demo", rule, lines).await
}

/// Imports lines of which none fails.
async fn import_all(sluice: &Sluice, rule: &str, lines: &[&str]) {
    let (rows, failed) = import(sluice, rule, lines).await;
    assert_eq!(rows.succeeded, lines.len() as u64, "{failed:?}");
}

/// Asserts that one row was refused, and why.
fn assert_taken(failed: &[FailedRow], row: u64, columns: &str, message: &str) {
    let [line] = failed else {
        panic!("one row: {failed:?}")
    };
    let codes = vec!["duplicate"; columns.split("; ").count()].join("; ");
    assert_eq!((line.row, line.column.as_str()), (row, columns));
    assert_eq!(
        (line.code.as_str(), line.message.as_str()),
        (codes.as_str(), message)
    );
}

async fn stored(sluice: &Sluice) -> Staff {
    sluice.staff("demo").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_another_import_has_stored_is_already_taken() {
    let sluice = Sluice::start().await;
    import_all(&sluice, "reject", &["A1,Ann,13812340001,ann@example.com"]).await;
    let lines = ["A2,Bob,13812340001,bob@example.com", "A3,Cy,13812340003,"];
    let (rows, failed) = import(&sluice, "reject", &lines).await;
    assert_eq!((rows.succeeded, rows.duplicate), (1, 1));
    assert_taken(&failed, 2, "phone", "phone: already taken");
    assert_eq!(stored(&sluice).await.people.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_the_same_file_has_is_taken_by_the_row_that_has_it() {
    let padding = "x".repeat(90);
    let mut lines = vec!["A1,Ann,13812340001,".to_owned()];
    lines.extend((10..40).map(|n| format!("P{n},{padding},138123400{n},")));
    lines.push("A2,Bob,13812340001,".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let near = ["A1,Ann,13812340001,", "A2,Bob,13812340001,"];
    for (lines, chunk_bytes) in [(&near[..], 1 << 20), (&lines, 1 << 10)] {
        let sluice = Sluice::with(|options| set_chunk_bytes(options, chunk_bytes)).await;
        let (rows, failed) = import(&sluice, "reject", lines).await;
        assert_eq!(rows.duplicate, 1);
        let last = lines.len() as u64 + 1;
        let message = "phone: already taken by row 2 of this file";
        assert_taken(&failed, last, "phone", message);
        assert_eq!(stored(&sluice).await.value("A2", "name"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_fields_that_are_taken_are_named() {
    let sluice = Sluice::start().await;
    let before = [
        "A1,Ann,13812340001,ann@example.com",
        "A2,Bob,,bob@example.com",
    ];
    import_all(&sluice, "reject", &before).await;
    let (_, failed) = import(&sluice, "reject", &["A3,Cy,13812340001,bob@example.com"]).await;
    let both = "email: already taken; phone: already taken";
    assert_taken(&failed, 2, "email; phone", both);
    let lines = [
        "B1,Di,13812340011,di@example.com",
        "B1,Ed,13812340011,di@example.com",
    ];
    let (_, failed) = import(&sluice, "reject", &lines).await;
    let all = "staff_no: already taken by row 2 of this file; \
               email: already taken by row 2 of this file; \
               phone: already taken by row 2 of this file";
    assert_taken(&failed, 3, "staff_no; email; phone", all);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_the_same_time_store_each_phone_once() {
    const ROWS: u64 = 300;
    let sluice = Sluice::with_small_chunks().await;
    let file = |letter: char| {
        let line = |n: u64| format!("{letter}{n},{letter} {n},138{n:08},");
        let lines: Vec<String> = (1..=ROWS).map(line).collect();
        staff_file(&lines)
    };
    let (a, b) = (file('A'), file('B'));
    let mut shares = Vec::new();
    for number in 0..5 {
        let station = format!("s{number}");
        let caller = sluice.caller(&station).of_business("staff_import");
        let (a, b) = futures::join!(caller.import(&a), caller.import(&b));
        let counts = |task: &TaskView| {
            let rows = task.rows.expect("rows");
            assert_eq!((rows.read, rows.failed, rows.skipped), (ROWS, 0, 0));
            assert_eq!(rows.succeeded + rows.duplicate, ROWS);
            (rows.succeeded, rows.duplicate)
        };
        let (a, b) = (counts(&a), counts(&b));
        assert_eq!((a.0 + b.0, a.1 + b.1), (ROWS, ROWS), "{a:?} {b:?}");
        let staff = sluice.staff(&station).await;
        staff.assert_agrees();
        assert_eq!(staff.people.len() as u64, ROWS);
        assert_eq!(staff.claims.len() as u64, ROWS);
        shares.push(a.0);
    }
    println!("rows of {ROWS} that the first of the two stored: {shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_station_may_have_the_same_phone() {
    let sluice = Sluice::start().await;
    let lines = ["A1,Ann,13812340001,ann@example.com"];
    for station in ["north", "south"] {
        let (rows, _) = import_into(&sluice, station, "reject", &lines).await;
        assert_eq!((rows.succeeded, rows.duplicate), (1, 0));
        let staff = sluice.staff(station).await;
        assert_eq!(staff.value("A1", "phone"), Some("+8613812340001"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_frees_what_it_had_claimed() {
    let sluice = Sluice::start().await;
    import_all(&sluice, "reject", &["A1,Ann,13812340001,ann@example.com"]).await;
    let lines = [
        // Its number is taken, and its e-mail; its phone is not.
        "A1,Ann,13812340002,",
        "A2,Bob,13812340003,ann@example.com",
    ];
    let (rows, failed) = import(&sluice, "reject", &lines).await;
    assert_eq!((rows.succeeded, rows.duplicate), (0, 2), "{failed:?}");
    let columns: Vec<&str> = failed.iter().map(|line| line.column.as_str()).collect();
    assert_eq!(columns, ["staff_no", "email"]);
    let later = ["A3,Cy,13812340002,", "A4,Di,13812340003,"];
    import_all(&sluice, "reject", &later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_imported_again_keeps_its_phone() {
    let sluice = Sluice::start().await;
    import_all(&sluice, "reject", &["A1,Ann,13812340001,ann@example.com"]).await;
    let again = ["A1,Ann Lee,13812340001,ann@example.com"];
    import_all(&sluice, "overwrite", &again).await;
    let staff = stored(&sluice).await;
    assert_eq!(staff.value("A1", "name"), Some("Ann Lee"));
    // Without overwrite it is the number alone that is in the way.
    let (_, failed) = import(&sluice, "reject", &["A1,Ann,13812340001,"]).await;
    assert_taken(&failed, 2, "staff_no", "staff_no: already taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_is_given_up_is_free_for_other_rows_of_the_file() {
    for lines in [
        ["A1,Ann,13812340002,", "A2,Bob,13812340001,"],
        ["A2,Bob,13812340001,", "A1,Ann,13812340002,"],
    ] {
        let sluice = Sluice::start().await;
        import_all(&sluice, "reject", &["A1,Ann,13812340001,"]).await;
        import_all(&sluice, "overwrite", &lines).await;
        let staff = stored(&sluice).await;
        assert_eq!(staff.value("A1", "phone"), Some("+8613812340002"));
        assert_eq!(staff.value("A2", "phone"), Some("+8613812340001"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_phone_keeps_the_stored_one_and_its_claim() {
    let sluice = Sluice::start().await;
    import_all(&sluice, "reject", &["A1,Ann,13812340001,ann@example.com"]).await;
    import_all(&sluice, "overwrite", &["A1,Ann Lee,,"]).await;
    let staff = stored(&sluice).await;
    assert_eq!(staff.value("A1", "name"), Some("Ann Lee"));
    assert_eq!(staff.value("A1", "phone"), Some("+8613812340001"));
    assert_eq!(staff.value("A1", "email"), Some("ann@example.com"));
    let (_, failed) = import(&sluice, "overwrite", &["A2,Bob,13812340001,"]).await;
    assert_taken(&failed, 2, "phone", "phone: already taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_compared_as_they_are_stored() {
    let sluice = Sluice::start().await;
    import_all(
        &sluice,
        "reject",
        &["A1,Ann,+86 138-1234-0001,Ann@Example.COM"],
    )
    .await;
    let lines = [
        "A2,Bob,13812340001,",
        "A3,Cy,, ANN@example.com ",
        "A4,Di,13812340004,di@example.com",
        "A5,Ed,+86 13812340004,DI@EXAMPLE.com",
    ];
    let (rows, failed) = import(&sluice, "reject", &lines).await;
    assert_eq!((rows.succeeded, rows.duplicate), (1, 3), "{failed:?}");
    let messages: Vec<&str> = failed.iter().map(|line| line.message.as_str()).collect();
    let expected = [
        "phone: already taken",
        "email: already taken",
        "email: already taken by row 4 of this file; phone: already taken by row 4 of this file",
    ];
    assert_eq!(messages, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_phone_is_taken_is_skipped_if_the_import_says_so() {
    let sluice = Sluice::start().await;
    import_all(&sluice, "reject", &["A1,Ann,13812340001,"]).await;
    let lines = [
        "A2,Bob,13812340001,",
        "A3,Cy,13812340003,",
        "A4,Di,13812340003,",
    ];
    let (rows, failed) = import(&sluice, "skip", &lines).await;
    assert_eq!((rows.succeeded, rows.skipped, rows.duplicate), (1, 2, 0));
    assert_eq!(failed, []);
    let staff = stored(&sluice).await;
    assert_eq!(staff.people.keys().collect::<Vec<_>>(), ["A1", "A3"]);
}
