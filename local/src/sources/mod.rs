//! What Lambda does around the functions: event sources, as the template says.

mod disorder;
mod mails;
mod objects;
mod queue;
mod schedule;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use local_s3::S3;
use local_ses::Ses;
use sluice_aws::Clients;
use tokio::task::JoinSet;

use crate::data_folder::DataFolder;
use crate::functions::Functions;
use crate::template::{Event, Template};
use crate::urls::Urls;

/// The functions and what invokes them.
pub(crate) struct Wiring {
    pub(crate) template: Arc<Template>,
    pub(crate) functions: Arc<Functions>,
    /// Clients of Lambda's own pollers; what these use is not the functions' use.
    pub(crate) clients: Clients,
    pub(crate) urls: Urls,
    /// Invocations of one function at the same time, at most.
    pub(crate) concurrency: usize,
    /// Functions whose queues, streams and schedules are left alone.
    pub(crate) unpolled: BTreeSet<String>,
    /// Functions that are shown their stream in disorder, and from which seed that is made.
    pub(crate) disorder: BTreeMap<String, u64>,
}

impl Wiring {
    /// Connects the queues.
    pub(crate) fn connect_queues(&self, running: &mut JoinSet<()>) {
        for (binary, event) in self.events() {
            let Event::Sqs {
                queue,
                batch_size,
                window,
                concurrency,
            } = event
            else {
                continue;
            };
            if self.unpolled.contains(binary) {
                continue;
            }
            let turn = Arc::default();
            for _ in 0..(*concurrency).min(self.concurrency) {
                running.spawn(queue::poll(queue::Poller {
                    functions: Arc::clone(&self.functions),
                    binary: binary.to_owned(),
                    sqs: self.clients.sqs.clone(),
                    queue_url: self.queue_url(queue),
                    batch_size: *batch_size as usize,
                    window: *window,
                    turn: Arc::clone(&turn),
                }));
            }
        }
    }

    /// Connects the tables' streams; how far each function has come is kept in the data folder.
    pub(crate) fn connect_streams(&self, data: &DataFolder, running: &mut JoinSet<()>) {
        for (binary, event) in self.events() {
            let Event::Stream {
                table,
                batch_size,
                retries,
                ..
            } = event
            else {
                continue;
            };
            if self.unpolled.contains(binary) {
                continue;
            }
            running.spawn(stream::follow(stream::Follower {
                functions: Arc::clone(&self.functions),
                binary: binary.to_owned(),
                dynamodb: self.clients.dynamodb.clone(),
                urls: self.urls.clone(),
                table: table.clone(),
                batch_size: *batch_size,
                retries: *retries,
                data: data.clone(),
                disorder: self.disorder.get(binary).copied(),
            }));
        }
    }

    /// Connects the clock.
    pub(crate) fn connect_schedules(&self, running: &mut JoinSet<()>) {
        for (binary, event) in self.events() {
            let Event::Schedule { every } = event else {
                continue;
            };
            if self.unpolled.contains(binary) {
                continue;
            }
            let functions = Arc::clone(&self.functions);
            running.spawn(schedule::repeat(functions, binary.to_owned(), *every));
        }
    }

    /// Connects new objects to the queues that are to hear of them, over the road to `sqs_url`.
    pub(crate) fn connect_buckets(&self, s3: S3, sqs_url: &str, running: &mut JoinSet<()>) {
        let config = self.clients.sqs.config().to_builder();
        let sqs = aws_sdk_sqs::Client::from_conf(config.endpoint_url(sqs_url).build());
        let mut rules = Vec::new();
        for bucket in &self.template.buckets {
            rules.extend(
                bucket
                    .notifications
                    .iter()
                    .map(|notification| objects::Rule {
                        bucket: bucket.name.clone(),
                        prefix: notification.prefix.clone(),
                        queue_url: self.queue_url(&notification.queue),
                    }),
            );
        }
        running.spawn(objects::announce(s3, sqs, rules));
    }

    /// Connects what SES says of e-mails to its queue.
    pub(crate) fn connect_mail(&self, ses: Ses, running: &mut JoinSet<()>) {
        running.spawn(mails::announce(ses, self.clients.sqs.clone()));
    }

    fn events(&self) -> impl Iterator<Item = (&str, &Event)> {
        self.template.functions.values().flat_map(|function| {
            function
                .events
                .iter()
                .map(|event| (function.binary.as_str(), event))
        })
    }

    fn queue_url(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.urls.sqs)
    }
}
