//! Events that webhooks should have been told of: the message was lost, the notifier died, or the wait before the
//! next try was too long for a queue.

use std::collections::BTreeMap;

use sluice_aws::{AwsError, chain, observe};
use sluice_basics::ids::StationId;
use sluice_basics::metric::Metric;
use sluice_webhooks::{Notice, NoticeMessage};

use crate::Sweeper;

impl Sweeper {
    /// Has the notifier look at notices that are late.
    pub(crate) async fn show_notices(&self) -> Result<(), AwsError> {
        let (mut count, mut after) = (0, None);
        loop {
            let late = self.webhooks.late(after.as_ref()).await?;
            count += late.count;
            self.show(late.shown).await;
            after = late.next;
            if after.is_none() {
                break;
            }
        }
        observe(Metric::NoticesLate, count as f64);
        Ok(())
    }

    async fn show(&self, late: Vec<Notice>) {
        let mut stations: BTreeMap<StationId, Vec<NoticeMessage>> = BTreeMap::new();
        for notice in late {
            let message = notice.message();
            stations.entry(notice.station_id).or_default().push(message);
        }
        for (station, messages) in stations {
            if let Err(error) = self.notices.send(&station, &messages).await {
                observe(Metric::Failures, 1.0);
                tracing::error!(%station, error = chain(&error), "notices were not sent again");
            }
        }
    }
}
