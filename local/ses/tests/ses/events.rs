//! The events of a configuration set.

use std::time::Duration;

use local_ses::{EventDestination, EventFault, EventType};
use serde_json::Value;

use crate::service::{QUEUE, SET, Service};

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["detail"]["eventType"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn events_say_what_became_of_an_e_mail_and_carry_its_tags() {
    let service = Service::start().await;
    let results = service.send(&["ann@example.com"]).await;
    let events = service.events().await;
    assert_eq!(types(&events), ["Send", "Delivery"]);
    for event in &events {
        assert_eq!(event["source"], "aws.ses");
        let mail = &event["detail"]["mail"];
        assert_eq!(mail["messageId"], results[0].message_id().unwrap());
        assert_eq!(mail["destination"][0], "ann@example.com");
        assert_eq!(mail["tags"]["row"][0], "7");
        assert_eq!(mail["tags"]["ses:configuration-set"][0], SET);
    }
    assert_eq!(events[0]["detail-type"], "Email Sent");
}

#[tokio::test]
async fn bounces_and_complaints_name_their_kind() {
    let service = Service::start().await;
    service.send(&["bounce@simulator.amazonses.com"]).await;
    service.send(&["complaint@simulator.amazonses.com"]).await;
    service
        .send(&["suppressionlist@simulator.amazonses.com"])
        .await;
    let events = service.events().await;
    let wanted = [
        "Send",
        "Bounce",
        "Send",
        "Delivery",
        "Complaint",
        "Send",
        "Bounce",
    ];
    assert_eq!(types(&events), wanted);
    let bounce = &events[1]["detail"]["bounce"];
    assert_eq!(bounce["bounceType"], "Permanent");
    assert_eq!(bounce["bounceSubType"], "General");
    let who = &bounce["bouncedRecipients"][0]["emailAddress"];
    assert_eq!(who, "bounce@simulator.amazonses.com");
    let complaint = &events[4]["detail"]["complaint"];
    let who = &complaint["complainedRecipients"][0]["emailAddress"];
    assert_eq!(who, "complaint@simulator.amazonses.com");
    assert_eq!(events[6]["detail"]["bounce"]["bounceSubType"], "Suppressed");
}

#[tokio::test]
async fn a_destination_gets_the_types_that_it_matches() {
    let service = Service::start().await;
    let destination = EventDestination {
        queue_url: QUEUE.to_owned(),
        matching: vec!["bounce".to_owned()],
    };
    service.ses.put_configuration_set(SET, destination);
    service
        .send(&["ann@example.com", "bounce@simulator.amazonses.com"])
        .await;
    assert_eq!(types(&service.events().await), ["Bounce"]);
}

#[tokio::test]
async fn events_come_again_until_they_are_acknowledged() {
    let service = Service::start().await;
    service.send(&["ann@example.com"]).await;
    let events = service.ses.next_events(1).await;
    assert_eq!(service.ses.next_events(1).await, events);
    service.ses.acknowledge(&[events[0].id]).unwrap();
    let rest = service.ses.next_events(10).await;
    assert_eq!(rest.len(), 1);
    service.ses.acknowledge(&[rest[0].id]).unwrap();
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn events_can_be_lost_doubled_and_late() {
    let service = Service::start().await;
    service
        .ses
        .set_event_rule(|kind, address| match (kind, address) {
            (EventType::Send, "lost@example.com") => EventFault::Lost,
            (EventType::Send, "twice@example.com") => EventFault::Twice,
            (EventType::Send, _) => EventFault::Late(Duration::from_millis(1_500)),
            _ => EventFault::None,
        });
    service
        .send(&["lost@example.com", "twice@example.com", "late@example.com"])
        .await;
    let events = service.events().await;
    assert_eq!(
        types(&events),
        ["Delivery", "Send", "Send", "Delivery", "Delivery"]
    );
    assert_eq!(events[1]["id"], events[2]["id"]);
    let now = service.ses.next_events(10).await;
    let ids: Vec<i64> = now.iter().map(|event| event.id).collect();
    service.ses.acknowledge(&ids).unwrap();
    let late = service.ses.next_events(10).await;
    assert_eq!(late.len(), 1);
    assert!(late[0].body.contains("late@example.com"));
}
