//! The story: each step does one thing as a client would, and compares what the system says with what the files hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sluice_api::{RowsView, TaskView, UndoRequest};
use sluice_basics::ids::StationId;
use sluice_orders::{OrderOutcome, OrderResult};
use sluice_task::TaskStatus;

use super::guide::{Guide, number, result};
use super::made::{Entries, Members, Orders};
use super::step::Step;
use crate::cli::DuplicateRule;
use crate::records::Record;
use crate::system::System;

const MEMBERS: &str = "member_import";
const SCORES: &str = "score_import";
/// The tier whose members are exported by themselves and get an e-mail.
const TIER: &str = "platinum";
/// Generated orders are of this month.
const ORDERS: &str =
    "/station/sales_analysis/orderdetail?query_type=1&start_date=2026-01-01&end_date=2026-01-31";
/// More than the API exports at once, without a task.
const FEWEST_ORDERS: u64 = 40;
/// How often, and how long at most, sums are asked for until they have come.
const LOOKS: Duration = Duration::from_millis(200);
const PATIENCE: u32 = 300;

/// What the steps share.
pub(super) struct Story<'a> {
    guide: Guide<'a>,
    members: Members,
    entries: Entries,
    orders: Orders,
    /// The month before this one: a month is evaluated when it has ended.
    month: String,
}

impl<'a> Story<'a> {
    pub(super) fn new(
        system: &'a System,
        station: StationId,
        rows: u64,
        seed: u64,
    ) -> Result<Self> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let month = today.first_of_month().yesterday()?;
        let month = month.strftime("%Y-%m").to_string();
        let members = Members::new(rows, seed)?;
        Ok(Self {
            guide: Guide::new(system, station)?,
            entries: Entries::new(&members, &month, seed),
            orders: Orders::new((rows / 5).max(FEWEST_ORDERS), seed)?,
            members,
            month,
        })
    }

    /// Runs all steps, and shows each as it ends.
    pub(super) async fn tell(&self, mut show: impl FnMut(Step)) -> Result<()> {
        let (step, first, refused) = Box::pin(self.import()).await?;
        show(step);
        show(Box::pin(self.correct(&first, &refused)).await?);
        show(Box::pin(self.same_again(&first)).await?);
        show(Box::pin(self.export()).await?);
        show(Box::pin(self.score()).await?);
        show(Box::pin(self.evaluate()).await?);
        show(Box::pin(self.mail()).await?);
        show(Box::pin(self.take_orders()).await?);
        show(Box::pin(self.undo()).await?);
        show(Box::pin(self.costs()).await?);
        Ok(())
    }

    async fn import(&self) -> Result<(Step, TaskView, Vec<Record>)> {
        let made = &self.members.summary;
        self.guide.write("members.csv", &self.members.faulty)?;
        let imported = self.guide.import("members.csv", MEMBERS, |_| {}).await?;
        let (task, refused) = (imported.task, imported.refused);
        let rows = task.rows.unwrap_or_default();
        let mut step = Step::new(
            "import",
            format!(
                "Import {} members. {} rows of the file are wrong, and {} are there twice",
                HumanCount(made.rows),
                made.bad,
                made.duplicate
            ),
        );
        step.command("sluice import members.csv --business member_import");
        step.say(counted(rows));
        let chunks = task.chunks.map_or(0, |chunks| chunks.done);
        step.say(format!(
            "Chunks imported side by side: {chunks}. In each, read = succeeded + failed + duplicate + skipped."
        ));
        step.say(format!(
            "The {} refused rows are a CSV file, each with its row, its column and what is wrong:",
            refused.len()
        ));
        for record in refused.iter().take(2) {
            let field = |name: &str| record.get(name).map_or("", String::as_str);
            step.say(format!(
                "  row {}: {}",
                field("error_row"),
                field("error_message")
            ));
        }
        step.compare("status", &TaskStatus::PartlySucceeded, &task.status);
        let expected = RowsView {
            read: made.rows,
            succeeded: made.good,
            failed: made.bad,
            duplicate: made.duplicate,
            skipped: 0,
        };
        compare_rows(&mut step, expected, rows);
        let numbers = refused.iter().filter_map(|record| record.get("error_row"));
        let numbers: BTreeSet<u64> = numbers.filter_map(|number| number.parse().ok()).collect();
        step.compare("refused_rows", &self.members.refused, &numbers);
        Ok((step, task, refused))
    }

    async fn correct(&self, first: &TaskView, refused: &[Record]) -> Result<Step> {
        let corrected = self.members.corrected(refused)?;
        self.guide.write("corrected.csv", corrected)?;
        let imported = self.guide.import("corrected.csv", MEMBERS, |_| {}).await?;
        let mut step = Step::new(
            "correct",
            "Correct the refused rows in a spreadsheet, and send them",
        );
        step.command("sluice import corrected.csv --business member_import");
        let rows = imported.task.rows.unwrap_or_default();
        step.say(counted(rows));
        let whole = self.guide.client.task(first.task_id).await?;
        let whole = whole.combined_rows.unwrap_or_default();
        step.say(format!(
            "The file continues its import: {} of {} rows are imported now.",
            HumanCount(whole.succeeded),
            HumanCount(whole.read)
        ));
        step.compare("status", &TaskStatus::Finished, &imported.task.status);
        let all = self.members.summary.rows;
        let expected = RowsView {
            read: all,
            succeeded: all,
            ..RowsView::default()
        };
        compare_rows(&mut step, expected, whole);
        Ok(step)
    }

    async fn same_again(&self, first: &TaskView) -> Result<Step> {
        let imported = self.guide.import("members.csv", MEMBERS, |_| {}).await?;
        let mut step = Step::new("same_again", "Import the first file again by mistake");
        step.command("sluice import members.csv --business member_import");
        let reason = imported.reason.as_deref().unwrap_or_default();
        step.say(format!("Refused: {reason}."));
        step.compare("status", &TaskStatus::Failed, &imported.task.status);
        step.compare("same_as", &Some(first.task_id), &imported.task.same_as);
        let rows = imported.task.rows.unwrap_or_default();
        compare_rows(&mut step, RowsView::default(), rows);
        Ok(step)
    }

    async fn export(&self) -> Result<Step> {
        let mut step = Step::new("export", "Export all members, and those of one tier");
        step.command("sluice export all.csv --business member_import");
        step.command(format!(
            "sluice export {TIER}.csv --business member_import --where tier={TIER}"
        ));
        let (task, records) = self.guide.export(MEMBERS, "all.csv", &[]).await?;
        let bytes = HumanCount(number(&task, "bytes"));
        step.compare("rows", &self.members.summary.rows, &number(&task, "rows"));
        self.compare_names(&mut step, &records);
        let name = format!("{TIER}.csv");
        let (task, of_tier) = self.guide.export(MEMBERS, &name, &[("tier", TIER)]).await?;
        step.compare(
            "rows_of_tier",
            &self.members.of_tier(TIER),
            &number(&task, "rows"),
        );
        step.say(format!(
            "all.csv has {} rows and {bytes} bytes, {name} {} rows. Every member is there once, as it was sent.",
            HumanCount(records.len() as u64),
            HumanCount(of_tier.len() as u64)
        ));
        Ok(step)
    }

    /// Compares the members of a file with those that were sent.
    fn compare_names(&self, step: &mut Step, records: &[Record]) {
        let expected = self.members.names();
        let field = |record: &Record, name: &str| record.get(name).cloned().unwrap_or_default();
        let found = records
            .iter()
            .map(|record| (field(record, "member_no"), field(record, "name")));
        let found: BTreeMap<String, String> = found.collect();
        let same = expected
            .iter()
            .filter(|(member_no, name)| found.get(*member_no).is_some_and(|found| found == *name));
        let all = expected.len();
        step.compare("members_as_sent", &all, &same.count());
        step.compare("members_exported", &all, &records.len());
    }

    async fn score(&self) -> Result<Step> {
        let (entries, month) = (&self.entries, &self.month);
        self.guide.write("scores.csv", &entries.text)?;
        let imported = self.guide.import("scores.csv", SCORES, |_| {}).await?;
        let mut step = Step::new(
            "score",
            format!(
                "Import {} score entries of {} members, whose points are added up as they come",
                HumanCount(entries.count),
                HumanCount(entries.sums.len() as u64)
            ),
        );
        step.command("sluice import scores.csv --business score_import");
        let (member_no, points) = entries.sums.first_key_value().context("no entries")?;
        let path = format!("/score/sums?member_no={member_no}&from={month}&to={month}");
        step.command(format!("curl \"$SLUICE_API{path}\" …"));
        step.command(format!(
            "curl \"$SLUICE_API/score/reconcile\" -d '{{\"from\":\"{month}\",\"to\":\"{month}\"}}' …"
        ));
        step.compare("status", &TaskStatus::Finished, &imported.task.status);
        let rows = imported.task.rows.unwrap_or_default();
        step.compare("entries", &entries.count, &rows.succeeded);
        let found = self.sum(&path, &points.to_string()).await?;
        step.compare("points_of_a_member", &points.to_string(), &found);
        let wanted = json!({ "from": month, "to": month, "user_task_id": "demo-reconcile" });
        let task = self
            .guide
            .task("/score/reconcile", &wanted, ("reconciling", month))
            .await?;
        step.compare(
            "points",
            &entries.points().to_string(),
            &text(&task, "points_of_sums"),
        );
        step.compare(
            "entries_read",
            &entries.count,
            &number(&task, "entries_read"),
        );
        step.compare("differences", &json!(0), &result(&task)["differences"]);
        step.say(format!(
            "{member_no} has {found} points in {month}. A reconciliation of all sums with their entries finds {} \
             differences.",
            result(&task)["differences"]
        ));
        Ok(step)
    }

    /// Returns the points of a month, when they are what is expected or have had enough time.
    async fn sum(&self, path: &str, expected: &str) -> Result<String> {
        for _ in 0..PATIENCE {
            let sums: Option<Value> = self.guide.client.get(path).await?;
            let sums = sums.unwrap_or_default();
            if sums["months"][0]["points"] == expected {
                break;
            }
            tokio::time::sleep(LOOKS).await;
        }
        let sums: Option<Value> = self.guide.client.get(path).await?;
        let sums = sums.unwrap_or_default();
        let points = sums["months"][0]["points"].as_str();
        Ok(points.unwrap_or_default().to_owned())
    }

    async fn evaluate(&self) -> Result<Step> {
        let month = &self.month;
        let mut step = Step::new(
            "evaluate",
            format!(
                "Evaluate {month}: decide about tiers, coupons and rewards, first as a dry run"
            ),
        );
        let expected = self.entries.evaluated(&self.members);
        let mut decided = Vec::new();
        for (dry_run, name) in [(true, "demo-dry"), (false, "demo-evaluate")] {
            let option = if dry_run { " --dry-run" } else { "" };
            step.command(format!("sluice evaluate {month}{option}"));
            let wanted = json!({ "period": month, "dry_run": dry_run, "user_task_id": name });
            let task = self
                .guide
                .task("/score/evaluate", &wanted, ("evaluating", month))
                .await?;
            step.compare("status", &TaskStatus::Finished, &task.status);
            let told = result(&task);
            step.compare(
                "members",
                &self.members.summary.rows,
                &number(&task, "members"),
            );
            step.compare("rules", &json!(expected.rules), &told["rules"]);
            step.compare("tiers", &json!(expected.tiers), &told["tiers"]);
            let (rewarded, points) = rewards(&task);
            step.compare("rewarded", &expected.rewarded, &rewarded);
            let expected_points = expected.reward_points.to_string();
            step.compare("reward_points", &expected_points.as_str(), &points);
            let path = format!("/score/actions?period={month}");
            let done: Option<Value> = self.guide.client.get(&path).await?;
            let done = done.unwrap_or_default();
            let is_done = done["actions"]
                .as_array()
                .is_some_and(|done| !done.is_empty());
            step.compare("is_done", &!dry_run, &is_done);
            decided.push(task);
        }
        if let [dry, real] = decided.as_slice() {
            let of = |task: &TaskView| {
                ["rules", "tiers", "changes", "coupons", "rewards"]
                    .map(|name| result(task)[name].clone())
            };
            step.compare("as_the_dry_run", &of(dry), &of(real));
            step.say("The dry run did nothing, and decided the same as the evaluation:");
            for name in ["rules", "tiers", "coupons"] {
                step.say(format!("  {name:<8} {}", listed(&result(real)[name])));
            }
            let (rewarded, points) = rewards(real);
            step.say(format!("  rewards  {points} points for {rewarded} members"));
        }
        Ok(step)
    }

    async fn mail(&self) -> Result<Step> {
        let (recipients, addresses) = self.members.addresses(TIER);
        let mut step = Step::new(
            "mail",
            format!("Send an e-mail to the {recipients} {TIER} members that have an address"),
        );
        step.command(
            "curl -X PUT \"$SLUICE_API/mail/template\" -d '{\"name\":\"news\",\"language\":\"en\",…}' …",
        );
        step.command(format!(
            "sluice mail news --language en --business member_import --where tier={TIER}"
        ));
        let template = json!({
            "name": "news", "language": "en", "version": 0, "sample": { "name": "Ann" },
            "texts": { "subject": "News for {{ name }}", "html": "<p>Dear {{ name }}, there is news.</p>" },
        });
        let _: Option<Value> = self
            .guide
            .client
            .replace("/mail/template", &template)
            .await?;
        let mailing = json!({
            "template": "news", "language": "en", "user_task_id": "demo-mail",
            "audience": { "business": MEMBERS, "filter": { "tier": TIER } },
        });
        let task = self
            .guide
            .task("/mail/send", &mailing, ("sending", "news"))
            .await?;
        // The mailbox is not a part of the system: it is where SES delivers to.
        let mails = self.guide.system.services.ses.mails()?;
        let found: BTreeSet<String> = mails.iter().map(|mail| mail.recipient.clone()).collect();
        let twice = recipients - addresses.len() as u64;
        step.compare("status", &TaskStatus::Finished, &task.status);
        step.compare("audience", &recipients, &number(&task, "audience"));
        step.compare("sent", &(addresses.len() as u64), &number(&task, "sent"));
        step.compare("duplicate", &twice, &number(&task, "duplicate"));
        step.compare("mails_in_mailbox", &addresses.len(), &mails.len());
        step.compare("recipients", &addresses, &found);
        step.say(format!(
            "{} were sent, as fast as SES lets a new account send. The mailbox has {}, none of them twice.",
            number(&task, "sent"),
            mails.len()
        ));
        Ok(step)
    }

    async fn take_orders(&self) -> Result<Step> {
        let made = &self.orders;
        let mut step = Step::new(
            "orders",
            format!(
                "Take a list of {} orders (wrong: {}, there twice: {}), and export what is stored",
                made.list.len(),
                made.bad,
                made.duplicate
            ),
        );
        let path = "/station/order/batch/submit";
        step.command(format!("curl \"$SLUICE_API{path}\" -d @orders.json …"));
        step.command(format!("curl \"$SLUICE_API{ORDERS}\" …"));
        let list = json!({
            "task_id": "demo-orders", "time_config_id": "12", "file_name": "orders.json", "order_data": made.list,
        });
        self.guide.write("orders.json", list.to_string())?;
        let task = self
            .guide
            .task(path, &list, ("taking", "orders.json"))
            .await?;
        let lines = self.guide.linked(&task, "orders-results.ndjson").await?;
        let lines = lines.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let results: Vec<OrderResult> = lines
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?;
        let with = |outcome| {
            let with = results.iter().filter(|result| result.outcome == outcome);
            with.count() as u64
        };
        step.compare("results", &made.list.len(), &results.len());
        for (figure, expected, outcome) in [
            ("stored", made.good, OrderOutcome::Stored),
            ("failed", made.bad, OrderOutcome::Failed),
            ("duplicate", made.duplicate, OrderOutcome::Duplicate),
        ] {
            step.compare(figure, &expected, &with(outcome));
        }
        let asked: Option<Value> = self.guide.client.get(ORDERS).await?;
        let task_id = asked.and_then(|asked| asked["task_id"].as_u64());
        let task_id = task_id.context("an export of orders without a task")?;
        let exported = self.guide.ended(task_id.try_into()?, "exporting", "orders");
        let exported = exported.await?;
        let lines = self.guide.linked(&exported, "orders.csv").await?;
        let numbers = crate::records::records(&lines)?.into_iter();
        let numbers = numbers.filter_map(|mut line| line.remove("order_id"));
        let numbers: BTreeSet<String> = numbers.collect();
        step.compare("exported", &(made.good as usize), &numbers.len());
        step.say(format!(
            "{} stored, {} failed, {} duplicate: every order has a line in orders-results.ndjson. orders.csv has {} \
             orders.",
            with(OrderOutcome::Stored),
            with(OrderOutcome::Failed),
            with(OrderOutcome::Duplicate),
            numbers.len()
        ));
        Ok(step)
    }

    async fn undo(&self) -> Result<Step> {
        let (text, count) = self.members.mistaken_update();
        self.guide.write("update.csv", text)?;
        let imported = self.guide.import("update.csv", MEMBERS, |import| {
            import.on_duplicate = Some(DuplicateRule::Overwrite);
            import.undoable = true;
        });
        let imported = imported.await?.task;
        let mut step = Step::new(
            "undo",
            format!("Overwrite {count} members and add {count} by mistake, and take it back"),
        );
        step.command(
            "sluice import update.csv --business member_import --on-duplicate overwrite --undoable",
        );
        step.command(format!("sluice undo {}", imported.task_id));
        step.compare("status", &TaskStatus::Finished, &imported.status);
        let rows = imported.rows.unwrap_or_default();
        step.compare("overwritten_and_added", &(2 * count), &rows.succeeded);
        let request = UndoRequest {
            start_at: None,
            task_id: imported.task_id,
            dry_run: false,
            user_task_id: Some("demo-undo".parse()?),
        };
        let begun = self.guide.client.begin_undo(&request).await?;
        let undone = self
            .guide
            .ended(begun.task_id, "undoing", "update.csv")
            .await?;
        for (figure, expected) in [("deleted", count), ("restored", count), ("kept", 0)] {
            step.compare(figure, &expected, &number(&undone, figure));
        }
        let (_, records) = self.guide.export(MEMBERS, "after-undo.csv", &[]).await?;
        self.compare_names(&mut step, &records);
        step.say(format!(
            "{} rows are deleted, {} restored, {} kept because somebody has changed them since. All members are as before.",
            number(&undone, "deleted"),
            number(&undone, "restored"),
            number(&undone, "kept")
        ));
        Ok(step)
    }

    async fn costs(&self) -> Result<Step> {
        let mut step = Step::new("costs", "What all of it would have cost on AWS");
        step.command("sluice tasks list");
        let limit = [("limit", "100".to_owned())];
        let list = self.guide.client.read("/task/list", &limit).await?;
        let tasks = list["tasks"].as_array().context("a list of tasks")?;
        let (mut dollars, mut units, mut requests) = (0.0, 0, 0);
        for task in tasks {
            let actual = &task["result"]["actual"];
            dollars += actual["dollars"].as_f64().unwrap_or_default();
            units += actual["write_units"].as_u64().unwrap_or_default();
            requests += actual["requests"].as_u64().unwrap_or_default();
        }
        let ended = tasks
            .iter()
            .filter(|task| task["status"].as_u64() >= Some(3));
        step.compare("ended", &tasks.len(), &ended.count());
        step.compare("has_costs", &true, &(dollars > 0.0));
        step.say(format!(
            "${dollars:.4} for {} tasks: {} write units and {} requests, as each task says in its result. E-mails come \
             on top.",
            tasks.len(),
            HumanCount(units),
            HumanCount(requests)
        ));
        Ok(step)
    }
}

/// The counts of rows in words.
fn counted(rows: RowsView) -> String {
    format!(
        "{} read: {} succeeded, {} failed, {} duplicate, {} skipped.",
        HumanCount(rows.read),
        HumanCount(rows.succeeded),
        HumanCount(rows.failed),
        HumanCount(rows.duplicate),
        HumanCount(rows.skipped)
    )
}

fn compare_rows(step: &mut Step, expected: RowsView, found: RowsView) {
    for (figure, expected, found) in [
        ("read", expected.read, found.read),
        ("succeeded", expected.succeeded, found.succeeded),
        ("failed", expected.failed, found.failed),
        ("duplicate", expected.duplicate, found.duplicate),
        ("skipped", expected.skipped, found.skipped),
    ] {
        step.compare(figure, &expected, &found);
    }
}

/// How many members an evaluation gives a reward, and how many points that is. There may be none.
fn rewards(task: &TaskView) -> (u64, &str) {
    let given = &result(task)["rewards"]["active"];
    let points = given["points"].as_str().unwrap_or("0");
    (given["members"].as_u64().unwrap_or_default(), points)
}

/// A text of the result of a task.
fn text(task: &TaskView, name: &str) -> String {
    result(task)[name].as_str().unwrap_or_default().to_owned()
}

/// Counts by name, in words.
fn listed(counts: &Value) -> String {
    let counts = counts.as_object().into_iter().flatten();
    let counts: Vec<String> = counts
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    counts.join(", ")
}
