//! The names of objects in the files bucket: what lies where, and whose it is.

use std::fmt;
use std::ops::Range;

use percent_encoding::percent_decode_str;

use crate::ids::{BusinessId, StationId, TaskRef};

/// The longest file name kept from an upload.
const FILE_NAME_BYTES: usize = 200;

/// The folder of a station's inbox whose files wait. No business has such a name.
const STAGED: &str = ".staged";

/// An object that starts an import when it arrives, or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The file of a task that `POST /upload` made.
    Upload(TaskRef),
    /// A file that waits in the inbox for what takes it: a schedule or a mailing.
    Staged,
    /// A file put into the inbox; its task is made when it is seen.
    Inbox {
        /// Whose inbox.
        station_id: StationId,
        /// Which definition reads it.
        business: BusinessId,
        /// The rest of the key.
        file_name: String,
    },
}

/// Why an object's key says nothing about an import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither uploads/<station>/<task>/<name> nor inbox/<station>/<business>/<name>")]
pub struct UnknownKey(String);

impl Arrival {
    /// Reads a (decoded) object key.
    pub fn parse(key: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(key.to_owned());
        let mut parts = key.splitn(4, '/');
        let (Some(place), Some(station), Some(third), Some(name)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unknown());
        };
        let station_id: StationId = station.parse().map_err(|_| unknown())?;
        match place {
            "uploads" => {
                let task_id = third.parse().map_err(|_| unknown())?;
                Ok(Self::Upload(TaskRef {
                    station_id,
                    task_id,
                }))
            }
            "inbox" if third == STAGED && !name.is_empty() => Ok(Self::Staged),
            "inbox" if !name.is_empty() => Ok(Self::Inbox {
                station_id,
                business: third.parse().map_err(|_| unknown())?,
                file_name: name.to_owned(),
            }),
            _ => Err(unknown()),
        }
    }
}

/// Returns the name of a file that waits in the inbox of a station: the rest of `inbox/<station>/.staged/<name>`.
pub fn staged_name<'a>(station: &StationId, key: &'a str) -> Option<&'a str> {
    let of_station = key.strip_prefix("inbox/")?.strip_prefix(station.as_str())?;
    let name = of_station
        .strip_prefix('/')?
        .strip_prefix(STAGED)?
        .strip_prefix('/')?;
    (!name.is_empty() && name.len() <= FILE_NAME_BYTES).then_some(name)
}

/// A key as it is: events have it URL-encoded, with `+` for a space.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
pub fn decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Where the file of an uploaded task lies.
pub fn upload(task: &TaskRef, file_name: &str) -> String {
    format!(
        "uploads/{}/{}/{}",
        task.station_id,
        task.task_id,
        safe_name(file_name)
    )
}

/// The file of a task as UTF-8 CSV, if it came in another form.
pub fn converted(task: &TaskRef) -> String {
    format!("converted/{}/{}/file.csv", task.station_id, task.task_id)
}

/// What the splitter planned in one run. A run that was cut short never hides a longer one.
pub fn manifest(task: &TaskRef, chunks: Range<u32>) -> String {
    format!(
        "{}{:08}-{:08}.json",
        manifests(task),
        chunks.start,
        chunks.end
    )
}

/// All that the splitter planned for a task.
pub fn manifests(task: &TaskRef) -> String {
    format!("manifests/{}/{}/", task.station_id, task.task_id)
}

/// All chunks of a task, each where its number says.
pub fn chunk_index(task: &TaskRef) -> String {
    format!("chunks/{}/{}", task.station_id, task.task_id)
}

/// The failed rows of one try at one chunk. Each try has a name of its own, so that the one
/// which commits is the one that is read.
pub fn part(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt}.csv",
        task.station_id, task.task_id
    )
}

/// The rows that one try at a chunk deferred, because others of the file want the same.
pub fn deferred(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt}-deferred.csv",
        task.station_id, task.task_id
    )
}

/// The keys and unique values that occur more than once in a task's file.
pub fn conflicts(task: &TaskRef) -> String {
    format!("conflicts/{}/{}/values", task.station_id, task.task_id)
}

/// How far the search for them had come when a leg of splitting ended before this chunk.
pub fn conflict_finder(task: &TaskRef, next_chunk: u32) -> String {
    format!(
        "conflicts/{}/{}/{next_chunk:08}",
        task.station_id, task.task_id
    )
}

/// What a mailing froze when it began.
pub fn mailing(task: &TaskRef) -> String {
    format!(
        "audiences/{}/{}/mailing.json",
        task.station_id, task.task_id
    )
}

/// Recipients that a request for a mailing names.
pub fn named_recipients(station: &StationId, number: u64) -> String {
    format!("audiences/{station}/named/{number:016x}.json")
}

/// The recipients of a chunk of a mailing, as a try froze them.
pub fn audience(task: &TaskRef, attempt: &str, chunk: u32) -> String {
    format!(
        "audiences/{}/{}/{attempt}/{chunk:08}.ndjson",
        task.station_id, task.task_id
    )
}

/// The recipients of a chunk who were not sent to, of one try at it.
pub fn not_sent_part(task: &TaskRef, chunk: u32, attempt: u32) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt:08x}-not-sent.ndjson",
        task.station_id, task.task_id
    )
}

/// The recipients of a mailing who were not sent to.
pub fn not_sent(task: &TaskRef) -> String {
    format!("results/{}/{}/not_sent.csv", task.station_id, task.task_id)
}

/// The lines of one try at a segment of an export.
pub fn export_segment(task: &TaskRef, segment: u32, attempt: u32) -> String {
    format!(
        "exports/{}/{}/{segment:08}-{attempt:08x}.csv",
        task.station_id, task.task_id
    )
}

/// The file of an export that needed no task. `name` tells it from others.
pub fn export_at_once(station: &StationId, name: &str, extension: &str) -> String {
    format!("at-once/{station}/{name}.{extension}")
}

/// A station's own form of exported files of orders.
pub fn order_format(station: &StationId, name: &impl fmt::Display) -> String {
    format!("formats/{station}/{name}.toml")
}

/// The numbers that several orders of a list have.
pub fn repeated_orders(task: &TaskRef) -> String {
    format!("conflicts/{}/{}/orders", task.station_id, task.task_id)
}

/// What one try at a chunk made of its orders.
pub fn order_results_part(task: &TaskRef, chunk: u32, attempt: u32) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt:08x}.ndjson",
        task.station_id, task.task_id
    )
}

/// What became of each order of a list.
pub fn order_results(task: &TaskRef) -> String {
    format!("results/{}/{}/orders.ndjson", task.station_id, task.task_id)
}

/// What the downloaded results are called: `orders-results.ndjson` for `orders.json`.
pub fn order_results_name(file_name: &str) -> String {
    let stem = stem(file_name).unwrap_or("orders");
    format!("{stem}-results.ndjson")
}

/// The file of an export.
pub fn export(task: &TaskRef, extension: &str) -> String {
    format!(
        "results/{}/{}/export.{extension}",
        task.station_id, task.task_id
    )
}

/// The rows that one try at a chunk of an import skipped.
pub fn skipped(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!("{}skipped/{chunk:08}-{attempt}", for_undo(task))
}

/// The rows of an import that are stored although its chunks did not count them so: those that waited for
/// its end, and those that another try at their chunk has stored.
pub fn settled(task: &TaskRef) -> String {
    format!("{}settled", for_undo(task))
}

/// What rows of an import have replaced, of a chunk or of the rows that waited for the end: those from `first`
/// to `last`. Of several objects about a row those with the highest sequence count.
pub fn images(
    task: &TaskRef,
    chunk: Option<u32>,
    sequence: u32,
    rows: std::ops::RangeInclusive<u64>,
    attempt: &impl fmt::Display,
) -> String {
    let (first, last) = (rows.start(), rows.end());
    format!(
        "{}{sequence:06}-{first:016}-{last:016}-{attempt}",
        all_images(task, chunk)
    )
}

/// All objects of that kind.
pub fn all_images(task: &TaskRef, chunk: Option<u32>) -> String {
    let of = chunk.map_or_else(|| "deferred".to_owned(), |chunk| format!("{chunk:08}"));
    format!("{}images/{of}/", for_undo(task))
}

/// The sequence and the rows of such an object.
pub fn parse_images(key: &str) -> Option<(u32, std::ops::RangeInclusive<u64>)> {
    let name = key.rsplit('/').next()?;
    let mut parts = name.split('-');
    let sequence = parts.next()?.parse().ok()?;
    let first = parts.next()?.parse().ok()?;
    let last = parts.next()?.parse().ok()?;
    Some((sequence, first..=last))
}

/// The rows that one try at a chunk of an undo was about to delete.
pub fn about_to_delete(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!("{}{attempt}", all_about_to_delete(task, chunk))
}

/// The same of all tries.
pub fn all_about_to_delete(task: &TaskRef, chunk: u32) -> String {
    format!("{}deletes/{chunk:08}-", for_undo(task))
}

/// What is kept so that an import can be undone, and an undo can go on after a crash.
fn for_undo(task: &TaskRef) -> String {
    format!("undo/{}/{}/", task.station_id, task.task_id)
}

/// The rows that an undo has kept.
pub fn kept_rows(task: &TaskRef) -> String {
    format!("results/{}/{}/kept_rows.csv", task.station_id, task.task_id)
}

/// What a segment of an evaluation has decided: written once.
pub fn decisions_of_segment(task: &TaskRef, segment: u32) -> String {
    format!(
        "decisions/{}/{}/{segment:08}.ndjson",
        task.station_id, task.task_id
    )
}

/// All decisions of an evaluation.
pub fn decisions(task: &TaskRef) -> String {
    format!(
        "results/{}/{}/decisions.ndjson",
        task.station_id, task.task_id
    )
}

/// The failed rows of a task, merged.
pub fn failed_rows(task: &TaskRef) -> String {
    format!(
        "results/{}/{}/failed_rows.csv",
        task.station_id, task.task_id
    )
}

/// What a downloaded failed-rows file is called: `members-failed.csv` for `2026/members.csv.gz`. That
/// of a corrected file has the mark once.
pub fn failed_rows_name(file_name: &str) -> String {
    marked_name(file_name, "failed")
}

/// What a downloaded file of kept rows is called: `members-kept.csv`.
pub fn kept_rows_name(file_name: &str) -> String {
    marked_name(file_name, "kept")
}

fn marked_name(file_name: &str, mark: &str) -> String {
    let stem = stem(file_name).unwrap_or("rows");
    format!("{stem}-{mark}.csv")
}

/// A file's name without folders and endings; none if nothing is left.
fn stem(file_name: &str) -> Option<&str> {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_ending = |part: &str| {
        let is_short = (1..=4).contains(&part.len());
        part == "ndjson" || is_short && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let mut stem = last;
    for _ in 0..2 {
        match stem.rsplit_once('.') {
            Some((name, ending)) if !name.is_empty() && is_ending(ending) => stem = name,
            _ => break,
        }
    }
    let stem = stem.strip_suffix("-failed").unwrap_or(stem).trim();
    (!stem.is_empty()).then_some(stem)
}

/// The last part of a file name, without what could confuse a URL, a shell or a person.
fn safe_name(file_name: &str) -> String {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = last
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    while name.len() > FILE_NAME_BYTES {
        name.pop();
    }
    if name.trim_matches('.').is_empty() {
        "file.csv".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded() {
        assert_eq!(
            decoded("inbox/demo/member_import/%E4%BC%9A%E5%91%98+1%2B2.csv"),
            "inbox/demo/member_import/会员 1+2.csv"
        );
    }

    fn task() -> TaskRef {
        TaskRef {
            station_id: "demo".parse().expect("a station"),
            task_id: 7.try_into().expect("a task id"),
        }
    }

    #[test]
    fn the_key_of_images_says_which_rows_they_are_of() {
        let key = images(&task(), Some(3), 2, 17..=90, &"a1");
        assert_eq!(parse_images(&key), Some((2, 17..=90)), "{key}");
        assert!(key.starts_with(&all_images(&task(), Some(3))));
        assert!(!key.starts_with(&all_images(&task(), None)));
    }

    #[test]
    fn an_upload_is_found_by_its_key() {
        assert_eq!(
            Arrival::parse(&upload(&task(), "m.csv")),
            Ok(Arrival::Upload(task()))
        );
    }

    #[test]
    fn a_file_name_cannot_climb_out_of_its_folder() {
        assert_eq!(upload(&task(), "../../x y.csv"), "uploads/demo/7/x_y.csv");
        assert_eq!(upload(&task(), ".."), "uploads/demo/7/file.csv");
        assert!(upload(&task(), &"会员".repeat(200)).len() < 300);
    }

    #[test]
    fn a_failed_rows_file_is_called_after_its_source() {
        for (source, name) in [
            ("members.csv", "members-failed.csv"),
            ("members.csv.gz", "members-failed.csv"),
            ("2026/会员 名单.xlsx", "会员 名单-failed.csv"),
            ("members-failed.csv", "members-failed.csv"),
            ("orders.ndjson", "orders-failed.csv"),
            ("Dr. Who", "Dr. Who-failed.csv"),
            (".csv", ".csv-failed.csv"),
            ("", "rows-failed.csv"),
        ] {
            assert_eq!(failed_rows_name(source), name, "{source}");
            let results = name.replace("-failed.csv", "-results.ndjson");
            let results = results.replace("rows-", "orders-");
            assert_eq!(order_results_name(source), results, "{source}");
        }
    }

    #[test]
    fn other_keys_start_nothing() {
        for key in [
            "",
            "inbox/demo",
            "inbox/demo/member_import/",
            "uploads/demo/x/y",
            "inbox/../member_import/m.csv",
            "parts/demo/7/x.csv",
        ] {
            assert!(Arrival::parse(key).is_err(), "{key}");
        }
    }

    #[test]
    fn an_inbox_key_names_station_and_business() {
        let Ok(Arrival::Inbox {
            business,
            file_name,
            ..
        }) = Arrival::parse("inbox/demo/member_import/2026/m.csv")
        else {
            panic!("not an inbox key");
        };
        assert_eq!(
            (business.as_str(), file_name.as_str()),
            ("member_import", "2026/m.csv")
        );
    }
}
