//! Files that are no table, are damaged, or unpack to far more than they seem: refused by name, with
//! nothing written and nothing left behind.

use std::time::{Duration, Instant};

use sluice_aws::Objects;
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Sluice, gzip, workbook, zip};

/// Far more than a machine needs to read what a bomb may unpack to.
const MOST_TIME: Duration = Duration::from_secs(30);

/// Imports a file that must be refused as a whole. The reason.
async fn refused(sluice: &Sluice, name: &str, file: &[u8]) -> String {
    let task = sluice.demo().import(file).await;
    assert_eq!(task.status, TaskStatus::Failed, "{name}: {task:?}");
    assert_eq!(task.rows.expect("rows").read, 0, "{name}");
    assert_eq!(
        sluice.items().await.len(),
        0,
        "{name}: something was written"
    );
    let objects = Objects::new(&sluice.clients().await, BUCKET.to_owned());
    let key = format!("converted/{}/{}/file.csv", task.station_id, task.task_id);
    let left = objects.head(&key).await.expect("an answer of S3");
    assert!(left.is_none(), "{name}: a converted file is left");
    task.reason.expect("a reason")
}

/// An older office document whose directory names this stream.
fn compound_file(stream: &str) -> Vec<u8> {
    let mut file = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    file.resize(512, 0);
    file.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
    file.resize(2048, 0);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_other_programs_are_refused_and_named() {
    let sluice = Sluice::start().await;
    let office = |part| zip(&[("[Content_Types].xml", b"<Types/>"), (part, b"<a/>")]);
    let cases = [
        (compound_file("Workbook"), ".xls"),
        (
            compound_file("EncryptedPackage"),
            "a document with a password",
        ),
        (compound_file("WordDocument"), "a text document"),
        (office("word/document.xml"), "a text document"),
        (office("ppt/presentation.xml"), "a presentation"),
        (office("xl/workbook.bin"), ".xlsb"),
        (zip(&[("members.csv", b"member_no,name\n")]), "an archive"),
        (gzip(&gzip(b"member_no,name\n")), "another gzip file"),
        (gzip(&workbook(&[])), "an Excel workbook"),
        (workbook(&[]), "no sheet with a table"),
        (b"%PDF-1.7\n%\xE2\xE3".to_vec(), "a PDF document"),
        (b"<!DOCTYPE html><table>".to_vec(), "a web page"),
        (b"[{\"member_no\": 1}]".to_vec(), "a JSON document"),
    ];
    for (file, named) in cases {
        let reason = refused(&sluice, named, &file).await;
        assert!(reason.contains(named), "{named}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn damaged_files_are_refused_and_what_to_do_is_said() {
    let sluice = Sluice::start().await;
    // Large enough that parts of it are stored before the damage is found.
    let packed = gzip(&b"member_no,name\n"[..].repeat(600_000));
    let book = workbook(&[("S", "visible", "<row><c><v>1</v></c></row>")]);
    let mut other_checksum = packed.clone();
    let checksum = packed.len() - 8;
    other_checksum[checksum] ^= 1;
    let mut locked = book.clone();
    for start in 0..locked.len() - 10 {
        // The flag of an encrypted part, in the archive's directory.
        if &locked[start..start + 4] == b"PK\x01\x02" {
            locked[start + 8] |= 1;
        }
    }
    let cases = [
        (
            packed[..packed.len() / 2].to_vec(),
            "the gzip file was cut off",
        ),
        (other_checksum, "the gzip file is damaged"),
        ([&packed, b"x".as_slice()].concat(), "other data follows"),
        (book[..book.len() - 30].to_vec(), "the workbook is damaged"),
        (locked, "the workbook has a password"),
    ];
    let before = sluice.stored_bytes();
    let mut sent = 0;
    for (file, named) in cases {
        sent += file.len() as u64;
        let reason = refused(&sluice, named, &file).await;
        assert!(reason.contains(named), "{named}: {reason}");
    }
    // Some 9 MB were unpacked three times.
    let left = sluice.stored_bytes() - before;
    assert!(
        left < sent + (2 << 20),
        "{left} bytes are left, {sent} were sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_refused_in_little_time_and_leave_nothing() {
    let sluice = Sluice::start().await;
    let zeros = gzip(&vec![b'0'; 40 << 20]);
    let lines = gzip(&b"member_no,name\n"[..].repeat(3 << 20));
    let blank = "<row><c/><c/><c/><c/></row>".repeat(1_000_000);
    let sheet = workbook(&[("S", "visible", &blank)]);
    let before = sluice.stored_bytes();
    let mut sent = 0;
    for (name, bomb) in [("zeros", zeros), ("lines", lines), ("a sheet", sheet)] {
        assert!(bomb.len() < 1 << 20, "{name}: {}", bomb.len());
        sent += bomb.len() as u64;
        let begun = Instant::now();
        let reason = refused(&sluice, name, &bomb).await;
        assert!(reason.contains("as a zip bomb does"), "{name}: {reason}");
        assert!(begun.elapsed() < MOST_TIME, "{name}: {:?}", begun.elapsed());
    }
    let left = sluice.stored_bytes() - before;
    assert!(
        left < sent + (2 << 20),
        "{left} bytes are left, {sent} were sent"
    );
}
