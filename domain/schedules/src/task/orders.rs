//! An export of orders that a schedule starts, of the days before the one on which it is due.

use jiff::ToSpan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sluice_basics::text::ShortText;
use sluice_kind::{ORDER_EXPORT, ORDERS};
use sluice_orders::{MOST_DAYS, OrderExportInput, OrderParameters, OrderQuery, QueryError};
use sluice_task::TaskType;

use super::{Circumstances, Moment, NothingToDo, PreparedTask, TaskProblem};

/// By which day orders are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayOfOrder {
    /// When they were ordered.
    OrderDate,
    /// When they were received.
    ReceiveDate,
}

/// An export of orders of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledOrders {
    /// By which day.
    pub by: DayOfOrder,
    /// How many days, the last of which is the one before the export is due.
    #[schemars(range(min = 1, max = MOST_DAYS))]
    pub days: u32,
    /// The form of the file; CSV with all columns if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ShortText>,
    /// Only orders with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ShortText>,
    /// Only orders that have this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_text: Option<ShortText>,
    /// Only orders whose area has this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_area: Option<ShortText>,
}

/// Makes it ready. It keeps the columns that whoever sets it may see.
pub(super) fn prepare(
    wanted: &ScheduledOrders,
    now: &Circumstances<'_>,
) -> Result<PreparedTask, TaskProblem> {
    let (name, format) = now.order_format.clone().ok_or(TaskProblem::NoFormat)?;
    let moment = Moment {
        due: now.now,
        now: now.now,
        zone: now.config.time_zone.zone(),
        file: None,
    };
    let query = query(wanted, moment)?;
    let input = OrderExportInput::new(query, name, format, now.may_see_sensitive, now.now);
    Ok(PreparedTask {
        name: ORDER_EXPORT.to_owned(),
        business_id: ORDERS.to_owned(),
        business_name: "Orders".to_owned(),
        task_type: TaskType::Export,
        input: serde_json::to_value(&input)?,
        work: None,
    })
}

/// The input of a run: its days, and a file that is named by the time.
pub(super) fn input_at(
    wanted: &ScheduledOrders,
    prepared: &PreparedTask,
    moment: Moment<'_>,
) -> Result<Value, NothingToDo> {
    let input: OrderExportInput = serde_json::from_value(prepared.input.clone())?;
    Ok(json!(input.of_orders(query(wanted, moment)?, moment.now)))
}

/// The orders of a run, as the request for them would say it.
fn query(wanted: &ScheduledOrders, moment: Moment<'_>) -> Result<OrderQuery, QueryError> {
    let before = |days: u32| {
        moment
            .day()
            .saturating_sub(i64::from(days).days())
            .to_string()
    };
    let text =
        |text: &Option<ShortText>| text.as_ref().map(ToString::to_string).unwrap_or_default();
    let query_type = match wanted.by {
        DayOfOrder::OrderDate => "1",
        DayOfOrder::ReceiveDate => "3",
    };
    let mut parameters = OrderParameters::default();
    for (name, value) in [
        ("query_type", query_type.to_owned()),
        ("start_date", before(wanted.days)),
        ("end_date", before(1)),
        ("status", text(&wanted.status)),
        ("search_text", text(&wanted.search_text)),
        ("search_area", text(&wanted.search_area)),
    ] {
        parameters.set(name, value)?;
    }
    parameters.query()
}
