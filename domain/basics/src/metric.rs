//! What is measured: the metrics of the namespace [`NAMESPACE`], by name and unit. The dashboard and
//! the alarms are made of these.

/// The namespace in CloudWatch.
pub const NAMESPACE: &str = "Sluice";
/// The one dimension: which stack. What one task or station does is in the log, since CloudWatch
/// charges for each value of a dimension.
pub const DIMENSION: &str = "Stack";

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Rows of committed chunks that are stored. Dry runs count nowhere.
    RowsSucceeded,
    /// Rows of committed chunks that were wrong, those of chunks that were given up included.
    RowsFailed,
    /// Rows of committed chunks whose key was taken.
    RowsDuplicate,
    /// Rows of committed chunks whose key was taken, where the import said to skip those.
    RowsSkipped,
    /// How long the try at a chunk took that committed it.
    ChunkMilliseconds,
    /// How long a chunk's message waited before it was first received.
    QueueMilliseconds,
    /// Rows in a write request, on average over the requests of a try at a chunk.
    BatchSize,
    /// Requests that a table of rows took in part or not at all, and that were sent again later.
    Throttles,
    /// Messages, endings and healings that failed and are tried again.
    Failures,
    /// Messages that were given up, and counted by the sweeper.
    DeadLetters,
    /// Tasks that ended with status 3.
    TasksFinished,
    /// Tasks that ended with status 4.
    TasksPartlySucceeded,
    /// Tasks that ended with status 5.
    TasksFailed,
    /// Tasks that have not ended, each minute.
    TasksOpen,
    /// Imports that run and make no progress, each minute.
    TasksStuck,
    /// Tasks that the sweeper set going again or ended.
    TasksHealed,
    /// Messages that webhooks took.
    WebhooksDelivered,
    /// Messages that webhooks did not take and that are not sent again.
    WebhooksFailed,
    /// Events that webhooks should have been told of two minutes ago, each minute.
    NoticesLate,
    /// How much of what SES sends in a day for the account is used, in percent.
    MailQuotaPercent,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::RowsSucceeded,
        Self::RowsFailed,
        Self::RowsDuplicate,
        Self::RowsSkipped,
        Self::ChunkMilliseconds,
        Self::QueueMilliseconds,
        Self::BatchSize,
        Self::Throttles,
        Self::Failures,
        Self::DeadLetters,
        Self::TasksFinished,
        Self::TasksPartlySucceeded,
        Self::TasksFailed,
        Self::TasksOpen,
        Self::TasksStuck,
        Self::TasksHealed,
        Self::WebhooksDelivered,
        Self::WebhooksFailed,
        Self::NoticesLate,
        Self::MailQuotaPercent,
    ];

    /// The name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::RowsSucceeded => "RowsSucceeded",
            Self::RowsFailed => "RowsFailed",
            Self::RowsDuplicate => "RowsDuplicate",
            Self::RowsSkipped => "RowsSkipped",
            Self::ChunkMilliseconds => "ChunkMilliseconds",
            Self::QueueMilliseconds => "QueueMilliseconds",
            Self::BatchSize => "BatchSize",
            Self::Throttles => "Throttles",
            Self::Failures => "Failures",
            Self::DeadLetters => "DeadLetters",
            Self::TasksFinished => "TasksFinished",
            Self::TasksPartlySucceeded => "TasksPartlySucceeded",
            Self::TasksFailed => "TasksFailed",
            Self::TasksOpen => "TasksOpen",
            Self::TasksStuck => "TasksStuck",
            Self::TasksHealed => "TasksHealed",
            Self::WebhooksDelivered => "WebhooksDelivered",
            Self::WebhooksFailed => "WebhooksFailed",
            Self::NoticesLate => "NoticesLate",
            Self::MailQuotaPercent => "MailQuotaPercent",
        }
    }

    /// The unit, as CloudWatch calls it.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
    pub fn unit(self) -> &'static str {
        match self {
            Self::ChunkMilliseconds | Self::QueueMilliseconds => "Milliseconds",
            Self::MailQuotaPercent => "Percent",
            _ => "Count",
        }
    }

    /// Whether several values of one piece of work are one value on average; else they are added.
    pub fn is_average(self) -> bool {
        matches!(self, Self::BatchSize | Self::MailQuotaPercent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_is_listed_once_under_a_name_of_its_own() {
        let names: BTreeSet<&str> = Metric::ALL.into_iter().map(Metric::name).collect();
        assert_eq!(names.len(), Metric::ALL.len());
        // The last variant closes the list: one that is added after it is missed here.
        assert_eq!(Metric::ALL.len(), Metric::MailQuotaPercent as usize + 1);
    }
}
