//! A station's tasks, newest first, page by page. What a page costs depends on its length and
//! not on how many tasks there are: the index `listed` holds those that are shown and nothing
//! else, and those that have not ended are found by their marks.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::{SignedDuration, Timestamp};
use sluice_api::TaskTotals;
use sluice_basics::ids::{StationId, TaskId, UserTaskId};
use sluice_task::{Task, TaskStatus, TaskType};

use super::TaskStore;
use super::item::{Item, LISTED, OPEN, TASK_PREFIX, n, open_sk, s, station_pk, task_sk};
use super::open::task_of_mark;
use crate::error::AwsError;

/// Which of a station's tasks a list shows.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Only imports, exports or processes.
    pub task_type: Option<TaskType>,
    /// Only tasks in one of these statuses; all if there are none.
    pub statuses: Vec<TaskStatus>,
    /// Only tasks of this business.
    pub business_id: Option<String>,
    /// Only tasks that were added at this time or later.
    pub created_from: Option<Timestamp>,
    /// Only tasks that were added before this time.
    pub created_to: Option<Timestamp>,
    /// Only tasks that have all of these words, in lower case, in their names or ids.
    pub words: Vec<String>,
    /// What businesses are called in other languages, in lower case: words are looked for there, too.
    pub titles: HashMap<String, String>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// The last task that was looked at, if there may be more after it.
    pub next: Option<TaskId>,
}

/// Entries of the index that one request looks at under a filter, and requests of one page: they
/// bound the work of a list whose filter matches little. The caller goes on with the cursor.
const LOOKED_AT: i32 = 1_000;
const REQUESTS: usize = 5;
/// Entries that one read of a search looks at, and reads of one page. The index does not have what
/// words are searched in.
const SEARCHED: usize = 100;
const SEARCHES: usize = 5;
/// Records that are read at the same time.
const READ_AT_ONCE: usize = 25;
/// A task's id is made before its time is noted, at most so long.
const ADDING: SignedDuration = SignedDuration::from_secs(10);

impl TaskStore {
    /// At most `limit` (1 to 100) of a station's visible tasks, those after (older than) `after`.
    /// A page may have fewer, and there is more as long as it names a `next`. It ends before a task
    /// that `takes` does not take, which must take the first.
    pub async fn list(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
        mut takes: impl FnMut(&Task) -> bool,
    ) -> Result<Page, AwsError> {
        let (at_once, reads) = if filter.words.is_empty() {
            (limit, 1)
        } else {
            (SEARCHED, SEARCHES)
        };
        // The record is what counts: an entry may be a moment behind it.
        let is_listed = |task: &Task| task.message_show && filter.matches(task);
        let mut room = limit;
        let mut takes = |task: &Task| {
            let is_taken = room > 0 && takes(task);
            room -= usize::from(is_taken);
            is_taken
        };
        let mut page = Page {
            tasks: Vec::new(),
            next: after,
        };
        for _ in 0..reads {
            let found = if filter.is_open() {
                self.open_of(station_id, filter, at_once, page.next).await?
            } else {
                self.listed(station_id, filter, at_once, page.next).await?
            };
            let all = self
                .fill(&mut page, station_id, &found.ids, is_listed, &mut takes)
                .await?;
            if !all {
                break;
            }
            page.next = found.next;
            if page.next.is_none() || page.tasks.len() >= limit {
                break;
            }
        }
        Ok(page)
    }

    /// How many of a station's visible tasks are in each status, of those that the filter matches
    /// whatever their status. Words do not count.
    pub async fn totals(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
    ) -> Result<TaskTotals, AwsError> {
        let filter = TaskFilter {
            statuses: Vec::new(),
            ..filter.clone()
        };
        let mut totals = TaskTotals::default();
        let Some(query) = IndexQuery::new(station_id, &filter, None) else {
            totals.complete = true;
            return Ok(totals);
        };
        let mut start = None;
        for _ in 0..REQUESTS {
            let (entries, last) = self.index_page(&query, LOOKED_AT, start).await?;
            let since = filter.created_from.map(TaskId::first_at);
            for entry in entries.iter().filter(|entry| task_of_key(entry) >= since) {
                let number = entry.get("status").and_then(|status| status.as_n().ok());
                let number = number.and_then(|number| number.parse::<u8>().ok());
                if let Some(status) = number.and_then(|number| number.try_into().ok()) {
                    totals.add(status);
                }
            }
            start = last;
            if start.is_none() {
                totals.complete = true;
                break;
            }
        }
        Ok(totals)
    }

    /// Those of the named tasks that are there and match, hidden ones included: those after (older
    /// than) `after`, as far as `takes` takes them.
    pub async fn named(
        &self,
        station_id: &StationId,
        mut task_ids: Vec<TaskId>,
        filter: &TaskFilter,
        after: Option<TaskId>,
        takes: impl FnMut(&Task) -> bool,
    ) -> Result<Page, AwsError> {
        task_ids.retain(|task_id| after.is_none_or(|after| *task_id < after));
        task_ids.sort_unstable_by(|one, other| other.cmp(one));
        task_ids.dedup();
        let matches = |task: &Task| filter.matches(task);
        let mut page = Page::default();
        self.fill(&mut page, station_id, &task_ids, matches, takes)
            .await?;
        Ok(page)
    }

    /// Adds the tasks with these ids, which are newest first, to a page. They are read a few at a
    /// time: together they may be more than an answer or the memory holds. The page ends before a
    /// task that `takes` does not take, which must take the first of a page: then the answer is
    /// false.
    async fn fill(
        &self,
        page: &mut Page,
        station_id: &StationId,
        task_ids: &[TaskId],
        is_listed: impl Fn(&Task) -> bool,
        mut takes: impl FnMut(&Task) -> bool,
    ) -> Result<bool, AwsError> {
        for task_ids in task_ids.chunks(READ_AT_ONCE) {
            for task in self.get_many(station_id, task_ids).await? {
                if !is_listed(&task) {
                    continue;
                }
                if !takes(&task) {
                    page.next = page.tasks.last().map(|last| last.task_id);
                    return Ok(false);
                }
                page.tasks.push(task);
            }
        }
        Ok(true)
    }

    /// Tasks that are shown, by the index.
    async fn listed(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Found, AwsError> {
        let mut found = Found::default();
        let Some(query) = IndexQuery::new(station_id, filter, after) else {
            return Ok(found);
        };
        let looked_at = if query.condition.is_some() {
            LOOKED_AT
        } else {
            one_more(limit)
        };
        let mut start = None;
        for _ in 0..REQUESTS {
            let (entries, last) = self.index_page(&query, looked_at, start).await?;
            found.ids.extend(entries.iter().filter_map(task_of_key));
            start = last;
            if found.ids.len() > limit || start.is_none() {
                return Ok(found.at_most(limit));
            }
        }
        found.next = start.as_ref().and_then(task_of_key);
        Ok(found)
    }

    /// Entries of the index that match, of the next `looked_at`, and where to go on.
    async fn index_page(
        &self,
        query: &IndexQuery,
        looked_at: i32,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), AwsError> {
        let answer = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .index_name(LISTED)
            .key_condition_expression("#listed = :listed AND sk BETWEEN :oldest AND :newest")
            .set_filter_expression(query.condition.clone())
            .set_expression_attribute_names(Some(query.names.clone()))
            .set_expression_attribute_values(Some(query.values.clone()))
            .scan_index_forward(false)
            .limit(looked_at)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }

    /// Tasks that have not ended, by their marks.
    async fn open_of(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Found, AwsError> {
        let Some((oldest, newest)) = filter.range(after) else {
            return Ok(Found::default());
        };
        let answer = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :open AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":open", s(OPEN))
            .expression_attribute_values(":first", s(open_sk(station_id, oldest)))
            .expression_attribute_values(":last", s(open_sk(station_id, newest)))
            .scan_index_forward(false)
            .limit(one_more(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        let ids = answer
            .items()
            .iter()
            .filter_map(|mark| task_of_mark(mark).map(|task| task.task_id));
        let found = Found {
            ids: ids.collect(),
            next: None,
        };
        Ok(found.at_most(limit))
    }
}

/// Tasks that a list may show, newest first.
#[derive(Default)]
struct Found {
    ids: Vec<TaskId>,
    /// Where to go on, if looking stopped before there were enough.
    next: Option<TaskId>,
}

impl Found {
    /// The first `limit` of them; if there are more, the next page starts after these.
    fn at_most(mut self, limit: usize) -> Self {
        if self.ids.len() > limit {
            self.ids.truncate(limit);
            self.next = self.ids.last().copied();
        }
        self
    }
}

/// One more than asked for tells whether there is another page.
fn one_more(limit: usize) -> i32 {
    limit as i32 + 1
}

/// The task that a key names.
fn task_of_key(key: &Item) -> Option<TaskId> {
    let sk = key.get("sk")?.as_s().ok()?;
    sk.strip_prefix(TASK_PREFIX)?.parse().ok()
}

/// A query of the index.
struct IndexQuery {
    condition: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl IndexQuery {
    /// The query for tasks that a filter matches, older than `after`. None if there can be none.
    fn new(station_id: &StationId, filter: &TaskFilter, after: Option<TaskId>) -> Option<Self> {
        let (oldest, newest) = filter.range(after)?;
        let mut values = HashMap::from([
            (":listed".to_owned(), s(station_pk(station_id))),
            (":oldest".to_owned(), s(task_sk(oldest))),
            (":newest".to_owned(), s(task_sk(newest))),
        ]);
        let mut names = HashMap::from([("#listed".to_owned(), LISTED.to_owned())]);
        Some(Self {
            condition: filter.expression(&mut names, &mut values),
            names,
            values,
        })
    }
}

impl TaskFilter {
    /// Whether a task is one of those; also of those that are hidden.
    pub fn matches(&self, task: &Task) -> bool {
        self.task_type.is_none_or(|wanted| task.task_type == wanted)
            && (self.statuses.is_empty() || self.statuses.contains(&task.status))
            && self
                .business_id
                .as_ref()
                .is_none_or(|business| &task.business_id == business)
            && self
                .created_from
                .is_none_or(|from| task.create_time >= from)
            && self.created_to.is_none_or(|to| task.create_time < to)
            && self.has_words(task)
    }

    fn has_words(&self, task: &Task) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let file_name = task.input["file_name"].as_str().unwrap_or_default();
        let user_task_id = task.user_task_id.as_ref().map_or("", UserTaskId::as_str);
        let text = format!(
            "{file_name}\n{user_task_id}\n{}\n{}\n{}\n{}",
            task.task_id, task.name, task.business_id, task.business_name
        )
        .to_lowercase();
        let titles = self.titles.get(&task.business_id);
        let titles = titles.map_or("", String::as_str);
        let is_there = |word: &String| text.contains(word) || titles.contains(word);
        self.words.iter().all(is_there)
    }

    /// Whether only tasks match that have not ended.
    fn is_open(&self) -> bool {
        !self.statuses.is_empty() && !self.statuses.iter().any(|status| status.has_ended())
    }

    /// The oldest and the newest id that can match, of those before `after`: ids grow with time.
    /// None if there is none.
    fn range(&self, after: Option<TaskId>) -> Option<(TaskId, TaskId)> {
        let before = |from: Timestamp| from.saturating_sub(ADDING).unwrap_or(from);
        let oldest = self
            .created_from
            .map_or(TaskId::LEAST, |from| TaskId::first_at(before(from)));
        // What was added in the last millisecond may still be before the time.
        let newest = self.created_to.map_or(TaskId::GREATEST, TaskId::last_at);
        let newest = match after {
            Some(after) => newest.min(after.before()?),
            None => newest,
        };
        (oldest <= newest).then_some((oldest, newest))
    }

    /// The filter as DynamoDB wants it; none if everything matches.
    fn expression(
        &self,
        names: &mut HashMap<String, String>,
        values: &mut HashMap<String, AttributeValue>,
    ) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(wanted) = self.task_type {
            parts.push("#type = :type".to_owned());
            names.insert("#type".to_owned(), "type".to_owned());
            values.insert(":type".to_owned(), n(u8::from(wanted)));
        }
        if !self.statuses.is_empty() {
            let places: Vec<String> = self
                .statuses
                .iter()
                .map(|status| {
                    let place = format!(":status{}", status.number());
                    values.insert(place.clone(), n(status.number()));
                    place
                })
                .collect();
            parts.push(format!("#status IN ({})", places.join(", ")));
            names.insert("#status".to_owned(), "status".to_owned());
        }
        if let Some(business_id) = &self.business_id {
            parts.push("#business = :business".to_owned());
            names.insert("#business".to_owned(), "business_id".to_owned());
            values.insert(":business".to_owned(), s(business_id));
        }
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }
}
