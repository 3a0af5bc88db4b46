//! Orders: lists of them, what is stored, and what became of each.

use std::collections::BTreeMap;

use local_generator::{Options, OrderFlaw, generate_orders};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_orders::OrderResult;

use super::{Caller, Item, Sluice, id_of};

/// The table of orders.
pub const ORDERS: &str = "sluice-orders";
/// The time configuration of all lists.
pub const CYCLES: &str = "12";

/// Generated orders, one a line, and the flaws of those that must be refused.
pub fn generated(
    orders: u64,
    seed: u64,
    bad: f64,
    duplicate: f64,
) -> (Vec<u8>, BTreeMap<u64, OrderFlaw>) {
    let options = Options {
        rows: orders,
        seed,
        bad_percent: bad,
        duplicate_percent: duplicate,
    };
    let (mut list, mut flaws) = (Vec::new(), BTreeMap::new());
    let made = generate_orders(&options, &mut list, |index, flaw| {
        flaws.insert(index, flaw);
    });
    made.expect("valid options");
    (list, flaws)
}

/// Generated orders without flaws, as JSON.
pub fn good_orders(count: u64, seed: u64) -> Vec<Value> {
    let (list, _) = generated(count, seed, 0.0, 0.0);
    let lines = list
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).expect("an order"))
        .collect()
}

/// One order.
pub fn an_order(number: &str) -> Value {
    json!({
        "order_no": number,
        "customer": { "code": "C7", "name": "张三商店", "phone": "13800138000" },
        "area": "华东",
        "order_date": "2026-01-31 08:30:00",
        "cycle_start_time": "2026-01-31T06:00:00",
        "receive_date": "2026-02-01",
        "status": "confirmed",
        "lines": [
            { "sku_code": "001", "name": "苹果", "spec": "10kg", "quantity": "2.50", "unit": "箱", "price": "12.00",
              "amount": "30.000" },
            { "sku_code": "002", "name": "=梨", "quantity": "1", "unit": "箱", "price": "0.10" },
        ],
    })
}

/// The request that submits a list.
pub fn list(task_id: &str, orders: &[Value]) -> Value {
    json!({ "task_id": task_id, "time_config_id": CYCLES, "file_name": "orders.json", "order_data": orders })
}

impl Caller {
    /// Submits a list. The task's id.
    pub async fn submit(&self, task_id: &str, orders: &[Value]) -> u64 {
        let path = "/station/order/batch/submit";
        let answer = self.post(path, &list(task_id, orders)).await.ok();
        assert_eq!(
            answer["task_url"],
            format!("/task/get?task_id={}", id_of(&answer))
        );
        id_of(&answer)
    }

    /// Submits a list as a file. The task's id.
    pub async fn submit_file(&self, task_id: &str, list: &[u8]) -> u64 {
        let asked = json!({
            "task_id": task_id, "time_config_id": CYCLES, "file_name": "orders.ndjson", "size_bytes": list.len(),
        });
        let answer = self.post("/station/order/batch/submit", &asked).await.ok();
        let url = answer["upload"]["url"].as_str().expect("a ticket");
        let (status, _) = self.put(url, list).await;
        assert_eq!(status, 200);
        id_of(&answer)
    }

    /// What became of each order of a list, in its order.
    pub async fn results(&self, task: &TaskView) -> Vec<OrderResult> {
        let result = task.result.as_ref().expect("a result");
        let file = self
            .download(result["link"].as_str().expect("a link"))
            .await;
        let file = String::from_utf8(file).expect("UTF-8");
        let results: Vec<OrderResult> = file
            .lines()
            .map(|line| serde_json::from_str(line).expect("a result"))
            .collect();
        assert_eq!(result["results"], results.len());
        let indexes = results.iter().map(|result| result.index);
        assert!(
            indexes.eq(0..results.len() as u64),
            "every order has one result"
        );
        results
    }

    /// Asks for orders.
    pub async fn order_detail(&self, parameters: &str) -> Value {
        self.get(&format!("/station/sales_analysis/orderdetail?{parameters}"))
            .await
            .ok()
    }
}

impl Sluice {
    /// The stored orders of a station by their ids.
    pub async fn orders(&self, station: &str) -> BTreeMap<String, Item> {
        let items = self.items_of(ORDERS).await.into_iter();
        let own = items.filter(|((pk, _), _)| pk.starts_with(&format!("{station}#")));
        own.map(|((_, id), item)| (id, item)).collect()
    }
}
