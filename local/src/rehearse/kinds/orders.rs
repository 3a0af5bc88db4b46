//! Lists of orders at the same time, two of which are the same orders: each order is stored once, and every one has a
//! result that says what became of it. Then all are exported.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use futures::future::try_join_all;
use local_generator::{Options, generate_orders};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_orders::{OrderOutcome, OrderResult};

use super::Scenario;
use crate::rehearse::oracle::{self, Check};
use crate::rehearse::stage::{Stage, insist};

const STATION: &str = "orders";
const LISTS: [&str; 2] = ["first", "same"];
/// All generated orders, by order date.
const ALL: &str =
    "/station/sales_analysis/orderdetail?query_type=1&start_date=2026-01-01&end_date=2026-01-31";

pub(super) struct Orders {
    all: Vec<Value>,
    /// The places of orders that must be refused for themselves.
    flawed: BTreeSet<u64>,
    ended: Vec<TaskView>,
    exported: Option<TaskView>,
}

impl Orders {
    pub(super) fn new(rows: u64, seed: u64) -> Result<Self> {
        let options = Options {
            rows,
            seed,
            bad_percent: 4.0,
            duplicate_percent: 0.0,
        };
        let (mut list, mut flawed) = (Vec::new(), BTreeSet::new());
        generate_orders(&options, &mut list, |index, _| {
            flawed.insert(index);
        })?;
        let lines = list
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let mut orders = Self {
            all: Vec::new(),
            flawed: BTreeSet::new(),
            ended: Vec::new(),
            exported: None,
        };
        for (index, line) in (0..).zip(lines) {
            // A request is JSON as a whole, which some flaws are not.
            let Ok(order) = serde_json::from_slice(line) else {
                continue;
            };
            if flawed.contains(&index) {
                orders.flawed.insert(orders.all.len() as u64);
            }
            orders.all.push(order);
        }
        Ok(orders)
    }

    /// What became of each order of a list.
    async fn results(&self, stage: &Stage, task: &TaskView) -> Result<Vec<OrderResult>> {
        let file = stage.linked_file(STATION, task).await?;
        let lines = file
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        Ok(lines
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?)
    }
}

#[async_trait(?Send)]
impl Scenario for Orders {
    async fn act(&mut self, stage: &Stage) -> Result<()> {
        let orders = &self.all;
        let submitted = LISTS.map(async |name| {
            let list = json!({
                "task_id": name, "time_config_id": "12", "file_name": "orders.json", "order_data": orders,
            });
            stage.done(STATION, "/station/order/batch/submit", &list).await
        });
        self.ended = try_join_all(submitted).await?;
        let client = stage.client(STATION)?;
        let asked = insist(async || client.get::<Value>(ALL).await).await?;
        // Few are exported at once, without a task.
        let task_id = asked.and_then(|asked| asked["task_id"].as_u64());
        if let Some(task_id) = task_id {
            self.exported = Some(stage.ended(STATION, task_id.try_into()?).await?);
        }
        Ok(())
    }

    async fn check(&self, stage: &Stage) -> Result<Vec<Check>> {
        let stored = stage.orders(STATION).await?;
        let mut told = Check::new("every order has a result");
        let mut of_lists = BTreeMap::new();
        for task in &self.ended {
            let results = self.results(stage, task).await?;
            told.expect(results.len() == self.all.len(), || {
                format!("task {}: {} results", task.task_id, results.len())
            });
            for (index, result) in (0..).zip(&results) {
                let is_flawed = self.flawed.contains(&index);
                let is_right = match result.outcome {
                    OrderOutcome::Stored | OrderOutcome::Duplicate => !is_flawed,
                    OrderOutcome::Failed => is_flawed,
                    OrderOutcome::NotDone => false,
                };
                told.expect(is_right, || format!("task {}: {result:?}", task.task_id));
                if result.outcome == OrderOutcome::Stored {
                    let number = result.order_no.clone().context("a number")?;
                    let origin = format!("{}:{index}", task.task_id);
                    let before = of_lists.insert(number.clone(), origin);
                    told.expect(before.is_none(), || format!("{number} is stored twice"));
                }
            }
        }
        let mut whole = Check::new("no order is lost");
        let good = self.all.len() - self.flawed.len();
        whole.expect(stored.len() == good, || {
            format!("{} of {good} are stored", stored.len())
        });
        let as_told = oracle::same("what is stored is what lists say", &of_lists, &stored);
        let mut checks = vec![told, whole, as_told];
        if let Some(task) = &self.exported {
            let lines = stage.linked(STATION, task).await?;
            let found = lines
                .iter()
                .map(|line| line.get("order_id").cloned().unwrap_or_default());
            let found = found.map(|number| (number, ())).collect();
            let expected = stored.into_keys().map(|number| (number, ())).collect();
            checks.push(oracle::same("the file has every order", &expected, &found));
        }
        Ok(checks)
    }
}
