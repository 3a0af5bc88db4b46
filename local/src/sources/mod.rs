//! What Lambda does around the functions: event sources, as the template says.

mod objects;
mod queue;
mod schedule;
mod stream;

use std::collections::BTreeSet;
use std::sync::Arc;

use sluice_aws::Clients;
use tokio::task::JoinSet;

use crate::system::{DataFolder, Functions, Services, Urls};
use crate::template::{Event, Template};

/// What event sources are connected to.
pub(crate) struct Wiring {
    pub(crate) template: Arc<Template>,
    pub(crate) functions: Arc<Functions>,
    /// Clients of Lambda's own pollers; what these use is not the functions' use.
    pub(crate) clients: Clients,
    pub(crate) services: Services,
    pub(crate) urls: Urls,
    pub(crate) data: DataFolder,
    pub(crate) concurrency: usize,
    /// Functions whose queues are left alone.
    pub(crate) unpolled: BTreeSet<String>,
}

/// Connects every event source of the template.
pub(crate) fn connect(wiring: &Wiring, running: &mut JoinSet<()>) {
    for function in wiring.template.functions.values() {
        for event in &function.events {
            match event {
                Event::Http { .. } => {}
                Event::Sqs { .. } if wiring.unpolled.contains(&function.binary) => {}
                Event::Sqs {
                    queue,
                    batch_size,
                    concurrency,
                } => {
                    for _ in 0..(*concurrency).min(wiring.concurrency) {
                        running.spawn(queue::poll(queue::Poller {
                            functions: Arc::clone(&wiring.functions),
                            binary: function.binary.clone(),
                            sqs: wiring.clients.sqs.clone(),
                            queue_url: queue_url(wiring, queue),
                            batch_size: *batch_size,
                        }));
                    }
                }
                Event::Stream {
                    table,
                    batch_size,
                    retries,
                } => {
                    running.spawn(stream::follow(stream::Follower {
                        functions: Arc::clone(&wiring.functions),
                        binary: function.binary.clone(),
                        dynamodb: wiring.clients.dynamodb.clone(),
                        url: wiring.urls.dynamodb.clone(),
                        table: table.clone(),
                        batch_size: *batch_size,
                        retries: *retries,
                        data: wiring.data.clone(),
                    }));
                }
                Event::Schedule { every } => {
                    running.spawn(schedule::repeat(
                        Arc::clone(&wiring.functions),
                        function.binary.clone(),
                        *every,
                    ));
                }
            }
        }
    }
    let notifications = wiring.template.buckets.iter().flat_map(|bucket| {
        bucket
            .notifications
            .iter()
            .map(|notification| objects::Rule {
                bucket: bucket.name.clone(),
                prefix: notification.prefix.clone(),
                queue_url: queue_url(wiring, &notification.queue),
            })
    });
    running.spawn(objects::announce(
        wiring.services.s3.clone(),
        wiring.clients.sqs.clone(),
        notifications.collect(),
    ));
}

fn queue_url(wiring: &Wiring, name: &str) -> String {
    format!("{}/000000000000/{name}", wiring.urls.sqs)
}
