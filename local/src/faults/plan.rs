//! Which faults happen, drawn from a seed: what happens to the n-th request of an operation depends on nothing but
//! the seed, the operation and n. Requests of other operations that come between change nothing (ADR 0051).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::Fault;

/// How many of a thousand requests to DynamoDB meet a fault.
const DYNAMODB: [(Fault, u64); 6] = [
    (Fault::Throttled, 30),
    (Fault::Internal, 20),
    (Fault::AnswerLost, 30),
    (Fault::Silence, 2),
    (Fault::HalfThrottled, 60),
    (Fault::Conflict, 60),
];
/// How many of a thousand requests to SQS do. Sent messages are doubled, overtaken and lost beside.
const SQS: [(Fault, u64); 6] = [
    (Fault::Throttled, 20),
    (Fault::Internal, 20),
    (Fault::AnswerLost, 30),
    (Fault::Doubled, 60),
    (Fault::Overtaken, 60),
    (Fault::Lost, 20),
];
/// How many of a thousand requests to SES do. What is lost or never answered is known by SES's events alone.
const SES: [(Fault, u64); 5] = [
    (Fault::Throttled, 60),
    (Fault::HalfThrottled, 60),
    (Fault::Internal, 60),
    (Fault::AnswerLost, 60),
    (Fault::Silence, 5),
];
/// How many of a thousand requests to S3 do.
const S3: [(Fault, u64); 3] = [
    (Fault::Throttled, 30),
    (Fault::Internal, 20),
    (Fault::AnswerLost, 30),
];
/// How many of a thousand invocations are killed, and how often at most a function is woken before.
const DEATHS: u64 = 60;
const WAKES: u64 = 12;

/// The operations that only batches have parts of.
const BATCHES: [&str; 3] = ["BatchExecuteStatement", "BatchGetItem", "BatchWriteItem"];
/// The queues whose messages the sweeper sends again if they are lost.
const SWEPT: [&str; 2] = ["sluice-chunks\"", "sluice-uploads\""];

/// What has happened, by kind of fault and operation.
pub type Happened = BTreeMap<(Fault, String), u64>;

/// A plan of faults that is the same for the same seed.
#[derive(Debug)]
pub struct FaultPlan {
    seed: u64,
    /// The one death there is, whatever the seed says.
    death: Option<OneDeath>,
    state: Mutex<State>,
}

/// Of the invocations of a function from the n-th on, the first that is woken so often is killed.
#[derive(Debug)]
struct OneDeath {
    function: String,
    invocation: u64,
    wakes: u64,
}

#[derive(Debug)]
struct State {
    /// Requests so far, by operation.
    ordinals: BTreeMap<String, u64>,
    happened: Happened,
    last: Option<Instant>,
    is_calm: bool,
}

impl FaultPlan {
    /// A plan that is drawn from a seed.
    pub fn new(seed: u64) -> Self {
        Self::with(seed, false)
    }

    /// A plan without faults, to compare with.
    pub fn without_faults() -> Self {
        Self::with(0, true)
    }

    /// A plan with one fault: of the invocations of a function from this one on, counted from 1, the first that is
    /// woken so often is killed.
    pub fn with_death(function: &str, invocation: u64, wakes: u64) -> Self {
        Self {
            death: Some(OneDeath {
                function: function.to_owned(),
                invocation,
                wakes,
            }),
            ..Self::without_faults()
        }
    }

    fn with(seed: u64, is_calm: bool) -> Self {
        let state = State {
            ordinals: BTreeMap::new(),
            happened: Happened::new(),
            last: None,
            is_calm,
        };
        Self {
            seed,
            death: None,
            state: Mutex::new(state),
        }
    }

    /// Ends the faults.
    pub fn calm(&self) {
        self.state().is_calm = true;
    }

    /// Returns what happens to the next request to DynamoDB.
    pub fn of_dynamodb(&self, operation: &str, body: &[u8]) -> Fault {
        self.next(operation, &DYNAMODB, |fault| match fault {
            Fault::HalfThrottled => BATCHES.contains(&operation) && has_parts(body),
            Fault::Conflict => operation == "TransactWriteItems",
            _ => true,
        })
    }

    /// Returns what happens to the next request to SQS.
    pub fn of_sqs(&self, operation: &str, body: &[u8]) -> Fault {
        let is_send = operation.starts_with("SendMessage");
        self.next(operation, &SQS, |fault| match fault {
            Fault::Doubled | Fault::Overtaken => is_send,
            Fault::Lost => {
                let body = String::from_utf8_lossy(body);
                is_send && SWEPT.iter().any(|queue| body.contains(queue))
            }
            _ => true,
        })
    }

    /// Returns what happens to the next request to SES.
    pub fn of_ses(&self, operation: &str, body: &[u8]) -> Fault {
        self.next(operation, &SES, |fault| match fault {
            Fault::HalfThrottled => has_parts(body),
            _ => true,
        })
    }

    /// Returns what happens to the next request to S3.
    pub fn of_s3(&self, operation: &str) -> Fault {
        self.next(operation, &S3, |_| true)
    }

    /// Returns after how many wakes the next invocation of a function is killed, if it is.
    pub fn death_of(&self, function: &str) -> Option<u64> {
        let (ordinal, is_calm) = self.count(function);
        if let Some(death) = &self.death {
            let is_due = death.function == function && ordinal >= death.invocation;
            let has_happened = !self.state().happened.is_empty();
            return (is_due && !has_happened).then_some(death.wakes);
        }
        let drawn = drawn(self.seed, function, ordinal);
        (!is_calm && drawn % 1_000 < DEATHS).then(|| 1 + (drawn >> 32) % WAKES)
    }

    /// Notes that a function was killed. One that has ended before its death was not.
    pub fn note_death(&self, function: &str) {
        self.note(Fault::Death, function);
    }

    /// Returns what has happened so far.
    pub fn happened(&self) -> Happened {
        self.state().happened.clone()
    }

    /// Returns when the last fault happened.
    pub fn last(&self) -> Option<Instant> {
        self.state().last
    }

    fn next(
        &self,
        operation: &str,
        shares: &[(Fault, u64)],
        fits: impl Fn(Fault) -> bool,
    ) -> Fault {
        let (ordinal, is_calm) = self.count(operation);
        if is_calm {
            return Fault::None;
        }
        let fault = chosen(drawn(self.seed, operation, ordinal), shares);
        if fault == Fault::None || !fits(fault) {
            return Fault::None;
        }
        self.note(fault, operation);
        fault
    }

    fn count(&self, operation: &str) -> (u64, bool) {
        let mut state = self.state();
        let is_calm = state.is_calm;
        let ordinal = state.ordinals.entry(operation.to_owned()).or_default();
        *ordinal += 1;
        (*ordinal, is_calm)
    }

    fn note(&self, fault: Fault, operation: &str) {
        let mut state = self.state();
        let happened = state.happened.entry((fault, operation.to_owned()));
        *happened.or_default() += 1;
        state.last = Some(Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a batch has parts of which some can be throttled.
fn has_parts(body: &[u8]) -> bool {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let more_than_one = |list: &Value| list.as_array().is_some_and(|list| list.len() > 1);
    let tables = request["RequestItems"].as_object();
    more_than_one(&request["Statements"])
        || more_than_one(&request["BulkEmailEntries"])
        || tables.is_some_and(|tables| {
            let mut lists = tables.values();
            lists.any(|wanted| more_than_one(wanted) || more_than_one(&wanted["Keys"]))
        })
}

/// Chooses among faults that each have so many of a thousand draws.
fn chosen(drawn: u64, shares: &[(Fault, u64)]) -> Fault {
    let mut left = drawn % 1_000;
    for (fault, share) in shares {
        if left < *share {
            return *fault;
        }
        left -= share;
    }
    Fault::None
}

/// A number that depends on nothing else, in every version of every library: FNV-1a, mixed as `SplitMix64` does.
fn drawn(seed: u64, operation: &str, ordinal: u64) -> u64 {
    let named = operation.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut mixed = seed;
    for part in [named, ordinal] {
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ part;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: &[u8] = br#"{"Statements":[{},{}]}"#;

    fn faults_of(plan: &FaultPlan, operation: &str, requests: usize) -> Vec<Fault> {
        let next = |_| plan.of_dynamodb(operation, BATCH);
        (0..requests).map(next).collect()
    }

    #[test]
    fn what_happens_depends_on_the_seed_the_operation_and_its_ordinal_alone() {
        let (alone, mixed) = (FaultPlan::new(7), FaultPlan::new(7));
        let expected = faults_of(&alone, "BatchExecuteStatement", 500);
        let mut found = Vec::new();
        for _ in 0..500 {
            // Requests of other operations come between, in whatever number.
            faults_of(&mixed, "GetItem", found.len() % 3);
            mixed.death_of("worker");
            found.extend(faults_of(&mixed, "BatchExecuteStatement", 1));
        }
        assert_eq!(found, expected);
        let other = faults_of(&FaultPlan::new(8), "BatchExecuteStatement", 500);
        assert_ne!(other, expected);
        let deaths = |seed| {
            let plan = FaultPlan::new(seed);
            let deaths = (0..500).map(move |_| plan.death_of("worker"));
            deaths.collect::<Vec<_>>()
        };
        assert_eq!(deaths(7), deaths(7));
        assert_ne!(deaths(7), deaths(8));
    }

    #[test]
    fn the_draws_stay_what_they_are_so_that_a_seed_found_today_is_one_tomorrow() {
        let faults = faults_of(&FaultPlan::new(1), "BatchExecuteStatement", 40);
        let at: Vec<(usize, Fault)> = faults
            .into_iter()
            .enumerate()
            .filter(|(_, fault)| *fault != Fault::None)
            .collect();
        let expected = [
            (8, Fault::AnswerLost),
            (16, Fault::Throttled),
            (18, Fault::HalfThrottled),
            (28, Fault::Internal),
            (33, Fault::HalfThrottled),
            (36, Fault::HalfThrottled),
            (37, Fault::AnswerLost),
        ];
        assert_eq!(at, expected);
    }

    #[test]
    fn every_kind_happens_where_it_can_and_nowhere_else() {
        let plan = FaultPlan::new(3);
        for _ in 0..5_000 {
            plan.of_dynamodb("TransactWriteItems", b"{}");
            plan.of_dynamodb("BatchExecuteStatement", BATCH);
            plan.of_dynamodb("BatchGetItem", br#"{"RequestItems":{"t":{"Keys":[{}]}}}"#);
            plan.of_sqs("SendMessage", br#"{"QueueUrl":"http://h/0/sluice-chunks"}"#);
            plan.of_sqs(
                "SendMessage",
                br#"{"QueueUrl":"http://h/0/sluice-notices"}"#,
            );
            plan.of_sqs("DeleteMessageBatch", b"{}");
        }
        let happened = plan.happened();
        let of = |fault: Fault| {
            let found = happened.keys().filter(|(kind, _)| *kind == fault);
            found
                .map(|(_, operation)| operation.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(Fault::Conflict), ["TransactWriteItems"]);
        assert_eq!(of(Fault::HalfThrottled), ["BatchExecuteStatement"]);
        assert_eq!(of(Fault::Lost), ["SendMessage"]);
        assert_eq!(of(Fault::Doubled), ["SendMessage"]);
        assert_eq!(of(Fault::AnswerLost).len(), 5);
        let shares: u64 = DYNAMODB.iter().map(|(_, share)| share).sum();
        let statements = happened
            .iter()
            .filter(|((_, name), _)| name.starts_with("Batch"));
        let count: u64 = statements.map(|(_, count)| count).sum();
        assert!(count > 5_000 * shares / 1_000, "{happened:?}");
    }

    #[test]
    fn a_plan_with_one_death_has_no_other_fault() {
        let plan = FaultPlan::with_death("worker", 2, 3);
        assert!(
            faults_of(&plan, "GetItem", 500)
                .iter()
                .all(|fault| *fault == Fault::None)
        );
        assert_eq!(plan.death_of("finisher"), None);
        let deaths = [1, 2, 3].map(|_| plan.death_of("worker"));
        assert_eq!(deaths, [None, Some(3), Some(3)]);
        plan.note_death("worker");
        assert_eq!(plan.death_of("worker"), None);
    }

    #[test]
    fn a_calm_plan_has_no_faults() {
        let plan = FaultPlan::new(1);
        assert!(faults_of(&plan, "GetItem", 500).contains(&Fault::Throttled));
        assert!(plan.last().is_some());
        plan.calm();
        let calm = [plan, FaultPlan::without_faults()];
        for plan in calm {
            assert!(
                faults_of(&plan, "GetItem", 500)
                    .iter()
                    .all(|fault| *fault == Fault::None)
            );
            assert!((0..500).all(|_| plan.death_of("worker").is_none()));
        }
    }
}
