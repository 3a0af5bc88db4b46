//! Schedules. They are in the tasks table, and each that is enabled has a mark under the time at which it is due, so that
//! one query finds all that are due now.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | a schedule | `STATION#<station>` | `SCHEDULE#<name>` |
//! | its mark | `SCHEDULES` | `<due, ms>#<station>#<name>` |

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::StationId;
use sluice_retry::RetryPolicy;
use sluice_schedules::{Schedule, ScheduleName};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::task_store::TaskStore;
use crate::task_store::item::{Item, from_item, key, n, s, station_pk, to_item};

/// The partition of all marks.
const SCHEDULES: &str = "SCHEDULES";
const PREFIX: &str = "SCHEDULE#";

/// The schedules of all stations.
#[derive(Clone, Debug)]
pub struct ScheduleStore {
    tasks: TaskStore,
}

/// A schedule that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueSchedule {
    /// Whose.
    pub station_id: StationId,
    /// Its name.
    pub name: ScheduleName,
    /// Since when.
    pub due: Timestamp,
}

/// A page of schedules that are due.
#[derive(Clone, Debug)]
pub struct DuePage {
    /// Those that have been due for the longest time first.
    pub due: Vec<DueSchedule>,
    next: Option<Item>,
}

impl DuePage {
    /// Whether there may be more.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

/// As it is stored: as text, because DynamoDB's numbers are not those of JSON.
#[derive(Deserialize)]
struct Stored {
    schedule: String,
}

impl ScheduleStore {
    /// Those in the tasks table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            tasks: TaskStore::new(clients, table),
        }
    }

    /// A schedule of a station.
    pub async fn get(
        &self,
        station: &StationId,
        name: &ScheduleName,
    ) -> Result<Option<Schedule>, AwsError> {
        let item = self.tasks.get_item(schedule_key(station, name)).await?;
        item.map(read).transpose()
    }

    /// All schedules of a station, by their names.
    pub async fn of(&self, station: &StationId) -> Result<Vec<Schedule>, AwsError> {
        let (mut schedules, mut start) = (Vec::new(), None);
        loop {
            let answer = self
                .tasks
                .dynamodb
                .query()
                .table_name(&self.tasks.table)
                .key_condition_expression("pk = :station AND begins_with(sk, :prefix)")
                .expression_attribute_values(":station", s(station_pk(station)))
                .expression_attribute_values(":prefix", s(PREFIX))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            for item in answer.items.unwrap_or_default() {
                schedules.push(read(item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(schedules);
            }
        }
    }

    /// A page of the schedules that are due at `now`: the first, or that after `before`.
    pub async fn due(&self, now: Timestamp, before: Option<DuePage>) -> Result<DuePage, AwsError> {
        let answer = self
            .tasks
            .dynamodb
            .query()
            .table_name(&self.tasks.table)
            .key_condition_expression("pk = :schedules AND sk < :now")
            .expression_attribute_values(":schedules", s(SCHEDULES))
            .expression_attribute_values(":now", s(due_by(now)))
            .set_exclusive_start_key(before.and_then(|page| page.next))
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        let mut page = DuePage {
            due: Vec::new(),
            next: answer.last_evaluated_key,
        };
        for item in answer.items.unwrap_or_default() {
            if let Ok(due) = from_item(item) {
                page.due.push(due);
            } else {
                tracing::error!("a schedule's mark cannot be read and is passed over");
            }
        }
        Ok(page)
    }

    /// Puts a schedule in the place of the one that was read, or where there was none. False if that has changed since.
    pub async fn put(
        &self,
        schedule: &Schedule,
        before: Option<&Schedule>,
    ) -> Result<bool, AwsError> {
        let put = Put::builder().table_name(&self.tasks.table);
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("revision = :read")
                .expression_attribute_values(":read", n(before.revision)),
        };
        let put = put.set_item(Some(item(schedule)?)).build();
        let put = put.map_err(broken)?;
        let mut parts = vec![TransactWriteItem::builder().put(put).build()];
        let (old, new) = (before.and_then(mark), mark(schedule));
        if let Some(old) = old.filter(|old| Some(old) != new.as_ref()) {
            parts.push(self.delete_part(mark_key(&old), None)?);
        }
        if let Some(new) = new {
            let item = to_item(mark_key(&new), &new)?;
            let put = Put::builder().table_name(&self.tasks.table);
            let put = put.set_item(Some(item)).build().map_err(broken)?;
            parts.push(TransactWriteItem::builder().put(put).build());
        }
        self.change(parts).await
    }

    /// Deletes a schedule. False if it has changed since it was read.
    pub async fn delete(&self, schedule: &Schedule) -> Result<bool, AwsError> {
        let key = schedule_key(&schedule.station_id, &schedule.name);
        let mut parts = vec![self.delete_part(key, Some(schedule.revision))?];
        if let Some(mark) = mark(schedule) {
            parts.push(self.delete_part(mark_key(&mark), None)?);
        }
        self.change(parts).await
    }

    /// Deletes a mark whose schedule is not due then any more.
    pub async fn forget(&self, due: &DueSchedule) -> Result<(), AwsError> {
        let part = self.delete_part(mark_key(due), None)?;
        self.change(vec![part]).await.map(|_| ())
    }

    fn delete_part(&self, key: Item, revision: Option<u64>) -> Result<TransactWriteItem, AwsError> {
        let delete = Delete::builder().table_name(&self.tasks.table);
        let delete = delete.set_key(Some(key));
        let delete = match revision {
            None => delete,
            Some(revision) => delete
                .condition_expression("revision = :read")
                .expression_attribute_values(":read", n(revision)),
        };
        let delete = delete.build().map_err(broken)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    async fn change(&self, parts: Vec<TransactWriteItem>) -> Result<bool, AwsError> {
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            match self.tasks.transact(parts.clone()).await {
                Ok(()) => return Ok(true),
                Err(cancelled) if cancelled.is_refused(0) => return Ok(false),
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AwsError {
    AwsError::new("TransactWriteItems", error)
}

fn item(schedule: &Schedule) -> Result<Item, AwsError> {
    let text =
        serde_json::to_string(schedule).map_err(|error| AwsError::new("writing an item", error))?;
    let mut item = schedule_key(&schedule.station_id, &schedule.name);
    item.insert("schedule".to_owned(), AttributeValue::S(text));
    item.insert("revision".to_owned(), n(schedule.revision));
    Ok(item)
}

fn read(item: Item) -> Result<Schedule, AwsError> {
    let stored: Stored = from_item(item)?;
    serde_json::from_str(&stored.schedule).map_err(|error| AwsError::new("reading an item", error))
}

fn mark(schedule: &Schedule) -> Option<DueSchedule> {
    schedule.next_at.map(|due| DueSchedule {
        station_id: schedule.station_id.clone(),
        name: schedule.name.clone(),
        due,
    })
}

fn schedule_key(station: &StationId, name: &ScheduleName) -> Item {
    key(station_pk(station), format!("{PREFIX}{name}"))
}

fn mark_key(mark: &DueSchedule) -> Item {
    let due = due_by(mark.due);
    let sk = format!("{due}#{}#{}", mark.station_id, mark.name);
    key(SCHEDULES.to_owned(), sk)
}

/// What the keys of all marks begin with that are due at this time; those of earlier ones are less.
fn due_by(time: Timestamp) -> String {
    format!("{:013}", time.as_millisecond().max(0))
}
