//! Files with known flaws: the counts and the failed-rows file say exactly what the generator
//! put in, also when rows with the same key lie in different chunks.

use csv::ByteRecord;
use local_generator::{Defect, FlawKind, Flawed};
use sluice_task::TaskStatus;

use crate::harness::{FailedRow, SMALL_CHUNKS, Sluice, failed_rows, flawed_members, records};

/// The code with which a defect must be reported.
fn code(defect: Defect) -> &'static str {
    match defect {
        Defect::MissingMemberNo | Defect::MissingName => "required",
        Defect::ForbiddenMemberNo => "pattern",
        Defect::NameTooLong => "too_long",
        Defect::BadPhone => "not_a_phone",
        Defect::BadEmail => "not_an_email",
        Defect::GenderNotAllowed | Defect::TierNotAllowed => "not_allowed",
        Defect::BadBirthday | Defect::BadJoinedOn => "not_a_date",
        Defect::PointsNotANumber => "not_a_number",
        Defect::PointsTooSmall | Defect::PointsTooLarge => "out_of_range",
        Defect::AddressNotUtf8 => "encoding",
        Defect::TooFewFields | Defect::TooManyFields => "field_count",
    }
}

fn assert_reported(line: &FailedRow, flaw: &Flawed, record: &ByteRecord, width: usize) {
    assert_eq!(line.row, flaw.row);
    let mut original: Vec<String> = record
        .iter()
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    let surplus = original.split_off(width.min(original.len()));
    original.resize(width, String::new());
    // A formula gets an apostrophe, which taken away gives the original.
    for (shown, field) in line.fields.iter().zip(&original) {
        assert_eq!(
            shown.strip_prefix('\'').unwrap_or(shown),
            field,
            "row {}",
            flaw.row
        );
    }
    assert_eq!((line.fields.len(), &line.surplus), (width, &surplus));
    match flaw.kind {
        FlawKind::Bad(defect) => {
            assert_eq!(line.column, defect.column().unwrap_or_default());
            assert_eq!(line.code, code(defect), "{defect:?}");
            assert!(line.message.starts_with(&line.column), "{}", line.message);
        }
        FlawKind::Duplicate { of_row } => {
            assert_eq!(
                (line.column.as_str(), line.code.as_str()),
                ("member_no", "duplicate")
            );
            let message = format!("member_no: already taken by row {of_row} of this file");
            assert_eq!(line.message, message, "row {}", flaw.row);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flawed_file_is_counted_and_reported_exactly_as_it_was_generated() {
    let sluice = Sluice::with_small_chunks().await;
    for seed in 1..=4 {
        let (file, flaws) = flawed_members(1_500, seed, 5.0, 2.0);
        let station = sluice.caller(&format!("seed-{seed}"));
        let task = station.import(&file).await;
        assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
        let rows = task.rows.expect("rows");
        assert_eq!(
            (rows.read, rows.failed, rows.duplicate),
            (1_500, 75, 30),
            "{seed}"
        );
        assert_eq!((rows.succeeded, rows.skipped), (1_395, 0));
        let most = file.len() as u64 / SMALL_CHUNKS;
        assert!(u64::from(task.chunks.expect("chunks").done) > most / 2);

        let (header, records) = records(&file);
        let report = station.failed_rows_file(&task).await.expect("failed rows");
        let lines = failed_rows(&report, &header);
        assert_eq!(lines.len(), flaws.len());
        for (line, flaw) in lines.iter().zip(&flaws) {
            let record = &records[flaw.row as usize - 2];
            assert_reported(line, flaw, record, header.len());
        }
    }
    assert_eq!(sluice.items().await.len(), 4 * 1_395);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_rows_with_one_key_the_first_in_the_file_is_stored() {
    let sluice = Sluice::with_small_chunks().await;
    let (file, flaws) = flawed_members(1_200, 77, 0.0, 20.0);
    let task = sluice.demo().import(&file).await;
    assert_eq!(task.rows.expect("rows").duplicate, 240);
    let flawed: std::collections::HashSet<u64> = flaws.iter().map(|flaw| flaw.row).collect();
    let mut stored: Vec<u64> = Vec::new();
    for item in sluice.items().await.values() {
        let origin = item["_origin"].as_s().expect("a stamp");
        let (task_id, row) = origin.split_once(':').expect("two parts");
        assert_eq!(task_id, task.task_id.to_string());
        stored.push(row.parse().expect("a row"));
    }
    stored.sort_unstable();
    let good: Vec<u64> = (2..1_202).filter(|row| !flawed.contains(row)).collect();
    assert_eq!(stored, good);
}
