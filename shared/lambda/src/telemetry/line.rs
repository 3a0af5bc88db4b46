//! A line of log that CloudWatch makes metrics of: the embedded metric format. What is no metric
//! and no dimension in it can be searched in the log and costs nothing more.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sluice_aws::Observations;
use sluice_basics::metric::{DIMENSION, NAMESPACE};
use sluice_basics::trace::Trace;

use super::Work;

/// What was observed of work, as one line.
pub(super) fn line(stack: &str, work: &Work, trace: Option<&Trace>, seen: &Observations) -> String {
    let metrics: Vec<Value> = seen
        .values()
        .map(|(metric, _)| json!({ "Name": metric.name(), "Unit": metric.unit() }))
        .collect();
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut line = json!({
        "_aws": {
            "Timestamp": since.unwrap_or_default().as_millis() as u64,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": metrics,
            }],
        },
        DIMENSION: stack,
        "function": work.function,
    });
    for (metric, value) in seen.values() {
        line[metric.name()] = json!(value);
    }
    if let Some(task) = &work.task {
        line["task"] = json!(task.to_string());
    }
    if let Some(chunk) = work.chunk {
        line["chunk"] = json!(chunk);
    }
    if let Some(trace) = trace {
        line["trace"] = json!(trace.root());
    }
    line.to_string()
}
