//! Dispatching: the plan of a run is kept, and its chunks are sent, so many at a time. A large task never fills the
//! queue: a small one of the same station waits for a window of its chunks, not for all of them.
//!
//! The planner sends the first chunks, as many as the window has. Whoever commits chunk `n` sends chunk `n + window`.
//! That is the same however often it is done, so no counter is needed. Chunks with the same remainder are a lane;
//! one of each lane is on its way at a time. A lane that breaks, because a process died between the commit and the
//! sending, is set going again by the sweeper.

use std::collections::{BTreeMap, HashSet};

use sluice_aws::{
    AwsError, ObjectError, ObjectWriter, Objects, Queue, Settings, SettingsError, current_trace,
    traced, used_so_far,
};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_basics::plan::Plan;
use sluice_basics::trace::Trace;
use sluice_csv::Chunk;
use sluice_kind::{Kind, WorkQueue};
use sluice_lambda::Init;
use sluice_task::manifest::Manifest;
use sluice_task::message::ChunkMessage;

use crate::kind::KindOfTask;

/// How many workers have one chunk more on its way: none waits while the next is being sent, which takes a small part
/// of a chunk's time. A small task of the same station waits behind these.
const WORKERS_TO_SPARE_ONE: u32 = 4;
/// The smallest window.
const SMALLEST: u32 = 8;
/// Messages that are sent together.
const SEND_AT_ONCE: usize = 10;
/// The chunks that are shown in the task's trace: the first and the last ones. X-Ray takes about
/// 100 KB of a trace, and a segment has half of one.
const SHOWN: u32 = 100;
const SHOWN_LAST: u32 = 10;

/// Keeps plans and sends chunks.
#[derive(Clone, Debug)]
pub struct Dispatch {
    objects: Objects,
    chunks: Queue,
    at_once: u32,
    window: u32,
}

impl Dispatch {
    /// Sends chunks through the queue of most kinds. Needs `FILES_BUCKET`, `CHUNKS_QUEUE_URL` and
    /// `WORKERS_AT_ONCE`, how many chunks are worked on at a time.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>) -> Result<Self, SettingsError> {
        Self::through(init, WorkQueue::CHUNKS)
    }

    /// As [`Self::new`], through another queue.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn through(init: &Init<'_>, queue: WorkQueue) -> Result<Self, SettingsError> {
        let settings = Settings::new(init.lookup);
        let workers: u32 = settings.parsed(queue.at_once)?;
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            chunks: Queue::new(init.clients, settings.required(queue.url)?),
            at_once: workers,
            window: workers
                .saturating_add(workers.div_ceil(WORKERS_TO_SPARE_ONE))
                .max(SMALLEST),
        })
    }

    /// Returns how many chunks of the queue are worked on at a time.
    pub fn at_once(&self) -> u32 {
        self.at_once
    }

    /// Returns how many chunks of all tasks wait in the queue or are being worked on, approximately.
    pub async fn queue_length(&self) -> Result<u64, AwsError> {
        self.chunks.length().await
    }

    /// Keeps chunks that were planned, the first of which has the number `first`. `is_sent` says that they are
    /// about to be sent.
    pub async fn keep(
        &self,
        plan: &Plan,
        first: u32,
        chunks: &[Chunk],
        is_sent: bool,
    ) -> Result<(), AwsError> {
        let manifest = Manifest {
            is_sent,
            plan,
            chunks: chunks.to_vec(),
            window: Some(self.window),
            used: used_so_far(),
        };
        let key = object_key::manifest(&plan.task, first..first + chunks.len() as u32);
        self.objects.put_json(&key, &manifest).await
    }

    /// Reads all that was planned for a task. None if nothing is kept.
    pub async fn kept(&self, task: &TaskRef) -> Result<Option<Manifest>, ObjectError> {
        let key = object_key::manifests(task);
        Ok(Manifest::merge(self.objects.get_all_json(&key).await?))
    }

    /// Sends the first chunk of each lane that is not done. `chunks` are all of the plan, in their order, perhaps in
    /// several slices. A chunk that is sent twice is done once.
    pub async fn send(
        &self,
        plan: &Plan,
        chunks: &[&[Chunk]],
        done: &HashSet<u32>,
    ) -> Result<(), AwsError> {
        if self.has_window(chunks) {
            self.keep_index(&plan.task, chunks).await?;
        }
        self.send_lanes(plan, chunks, done, &HashSet::new()).await
    }

    /// Sends the first chunk of each lane that is not done, of a plan whose chunks were sent before, but for
    /// those that are `under_way`. An index that is not there is made.
    pub async fn send_again(
        &self,
        plan: &Plan,
        chunks: &[Chunk],
        done: &HashSet<u32>,
        under_way: &HashSet<u32>,
    ) -> Result<(), AwsError> {
        let key = object_key::chunk_index(&plan.task);
        if self.has_window(&[chunks]) && self.objects.head(&key).await?.is_none() {
            self.keep_index(&plan.task, &[chunks]).await?;
        }
        self.send_lanes(plan, &[chunks], done, under_way).await
    }

    fn has_window(&self, chunks: &[&[Chunk]]) -> bool {
        count(chunks) > self.window
    }

    async fn send_lanes(
        &self,
        plan: &Plan,
        chunks: &[&[Chunk]],
        done: &HashSet<u32>,
        under_way: &HashSet<u32>,
    ) -> Result<(), AwsError> {
        let (total, has_window) = (count(chunks), self.has_window(chunks));
        let mut first = first_of_lanes(chunks, done, self.window);
        first.retain(|chunk| !under_way.contains(&chunk.number));
        for next in first.chunks(SEND_AT_ONCE) {
            let messages = next.iter().map(|chunk| ChunkMessage {
                window: has_window.then_some(self.window),
                ..ChunkMessage::new(plan.clone(), *chunk)
            });
            self.send_some(messages.collect(), total).await?;
        }
        Ok(())
    }

    /// Sends the chunk that comes after one in its lane, if there is one. `trace` is that of the task.
    pub async fn send_next(
        &self,
        message: &ChunkMessage,
        trace: Option<Trace>,
    ) -> Result<(), AwsError> {
        let Some(window) = message.window else {
            return Ok(());
        };
        let task = &message.plan.task;
        let number = u64::from(message.chunk.number) + u64::from(window);
        let start = number * INDEX_BYTES;
        let key = object_key::chunk_index(task);
        let found = self.objects.get_part(&key, start..start + INDEX_BYTES);
        let Some(entry) = found.await? else {
            return Ok(());
        };
        let Some(chunk) = entry_of(number as u32, &entry.bytes) else {
            tracing::error!(%task, number, "the index of chunks cannot be read");
            return Ok(());
        };
        let next = ChunkMessage {
            chunk,
            ..message.clone()
        };
        let total = (entry.of_bytes / INDEX_BYTES) as u32;
        Box::pin(traced(trace, self.send_some(vec![next], total))).await
    }

    async fn send_some(&self, messages: Vec<ChunkMessage>, total: u32) -> Result<(), AwsError> {
        let Some(station) = messages
            .first()
            .map(|first| first.plan.task.station_id.clone())
        else {
            return Ok(());
        };
        // What the trace has no room for is sent without being shown in it.
        let hidden = current_trace().filter(Trace::is_sampled);
        let hidden = hidden.as_ref().map(Trace::unsampled);
        let is_shown = |message: &ChunkMessage| {
            let number = message.chunk.number;
            hidden.is_none() || number < SHOWN || number + SHOWN_LAST >= total
        };
        let (shown, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_shown);
        self.chunks.send(&station, &shown).await?;
        traced(hidden.clone(), self.chunks.send(&station, &others)).await
    }

    /// Keeps all chunks where each is found by its number.
    async fn keep_index(&self, task: &TaskRef, chunks: &[&[Chunk]]) -> Result<(), AwsError> {
        let key = object_key::chunk_index(task);
        let mut index: ObjectWriter = self.objects.writer(key, "application/octet-stream");
        for slice in chunks {
            for chunk in *slice {
                index.write(&entry(chunk)).await?;
            }
        }
        index.finish().await?;
        Ok(())
    }
}

/// What sends the chunks of each kind through its queue.
#[derive(Clone, Debug)]
pub struct Dispatches(BTreeMap<WorkQueue, Dispatch>);

impl Dispatches {
    /// Needs what [`Dispatch::through`] needs for the queue of each of these kinds.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>, kinds: &[KindOfTask]) -> Result<Self, SettingsError> {
        let queues = kinds.iter().map(|kind| kind.about().queue());
        let dispatches = queues.map(|queue| Ok((queue, Dispatch::through(init, queue)?)));
        Ok(Self(dispatches.collect::<Result<_, SettingsError>>()?))
    }

    /// The queues.
    pub fn queues(&self) -> impl Iterator<Item = WorkQueue> {
        self.0.keys().copied()
    }

    /// That of a queue. None if no kind has it.
    pub fn of_queue(&self, queue: WorkQueue) -> Option<&Dispatch> {
        self.0.get(&queue)
    }

    /// That of a kind.
    pub fn of(&self, kind: &dyn Kind) -> Option<&Dispatch> {
        self.of_queue(kind.queue())
    }
}

/// The first chunk of each lane that is not done.
fn first_of_lanes(chunks: &[&[Chunk]], done: &HashSet<u32>, window: u32) -> Vec<Chunk> {
    let mut lanes = HashSet::new();
    let all = chunks.iter().copied().flatten();
    let open = all.filter(|chunk| !done.contains(&chunk.number));
    open.filter(|chunk| lanes.insert(chunk.number % window))
        .copied()
        .collect()
}

fn count(chunks: &[&[Chunk]]) -> u32 {
    chunks.iter().map(|chunks| chunks.len()).sum::<usize>() as u32
}

/// Reads a chunk of a task by its number from the index of its chunks; none if the task has no index, because it
/// has few chunks.
pub async fn chunk_in_index(
    objects: &Objects,
    task: &TaskRef,
    number: u32,
) -> Result<Option<Chunk>, AwsError> {
    let start = u64::from(number) * INDEX_BYTES;
    let key = object_key::chunk_index(task);
    let found = objects.get_part(&key, start..start + INDEX_BYTES).await?;
    Ok(found.and_then(|entry| entry_of(number, &entry.bytes)))
}

/// How many bytes a chunk has in the index.
const INDEX_BYTES: u64 = 32;

/// A chunk in the index: its fields but the number, in the order of their declaration, little-endian.
fn entry(chunk: &Chunk) -> [u8; INDEX_BYTES as usize] {
    let mut bytes = [0; INDEX_BYTES as usize];
    let fields = [chunk.start, chunk.end, chunk.first_row, chunk.records];
    for (place, field) in bytes.chunks_exact_mut(8).zip(fields) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    bytes
}

/// The chunk with this number; none if these are not its bytes.
fn entry_of(number: u32, bytes: &[u8]) -> Option<Chunk> {
    let bytes: &[u8; INDEX_BYTES as usize] = bytes.try_into().ok()?;
    let mut fields = bytes
        .chunks_exact(8)
        .filter_map(|field| field.try_into().ok())
        .map(u64::from_le_bytes);
    Some(Chunk {
        number,
        start: fields.next()?,
        end: fields.next()?,
        first_row: fields.next()?,
        records: fields.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chunk_of_each_lane_is_on_its_way_whatever_is_done() {
        let chunk = |number| Chunk {
            number,
            start: 0,
            end: 0,
            first_row: 0,
            records: 0,
        };
        let all: Vec<Chunk> = (0..20).map(chunk).collect();
        let first = |done: &[u32]| -> Vec<u32> {
            let done = done.iter().copied().collect();
            let first = first_of_lanes(&[&all[..7], &all[7..]], &done, 8);
            first.iter().map(|chunk| chunk.number).collect()
        };
        assert_eq!(first(&[]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(first(&[0, 8, 16, 3]), [1, 2, 4, 5, 6, 7, 11]);
        assert_eq!(first(&(0..20).collect::<Vec<_>>()), [0_u32; 0]);
    }

    #[test]
    fn a_chunk_is_found_in_the_index_as_it_was_written() {
        let chunk = Chunk {
            number: 7,
            start: 1,
            end: u64::MAX,
            first_row: 3,
            records: 4,
        };
        assert_eq!(entry_of(7, &entry(&chunk)), Some(chunk));
        assert_eq!(entry_of(7, &entry(&chunk)[1..]), None);
    }
}
