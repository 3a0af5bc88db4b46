//! What the Lambda service does in the name of a function's role, beside what the function does:
//! it writes the log and traces, reads the event sources, and tells a queue of changes that it
//! gives up.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions>
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-create.html>

use super::Need;
use crate::template::{Event, Function, arn};

const OF_LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// X-Ray has no resources that a policy could name.
const OF_TRACES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
const OF_QUEUES: [&str; 3] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
];
const OF_STREAMS: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

/// The rights that Lambda needs to run a function.
pub(super) fn needs(function: &Function) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |actions: &[&'static str], resource: String| {
        needs.extend(actions.iter().map(|action| Need {
            action,
            resource: resource.clone(),
        }));
    };
    let log = format!("{}:log-stream:1", arn::log_group(&function.log_group));
    add(&OF_LOGS, log);
    add(&OF_TRACES, "*".to_owned());
    for event in &function.events {
        match event {
            Event::Sqs { queue, .. } => add(&OF_QUEUES, arn::queue(queue)),
            Event::Stream { table, letters, .. } => {
                add(&OF_STREAMS, arn::stream(table));
                if let Some(queue) = letters {
                    add(&["sqs:SendMessage"], arn::queue(queue));
                }
            }
            Event::Http { .. } | Event::Schedule { .. } => {}
        }
    }
    needs
}
