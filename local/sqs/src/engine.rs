//! The queues: their settings and indexes in memory, their contents in the store. The store is
//! written first, so that memory never claims what the file does not hold.

mod index;
mod messages;
mod queues;
mod redrive;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use self::index::QueueIndex;
use crate::error::{OpenError, SqsError};
use crate::fairness::Tenant;
use crate::name::QueueName;
use crate::settings::Settings;
use crate::store::{Seq, Store};

pub(crate) use self::messages::Receiving;

/// All queues of one file.
pub(crate) struct Engine {
    store: Store,
    queues: BTreeMap<QueueName, Queue>,
}

/// One queue.
pub(crate) struct Queue {
    settings: Settings,
    created_s: i64,
    modified_s: i64,
    index: QueueIndex,
    /// Told whenever a waiting receiver should look again.
    arrivals: Arc<Notify>,
    sent_count: u64,
}

impl Queue {
    fn new(settings: Settings, created_s: i64, modified_s: i64) -> Self {
        Self {
            settings,
            created_s,
            modified_s,
            index: QueueIndex::default(),
            arrivals: Arc::default(),
            sent_count: 0,
        }
    }
}

impl Engine {
    /// Reads the queues of the store. What was in flight is available again; delays go on.
    pub(crate) fn load(store: Store, now_ms: i64) -> Result<Self, OpenError> {
        let mut queues = BTreeMap::new();
        for row in store.queues()? {
            // A name in the store was valid when the queue was created.
            if let Ok(name) = row.name.parse::<QueueName>() {
                queues.insert(
                    name,
                    Queue::new(row.settings, row.created_s, row.modified_s),
                );
            }
        }
        store.for_each_message(|row| {
            if let Some(queue) = queues.get_mut(row.queue.as_str()) {
                let tenant = tenant(row.group_id.as_deref(), row.seq);
                queue
                    .index
                    .insert(row.seq, tenant, row.sent_ms, row.receive_count);
                queue.index.hide_until(row.seq, row.visible_ms, now_ms);
            }
        })?;
        Ok(Self { store, queues })
    }

    /// How many messages were sent to the queue since it was opened.
    pub(crate) fn send_count(&self, name: &str) -> u64 {
        self.queues.get(name).map_or(0, |queue| queue.sent_count)
    }

    fn queue(&self, name: &str) -> Result<&Queue, SqsError> {
        self.queues.get(name).ok_or(SqsError::QueueDoesNotExist)
    }

    fn queue_mut(&mut self, name: &str) -> Result<&mut Queue, SqsError> {
        self.queues.get_mut(name).ok_or(SqsError::QueueDoesNotExist)
    }
}

fn tenant(group_id: Option<&str>, seq: Seq) -> Tenant {
    group_id.map_or(Tenant::Single(seq), |group| Tenant::Group(group.into()))
}
