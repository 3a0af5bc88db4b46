//! The documented behaviour of fair queues, rule by rule.

use super::*;

fn group(name: &str) -> Tenant {
    Tenant::Group(name.into())
}

/// A queue whose messages know their tenants.
#[derive(Default)]
struct Queue {
    order: FairOrder,
    tenants: Vec<Tenant>,
}

impl Queue {
    fn send(&mut self, name: &str, count: usize) {
        for _ in 0..count {
            self.order.add(&group(name), self.tenants.len() as Seq);
            self.tenants.push(group(name));
        }
    }

    /// Receives up to `count` messages and answers their groups.
    fn receive_at(&mut self, count: usize, now_ms: i64) -> Vec<Tenant> {
        let seqs = (0..count)
            .map_while(|_| self.order.take(now_ms))
            .collect::<Vec<_>>();
        seqs.into_iter()
            .map(|seq| self.tenants[seq as usize].clone())
            .collect()
    }

    fn receive(&mut self, count: usize) -> Vec<Tenant> {
        self.receive_at(count, 0)
    }
}

#[test]
fn without_noise_messages_go_out_in_order_of_arrival() {
    let mut queue = Queue::default();
    queue.send("a", 2);
    queue.send("b", 1);
    queue.send("a", 1);
    assert_eq!(
        queue.receive(9),
        [group("a"), group("a"), group("b"), group("a")]
    );
}

#[test]
fn a_tenant_with_29_in_flight_is_quiet_and_with_30_noisy() {
    let mut queue = Queue::default();
    queue.send("noisy", 100);
    queue.send("quiet", 2);
    assert_eq!(queue.receive(30), vec![group("noisy"); 30]);
    assert_eq!(
        queue.receive(3),
        [group("quiet"), group("quiet"), group("noisy")]
    );
}

#[test]
fn thirty_in_flight_are_no_noise_if_they_are_a_tenth_of_all() {
    let mut queue = Queue::default();
    for other in 0..10 {
        queue.send(&format!("other{other}"), 27);
    }
    assert_eq!(queue.receive(270).len(), 270);
    queue.send("a", 40);
    queue.send("b", 1);
    // 30 of 300 is exactly a tenth; the next one makes it more.
    assert_eq!(queue.receive(31), vec![group("a"); 31]);
    assert_eq!(queue.receive(1), [group("b")]);
}

#[test]
fn ten_quiet_messages_pass_a_backlog_of_100_000() {
    let mut queue = Queue::default();
    queue.send("noisy", 100_000);
    assert_eq!(queue.receive(30).len(), 30);
    queue.send("quiet", 10);
    assert_eq!(queue.receive(10), vec![group("quiet"); 10]);
    assert_eq!(queue.receive(200_000).len(), 100_000 - 30);
    assert_eq!(queue.receive(1), []);
}

#[test]
fn noisy_messages_are_delivered_when_nothing_else_waits() {
    let mut queue = Queue::default();
    queue.send("noisy", 1_000);
    assert_eq!(queue.receive(1_000).len(), 1_000);
}

#[test]
fn of_several_noisy_tenants_the_one_with_fewest_in_flight_goes_first() {
    let mut queue = Queue::default();
    queue.send("a", 40);
    queue.send("b", 30);
    queue.receive(70);
    queue.send("a", 20);
    queue.send("b", 20);
    assert_eq!(queue.receive(10), vec![group("b"); 10]);
    // Both have 40 now: they take turns.
    let next = queue.receive(10);
    assert_eq!(
        next.iter().filter(|tenant| **tenant == group("a")).count(),
        5
    );
}

#[test]
fn a_slow_tenant_is_noisy_even_with_few_in_flight() {
    let mut queue = Queue::default();
    queue.send("slow", 5);
    queue.send("quick", 2);
    assert_eq!(queue.receive(2), vec![group("slow"); 2]);
    queue.order.finish(&group("slow"), 0, 20_000);
    assert_eq!(
        queue.receive_at(3, 20_000),
        [group("quick"), group("quick"), group("slow")]
    );
}

#[test]
fn a_few_milliseconds_of_processing_make_nobody_noisy() {
    let mut queue = Queue::default();
    queue.send("a", 3);
    queue.send("b", 1);
    queue.receive(1);
    queue.order.finish(&group("a"), 0, 5);
    assert_eq!(queue.receive_at(3, 5), [group("a"), group("a"), group("b")]);
}

#[test]
fn a_noisy_tenant_is_quiet_again_when_its_share_falls_to_a_tenth() {
    let mut queue = Queue::default();
    queue.send("a", 50);
    queue.receive(30);
    queue.send("b", 27);
    assert_eq!(queue.receive(27), vec![group("b"); 27]);
    for _ in 0..27 {
        queue.order.finish(&group("a"), 0, 0);
    }
    queue.send("b", 1);
    // 3 of 30 in flight: no more than a tenth, so the older message goes first.
    assert_eq!(queue.receive(1), [group("a")]);
}

#[test]
fn a_noisy_tenant_stays_noisy_below_30_while_its_share_is_above_a_tenth() {
    let mut queue = Queue::default();
    queue.send("a", 50);
    queue.receive(31);
    queue.order.take(0);
    for _ in 0..20 {
        queue.order.finish(&group("a"), 0, 0);
    }
    queue.send("b", 1);
    assert_eq!(queue.receive(1), [group("b")]);
}

#[test]
fn a_noisy_tenant_whose_backlog_is_consumed_starts_afresh() {
    let mut queue = Queue::default();
    queue.send("a", 32);
    queue.receive(32);
    assert!(queue.order.noisy.is_empty());
}

#[test]
fn five_minutes_without_a_message_in_flight_make_a_tenant_quiet() {
    let mut queue = Queue::default();
    queue.send("slow", 3);
    queue.send("quick", 1);
    queue.receive(1);
    queue.order.finish(&group("slow"), 0, 60_000);
    queue.order.classify(60_000);
    assert!(queue.order.noisy.contains(&group("slow")));
    assert_eq!(queue.receive_at(1, 60_000 + 300_000), [group("slow")]);
}

#[test]
fn messages_without_a_group_are_quiet_however_many() {
    let mut order = FairOrder::default();
    for seq in 0..100 {
        order.add(&Tenant::Single(seq), seq);
    }
    order.add(&group("late"), 100);
    let taken: Vec<Seq> = (0..101).map_while(|_| order.take(0)).collect();
    assert_eq!(taken, (0..101).collect::<Vec<_>>());
}

#[test]
fn a_removed_message_is_not_delivered() {
    let mut queue = Queue::default();
    queue.send("a", 2);
    queue.order.remove(&group("a"), 0);
    assert_eq!(queue.order.take(0), Some(1));
    assert_eq!(queue.order.take(0), None);
    assert_eq!(queue.order.in_flight(), 1);
}

#[test]
fn nothing_is_lost_whatever_the_tenants_do() {
    let mut queue = Queue::default();
    for round in 0..40 {
        queue.send("a", 20);
        queue.send(&format!("group{}", round % 13), 3);
        for tenant in queue.receive_at(15, round * 1_000) {
            queue
                .order
                .finish(&tenant, round * 1_000 - 400, round * 1_000);
        }
    }
    let rest = queue.receive_at(10_000, 50_000).len();
    assert_eq!(rest, 40 * 23 - 40 * 15);
    assert_eq!(queue.order.in_flight(), rest as u64);
    assert!(queue.order.waiting.is_empty() && queue.order.quiet_heads.is_empty());
}
