//! All that a system has stored and sent, as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};
use sluice_aws::Objects;

use crate::harness::{BUCKET, CHUNKS, Sluice, attribute};

/// The queues whose messages are Sluice's own.
pub const UPLOADS: &str = "sluice-uploads";
pub const MAILINGS: &str = "sluice-mailings";
const QUEUES: [&str; 3] = [UPLOADS, CHUNKS, MAILINGS];

/// Numbers of seconds and of milliseconds that are times: from 2023 on.
const SECONDS: std::ops::Range<i64> = 1_700_000_000..3_000_000_000;
const MILLISECONDS: std::ops::Range<i64> = 1_700_000_000_000..3_000_000_000_000;

#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    pub made_at: Timestamp,
    tasks: Vec<(String, String, u64)>,
    /// Items in DynamoDB's JSON.
    pub tables: BTreeMap<String, Vec<Value>>,
    /// Texts, and other objects in Base64.
    pub objects: BTreeMap<String, Object>,
    pub messages: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    Text(String),
    Base64(String),
}

impl State {
    /// What a system has, in which nothing happens by itself. Messages leave their queues.
    pub async fn of(sluice: &Sluice, tasks: &[(&str, &str, u64)]) -> Self {
        let mut tables = BTreeMap::new();
        for table in &sluice.system.template().tables {
            let items = sluice.items_of(&table.name).await.into_values();
            let items = items.map(|item| {
                let values = item
                    .iter()
                    .map(|(name, value)| (name.clone(), attribute(value)));
                values.collect::<serde_json::Map<_, _>>().into()
            });
            tables.insert(table.name.clone(), items.collect::<Vec<Value>>());
        }
        tables.retain(|_, items| !items.is_empty());
        let keys = Objects::new(&sluice.clients().await, BUCKET.to_owned());
        let mut objects = BTreeMap::new();
        for key in keys.list("").await.expect("a list of all objects") {
            let bytes = sluice.object(&key).await.expect("an object");
            let object = match String::from_utf8(bytes) {
                Ok(text) => Object::Text(text),
                Err(error) => Object::Base64(STANDARD.encode(error.as_bytes())),
            };
            objects.insert(key, object);
        }
        let mut messages = BTreeMap::new();
        for queue in QUEUES {
            let mut all = sluice.take_all(queue).await;
            all.sort_unstable();
            messages.insert(queue.to_owned(), all);
        }
        let own = |(name, station, id): &(&str, &str, u64)| {
            ((*name).to_owned(), (*station).to_owned(), *id)
        };
        Self {
            made_at: Timestamp::now(),
            tasks: tasks.iter().map(own).collect(),
            tables,
            objects,
            messages,
        }
    }

    /// The id of a task.
    pub fn task(&self, name: &str, station: &str) -> u64 {
        let mut tasks = self.tasks.iter();
        let found = tasks.find(|task| task.0 == name && task.1 == station);
        found.expect("a task").2
    }

    /// As if it had been made at another time: tasks do not go on for ever.
    pub fn shifted_to(&self, time: Timestamp) -> Self {
        let by = time.duration_since(self.made_at);
        let mut shifted = self.clone();
        for item in shifted.tables.values_mut().flatten() {
            shift(item, by);
        }
        for message in shifted.messages.values_mut().flatten() {
            *message = shifted_text(message, by).unwrap_or_else(|| message.clone());
        }
        for object in shifted.objects.values_mut() {
            if let Object::Text(text) = object
                && let Some(other) = shifted_text(text, by)
            {
                *text = other;
            }
        }
        shifted
    }

    /// Puts all into a system that has nothing.
    #[expect(
        clippy::default_trait_access,
        reason = "the type is the database's, which the tests do not depend on"
    )]
    pub async fn load(&self, sluice: &Sluice) {
        let database = &sluice.system.services.dynamodb;
        for (table, items) in &self.tables {
            let items = items.iter().cloned();
            let items: Vec<_> = items
                .map(|item| from_value(item).expect("an item"))
                .collect();
            let count = items.len();
            let imported = database.import_items(table, items, Default::default());
            assert_eq!(imported.expect("items").items_imported, count);
        }
        for (key, object) in &self.objects {
            let bytes = match object {
                Object::Text(text) => text.clone().into_bytes(),
                Object::Base64(text) => STANDARD.decode(text).expect("Base64"),
            };
            sluice.put_object(key, &bytes).await;
        }
        for (queue, messages) in &self.messages {
            for message in messages {
                sluice.send_message(queue, message).await;
            }
        }
    }

    /// A line for each thing.
    pub fn to_text(&self) -> String {
        let all = json!(self);
        let mut text = String::new();
        for (name, value) in all.as_object().expect("fields") {
            text.push_str(if text.is_empty() { "{" } else { "," });
            let name = json!(name);
            match value {
                Value::Object(parts) => {
                    let parts = parts.iter().map(|(name, part)| lines(name, part));
                    let parts = parts.collect::<Vec<_>>().join(",\n");
                    writeln!(text, "{name}:{{\n{parts}\n}}").expect("a line");
                }
                value => writeln!(text, "{name}:{value}").expect("a line"),
            }
        }
        text.push_str("}\n");
        text
    }

    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).expect("a state")
    }
}

fn lines(name: &str, part: &Value) -> String {
    let name = json!(name);
    match part {
        Value::Array(things) => {
            let things: Vec<String> = things.iter().map(Value::to_string).collect();
            format!("{name}:[\n{}]", things.join(",\n"))
        }
        part => format!("{name}:{part}"),
    }
}

/// A text with other times in it, if it is a time or JSON that has some.
fn shifted_text(text: &str, by: SignedDuration) -> Option<String> {
    if text.len() >= 20
        && let Ok(time) = text.parse::<Timestamp>()
    {
        return Some(time.checked_add(by).expect("a time").to_string());
    }
    if !text.starts_with('{') {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    let before = value.clone();
    shift(&mut value, by);
    (value != before).then(|| value.to_string())
}

fn shift(value: &mut Value, by: SignedDuration) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| shift(value, by)),
        Value::Object(values) => {
            // A number of DynamoDB is a text.
            if let Some(Value::String(number)) = values.get_mut("N") {
                let time = number.parse().ok();
                if let Some(time) = time.and_then(|time| shifted_number(time, by)) {
                    *number = time.to_string();
                }
            }
            values.values_mut().for_each(|value| shift(value, by));
        }
        Value::String(text) => {
            if let Some(other) = shifted_text(text, by) {
                *text = other;
            }
        }
        _ => {}
    }
}

fn shifted_number(number: i64, by: SignedDuration) -> Option<i64> {
    if SECONDS.contains(&number) {
        return Some(number + by.as_secs());
    }
    MILLISECONDS
        .contains(&number)
        .then(|| number + by.as_millis() as i64)
}
