//! An import that overwrites half of another one's rows and brings as many of its own, and its undo: the table is
//! as before. Then the other one is undone, and nothing is left.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use sluice_api::TaskView;
use sluice_undo::UndoCounts;

use super::Scenario;
use crate::rehearse::model::{Fate, File, overwriting, own_staff};
use crate::rehearse::oracle::{self, Check, Stored};
use crate::rehearse::stage::Stage;

const PLACE: (&str, &str) = ("undo", "staff_import");
const TABLE: &str = "sluice-staff";
const UNIQUE: [&str; 2] = ["phone", "email"];

pub(super) struct Undo {
    base: File,
    over: File,
    ended: Option<Ended>,
}

/// What there was after each step.
struct Ended {
    first: TaskView,
    restored: Stored,
    second: TaskView,
    emptied: Stored,
}

impl Undo {
    pub(super) fn new(rows: u64, seed: u64) -> Self {
        let base = own_staff(rows, 1, seed);
        let over = overwriting(&base, 2);
        Self {
            base,
            over,
            ended: None,
        }
    }
}

#[async_trait(?Send)]
impl Scenario for Undo {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        let base = stage.import(PLACE, "base", &self.base, false).await?;
        let over = stage.import(PLACE, "over", &self.over, true).await?;
        let first = stage.undo(PLACE.0, over.task_id, "undo-over").await?;
        let restored = stage.stored(TABLE, PLACE.0).await?;
        let second = stage.undo(PLACE.0, base.task_id, "undo-base").await?;
        let emptied = stage.stored(TABLE, PLACE.0).await?;
        self.ended = Some(Ended {
            first,
            restored,
            second,
            emptied,
        });
        Ok(())
    }

    async fn check(&self, _stage: &Stage) -> Result<Vec<Check>> {
        let ended = self.ended.as_ref().context("nothing was undone")?;
        let good = self.base.rows.iter().filter(|row| row.fate == Fate::Stored);
        let expected: BTreeMap<_, _> = good
            .map(|row| (row.key.clone(), row.values.clone()))
            .collect();
        let values = |stored: &Stored| -> BTreeMap<_, _> {
            let rows = stored.rows.iter();
            rows.map(|(key, row)| (key.clone(), row.values.clone()))
                .collect()
        };
        let mut counts = Check::new("undos count what they have done");
        let (all, new) = (expected.len() as u64, self.over.rows.len() as u64 / 2);
        for (task, deleted, restored) in [
            (&ended.first, new, self.over.rows.len() as u64 - new),
            (&ended.second, all, 0),
        ] {
            let result = task.result.clone().unwrap_or_default();
            let told: UndoCounts = serde_json::from_value(result).unwrap_or_default();
            let wanted = UndoCounts {
                deleted,
                restored,
                ..UndoCounts::default()
            };
            counts.expect(told == wanted, || {
                let (id, reason) = (task.task_id, &task.reason);
                format!("task {id}: {wanted:?} is expected, told {told:?}, {reason:?}")
            });
        }
        Ok(vec![
            oracle::same(
                "the table is as before",
                &expected,
                &values(&ended.restored),
            ),
            oracle::claims(&ended.restored, &UNIQUE),
            oracle::same("nothing is left", &BTreeMap::new(), &values(&ended.emptied)),
            oracle::same("no claim is left", &BTreeMap::new(), &ended.emptied.claims),
            counts,
        ])
    }
}
