//! Fair delivery as a client sees it, which AWS promises without an order. The rules one by one are
//! tested beside the code.

use super::Running;
use crate::service::{attribute, bodies};

#[tokio::test]
async fn a_quiet_station_passes_the_backlog_of_a_noisy_one() {
    let running = Running::start().await;
    let url = running.queue("chunks", &[]).await;
    for chunk in 0..60 {
        running
            .send_to_group(&url, "noisy", &format!("{chunk}"))
            .await;
    }
    running.send_to_group(&url, "quiet", "hello").await;
    running.send(&url, "no group").await;

    for first in [0, 10, 20] {
        let expected: Vec<String> = (first..first + 10).map(|chunk| chunk.to_string()).collect();
        assert_eq!(bodies(&running.receive(&url, 60).await), expected);
    }
    let next = running.receive(&url, 60).await;
    assert_eq!(bodies(&next)[..3], ["hello", "no group", "30"]);
    assert_eq!(attribute(&next[0], "MessageGroupId"), "quiet");
    assert_eq!(next.len(), 10);
}
