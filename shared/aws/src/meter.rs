//! Counts what Sluice asks of AWS: requests, write units, bytes. Cost per row is a promise, so
//! it is measured where the requests leave, each retry included.

use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::error::AwsError;
use crate::metered::note;

/// Counters shared by the clients of one process.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    dynamodb: AtomicU64,
    s3: AtomicU64,
    sqs: AtomicU64,
    half_write_units: AtomicU64,
    half_read_units: AtomicU64,
    config_reads: AtomicU64,
    s3_bytes_read: AtomicU64,
    sqs_messages_sent: AtomicU64,
}

/// What was used so far, or between two moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Requests to DynamoDB.
    pub dynamodb_requests: u64,
    /// Requests to S3.
    pub s3_requests: u64,
    /// Requests to SQS.
    pub sqs_requests: u64,
    /// DynamoDB write units, as DynamoDB reported them.
    pub write_units: f64,
    /// DynamoDB read units of lists and of rows, as DynamoDB reported them.
    pub read_units: f64,
    /// Stations' configurations read from their table.
    pub config_reads: u64,
    /// Bytes of objects read.
    pub s3_bytes_read: u64,
    /// Messages sent.
    pub sqs_messages_sent: u64,
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            dynamodb_requests: self.dynamodb_requests - before.dynamodb_requests,
            s3_requests: self.s3_requests - before.s3_requests,
            sqs_requests: self.sqs_requests - before.sqs_requests,
            write_units: self.write_units - before.write_units,
            read_units: self.read_units - before.read_units,
            config_reads: self.config_reads - before.config_reads,
            s3_bytes_read: self.s3_bytes_read - before.s3_bytes_read,
            sqs_messages_sent: self.sqs_messages_sent - before.sqs_messages_sent,
        }
    }
}

impl Meter {
    /// The counts so far.
    pub fn usage(&self) -> Usage {
        let counters = &self.counters;
        Usage {
            dynamodb_requests: counters.dynamodb.load(Relaxed),
            s3_requests: counters.s3.load(Relaxed),
            sqs_requests: counters.sqs.load(Relaxed),
            write_units: counters.half_write_units.load(Relaxed) as f64 / 2.0,
            read_units: counters.half_read_units.load(Relaxed) as f64 / 2.0,
            config_reads: counters.config_reads.load(Relaxed),
            s3_bytes_read: counters.s3_bytes_read.load(Relaxed),
            sqs_messages_sent: counters.sqs_messages_sent.load(Relaxed),
        }
    }

    /// Adds the units of write requests, as their answers report them.
    pub(crate) fn add_written<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let halves = halves(capacity);
        self.counters.half_write_units.fetch_add(halves, Relaxed);
        note(|own| own.write_units += halves / 2);
    }

    /// Adds the units of a conditional write. Returns whether it was made: not if its condition did not hold.
    pub(crate) fn made(
        &self,
        capacity: Result<Option<ConsumedCapacity>, AwsError>,
    ) -> Result<bool, AwsError> {
        match capacity {
            Ok(capacity) => {
                self.add_written(capacity.as_ref());
                Ok(true)
            }
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Adds the units of read requests, as their answers report them.
    pub(crate) fn add_read<'a>(
        &self,
        capacity: impl IntoIterator<Item = &'a ConsumedCapacity>,
    ) -> u64 {
        let halves = halves(capacity);
        let units = halves.div_ceil(2);
        self.counters.half_read_units.fetch_add(halves, Relaxed);
        note(|own| own.read_units += units);
        units
    }

    pub(crate) fn add_config_read(&self) {
        self.counters.config_reads.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_bytes_read(&self, bytes: usize) {
        self.counters.s3_bytes_read.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn add_messages_sent(&self, messages: usize) {
        self.counters
            .sqs_messages_sent
            .fetch_add(messages as u64, Relaxed);
    }

    pub(crate) fn counting(&self, service: Service) -> RequestCounter {
        RequestCounter {
            counters: Arc::clone(&self.counters),
            service,
        }
    }
}

/// Units come in halves at the finest, so halves add up exactly.
fn halves<'a>(capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) -> u64 {
    let units: f64 = capacity
        .into_iter()
        .filter_map(ConsumedCapacity::capacity_units)
        .sum();
    (units * 2.0).round() as u64
}

/// Whether a request to S3 lists objects, which costs as much as writing one.
fn is_list(uri: &str) -> bool {
    uri.contains("list-type=")
}

/// The services whose requests are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Service {
    DynamoDb,
    S3,
    Sqs,
}

/// Counts each request of one client as it is sent.
#[derive(Debug)]
pub(crate) struct RequestCounter {
    counters: Arc<Counters>,
    service: Service,
}

impl Intercept for RequestCounter {
    fn name(&self) -> &'static str {
        "RequestCounter"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let counter = match self.service {
            Service::DynamoDb => &self.counters.dynamodb,
            Service::S3 => &self.counters.s3,
            Service::Sqs => &self.counters.sqs,
        };
        counter.fetch_add(1, Relaxed);
        let is_read = matches!(context.request().method(), "GET" | "HEAD");
        note(|own| {
            *match self.service {
                Service::DynamoDb => &mut own.dynamodb_requests,
                Service::S3 if is_read && !is_list(context.request().uri()) => &mut own.s3_reads,
                Service::S3 => &mut own.s3_writes,
                Service::Sqs => &mut own.sqs_requests,
            } += 1;
        });
        Ok(())
    }
}
