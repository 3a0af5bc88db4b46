//! Running a chunk of an export of orders.

use std::time::Instant;

use async_trait::async_trait;
use kind_export::{SegmentWriter, exported, fresh_number};
use sluice_aws::{AwsError, CSV, Objects, OrderTable, ReadOrderError, Settings};
use sluice_basics::object_key;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_export::Segment;
use sluice_lambda::Init;
use sluice_profile::{Stage, Timer};
use sluice_task::message::ChunkMessage;

use super::{OrderExportPlan, OrderRows};

/// With so many bytes rows are written before their page has ended.
const WRITE_BYTES: usize = 4 << 20;

/// Runs chunks of exports of orders.
#[derive(Debug)]
pub(crate) struct RunOrderExport {
    orders: OrderTable,
    objects: Objects,
}

#[derive(Debug, thiserror::Error)]
enum ChunkError {
    #[error("the plan of an export cannot be read")]
    Plan(#[from] serde_json::Error),
    #[error("the orders of the segment took too long to be read")]
    OutOfTime,
    #[error(transparent)]
    Read(#[from] ReadOrderError),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl From<ChunkError> for RunError {
    fn from(error: ChunkError) -> Self {
        match error {
            ChunkError::Read(ReadOrderError::TooMany) => Self::Stop(error.to_string()),
            ChunkError::OutOfTime | ChunkError::Read(ReadOrderError::NotAnOrder(_)) => {
                Self::Failed {
                    words: error.to_string(),
                    source: error.into(),
                }
            }
            error => Self::ours(error),
        }
    }
}

impl RunOrderExport {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            orders: OrderTable::new(init.clients, settings.required("ORDERS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
        })
    }

    async fn export_segment(
        &self,
        message: &ChunkMessage,
        until: Instant,
    ) -> Result<Segment, ChunkError> {
        let plan: OrderExportPlan = message.plan.read()?;
        let (task, shard) = (&message.plan.task, message.chunk.number);
        let mut rows = OrderRows::new(&plan.input);
        let key = object_key::export_segment(task, shard, fresh_number());
        let mut segment = SegmentWriter::new(&self.objects, key, CSV);
        let mut orders = self
            .orders
            .shard(&task.station_id, &plan.input.filter, shard);
        let mut formatting = Timer::new(Stage::Format);
        while let Some(page) = orders.next_orders().await? {
            for found in page {
                let lines = &found.order.lines;
                segment.scanned(lines.len() as u64);
                if !rows.takes(&found) {
                    continue;
                }
                for line in lines {
                    formatting.time(|| rows.add(&found, line));
                    if rows.bytes() >= WRITE_BYTES {
                        segment.write(&rows.take()).await?;
                    }
                }
                segment.rows(lines.len() as u64, &found.key);
            }
            segment.write(&rows.take()).await?;
            if Instant::now() >= until {
                return Err(ChunkError::OutOfTime);
            }
        }
        Ok(segment.finish().await?)
    }
}

#[async_trait]
impl RunChunk for RunOrderExport {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let segment = Box::pin(self.export_segment(message, attempt.until)).await?;
        exported(message, &segment)
    }
}
