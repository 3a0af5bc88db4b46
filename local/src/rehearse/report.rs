//! What is printed: faults by kind, checks, costs, times, and the command that repeats it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use sluice_aws::Usage;

use crate::cli::{Kind, Rehearse};
use crate::faults::{Fault, Happened};

use super::play::Played;

/// The kinds of faults that a plan has.
const KINDS: [Fault; 10] = [
    Fault::Throttled,
    Fault::HalfThrottled,
    Fault::Internal,
    Fault::Conflict,
    Fault::AnswerLost,
    Fault::Silence,
    Fault::Doubled,
    Fault::Overtaken,
    Fault::Lost,
    Fault::Death,
];
/// How many violations of a check are printed.
const SHOWN: usize = 5;

/// What was found so far.
pub(super) struct Report {
    /// The command without its seeds.
    command: String,
    faultless: Played,
    happened: Happened,
    seeds: Vec<Value>,
    violations: usize,
    broken: Vec<u64>,
}

impl Report {
    pub(super) fn new(arguments: &Rehearse, faultless: Played) -> Self {
        let kinds: Vec<&str> = arguments.kinds().map(Kind::name).collect();
        let command = format!(
            "sluice rehearse --rows {} --seconds {} --patience {} --kinds {}",
            arguments.rows,
            arguments.seconds,
            arguments.patience,
            kinds.join(",")
        );
        let violations = violations(&faultless);
        Self {
            command,
            faultless,
            happened: Happened::new(),
            seeds: Vec::new(),
            violations,
            broken: Vec::new(),
        }
    }

    /// What is printed of the run without faults.
    pub(super) fn begin(&self) -> String {
        let mut text = "Without faults\n".to_owned();
        checks(&mut text, &self.faultless);
        let (used, seconds) = (shown(&self.faultless.usage), seconds(&self.faultless));
        let _ = writeln!(text, "  used      {used}\n  time      {seconds:.1} s\n");
        text
    }

    /// Adds a rehearsal, and returns what is printed of it.
    pub(super) fn add(&mut self, seed: u64, played: Played) -> String {
        let mut text = format!("Seed {seed}\n");
        faults(&mut text, &played.happened);
        checks(&mut text, &played);
        let _ = writeln!(text, "  used      {}", shown(&played.usage));
        let _ = writeln!(text, "  more      {}", more(&played, &self.faultless));
        let after = played.after_last.map(|after| after.as_secs_f64());
        let _ = writeln!(
            text,
            "  time      {:.1} s, {:.1} s from the last fault to the end",
            seconds(&played),
            after.unwrap_or_default()
        );
        let repeat = format!("{} --seed {seed}", self.command);
        let _ = writeln!(text, "  repeat    {repeat}\n");
        let count = violations(&played);
        self.violations += count;
        if count > 0 {
            self.broken.push(seed);
        }
        self.seeds.push(json!({
            "seed": seed,
            "faults": by_kind(&played.happened),
            "violations": all_violations(&played),
            "compared": played.checks.iter().map(|(_, check)| check.compared).sum::<u64>(),
            "requests": requests(&played.usage),
            "write_units": played.usage.write_units,
            "read_units": played.usage.read_units,
            "elapsed_ms": played.elapsed.as_millis() as u64,
            "after_last_fault_ms": played.after_last.map(|after| after.as_millis() as u64),
            "repeat": repeat,
        }));
        for (kind, count) in played.happened {
            *self.happened.entry(kind).or_default() += count;
        }
        text
    }

    /// What is printed in the end.
    pub(super) fn end(&self, json: bool) -> String {
        let never = self.never();
        if json {
            let usage = &self.faultless.usage;
            let printed = json!({
                "violations": self.violations,
                "faults": by_kind(&self.happened),
                "never_happened": never,
                "faultless": {
                    "requests": requests(usage),
                    "write_units": usage.write_units,
                    "read_units": usage.read_units,
                    "elapsed_ms": self.faultless.elapsed.as_millis() as u64,
                    "violations": all_violations(&self.faultless),
                },
                "seeds": self.seeds,
            });
            return format!("{printed}\n");
        }
        let mut text = format!("{} seeds\n", self.seeds.len());
        faults(&mut text, &self.happened);
        for kind in never {
            let _ = writeln!(
                text,
                "  warning   no fault of the kind \"{kind}\" happened: take more seeds or rows"
            );
        }
        let _ = match (self.violations, self.broken.as_slice()) {
            (0, _) => writeln!(text, "  found     no violation"),
            (count, seeds) => writeln!(text, "  found     {count} violations, seeds {seeds:?}"),
        };
        text
    }

    /// The kinds that never happened.
    fn never(&self) -> Vec<String> {
        let is_there = |kind: &Fault| self.happened.keys().any(|(fault, _)| fault == kind);
        let never = KINDS.iter().filter(|kind| !is_there(kind));
        never.map(ToString::to_string).collect()
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::from(self.violations > 0))
    }
}

fn faults(text: &mut String, happened: &Happened) {
    let all: u64 = happened.values().sum();
    let _ = writeln!(text, "  faults    {all}");
    for kind in KINDS {
        let of_kind = happened.iter().filter(|((fault, _), _)| *fault == kind);
        let of_kind: Vec<(&str, u64)> = of_kind
            .map(|((_, operation), count)| (operation.as_str(), *count))
            .collect();
        let sum: u64 = of_kind.iter().map(|(_, count)| count).sum();
        let named = of_kind
            .iter()
            .map(|(name, count)| format!("{name} {count}"));
        let named: Vec<String> = named.collect();
        let _ = writeln!(text, "    {kind:30} {sum:6}  {}", named.join(", "));
    }
}

fn checks(text: &mut String, played: &Played) {
    for (kind, check) in &played.checks {
        let count = check.violations.len();
        let outcome = if count == 0 {
            "holds".to_owned()
        } else {
            format!("{count} VIOLATIONS")
        };
        let (name, compared) = (&check.name, check.compared);
        let _ = writeln!(text, "  {kind:8}  {name}: {compared} compared, {outcome}");
        for violation in check.violations.iter().take(SHOWN) {
            let _ = writeln!(text, "            - {violation}");
        }
    }
}

fn violations(played: &Played) -> usize {
    let checks = played.checks.iter();
    checks.map(|(_, check)| check.violations.len()).sum()
}

fn all_violations(played: &Played) -> Vec<Value> {
    let found = played.checks.iter().flat_map(|(kind, check)| {
        let all = check.violations.iter();
        all.map(move |what| json!({ "kind": kind, "check": check.name, "what": what }))
    });
    found.collect()
}

fn by_kind(happened: &Happened) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for ((fault, _), count) in happened {
        *kinds.entry(fault.to_string()).or_default() += count;
    }
    kinds
}

fn requests(usage: &Usage) -> Value {
    json!({
        "dynamodb": usage.dynamodb_requests,
        "s3": usage.s3_requests,
        "sqs": usage.sqs_requests,
    })
}

fn shown(usage: &Usage) -> String {
    format!(
        "{} requests to DynamoDB, {} to S3, {} to SQS; {} write units, {} read units",
        usage.dynamodb_requests,
        usage.s3_requests,
        usage.sqs_requests,
        usage.write_units,
        usage.read_units
    )
}

/// How much more was used than without faults.
fn more(played: &Played, faultless: &Played) -> String {
    let (used, usual) = (&played.usage, &faultless.usage);
    let percent = |used: f64, usual: f64| 100.0 * (used - usual) / usual.max(1.0);
    let requests =
        |usage: &Usage| (usage.dynamodb_requests + usage.s3_requests + usage.sqs_requests) as f64;
    format!(
        "{:+.0}% requests, {:+.0}% write units, {:+.0}% read units than the first seed without faults",
        percent(requests(used), requests(usual)),
        percent(used.write_units, usual.write_units),
        percent(used.read_units, usual.read_units)
    )
}

fn seconds(played: &Played) -> f64 {
    played.elapsed.as_secs_f64()
}
