//! What evaluations do to members: their tiers, and the coupons and rewards that they are given.
//!
//! | item | table | pk | sk |
//! |---|---|---|---|
//! | a member | members | `<station>#<partition>` | `<member>` |
//! | an action | score actions | the same | `<YYYY-MM>#<member>#<rule>` |
//!
//! A member has `_tier`, `_tier_grace` (where it stands), `_tier_before`, `_tier_grace_before` (where it stood before
//! `_tier_period` was evaluated) and `_tier_turn`, the turn of who wrote them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{StationId, TaskId};
use sluice_definition::shard_of;
use sluice_scores::{
    Decision, EvaluationPlan, Month, Points, Rules, Standing, TIER_RULE, TierWrite,
};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::row_reader::RowReader;
use crate::row_writer::Place;
use crate::task_store::item::{from_item, n, s, to_item};

type Item = HashMap<String, AttributeValue>;

const TIER: &str = "_tier";
const GRACE: &str = "_tier_grace";
const TIER_BEFORE: &str = "_tier_before";
const GRACE_BEFORE: &str = "_tier_grace_before";
const PERIOD: &str = "_tier_period";
const TURN: &str = "_tier_turn";

/// The tables of members and of what was done to them.
#[derive(Clone, Debug)]
pub struct ScoreActions {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    members: String,
    actions: String,
}

/// An action as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAction {
    /// The month that was evaluated.
    pub period: Month,
    /// The member.
    pub member_no: String,
    /// The rule; `tier` of a change of the tier.
    pub rule: String,
    /// What was given, if it was a coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// What was given, if it was a reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// The tier before, if it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier_before: Option<String>,
    /// The tier after, if it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier_after: Option<String>,
    /// The points of the window that decided.
    pub window_points: Points,
    /// The task that did it.
    pub task_id: TaskId,
    /// When.
    pub at: Timestamp,
    /// The turn of the task.
    pub turn: u64,
}

/// Where the next page of actions begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionCursor {
    /// The partition.
    #[serde(rename = "p")]
    pub partition: u32,
    /// The month.
    #[serde(rename = "m")]
    pub period: Month,
    /// The last action of the page before, if it has one in this partition and month.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A member as evaluations know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStanding {
    /// The member.
    pub member_no: String,
    /// Where it stood before the month.
    pub before: Standing,
    /// Where it stands.
    pub now: Standing,
    /// Whether it takes no part.
    pub has_opted_out: bool,
}

/// The members of one partition, being read in their order.
#[derive(Debug)]
pub struct MemberCursor<'a> {
    of: &'a ScoreActions,
    rules: &'a Rules,
    period: Month,
    pk: String,
    next: Option<Item>,
    is_read: bool,
}

impl ScoreActions {
    /// Members in the table named `members`, and actions in the one named `actions`.
    pub fn new(clients: &Clients, members: String, actions: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            members,
            actions,
        }
    }

    /// Reads the members of a partition, as they are to be evaluated for a month.
    pub fn members<'a>(
        &'a self,
        station: &StationId,
        partition: u32,
        rules: &'a Rules,
        period: Month,
    ) -> MemberCursor<'a> {
        MemberCursor {
            of: self,
            rules,
            period,
            pk: Place::partition_of_rows(station, partition),
            next: None,
            is_read: false,
        }
    }

    /// Does what was decided about a member. May be repeated: each action is done once.
    pub async fn apply(
        &self,
        station: &StationId,
        decision: &Decision,
        plan: &EvaluationPlan,
        task_id: TaskId,
    ) -> Result<(), AwsError> {
        let pk = Place::partition_of_rows(station, shard_of(&decision.member_no));
        let action = |rule: &str| StoredAction {
            period: plan.input.period,
            member_no: decision.member_no.clone(),
            rule: rule.to_owned(),
            coupon: None,
            points: None,
            tier_before: None,
            tier_after: None,
            window_points: decision.points.clone(),
            task_id,
            at: Timestamp::now(),
            turn: plan.turn,
        };
        for given in &decision.coupons {
            let coupon = Some(given.coupon.clone());
            let given = StoredAction {
                coupon,
                ..action(&given.rule)
            };
            self.put(&pk, &given, "attribute_not_exists(pk)").await?;
        }
        for given in &decision.rewards {
            let points = Some(given.points.clone());
            let given = StoredAction {
                points,
                ..action(&given.rule)
            };
            self.put(&pk, &given, "attribute_not_exists(pk)").await?;
        }
        // The tier comes before the note of its change: a try that a later turn has overtaken leaves neither.
        let is_written = match decision.writes {
            TierWrite::Nothing => return Ok(()),
            TierWrite::Turn => {
                self.write_turn(pk, decision, plan).await?;
                return Ok(());
            }
            TierWrite::Standing => self.write_tier(&pk, decision, plan).await?,
        };
        // An earlier evaluation of the month may have noted another change.
        if is_written && (decision.changes_tier() || plan.is_again || plan.rewrites) {
            let change = StoredAction {
                tier_before: decision.before.tier.clone(),
                tier_after: decision.after.tier.clone(),
                ..action(TIER_RULE)
            };
            let condition = if decision.changes_tier() {
                "attribute_not_exists(turn) OR turn < :turn"
            } else {
                "turn < :turn"
            };
            self.put(&pk, &change, condition).await?;
        }
        Ok(())
    }

    /// An update of a member by this turn, or by this turn once more. Not of one that a later turn has.
    fn update(
        &self,
        pk: &str,
        decision: &Decision,
        plan: &EvaluationPlan,
    ) -> UpdateItemFluentBuilder {
        self.dynamodb
            .update_item()
            .table_name(&self.members)
            .key("pk", s(pk))
            .key("sk", s(decision.member_no.clone()))
            .condition_expression(
                "attribute_exists(sk) AND (attribute_not_exists(#turn) OR #turn <= :turn)",
            )
            .expression_attribute_names("#turn", TURN)
            .expression_attribute_values(":turn", n(plan.turn))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    async fn write_turn(
        &self,
        pk: String,
        decision: &Decision,
        plan: &EvaluationPlan,
    ) -> Result<bool, AwsError> {
        let update = self.update(&pk, decision, plan);
        self.updated(update.update_expression("SET #turn = :turn"))
            .await
    }

    /// Sends an update. Returns whether it was done: not if a later turn has done more, or the member is gone.
    async fn updated(&self, update: UpdateItemFluentBuilder) -> Result<bool, AwsError> {
        let answer = update.send().await.map_err(AwsError::of("UpdateItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
    }

    async fn write_tier(
        &self,
        pk: &str,
        decision: &Decision,
        plan: &EvaluationPlan,
    ) -> Result<bool, AwsError> {
        let mut set = vec![
            "#grace = :grace".to_owned(),
            "#grace_before = :grace_before".to_owned(),
            "#period = :period".to_owned(),
            "#turn = :turn".to_owned(),
        ];
        let mut remove = Vec::new();
        let mut request = self
            .update(pk, decision, plan)
            .expression_attribute_names("#grace", GRACE)
            .expression_attribute_names("#grace_before", GRACE_BEFORE)
            .expression_attribute_names("#period", PERIOD)
            .expression_attribute_names("#tier", TIER)
            .expression_attribute_names("#before", TIER_BEFORE)
            .expression_attribute_values(":grace", n(decision.after.grace))
            .expression_attribute_values(":grace_before", n(decision.before.grace))
            .expression_attribute_values(":period", s(plan.input.period.to_string()));
        for (name, value, tier) in [
            ("#tier", ":tier", &decision.after.tier),
            ("#before", ":before", &decision.before.tier),
        ] {
            match tier {
                Some(tier) => {
                    set.push(format!("{name} = {value}"));
                    request = request.expression_attribute_values(value, s(tier.clone()));
                }
                None => remove.push(name),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        self.updated(request.update_expression(expression)).await
    }

    /// Stores an action unless the condition says that it is there.
    async fn put(&self, pk: &str, action: &StoredAction, condition: &str) -> Result<(), AwsError> {
        let sk = format!("{}#{}#{}", action.period, action.member_no, action.rule);
        let key = Item::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))]);
        let mut request = self
            .dynamodb
            .put_item()
            .table_name(&self.actions)
            .set_item(Some(to_item(key, action)?))
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if condition.contains(":turn") {
            request = request.expression_attribute_values(":turn", n(action.turn));
        }
        let answer = request.send().await.map_err(AwsError::of("PutItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
            .map(|_| ())
    }

    /// Reads actions of a month in a partition, in their order: those of one member if it is given. Returns at
    /// most `limit`, and whether there are more.
    pub async fn page(
        &self,
        station: &StationId,
        from: &ActionCursor,
        member_no: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<StoredAction>, Option<String>), AwsError> {
        let mut prefix = format!("{}#", from.period);
        if let Some(member_no) = member_no {
            prefix.push_str(member_no);
            prefix.push('#');
        }
        let pk = Place::partition_of_rows(station, from.partition);
        let start = from.after.as_ref().map(|after| {
            Item::from([
                ("pk".to_owned(), s(pk.clone())),
                ("sk".to_owned(), s(after.clone())),
            ])
        });
        let answer = self
            .dynamodb
            .query()
            .table_name(&self.actions)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":prefix", s(prefix))
            .consistent_read(true)
            .limit(limit.max(1) as i32)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity.as_ref());
        let more = answer.last_evaluated_key.as_ref();
        let more = more.and_then(|key| key.get("sk")?.as_s().ok()).cloned();
        let items = answer.items.unwrap_or_default().into_iter();
        let actions: Result<Vec<StoredAction>, AwsError> = items.map(from_item).collect();
        Ok((actions?, more))
    }

    /// Reads by which rules members of a partition were given something when a month was evaluated.
    pub async fn given(
        &self,
        station: &StationId,
        partition: u32,
        period: Month,
    ) -> Result<HashMap<String, Vec<String>>, AwsError> {
        let mut given: HashMap<String, Vec<String>> = HashMap::new();
        let mut cursor = ActionCursor {
            partition,
            period,
            after: None,
        };
        loop {
            let (actions, more) = self.page(station, &cursor, None, PAGE).await?;
            for action in actions
                .into_iter()
                .filter(|action| action.rule != TIER_RULE)
            {
                given.entry(action.member_no).or_default().push(action.rule);
            }
            cursor.after = more;
            if cursor.after.is_none() {
                return Ok(given);
            }
        }
    }
}

/// Actions that one request reads.
const PAGE: usize = 1_000;

impl ActionCursor {
    /// Where the actions of a month begin.
    pub fn of_month(period: Month) -> Self {
        Self {
            partition: 0,
            period,
            after: None,
        }
    }

    /// Where the actions of a member in a month begin.
    pub fn of_member(member_no: &str, period: Month) -> Self {
        let partition = shard_of(member_no);
        Self {
            partition,
            period,
            after: None,
        }
    }

    /// Where the same month goes on in the next partition, if there is one.
    #[must_use]
    pub fn next_partition(&self) -> Option<Self> {
        let partition = self.partition + 1;
        let next = Self {
            partition,
            period: self.period,
            after: None,
        };
        (partition < RowReader::PARTITIONS).then_some(next)
    }
}

impl MemberCursor<'_> {
    /// Reads the next members, about 1 MB of them. None at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<MemberStanding>>, AwsError> {
        if self.is_read {
            return Ok(None);
        }
        let columns = [&self.rules.starting_tier_column, &self.rules.opt_out_column];
        let columns = columns.into_iter().flatten().map(String::as_str);
        let read = [TIER, GRACE, TIER_BEFORE, GRACE_BEFORE, PERIOD]
            .into_iter()
            .chain(columns);
        let names: HashMap<String, String> = (0..)
            .zip(read)
            .map(|(index, name)| (format!("#c{index}"), name.to_owned()))
            .collect();
        let mut projection = vec!["sk".to_owned()];
        projection.extend(names.keys().cloned());
        let answer = self
            .of
            .dynamodb
            .query()
            .table_name(&self.of.members)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(self.pk.clone()))
            .projection_expression(projection.join(", "))
            .set_expression_attribute_names(Some(names))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(self.next.take())
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.of.meter.add_read(answer.consumed_capacity.as_ref());
        self.next = answer.last_evaluated_key;
        self.is_read = self.next.is_none();
        let items = answer.items.unwrap_or_default();
        Ok(Some(items.iter().map(|item| self.member(item)).collect()))
    }

    fn member(&self, item: &Item) -> MemberStanding {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let count = |name: &str| {
            let digits = item.get(name).and_then(|value| value.as_n().ok());
            digits
                .and_then(|digits| digits.parse().ok())
                .unwrap_or_default()
        };
        let period = text(PERIOD);
        let starting = || text(self.rules.starting_tier_column.as_ref()?);
        let now = Standing {
            // A tier is not missing after an evaluation.
            tier: text(TIER).or_else(|| period.is_none().then(starting).flatten()),
            grace: count(GRACE),
        };
        let is_of_period = period.is_some_and(|period| period == self.period.to_string());
        let before = if is_of_period {
            Standing {
                tier: text(TIER_BEFORE),
                grace: count(GRACE_BEFORE),
            }
        } else {
            now.clone()
        };
        let opt_out = self.rules.opt_out_column.as_ref();
        let opt_out = opt_out.and_then(|column| item.get(column)?.as_bool().ok());
        MemberStanding {
            member_no: text("sk").unwrap_or_default(),
            before,
            now: Standing {
                tier: text(TIER),
                ..now
            },
            has_opted_out: opt_out.copied().unwrap_or_default(),
        }
    }
}
