//! Orders that are submitted and exported.

use std::collections::BTreeMap;

use serde_json::value::to_raw_value;
use sluice_api::{OrderDetailAnswer, SubmitAnswer, SubmitRequest, UploadTicket};
use sluice_orders::{Customer, Order, OrderLine};

use crate::example::{Example, valid};

fn order() -> Order {
    Order {
        order_no: Some(valid("SO-20260131-0001")),
        customer: Customer {
            code: valid("C0007"),
            name: valid("张三商店"),
            phone: Some(valid("13800138000")),
        },
        area: Some(valid("华东")),
        order_date: valid("2026-01-31T08:30:00"),
        time_config_id: None,
        cycle_start_time: valid("2026-01-31T06:00:00"),
        receive_date: valid("2026-02-01"),
        status: valid("confirmed"),
        remark: None,
        lines: vec![OrderLine {
            sku_code: valid("S001"),
            name: valid("苹果"),
            spec: Some(valid("10kg")),
            quantity: valid("2.50"),
            unit: valid("箱"),
            price: valid("12.00"),
            amount: Some(valid("30.00")),
            note: None,
        }],
    }
}

pub(super) fn lists() -> Vec<Example> {
    let request = SubmitRequest {
        start_at: None,
        task_id: valid("orders-2026-01-31"),
        time_config_id: valid("12"),
        order_data: None,
        size_bytes: None,
        file_name: valid("orders.json"),
    };
    let order = to_raw_value(&order()).expect("keys of an order are text");
    vec![
        Example::new(
            "list",
            "A list of one order.",
            SubmitRequest {
                order_data: Some(vec![order]),
                ..request.clone()
            },
        ),
        Example::new(
            "file",
            "A file with many orders, one a line, comes next.",
            SubmitRequest {
                task_id: valid("orders-2026-01"),
                size_bytes: Some(73_400_320),
                file_name: valid("orders.ndjson"),
                ..request
            },
        ),
    ]
}

pub(super) fn submitted() -> Vec<Example> {
    let task = SubmitAnswer {
        task_url: "/task/get?task_id=890473042418166".to_owned(),
        task_id: valid("890473042418166"),
        upload: None,
    };
    let upload = UploadTicket::Put {
        url: "https://sluice-files.s3.us-east-1.amazonaws.com/uploads/demo/890473042418166/orders.ndjson?…"
            .to_owned(),
        headers: BTreeMap::from([("if-none-match".to_owned(), "*".to_owned())]),
        expires_at: valid("2026-01-31T09:30:00Z"),
    };
    vec![
        Example::answer("task", "A task stores the orders.", task.clone()),
        Example::answer(
            "file",
            "The file is awaited.",
            SubmitAnswer {
                upload: Some(upload),
                ..task
            },
        ),
    ]
}

pub(super) fn query_types() -> Vec<Example> {
    vec![Example::new("order_date", "By order date.", 1)]
}

pub(super) fn exported() -> Vec<Example> {
    vec![
        Example::answer(
            "at_once",
            "Few orders.",
            OrderDetailAnswer {
                is_async: 0,
                task_id: None,
                task_url: None,
                link: Some(
                    "https://sluice-files.s3.us-east-1.amazonaws.com/at-once/demo/1.xlsx?…"
                        .to_owned(),
                ),
            },
        ),
        Example::answer(
            "task",
            "Many orders.",
            OrderDetailAnswer {
                is_async: 1,
                task_id: Some(valid("890473042418167")),
                task_url: Some("/task/get?task_id=890473042418167".to_owned()),
                link: None,
            },
        ),
    ]
}
