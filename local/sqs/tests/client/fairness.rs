//! Fair delivery as a client sees it. The rules one by one are tested beside the code.

use crate::{Server, attribute, bodies};

#[tokio::test]
async fn a_quiet_station_passes_the_backlog_of_a_noisy_one() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    for chunk in 0..60 {
        server
            .send_to_group(&url, "noisy", &format!("{chunk}"))
            .await;
    }
    server.send_to_group(&url, "quiet", "hello").await;
    server.send(&url, "no group").await;

    for first in [0, 10, 20] {
        let expected: Vec<String> = (first..first + 10).map(|chunk| chunk.to_string()).collect();
        assert_eq!(bodies(&server.receive(&url, 60).await), expected);
    }
    let next = server.receive(&url, 60).await;
    assert_eq!(bodies(&next)[..3], ["hello", "no group", "30"]);
    assert_eq!(attribute(&next[0], "MessageGroupId"), "quiet");
    assert_eq!(next.len(), 10);
}

#[tokio::test]
async fn messages_sent_at_the_same_time_are_all_delivered_once() {
    let server = Server::start().await;
    let url = server.queue("chunks", &[]).await;
    let sends = (0..20).map(|n| {
        let (client, url) = (server.client.clone(), url.clone());
        tokio::spawn(async move {
            for m in 0..5 {
                let send = client
                    .send_message()
                    .queue_url(&url)
                    .message_body(format!("{n}/{m}"));
                send.message_group_id(format!("group{}", n % 4))
                    .send()
                    .await
                    .unwrap();
            }
        })
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap();
    }
    let mut received = Vec::new();
    loop {
        let messages = server.receive(&url, 60).await;
        if messages.is_empty() {
            break;
        }
        for message in &messages {
            server.delete(&url, message).await;
        }
        received.extend(messages.into_iter().map(|message| message.body.unwrap()));
    }
    received.sort();
    received.dedup();
    assert_eq!(received.len(), 100);
    assert_eq!(server.counts(&url).await, [0, 0, 0]);
}
