//! Sums of score entries: imports at the same time over the same entries, then one that changes some. The stream
//! that the sums are made from is shown in disorder. A reconciliation must find no difference.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use sluice_api::TaskView;
use sluice_definition::OnDuplicate;

use super::Scenario;
use crate::rehearse::model::File;
use crate::rehearse::oracle::{self, Check};
use crate::rehearse::stage::Stage;
use crate::rehearse::stored::Sums;

const PLACE: (&str, &str) = ("sums", "score_import");
/// How often it is looked whether the sums have come.
const LOOKS: Duration = Duration::from_millis(500);

/// An entry that is known by its member, day and reference.
struct Entry {
    member: u64,
    day: u64,
    reference: usize,
    points: i64,
}

pub(super) struct Entries {
    first: File,
    change: File,
    expected: Sums,
    reconciled: Option<TaskView>,
}

impl Entries {
    pub(super) fn new(rows: u64, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let entries = (0..rows as usize).map(|reference| Entry {
            member: random.random_range(0..rows / 12 + 1),
            day: random.random_range(1..=5),
            reference,
            points: random.random_range(-50..500),
        });
        let mut entries: Vec<Entry> = entries.collect();
        let first = file(OnDuplicate::Reject, entries.iter());
        for entry in entries.iter_mut().step_by(2) {
            entry.points += 1_000;
        }
        let change = file(OnDuplicate::Overwrite, entries.iter().step_by(2));
        let mut expected = Sums::new();
        for entry in &entries {
            let key = format!("M{} 2026-01-{:02}", entry.member, entry.day);
            let sum = expected.entry(key).or_default();
            sum.0 += entry.points;
            sum.1 += 1;
        }
        Self {
            first,
            change,
            expected,
            reconciled: None,
        }
    }
}

fn file<'a>(rule: OnDuplicate, entries: impl Iterator<Item = &'a Entry>) -> File {
    let mut text = "member_no,entry_date,points,reference\n".to_owned();
    for entry in entries {
        let (member, day) = (entry.member, entry.day);
        let (points, reference) = (entry.points, entry.reference);
        // Writing to a text does not fail.
        let _ = writeln!(text, "M{member},2026-01-{day:02},{points},R{reference}");
    }
    File {
        rule,
        rows: Vec::new(),
        bytes: text.into_bytes(),
    }
}

#[async_trait(?Send)]
impl Scenario for Entries {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        let names = ["first", "same", "again"];
        let imports = names.map(async |name| stage.import(PLACE, name, &self.first, false).await);
        try_join_all(imports).await?;
        stage.import(PLACE, "change", &self.change, false).await?;
        // Sums follow by some seconds, and those that failed after a repair.
        while stage.sums(PLACE.0).await? != self.expected {
            tokio::time::sleep(LOOKS).await;
        }
        let months =
            json!({ "from": "2026-01", "to": "2026-01", "user_task_id": "reconciliation" });
        let reconciled = stage.done(PLACE.0, "/score/reconcile", &months).await?;
        self.reconciled = Some(reconciled);
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let found = stage.sums(PLACE.0).await?;
        let mut agrees = Check::new("a reconciliation finds no difference");
        let task = self.reconciled.as_ref().context("no reconciliation")?;
        let differences = task.result.as_ref().map(|result| &result["differences"]);
        agrees.expect(differences == Some(&json!(0)), || {
            format!("task {}: {:?} {:?}", task.task_id, task.reason, task.result)
        });
        let same = oracle::same("sums are what was sent", &self.expected, &found);
        Ok(vec![same, agrees])
    }
}
