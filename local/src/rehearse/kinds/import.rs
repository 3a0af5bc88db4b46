//! Imports at the same time: two of the same member file, and several of staff that want the same keys and values.

use anyhow::Result;
use async_trait::async_trait;
use futures::future::try_join_all;
use sluice_api::TaskView;

use super::Scenario;
use crate::rehearse::model::{File, contested_staff, members};
use crate::rehearse::oracle::{self, Check, Told};
use crate::rehearse::stage::Stage;

/// How many imports of the member file there are, and how many files of staff.
const MEMBERS: usize = 2;
const STAFF: u64 = 4;

/// Imports of one station.
struct Station {
    name: &'static str,
    business: &'static str,
    table: &'static str,
    unique: &'static [&'static str],
    files: Vec<File>,
    ended: Vec<TaskView>,
}

pub(super) struct Imports(Vec<Station>);

impl Imports {
    pub(super) fn new(rows: u64, seed: u64) -> Result<Self> {
        let file = members((rows / MEMBERS as u64).max(20), seed)?;
        let of_members = Station {
            name: "members",
            business: "member_import",
            table: "sluice-members",
            unique: &[],
            files: vec![file; MEMBERS],
            ended: Vec::new(),
        };
        let of_staff = Station {
            name: "staff",
            business: "staff_import",
            table: "sluice-staff",
            unique: &["phone", "email"],
            files: contested_staff(STAFF, (rows / STAFF).max(10), seed),
            ended: Vec::new(),
        };
        Ok(Self(vec![of_members, of_staff]))
    }
}

impl Station {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        let place = (self.name, self.business);
        let imports = (1..).zip(&self.files).map(async |(number, file)| {
            let name = format!("import-{number}");
            stage.import(place, &name, file, false).await
        });
        self.ended = try_join_all(imports).await?;
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let mut told: Vec<Told> = Vec::new();
        for task in &self.ended {
            told.push(stage.told(self.name, task).await?);
        }
        let stored = stage.stored(self.table, self.name).await?;
        let imports: Vec<_> = self.files.iter().zip(&told).collect();
        let mut checks = oracle::imports(&imports, &stored);
        if !self.unique.is_empty() {
            checks.push(oracle::claims(&stored, self.unique));
        }
        for check in &mut checks {
            check.name = format!("{}: {}", self.name, check.name);
        }
        Ok(checks)
    }
}

#[async_trait(?Send)]
impl Scenario for Imports {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        try_join_all(self.0.iter_mut().map(|station| station.act(stage))).await?;
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for station in &self.0 {
            checks.extend(station.check(stage).await?);
        }
        Ok(checks)
    }
}
