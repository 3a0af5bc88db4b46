//! Running a chunk: its orders are checked and stored, several at a time, and what became of each is written down
//! in their order. A try that is repeated finds the orders that it stored by their stamps.

use std::time::Instant;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use kind_export::{SegmentWriter, fresh_number};
use sluice_aws::{AwsError, ObjectError, Objects, OrderTable, Settings, Submitted};
use sluice_basics::object_key;
use sluice_basics::origin::Origin;
use sluice_basics::rows::RowCounts;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_lambda::Init;
use sluice_orders::{
    BadOrder, Line, Order, OrderId, OrderLines, OrderResult, OrdersPlan, Repeated, number_of,
};
use sluice_profile::{Stage, Timer, stage};
use sluice_task::books::ChunkReport;
use sluice_task::message::ChunkMessage;

use super::{LIST_CHANGED, NDJSON};

/// Orders that are stored at the same time.
const AT_ONCE: usize = 16;

/// Stores the orders of chunks.
#[derive(Debug)]
pub(crate) struct RunOrders {
    orders: OrderTable,
    objects: Objects,
}

#[derive(Debug, thiserror::Error)]
enum ChunkError {
    #[error("a plan or a result cannot be read or written")]
    Json(#[from] serde_json::Error),
    #[error("the chunk has {read} orders, not {planned}")]
    OtherCount { read: u64, planned: u64 },
    #[error("the orders took too long to be stored; those that are stored stay")]
    OutOfTime,
    #[error("{LIST_CHANGED}")]
    Changed,
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl From<ObjectError> for ChunkError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Changed => Self::Changed,
            ObjectError::Aws(error) => Self::Aws(error),
        }
    }
}

impl From<ChunkError> for RunError {
    fn from(error: ChunkError) -> Self {
        match error {
            ChunkError::Changed => Self::Stop(error.to_string()),
            ChunkError::OutOfTime => Self::Failed {
                words: error.to_string(),
                source: error.into(),
            },
            error => Self::ours(error),
        }
    }
}

/// A chunk being stored.
struct Storing<'a> {
    orders: &'a OrderTable,
    message: &'a ChunkMessage,
    plan: OrdersPlan,
    repeated: Repeated,
    until: Instant,
}

impl Storing<'_> {
    /// Stores the order at `index` of the list. An error is none of the order's, and passes.
    async fn store(&self, index: u64, line: Line) -> Result<OrderResult, ChunkError> {
        if Instant::now() >= self.until {
            return Err(ChunkError::OutOfTime);
        }
        let task = &self.message.plan.task;
        let line = line.order.as_deref();
        let number = line.and_then(number_of);
        let id = OrderId::of(number.as_ref(), task.task_id, index);
        let bad = Order::repeats(number.as_ref(), index, &self.repeated);
        let order = match bad {
            Some(bad) => Err(bad),
            None => {
                Timer::new(Stage::Check).time(|| Order::of_list(line, &self.plan.time_config_id))
            }
        };
        let stored = match &order {
            Ok(order) => self.insert(index, &id, order).await?,
            Err(bad) => Err(bad.clone()),
        };
        let called = order.is_ok().then(|| id.to_string());
        let called = number.map(|number| number.to_string()).or(called);
        Ok(OrderResult::of(index, called, stored))
    }

    async fn insert(
        &self,
        index: u64,
        id: &OrderId,
        order: &Order,
    ) -> Result<Result<(), BadOrder>, AwsError> {
        let task = &self.message.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row: index,
        };
        let submitted = self.orders.insert(&task.station_id, id, order, origin);
        Ok(match submitted.await? {
            Submitted::Stored => Ok(()),
            Submitted::Refused(code) => Err(BadOrder::Refused(code)),
            Submitted::Taken { by, is_same } => {
                let by = by.split(':').next().unwrap_or_default().to_owned();
                Err(if is_same {
                    BadOrder::Before(by)
                } else {
                    BadOrder::Taken(by)
                })
            }
        })
    }
}

impl RunOrders {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            orders: OrderTable::new(init.clients, settings.required("ORDERS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
        })
    }

    async fn store(
        &self,
        message: &ChunkMessage,
        until: Instant,
    ) -> Result<ChunkReport, ChunkError> {
        let plan: OrdersPlan = message.plan.read()?;
        let repeated = match &plan.repeated {
            Some(key) => self.objects.get_json(key).await?,
            None => Repeated::new(),
        };
        let chunk = &message.chunk;
        let lines = self.lines(&plan, chunk.start..chunk.end).await?;
        let (read, planned) = (lines.len() as u64, chunk.records);
        if read != planned {
            return Err(ChunkError::OtherCount { read, planned });
        }
        let storing = Storing {
            orders: &self.orders,
            message,
            plan,
            repeated,
            until,
        };
        let key = object_key::order_results_part(&message.plan.task, chunk.number, fresh_number());
        let mut results = SegmentWriter::new(&self.objects, key, NDJSON);
        let mut rows = RowCounts::default();
        let stored = (chunk.first_row..).zip(lines);
        let stored = stored.map(|(index, line)| storing.store(index, line));
        let mut stored = stream::iter(stored).buffered(AT_ONCE);
        while let Some(result) = stored.next().await {
            let result = result?;
            result.count(&mut rows);
            results.scanned(1);
            results.rows(1, &format!("{:020}", result.index));
            let mut line = serde_json::to_vec(&result)?;
            line.push(b'\n');
            results.write(&line).await?;
        }
        let report = ChunkReport::done(message.plan.run, chunk, rows);
        Ok(ChunkReport {
            of_kind: Some(serde_json::to_value(results.finish().await?)?),
            used: sluice_aws::used_so_far(),
            ..report
        })
    }

    /// The orders of a chunk. They are as many bytes as a chunk has, and a line.
    async fn lines(
        &self,
        plan: &OrdersPlan,
        range: std::ops::Range<u64>,
    ) -> Result<Vec<Line>, ChunkError> {
        let list = self
            .objects
            .reader(&plan.object_key, &plan.object_etag, None);
        let mut bytes = list.read_ahead(range);
        let mut lines = OrderLines::default();
        let mut found = Vec::new();
        while let Some(piece) = stage(Stage::Read, bytes.next()).await {
            lines.push(&piece?);
            found.extend(std::iter::from_fn(|| lines.next_line()));
        }
        found.extend(lines.finish());
        Ok(found)
    }
}

#[async_trait]
impl RunChunk for RunOrders {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let report = Box::pin(self.store(message, attempt.until)).await?;
        Ok(ChunkOutcome::Done {
            report: Box::new(report),
            // Metrics count the rows of imports.
            counted: RowCounts::default(),
        })
    }
}
