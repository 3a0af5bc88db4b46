//! Exports of orders: few at once, many by a task, each once, and whole or not at all.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue::S;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_aws::{Objects, OrderTable};
use sluice_definition::reported::restore;
use sluice_orders::{Order, OrderId, OrderIndex, OrderParameters, OrderQuery};
use sluice_task::TaskStatus;

use crate::harness::{
    BUCKET, CHUNKS, Caller, ORDERS, STATION, Sluice, an_order, good_orders, id_of, leave_unpolled,
    numbers, unzipped,
};

/// Whether an order is wanted.
type Wanted<'a> = &'a dyn Fn(&Value) -> bool;

/// All of January 2026, by order date.
const JANUARY: &str = "query_type=1&start_date=2026-01-01&end_date=2026-01-31";

/// Submits orders and waits until they are stored.
async fn store(caller: &Caller, task_id: &str, orders: &[Value]) {
    let task_id = caller.submit(task_id, orders).await;
    let task = caller.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
}

/// The file of a question that few orders answer.
async fn at_once(caller: &Caller, parameters: &str) -> Vec<u8> {
    let answer = caller.order_detail(parameters).await;
    assert_eq!(
        (&answer["async"], &answer["task_url"]),
        (&json!(0), &Value::Null),
        "{answer}"
    );
    caller
        .download(answer["link"].as_str().expect("a link"))
        .await
}

/// The task of a question that many orders answer.
async fn by_a_task(caller: &Caller, parameters: &str) -> TaskView {
    let answer = caller.order_detail(parameters).await;
    assert_eq!(
        (&answer["async"], &answer["link"]),
        (&json!(1), &Value::Null),
        "{answer}"
    );
    let task_id = id_of(&answer);
    assert_eq!(answer["task_url"], format!("/task/get?task_id={task_id}"));
    caller.ended(task_id).await
}

async fn file_of(caller: &Caller, task: &TaskView) -> Vec<u8> {
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let result = task.result.as_ref().expect("a result");
    let file = caller
        .download(result["link"].as_str().expect("a link"))
        .await;
    assert_eq!(result["bytes"], file.len());
    file
}

/// The rows of a CSV file by their columns, with texts as they were.
fn rows(file: &[u8]) -> Vec<BTreeMap<String, String>> {
    let file = file
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(file);
    let rows = reader
        .deserialize()
        .map(|row: csv::Result<BTreeMap<String, String>>| {
            let fields = row.expect("a row").into_iter();
            fields
                .map(|(column, field)| (column, restore(&field).into_owned()))
                .collect()
        });
    rows.collect()
}

/// How many rows each order has.
fn by_order(file: &[u8]) -> BTreeMap<String, usize> {
    let mut orders = BTreeMap::new();
    for row in rows(file) {
        *orders.entry(row["order_id"].clone()).or_default() += 1;
    }
    orders
}

/// What `by_order` must be for these orders.
fn expected<'a>(orders: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    let each = orders.into_iter().map(|order| {
        let number = order["order_no"].as_str().expect("a number").to_owned();
        (number, order["lines"].as_array().expect("lines").len())
    });
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_orders_come_at_once_and_twenty_one_by_a_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let orders = good_orders(21, 11);
    assert_eq!(rows(&at_once(&demo, JANUARY).await), [], "none is few");
    store(&demo, "twenty", &orders[..20]).await;
    assert_eq!(
        by_order(&at_once(&demo, JANUARY).await),
        expected(&orders[..20])
    );
    store(&demo, "one", &orders[20..]).await;
    let task = by_a_task(&demo, JANUARY).await;
    assert_eq!(by_order(&file_of(&demo, &task).await), expected(&orders));
    let result = task.result.expect("a result");
    assert!(result["as_of"].is_string() && result["crc64nvme"].is_string());
    let read = result["actual"]["read_units"].as_u64().expect("units");
    assert!(read >= 21, "each item, and the index: {read}");
    assert_eq!(task.chunks.expect("chunks").total, Some(8));
    // 21 orders of which 20 are wanted are few.
    let one = orders[20]["order_no"].as_str().expect("a number");
    let file = at_once(&demo, &format!("{JANUARY}&search_text={one}")).await;
    assert_eq!(by_order(&file), expected(&orders[20..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_not_found_soon_come_by_a_task() {
    let sluice = Sluice::with(|options| {
        let patience = ("AT_ONCE_MILLISECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    let demo = sluice.demo();
    store(&demo, "one", &[an_order("SO-1")]).await;
    let task = by_a_task(&demo, JANUARY).await;
    assert_eq!(
        by_order(&file_of(&demo, &task).await),
        [("SO-1".to_owned(), 2)].into()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_joined_file_is_what_is_stored_line_by_line() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let orders = good_orders(400, 12);
    store(&demo, "many", &orders).await;
    let task = by_a_task(&demo, JANUARY).await;
    let file = file_of(&demo, &task).await;
    let mut exported: Vec<Vec<String>> = rows(&file)
        .iter()
        .map(|row| {
            let columns = [
                "order_id",
                "order_date",
                "customer_code",
                "area",
                "sku_code",
                "quantity",
                "price",
                "amount",
            ];
            columns.map(|column| row[column].clone()).to_vec()
        })
        .collect();
    let mut sent: Vec<Vec<String>> = Vec::new();
    for order in &orders {
        for line in order["lines"].as_array().expect("lines") {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            sent.push(vec![
                text(&order["order_no"]),
                text(&order["order_date"]),
                text(&order["customer"]["code"]),
                text(&order["area"]),
                text(&line["sku_code"]),
                text(&line["quantity"]),
                text(&line["price"]),
                text(&line["amount"]),
            ]);
        }
    }
    assert_eq!(task.result.as_ref().expect("a result")["rows"], sent.len());
    // The other two ways of choosing go by indexes of their own.
    let cycle =
        "query_type=2&time_config_id=12&cycle_start_time=2026-01-01&cycle_end_time=2026-02-01";
    let received = "query_type=3&start_date=2026-02-01&end_date=2026-02-28";
    for query in [cycle, received] {
        let task = by_a_task(&demo, query).await;
        let rows = task.result.as_ref().expect("a result")["rows"].as_u64();
        assert!(rows.is_some_and(|rows| rows > 0), "{query}: {rows:?}");
    }
    exported.sort();
    sent.sort();
    assert_eq!(exported, sent);
    // What a spreadsheet would compute is text.
    let text = String::from_utf8(file).expect("UTF-8");
    assert!(text.contains("'=先打电话") && !text.contains("\n=先打电话"));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_chosen_by_every_parameter() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let orders = good_orders(300, 13);
    store(&demo, "many", &orders).await;
    let text = |order: &Value, name: &str| order[name].as_str().unwrap_or_default().to_owned();
    let cases: [(&str, Wanted<'_>); 7] = [
        (
            "query_type=1&start_date=2026-01-05&end_date=2026-01-06",
            &|order| ("2026-01-05".."2026-01-07").contains(&text(order, "order_date").as_str()),
        ),
        (
            "query_type=2&time_config_id=12&cycle_start_time=2026-01-05T06:00&cycle_end_time=2026-01-06%2006:00:00",
            &|order| text(order, "cycle_start_time") == "2026-01-05T06:00:00",
        ),
        (
            "query_type=2&time_config_id=13&cycle_start_time=2026-01-01&cycle_end_time=2026-02-01",
            &|_| false,
        ),
        (
            "query_type=3&start_date=2026-02-03&end_date=2026-02-03",
            &|order| text(order, "receive_date") == "2026-02-03",
        ),
        (
            "query_type=1&start_date=2026-01-01&end_date=2026-01-04&status=shipped",
            &|order| {
                text(order, "order_date").as_str() < "2026-01-05"
                    && text(order, "status") == "shipped"
            },
        ),
        (
            "query_type=1&start_date=2026-01-01&end_date=2026-01-04&search_area=%E5%8D%8E%20%E5%8D%97",
            &|order| {
                text(order, "order_date").as_str() < "2026-01-05" && text(order, "area") == "华南"
            },
        ),
        (
            "query_type=1&start_date=2026-01-01&end_date=2026-01-31&search_text=SO13-000007",
            &|order| text(order, "order_no").contains("SO13-000007"),
        ),
    ];
    for (parameters, is_wanted) in cases {
        let wanted = expected(orders.iter().filter(|order| is_wanted(order)));
        let answer = demo.order_detail(parameters).await;
        let file = if let Some(link) = answer["link"].as_str() {
            demo.download(link).await
        } else {
            let task = demo.ended(id_of(&answer)).await;
            file_of(&demo, &task).await
        };
        assert_eq!(
            answer["async"],
            i32::from(wanted.len() > 20),
            "{parameters}"
        );
        assert_eq!(by_order(&file), wanted, "{parameters}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_are_wrong_missing_or_contradict_each_other_are_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let cycle = "query_type=2&time_config_id=12&cycle_start_time=2026-01-05T06:00&cycle_end_time=2026-01-06T06:00";
    for (parameters, words) in [
        (String::new(), "query_type: must be 1"),
        ("query_type=4".to_owned(), "query_type: must be 1"),
        (
            "query_type=1&end_date=2026-01-31".to_owned(),
            "start_date: is required",
        ),
        (
            "query_type=3&start_date=2026-01-31".to_owned(),
            "end_date: is required",
        ),
        (
            "query_type=1&start_date=soon&end_date=2026-01-31".to_owned(),
            "start_date: expected a day",
        ),
        (
            "query_type=1&start_date=2026-02-01&end_date=2026-01-31".to_owned(),
            "must not be before",
        ),
        (
            "query_type=1&start_date=2020-01-01&end_date=2026-01-31".to_owned(),
            "at most 366",
        ),
        (
            format!("{JANUARY}&time_config_id=12"),
            "time_config_id: has no meaning",
        ),
        (
            format!("{JANUARY}&cycle_start_time=2026-01-01"),
            "cycle_start_time: has no meaning",
        ),
        (
            format!("{JANUARY}&cycle_end_time=2026-01-01"),
            "cycle_end_time: has no meaning",
        ),
        (
            format!("{cycle}&start_date=2026-01-01"),
            "start_date: has no meaning",
        ),
        (
            cycle.replace("&time_config_id=12", ""),
            "time_config_id: is required",
        ),
        (
            cycle.replace("2026-01-06T06:00", "2026-01-05T06:00"),
            "cycle_end_time: must be after",
        ),
        (
            format!("{JANUARY}&format=sap"),
            "there is no format `sap`; there are: orders, yongyou",
        ),
        (format!("{JANUARY}&format=../x"), "format: expected"),
        (format!("{JANUARY}&status=%01"), "status: expected"),
        (
            format!("{JANUARY}&search_text=%20"),
            "search_text: expected",
        ),
        (
            format!("{JANUARY}&search_area=%20"),
            "search_area: expected",
        ),
        (
            format!("{JANUARY}&page=2"),
            "page: there is no such parameter",
        ),
    ] {
        let path = format!("/station/sales_analysis/orderdetail?{parameters}");
        let msg = demo.get(&path).await.refused(40001);
        assert!(msg.contains(words), "{parameters}: {msg}");
    }
    let anonymous = demo.anonymous();
    assert_eq!(
        anonymous
            .status("GET", "/station/sales_analysis/orderdetail")
            .await,
        401
    );
}

/// The texts of a workbook's cells by row, all of which are text.
fn cells(file: &[u8]) -> Vec<Vec<String>> {
    let sheet = unzipped(file, "xl/worksheets/sheet1.xml");
    let sheet = String::from_utf8(sheet).expect("UTF-8");
    assert!(!sheet.contains("<v>"), "no cell is a number");
    let between = |text: &str| {
        let (_, rest) = text.split_once("<t").expect("a text");
        let (_, rest) = rest.split_once('>').expect("its begin");
        rest.split("</t>").next().unwrap_or_default().to_owned()
    };
    let rows = sheet.split("<row ").skip(1);
    let rows = rows.map(|row| row.split("<is>").skip(1).map(between).collect());
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_yongyou_file_has_a_row_for_each_line_with_the_head_repeated_and_text_cells() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    store(&demo, "one", &[an_order("007")]).await;
    let few = format!("{JANUARY}&format=yongyou");
    let rows = cells(&at_once(&demo, &few).await);
    let header = "单据日期 单据编号 外部单据号 客户编码 仓库编码 业务类型 存货编码 规格型号 数量 计量单位 单价 金额 税率 批号 \
                  赠品 备注";
    assert_eq!(rows[0].join(" "), header);
    assert_eq!(
        rows[1].join("|"),
        "2026-01-31|007|007|C7|普通销售|001|10kg|2.50|箱|12.00|30.000"
    );
    assert_eq!(
        rows[2].join("|"),
        "2026-01-31|007|007|C7|普通销售|002|1|箱|0.10"
    );
    // The same by a task.
    store(&demo, "many", &good_orders(40, 14)).await;
    let task = by_a_task(&demo, &few).await;
    let file = file_of(&demo, &task).await;
    let result = task.result.expect("a result");
    assert_eq!(result["rows"], cells(&file).len() - 1);
    let name = result["file_name"].as_str().expect("a name");
    assert!(name.starts_with("yongyou-"), "{name}");
    assert_eq!(result["format"], "xlsx");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_can_have_a_form_of_its_own() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    for caller in [&demo, &other] {
        store(caller, "one", &[an_order("SO-1")]).await;
    }
    let own = "file = \"csv\"\n[[columns]]\nheader = \"单号\"\nfield = \"order_id\"\n[[columns]]\nheader = \"仓库\"\n\
               value = \"W1\"\n";
    let key = format!("formats/{STATION}/yongyou.toml");
    sluice.put_object(&key, own.as_bytes()).await;
    let few = format!("{JANUARY}&format=yongyou");
    let file = String::from_utf8(at_once(&demo, &few).await).expect("UTF-8");
    assert_eq!(file, "\u{feff}单号,仓库\nSO-1,W1\nSO-1,W1\n");
    assert_eq!(
        cells(&at_once(&other, &few).await)[0].len(),
        16,
        "the other's is the usual one"
    );
    sluice
        .put_object(&key, own.replace("order_id", "colour").as_bytes())
        .await;
    let path = format!("/station/sales_analysis/orderdetail?{few}");
    let msg = demo.get(&path).await.refused(40901);
    assert!(msg.contains("`yongyou` cannot be used: line 4"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_numbers_are_for_tokens_with_the_scope() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let orders = good_orders(30, 15);
    store(&demo, "many", &orders).await;
    store(&demo, "one", &[an_order("SO-1")]).await;
    let template = sluice.system.template();
    let token = sluice.system.tokens.sign(&json!({
        "iss": template.jwt_issuer, "aud": template.jwt_audience, "station_id": STATION,
        "scope": "task:read task:write", "exp": jsonwebtoken::get_current_timestamp() + 600,
    }));
    let clerk = demo.with_token(token.expect("a token"));
    let found = format!("{JANUARY}&search_text=13800138000");
    assert_eq!(
        by_order(&at_once(&demo, &found).await),
        [("SO-1".to_owned(), 2)].into()
    );
    assert!(
        rows(&at_once(&clerk, &found).await).is_empty(),
        "nobody finds out a number"
    );
    let task = by_a_task(&clerk, JANUARY).await;
    let file = String::from_utf8(file_of(&clerk, &task).await).expect("UTF-8");
    assert!(!file.contains("customer_phone"));
    let phones = orders
        .iter()
        .map(|order| order["customer"]["phone"].as_str().expect("a phone"));
    assert!(phones.into_iter().all(|phone| !file.contains(phone)));
    let task = by_a_task(&demo, &format!("{JANUARY}&search_text=138")).await;
    let file = String::from_utf8(file_of(&demo, &task).await).expect("UTF-8");
    assert!(file.contains("customer_phone"));
    let seen = clerk.task(task.task_id.get()).await;
    assert_eq!(seen.input["filter"]["search_text"], "…");
    let result = seen.result.expect("a result");
    assert_eq!(result["link"], Value::Null);
    assert!(
        result["link_refused"]
            .as_str()
            .expect("a reason")
            .contains("data:export")
    );
}

/// A system whose segments and whose ends wait for the test.
async fn by_hand() -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "finisher");
    })
    .await
}

/// Stores orders by hand.
async fn store_by_hand(sluice: &Sluice, caller: &Caller, task_id: &str, orders: &[Value]) {
    let task_id = caller.submit(task_id, orders).await;
    sluice
        .deliver_all(&sluice.chunk_messages(caller, task_id).await)
        .await;
    sluice.show_to_finisher(task_id).await;
    let task = caller.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
}

/// Begins an export. Its id, and the messages of its segments.
async fn begin(sluice: &Sluice, caller: &Caller) -> (u64, Vec<String>) {
    let task_id = id_of(&caller.order_detail(JANUARY).await);
    let messages = sluice.chunk_messages(caller, task_id).await;
    sluice.take_all(CHUNKS).await;
    assert_eq!(numbers(&messages).len(), 8);
    (task_id, messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_of_orders_that_is_dropped_cut_or_swapped_fails_the_export_and_says_why() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    store_by_hand(&sluice, &demo, "many", &good_orders(200, 16)).await;
    let clients = sluice.clients().await;
    let objects = Objects::new(&clients, BUCKET.to_owned());
    for (how, words) in [
        ("drop", "is gone"),
        ("cut", "bytes"),
        ("change", "is not what was written"),
        ("swap", "bytes"),
    ] {
        let (task_id, messages) = begin(&sluice, &demo).await;
        sluice.deliver_all(&messages).await;
        let keys = objects.list(&format!("exports/{STATION}/{task_id}/")).await;
        let keys = keys.expect("segments");
        let mut contents = Vec::new();
        for key in &keys {
            contents.push(sluice.object(key).await.expect("a segment"));
        }
        let first = &contents[0];
        match how {
            "drop" => {
                let delete = clients.s3.delete_object().bucket(BUCKET).key(&keys[0]);
                delete.send().await.expect("it is deleted");
            }
            "cut" => drop(sluice.put_object(&keys[0], &first[..first.len() - 1]).await),
            "change" => {
                let mut other = first.clone();
                other[0] ^= 1;
                sluice.put_object(&keys[0], &other).await;
            }
            _ => {
                let other = contents.iter().position(|other| other.len() != first.len());
                let other = other.expect("a segment of another size");
                sluice.put_object(&keys[0], &contents[other]).await;
                sluice.put_object(&keys[other], first).await;
            }
        }
        sluice.show_to_finisher(task_id).await;
        let task = demo.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::Failed, "{how}");
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(words), "{how}: {reason}");
        let file = sluice
            .object(&format!("results/{STATION}/{task_id}/export.csv"))
            .await;
        assert!(file.is_none(), "{how}");
    }
}

/// Writes an order's item anew, as another service does that moves it to another day. An index that lags still has
/// it at its old place.
async fn move_order(sluice: &Sluice, number: &str, to: &str, index_follows: bool) {
    let mut item = sluice
        .orders(STATION)
        .await
        .remove(number)
        .expect("an order");
    item.insert("order_date".to_owned(), S(to.to_owned()));
    if index_follows {
        let order = Order {
            order_date: to.parse().expect("a time"),
            ..serde_json::from_value(an_order(number)).expect("an order")
        };
        let id = OrderId::stored(number.to_owned());
        let station = STATION.parse().expect("a station");
        let (pk, sk) = OrderIndex::OrderDate.place(&station, &order, &id);
        item.insert("o_pk".to_owned(), S(pk));
        item.insert("o_sk".to_owned(), S(sk));
    }
    let put = sluice.clients().await.dynamodb.put_item();
    let put = put.table_name(ORDERS).set_item(Some(item)).send().await;
    put.expect("the order is moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_exist_throughout_are_in_the_file_once_whatever_is_written_meanwhile() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let orders = good_orders(120, 17);
    store_by_hand(&sluice, &demo, "many", &orders).await;
    store_by_hand(
        &sluice,
        &demo,
        "own",
        &[an_order("moves"), an_order("leaves"), an_order("lags")],
    )
    .await;
    let (task_id, messages) = begin(&sluice, &demo).await;
    sluice.deliver_all(&messages[..3]).await;
    move_order(&sluice, "moves", "2026-01-02T10:00:00", true).await;
    move_order(&sluice, "leaves", "2026-03-02T10:00:00", false).await;
    move_order(&sluice, "lags", "2026-01-03T10:00:00", false).await;
    store_by_hand(&sluice, &demo, "more", &good_orders(50, 18)).await;
    sluice.deliver_all(&messages).await;
    // A message that comes again changes nothing.
    sluice.deliver_all(&messages).await;
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    let found = by_order(&file_of(&demo, &task).await);
    for (number, lines) in expected(&orders) {
        assert_eq!(found.get(&number), Some(&lines), "{number}");
    }
    assert_eq!(found.get("moves"), Some(&2), "once");
    assert_eq!(found.get("lags"), Some(&2), "as its item says, once");
    assert!(found.get("leaves").is_none_or(|lines| *lines == 2));
}

fn january() -> OrderQuery {
    let mut parameters = OrderParameters::default();
    for pair in JANUARY.split('&') {
        let (name, value) = pair.split_once('=').expect("a parameter");
        parameters.set(name, value.to_owned()).expect("a parameter");
    }
    parameters.query().expect("a query")
}

/// Reads all orders of January, and moves one when it was read.
async fn read_and_move(sluice: &Sluice, to: &str, index_follows: bool) -> Vec<(String, String)> {
    let table = OrderTable::new(&sluice.clients().await, ORDERS.to_owned());
    let (station, query) = (STATION.parse().expect("a station"), january());
    let mut found = Vec::new();
    let mut is_moved = false;
    for shard in 0..8 {
        let mut orders = table.shard(&station, &query, shard);
        while let Some(page) = orders.next_orders().await.expect("a page") {
            found.extend(
                page.into_iter()
                    .map(|one| (one.id.to_string(), one.order.order_date.to_string())),
            );
            if !is_moved && found.iter().any(|(id, _)| id == "SO-1") {
                move_order(sluice, "SO-1", to, index_follows).await;
                is_moved = true;
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_while_its_shard_is_read_is_given_out_once() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut order = an_order("SO-1");
    order["order_date"] = "2026-01-03T10:00:00".into();
    store(&demo, "one", &[order]).await;
    // It is read on the third, and is on the twentieth when that is read.
    let found = read_and_move(&sluice, "2026-01-20T10:00:00", true).await;
    assert_eq!(
        found,
        [("SO-1".to_owned(), "2026-01-03T10:00:00".to_owned())]
    );
    // The index still says the twentieth, and the item another day of the period.
    move_order(&sluice, "SO-1", "2026-01-25T10:00:00", false).await;
    let found = read_and_move(&sluice, "2026-01-25T10:00:00", false).await;
    assert_eq!(
        found,
        [("SO-1".to_owned(), "2026-01-25T10:00:00".to_owned())]
    );
    // The index says the twentieth, and the item a day that is not asked for.
    move_order(&sluice, "SO-1", "2026-03-01T10:00:00", false).await;
    assert_eq!(
        read_and_move(&sluice, "2026-03-01T10:00:00", false).await,
        []
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_export_of_orders_has_no_file_and_a_retry_completes_it() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let orders = good_orders(60, 19);
    store_by_hand(&sluice, &demo, "many", &orders).await;
    let (task_id, messages) = begin(&sluice, &demo).await;
    assert!(sluice.deliver(&messages[0]).await);
    demo.verb("cancel", task_id).await.ok();
    sluice.deliver_all(&messages).await;
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    assert_eq!(
        (task.status, task.reason.as_deref()),
        (TaskStatus::Failed, Some("cancelled"))
    );
    assert!(
        task.result
            .as_ref()
            .is_none_or(|result| result["link"].is_null())
    );
    demo.verb("retry", task_id).await.ok();
    let again = sluice.chunk_messages(&demo, task_id).await;
    sluice.deliver_all(&again).await;
    sluice.show_to_finisher(task_id).await;
    let task = demo.ended(task_id).await;
    assert_eq!(by_order(&file_of(&demo, &task).await), expected(&orders));
}
