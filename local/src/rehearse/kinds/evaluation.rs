//! An evaluation of a month whose entries have just been imported: each member is given what its points say, once.
//! What that is follows from `definitions/evaluation/score.toml`, and is written down here a second time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_definition::OnDuplicate;
use sluice_task::TaskStatus;

use super::Scenario;
use crate::rehearse::model::File;
use crate::rehearse::oracle::{self, Check};
use crate::rehearse::stage::{Stage, insist};

const STATION: &str = "evaluation";
const PERIOD: &str = "2026-01";
/// The points from which a member has a tier that is not the lowest.
const TIERS: [(i64, &str); 3] = [(20_000, "platinum"), (5_000, "gold"), (1_000, "silver")];
/// Entries of a member.
const ENTRIES: u64 = 3;

pub(super) struct Evaluation {
    members: File,
    entries: File,
    /// What members are given, by member and rule.
    expected: BTreeMap<String, String>,
    ended: Option<TaskView>,
}

impl Evaluation {
    pub(super) fn new(rows: u64, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut members = "member_no,name,tier\n".to_owned();
        let mut entries = "member_no,entry_date,points,reference\n".to_owned();
        let mut expected = BTreeMap::new();
        for number in 0..(rows / ENTRIES).max(5) {
            // Writing to a text does not fail.
            let _ = writeln!(members, "M{number},Ann,bronze");
            let most = [300, 1_500, 4_000, 15_000][random.random_range(0..4)];
            let mut sum = 0;
            for reference in 0..ENTRIES {
                let (day, points) = (random.random_range(1..=31), random.random_range(0..most));
                let _ = writeln!(entries, "M{number},{PERIOD}-{day:02},{points},R{reference}");
                sum += points;
            }
            let given = given(sum).into_iter();
            expected.extend(given.map(|(rule, what)| (format!("M{number} {rule}"), what)));
        }
        Self {
            members: file(members),
            entries: file(entries),
            expected,
            ended: None,
        }
    }
}

/// What a member of the lowest tier is given for its points: the rule, and what.
fn given(points: i64) -> Vec<(&'static str, String)> {
    let mut given = Vec::new();
    let tier = TIERS.iter().find(|(from, _)| points >= *from);
    if let Some((_, tier)) = tier {
        given.push(("tier", (*tier).to_owned()));
        given.push(("welcome", "TIER-WELCOME".to_owned()));
        if *tier != "silver" {
            given.push(("gold_month", "GOLD-MONTH".to_owned()));
        }
    }
    if points >= 500 {
        let reward = if points < 2_000 { "20" } else { "100" };
        given.push(("active", reward.to_owned()));
    }
    given
}

fn file(text: String) -> File {
    File {
        rule: OnDuplicate::Reject,
        rows: Vec::new(),
        bytes: text.into_bytes(),
    }
}

#[async_trait(?Send)]
impl Scenario for Evaluation {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        for (business, file) in [
            ("member_import", &self.members),
            ("score_import", &self.entries),
        ] {
            let name = business.trim_end_matches("_import");
            stage.import((STATION, business), name, file, false).await?;
        }
        // The sums may be behind: an evaluation counts again what it rests on.
        let wanted = json!({ "period": PERIOD, "user_task_id": "evaluation" });
        self.ended = Some(stage.done(STATION, "/score/evaluate", &wanted).await?);
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let task = self.ended.as_ref().context("no evaluation")?;
        let mut finished = Check::new("the evaluation finishes");
        finished.expect(task.status == TaskStatus::Finished, || {
            format!("task {}: {:?}", task.task_id, task.reason)
        });
        let mut once = Check::new("nothing is given twice");
        let mut found = BTreeMap::new();
        for action in actions(stage).await? {
            let text = |name: &str| action[name].as_str().map(str::to_owned);
            let member = text("member_no").context("a member")?;
            let rule = text("rule").context("a rule")?;
            let what = text("coupon").or(text("points")).or(text("tier_after"));
            let key = format!("{member} {rule}");
            let is_new = found
                .insert(key.clone(), what.unwrap_or_default())
                .is_none();
            once.expect(is_new, || format!("{key} is there twice"));
        }
        let as_earned = oracle::same(
            "members are given what they have earned",
            &self.expected,
            &found,
        );
        Ok(vec![finished, once, as_earned])
    }
}

/// All that was given.
async fn actions(stage: &Stage) -> Result<Vec<Value>> {
    let client = stage.client(STATION)?;
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/score/actions?period={PERIOD}{cursor}");
        let page = insist(async || client.get::<Value>(&path).await).await?;
        let page = page.context("no actions")?;
        found.extend(
            page["actions"]
                .as_array()
                .context("a list")?
                .iter()
                .cloned(),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}
