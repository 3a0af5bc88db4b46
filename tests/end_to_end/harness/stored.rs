//! What is in the tables, read by a client of its own: a scan, page after page.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use csv::ByteRecord;

use super::{BUCKET, Sluice};

/// The table of member rows.
const MEMBERS: &str = "sluice-members";
/// The table of tasks.
pub const TASKS: &str = "sluice-tasks";
/// Few enough that a test's table has several pages.
const PAGE: i32 = 700;

pub type Item = HashMap<String, AttributeValue>;
/// Items by partition and sort key.
pub type Items = BTreeMap<(String, String), Item>;
/// Stored rows by their number in the file; their columns as text.
pub type Rows = BTreeMap<u64, BTreeMap<String, String>>;

impl Sluice {
    /// All member rows of all stations.
    pub async fn items(&self) -> Items {
        self.items_of(MEMBERS).await
    }

    /// All items of a table. No key comes twice.
    pub async fn items_of(&self, table: &str) -> Items {
        let clients = self.system.services.clients(&self.system.urls).await;
        let mut items = Items::new();
        let mut start = None;
        loop {
            let page = clients
                .dynamodb
                .scan()
                .table_name(table)
                .limit(PAGE)
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .expect("a page of the table");
            for item in page.items.unwrap_or_default() {
                let key = (text(&item, "pk").to_owned(), text(&item, "sk").to_owned());
                assert_eq!(items.insert(key, item), None, "an item came twice");
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return items;
            }
        }
    }
}

impl Sluice {
    /// The member rows of a station.
    pub async fn rows_of(&self, station: &str) -> Rows {
        let items = self.items().await.into_iter();
        let of_station = items.filter(|((pk, _), _)| pk.starts_with(&format!("{station}#")));
        let rows = of_station.map(|(_, item)| {
            let (_, row) = text(&item, "_origin").split_once(':').expect("a stamp");
            let columns = item
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "pk" | "sk" | "_origin"));
            let columns = columns.map(|(name, value)| {
                let value = value.as_s().or_else(|_| value.as_n());
                (name.clone(), value.expect("a text or a number").clone())
            });
            (row.parse().expect("a row"), columns.collect())
        });
        rows.collect()
    }
}

impl Sluice {
    /// An object's bytes, if there is one.
    pub async fn object(&self, key: &str) -> Option<Vec<u8>> {
        let s3 = self.clients().await.s3;
        let object = s3.get_object().bucket(BUCKET).key(key).send().await;
        match object {
            Ok(object) => {
                let body = object.body.collect().await.expect("a body");
                Some(body.to_vec())
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                None
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Puts an object, as someone with rights on the bucket can. Its `ETag`.
    pub async fn put_object(&self, key: &str, bytes: &[u8]) -> String {
        let s3 = self.clients().await.s3;
        let put = s3.put_object().bucket(BUCKET).key(key);
        let put = put.body(ByteStream::from(bytes.to_vec())).send().await;
        put.expect("an object is stored").e_tag.expect("an ETag")
    }
}

impl Sluice {
    /// Changes an item of the tasks table behind everybody's back: `SET …` or `ADD …` with `:v`.
    pub async fn tamper(&self, key: (&str, &str), expression: &str, value: AttributeValue) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut update = self
            .clients()
            .await
            .dynamodb
            .update_item()
            .table_name(TASKS)
            .key("pk", text(key.0))
            .key("sk", text(key.1))
            .update_expression(expression)
            .expression_attribute_values(":v", value);
        // These are words of DynamoDB's own.
        for word in ["end", "by", "url"] {
            let name = format!("#{word}");
            if expression.contains(&name) {
                update = update.expression_attribute_names(name, word);
            }
        }
        update.send().await.expect("an item is changed");
    }
}

/// A text attribute.
pub fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    let value = item
        .get(name)
        .unwrap_or_else(|| panic!("{name} of {item:?}"));
    value.as_s().expect("a text")
}

/// The columns that a good row of a member file must be stored with; written down here a second
/// time, so that a change of the definition or of its reading shows.
pub fn expected_member(header: &ByteRecord, record: &ByteRecord) -> Item {
    let mut item = Item::new();
    for (name, field) in header.iter().zip(record) {
        let name = std::str::from_utf8(name).expect("a UTF-8 header");
        let value = std::str::from_utf8(field).expect("a UTF-8 field").trim();
        if value.is_empty() {
            continue;
        }
        let value = match name {
            "points" => AttributeValue::N(value.to_owned()),
            "email" => AttributeValue::S(value.to_lowercase()),
            "phone" => AttributeValue::S(e164(value)),
            _ => AttributeValue::S(value.to_owned()),
        };
        item.insert(name.to_owned(), value);
    }
    item
}

/// A good number as it must be stored: one without a country code is Chinese.
fn e164(number: &str) -> String {
    let digits = number.replace([' ', '-', '(', ')', '.'], "");
    match digits.strip_prefix('+') {
        Some(_) => digits,
        None => format!("+86{digits}"),
    }
}
