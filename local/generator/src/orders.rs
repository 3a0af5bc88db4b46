//! Lists of orders as `POST /station/order/batch/submit` takes them: one order a line, as JSON, with a chosen share
//! of orders that must be refused. The same options give the same bytes.

use std::io::Write;

use serde_json::{Value, json};

use crate::draw::Draw;
use crate::generate::GenerateError;
use crate::locale::LOCALES;
use crate::options::Options;
use crate::plan::{Plan, Step};

/// Customers that orders come from.
const CUSTOMERS: u32 = 500;
/// Days that orders are spread over, from 2026-01-01.
const DAYS: u32 = 31;

const AREAS: [&str; 5] = ["华东", "华南", "华北", "西南", "华中"];
const STATUSES: [&str; 4] = ["confirmed", "confirmed", "shipped", "cancelled"];
const ARTICLES: [(&str, &str, &str); 6] = [
    ("苹果", "10kg", "箱"),
    ("梨", "5kg", "箱"),
    ("大米", "25kg", "袋"),
    ("Olive oil", "1 l", "bottle"),
    ("牛奶, 纯", "250ml×12", "提"),
    ("\"特级\" 茶", "", "盒"),
];

/// What is wrong with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFlaw {
    /// It lacks something, or something of it cannot be read.
    Bad(BadOrder),
    /// It has the number of an earlier order of the list.
    Duplicate {
        /// The index of that one.
        of: u64,
    },
}

/// What a bad order has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadOrder {
    /// A price that is a number and no text.
    NumericPrice,
    /// No lines.
    NoLines,
    /// A day that there is not.
    NoSuchDay,
    /// No customer.
    NoCustomer,
    /// A field that no order has.
    UnknownField,
    /// No JSON.
    NoJson,
}

impl BadOrder {
    const ALL: [Self; 6] = [
        Self::NumericPrice,
        Self::NoLines,
        Self::NoSuchDay,
        Self::NoCustomer,
        Self::UnknownField,
        Self::NoJson,
    ];
}

/// What a finished list holds. `good + bad + duplicate` is `orders`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// All orders.
    pub orders: u64,
    /// Those that can be stored.
    pub good: u64,
    /// Those with something wrong.
    pub bad: u64,
    /// Those with the number of an earlier one.
    pub duplicate: u64,
    /// The size of the list.
    pub bytes: u64,
}

/// Writes a list of orders to `out`, and calls `on_flaw` with the index of each order that must be refused.
///
/// # Errors
///
/// If the options are refused, or the output fails.
pub fn generate_orders(
    options: &Options,
    out: &mut impl Write,
    mut on_flaw: impl FnMut(u64, OrderFlaw),
) -> Result<OrderSummary, GenerateError> {
    let counts = options.counts()?;
    let mut draw = Draw::for_rows(options.seed);
    let mut bytes = 0;
    for (index, step) in (0..).zip(Plan::new(options.seed, counts)) {
        draw.move_to_row(index);
        let mut order = order(options.seed, index, &mut draw);
        let line = match step {
            Step::Good => order.to_string(),
            Step::Bad(_) => {
                let bad = draw.pick(&BadOrder::ALL);
                on_flaw(index, OrderFlaw::Bad(bad));
                spoiled(order, bad)
            }
            Step::Duplicate { of } => {
                on_flaw(index, OrderFlaw::Duplicate { of });
                order["order_no"] = number(options.seed, of).into();
                order.to_string()
            }
        };
        writeln!(out, "{line}")?;
        bytes += line.len() as u64 + 1;
    }
    out.flush()?;
    Ok(OrderSummary {
        orders: counts.rows,
        good: counts.rows - counts.bad - counts.duplicate,
        bad: counts.bad,
        duplicate: counts.duplicate,
        bytes,
    })
}

fn number(seed: u64, index: u64) -> String {
    format!("SO{seed}-{index:07}")
}

fn order(seed: u64, index: u64, draw: &mut Draw) -> Value {
    let day = draw.below(DAYS);
    let hour = draw.below(24);
    // A cycle starts at six in the morning.
    let cycle = if hour < 6 { day.max(1) - 1 } else { day };
    let count = 1 + draw.below(5);
    let lines: Vec<Value> = (0..count).map(|_| line(draw)).collect();
    let mut order = json!({
        "order_no": number(seed, index),
        "customer": customer(draw.below(CUSTOMERS)),
        "order_date": format!("2026-01-{:02}T{hour:02}:{:02}:{:02}", day + 1, draw.below(60), draw.below(60)),
        "cycle_start_time": format!("2026-01-{:02}T06:00:00", cycle + 1),
        "receive_date": format!("2026-02-{:02}", 1 + day % 28),
        "status": draw.pick(&STATUSES),
        "lines": lines,
    });
    let area = AREAS[draw.below(AREAS.len() as u32) as usize];
    order["area"] = area.into();
    if draw.percent(20) {
        order["remark"] = "请在 18:00 前送达\n=先打电话".into();
    }
    order
}

fn customer(number: u32) -> Value {
    let locale = LOCALES[0];
    let place = number as usize;
    let family = locale.family_names[place % locale.family_names.len()];
    let given = locale.given_names[place / 7 % locale.given_names.len()];
    json!({
        "code": format!("{number:05}"),
        "name": format!("{family}{given}商店"),
        "phone": format!("138{:08}", number * 7_919),
    })
}

fn line(draw: &mut Draw) -> Value {
    let article = draw.below(ARTICLES.len() as u32) as usize;
    let (name, spec, unit) = ARTICLES[article];
    let hundredths = u64::from(1 + draw.below(20_000));
    let cents = u64::from(draw.below(50_000));
    let product = hundredths * cents;
    let mut line = json!({
        "sku_code": format!("{:06}", 1_000 + article),
        "name": name,
        "spec": spec,
        "quantity": format!("{}.{:02}", hundredths / 100, hundredths % 100),
        "unit": unit,
        "price": format!("{}.{:02}", cents / 100, cents % 100),
    });
    if draw.percent(80) {
        line["amount"] = format!("{}.{:04}", product / 10_000, product % 10_000).into();
    }
    if draw.percent(10) {
        line["note"] = "赠品".into();
    }
    line
}

fn spoiled(mut order: Value, bad: BadOrder) -> String {
    match bad {
        BadOrder::NumericPrice => order["lines"][0]["price"] = 12.5.into(),
        BadOrder::NoLines => order["lines"] = json!([]),
        BadOrder::NoSuchDay => order["order_date"] = "2026-02-30T10:00:00".into(),
        BadOrder::NoCustomer => order["customer"] = Value::Null,
        BadOrder::UnknownField => order["colour"] = "red".into(),
        BadOrder::NoJson => return order.to_string().replacen('{', "", 1),
    }
    order.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const OPTIONS: Options = Options {
        rows: 400,
        seed: 3,
        bad_percent: 5.0,
        duplicate_percent: 5.0,
    };

    #[test]
    fn a_list_is_the_same_for_the_same_seed_and_has_the_flaws_that_were_asked_for() {
        let made = || {
            let (mut list, mut flaws) = (Vec::new(), Vec::new());
            let summary = generate_orders(&OPTIONS, &mut list, |index, flaw| {
                flaws.push((index, flaw));
            });
            (list, flaws, summary.expect("a list"))
        };
        let (list, flaws, summary) = made();
        assert_eq!((&list, &flaws), (&made().0, &made().1));
        assert_eq!(
            (summary.good, summary.bad, summary.duplicate),
            (360, 20, 20)
        );
        assert_eq!(summary.bytes, list.len() as u64);
        let text = String::from_utf8(list).expect("UTF-8");
        let orders: Vec<Option<Value>> = text
            .lines()
            .map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(orders.len(), 400);
        let mut numbers = HashSet::new();
        for (index, order) in orders.iter().enumerate() {
            let is_duplicate = flaws.iter().any(|(at, flaw)| {
                *at == index as u64 && matches!(flaw, OrderFlaw::Duplicate { .. })
            });
            if let Some(order) = order {
                assert_eq!(numbers.insert(order["order_no"].to_string()), !is_duplicate);
            }
        }
    }
}
