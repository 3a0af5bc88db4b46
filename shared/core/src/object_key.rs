//! The names of objects in the files bucket: what lies where, and whose it is.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;

use crate::ids::{BusinessId, StationId, TaskRef};

/// The longest file name kept from an upload.
const FILE_NAME_BYTES: usize = 200;

/// An object that starts an import when it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The file of a task that `POST /upload` made.
    Upload(TaskRef),
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
            "inbox" if !name.is_empty() => Ok(Self::Inbox {
                station_id,
                business: third.parse().map_err(|_| unknown())?,
                file_name: name.to_owned(),
            }),
            _ => Err(unknown()),
        }
    }
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

/// The failed rows of one try at one chunk. Each try has a name of its own, so that the one
/// which commits is the one that is read.
pub fn part(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt}.csv",
        task.station_id, task.task_id
    )
}

/// The rows of a chunk that met others of the file, as one try saw it.
pub fn contests(task: &TaskRef, chunk: u32, attempt: &impl fmt::Display) -> String {
    format!(
        "parts/{}/{}/{chunk:08}-{attempt}-contests.json",
        task.station_id, task.task_id
    )
}

/// Rows that turned out to be part of contests while these were settled.
pub fn drawn_in(task: &TaskRef, first_row: u64) -> String {
    format!("{}{first_row}.json", all_drawn_in(task))
}

/// All rows of a task that were drawn into contests.
pub fn all_drawn_in(task: &TaskRef) -> String {
    format!("settled/{}/{}/", task.station_id, task.task_id)
}

/// What one try at a chunk is about to replace, as it was at a time.
pub fn replaced(task: &TaskRef, at: Timestamp, attempt: &impl fmt::Display) -> String {
    let micros = at.as_microsecond();
    format!("{}{micros:016}-{attempt}.json", all_replaced(task))
}

/// All that a task's chunks replaced. In the order of their names the notes are in that of time.
pub fn all_replaced(task: &TaskRef) -> String {
    format!("replaced/{}/{}/", task.station_id, task.task_id)
}

/// The failed rows of a task, merged.
pub fn failed_rows(task: &TaskRef) -> String {
    format!(
        "results/{}/{}/failed_rows.csv",
        task.station_id, task.task_id
    )
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

    fn task() -> TaskRef {
        TaskRef {
            station_id: "demo".parse().expect("a station"),
            task_id: 7.try_into().expect("a task id"),
        }
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
