//! The form of what is stored and sent: which fields there are, of which types, with which words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::state::{Object, State};

/// Where readers refuse fields that they do not know (`deny_unknown_fields`): what callers have asked for, and a
/// station's configuration.
const CLOSED: [&str; 3] = ["/input/", "/config/", "/options/"];

/// The forms of all kinds of things, by their names.
#[derive(Default)]
pub struct Forms(BTreeMap<String, Form>);

#[derive(Default)]
struct Form {
    things: usize,
    /// By path; texts in texts, where a text is JSON.
    fields: BTreeMap<String, Field>,
}

#[derive(Default)]
struct Field {
    /// How many things have it.
    things: usize,
    types: BTreeSet<&'static str>,
    /// What may be words that a program knows, and no ids or names.
    words: BTreeSet<String>,
}

impl Forms {
    pub fn of(state: &State) -> Self {
        let mut forms = Self::default();
        for (table, items) in &state.tables {
            for item in items {
                let key = |name: &str| pattern(item[name]["S"].as_str().unwrap_or_default());
                forms.add(&format!("{table} {} {}", key("pk"), key("sk")), item);
            }
        }
        for (key, object) in &state.objects {
            // What people have sent is no business of ours.
            if key.starts_with("uploads/") {
                continue;
            }
            let value = match object {
                Object::Text(text) => Value::String(text.clone()),
                Object::Base64(_) => Value::Null,
            };
            forms.add(&pattern(key), &value);
        }
        for (queue, messages) in &state.messages {
            for message in messages {
                forms.add(queue, &Value::String(message.clone()));
            }
        }
        forms
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn add(&mut self, name: &str, thing: &Value) {
        let mut fields = BTreeMap::new();
        walk("", thing, &mut fields);
        let form = self.0.entry(name.to_owned()).or_default();
        form.things += 1;
        for (path, found) in fields {
            let field = form.fields.entry(path).or_default();
            field.things += 1;
            field.types.extend(found.types);
            field.words.extend(found.words);
        }
    }

    /// What a reader of these forms cannot read of the others.
    pub fn broken_by(&self, now: &Self) -> Vec<String> {
        let mut broken = Vec::new();
        for (name, before) in &self.0 {
            let Some(now) = now.0.get(name) else {
                broken.push(format!("{name}: there is none any more"));
                continue;
            };
            for (path, field) in &before.fields {
                let is_always = field.things == before.things;
                match now.fields.get(path) {
                    Some(found) => {
                        if is_always && found.things < now.things {
                            broken.push(format!("{name}: {path} is missing in some"));
                        }
                        for other in found.types.difference(&field.types) {
                            broken.push(format!("{name}: {path} is {other}"));
                        }
                        for word in found.words.difference(&field.words) {
                            broken.push(format!("{name}: {path} says {word:?}"));
                        }
                    }
                    None if is_always => broken.push(format!("{name}: {path} is missing")),
                    None => {}
                }
            }
            let is_new = |path: &&String| !before.fields.contains_key(*path);
            let is_closed = |path: &&String| CLOSED.iter().any(|part| path.contains(part));
            for path in now.fields.keys().filter(is_new).filter(is_closed) {
                broken.push(format!("{name}: {path} is new, and refused"));
            }
        }
        broken
    }

    /// What is there in the others and not in these, and does no harm.
    pub fn news_in(&self, now: &Self) -> Vec<String> {
        let mut news = Vec::new();
        for (name, now) in &now.0 {
            let Some(before) = self.0.get(name) else {
                news.push(name.clone());
                continue;
            };
            let paths = now.fields.keys();
            let is_new = |path: &&String| !before.fields.contains_key(*path);
            news.extend(paths.filter(is_new).map(|path| format!("{name}: {path}")));
        }
        news
    }
}

fn walk(path: &str, value: &Value, fields: &mut BTreeMap<String, Field>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let field = fields.entry(path.to_owned()).or_default();
    field.types.insert(kind);
    match value {
        Value::Array(values) => {
            for value in values {
                walk(&format!("{path}[]"), value, fields);
            }
        }
        Value::Object(values) => {
            for (name, value) in values {
                walk(&format!("{path}/{}", pattern(name)), value, fields);
            }
        }
        Value::String(text) => {
            if let Ok(json @ Value::Object(_)) = serde_json::from_str(text) {
                walk(&format!("{path}/"), &json, fields);
            } else if is_word(text) {
                field.words.insert(text.clone());
            }
        }
        _ => {}
    }
}

fn is_word(text: &str) -> bool {
    let may_be_in = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-');
    text.len() < 40 && text.chars().all(may_be_in) && !is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.len() >= 8 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// A name in which each number is 0, also one in hexadecimal digits.
fn pattern(name: &str) -> String {
    let mut parts = Vec::new();
    for part in name.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let (word, end) = match part.char_indices().last() {
            Some((at, last)) if !last.is_ascii_alphanumeric() => part.split_at(at),
            _ => (part, ""),
        };
        let is_number = word.contains(|c: char| c.is_ascii_digit());
        parts.push(if is_number || is_hexadecimal(word) {
            "0"
        } else {
            word
        });
        parts.push(end);
    }
    parts.concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn forms(things: &[Value]) -> Forms {
        let mut forms = Forms::default();
        for thing in things {
            forms.add("thing", thing);
        }
        forms
    }

    #[test]
    fn names_are_the_same_whatever_their_numbers_are() {
        assert_eq!(pattern("TASK#0000890473042418"), "TASK#0");
        assert_eq!(
            pattern("parts/demo/17/00000003-a0ff.csv"),
            "parts/demo/0/0-0.csv"
        );
        assert_eq!(pattern("deadbeef/M12/members"), "0/0/members");
    }

    #[test]
    fn a_field_that_was_always_there_may_not_be_left_out_and_another_may() {
        let before = forms(&[json!({ "id": 1, "note": "a" }), json!({ "id": 2 })]);
        let broken = |now: Value| before.broken_by(&forms(&[now]));
        assert!(broken(json!({ "id": 3 })).is_empty());
        assert_eq!(broken(json!({ "note": "a" })), ["thing: /id is missing"]);
        let some = forms(&[json!({ "id": 1 }), json!({})]);
        assert_eq!(before.broken_by(&some), ["thing: /id is missing in some"]);
        assert_eq!(
            before.broken_by(&Forms::default()),
            ["thing: there is none any more"]
        );
    }

    #[test]
    fn another_type_and_another_word_are_not_understood() {
        let before = forms(&[json!({ "id": 1, "kind": "import", "plan": "{\"rule\":\"skip\"}" })]);
        let broken = |id: Value, kind: &str, rule: &str| {
            let plan = json!({ "rule": rule }).to_string();
            before.broken_by(&forms(&[json!({ "id": id, "kind": kind, "plan": plan })]))
        };
        assert!(broken(json!(7), "import", "skip").is_empty());
        assert_eq!(
            broken(json!("7"), "import", "skip"),
            ["thing: /id is a text"]
        );
        assert_eq!(
            broken(json!(null), "import", "skip"),
            ["thing: /id is null"]
        );
        assert_eq!(
            broken(json!(7), "export", "merge"),
            [
                "thing: /kind says \"export\"",
                "thing: /plan//rule says \"merge\""
            ]
        );
    }

    #[test]
    fn a_new_field_is_passed_over_but_where_readers_refuse_it() {
        let before = forms(&[json!({ "id": 1, "input": { "file": "members" } })]);
        let now = forms(&[json!({ "id": 1, "input": { "file": "members" }, "more": [] })]);
        assert!(before.broken_by(&now).is_empty());
        assert_eq!(before.news_in(&now), ["thing: /more"]);
        let now = forms(&[json!({ "id": 1, "input": { "file": "members", "more": true } })]);
        assert_eq!(
            before.broken_by(&now),
            ["thing: /input/more is new, and refused"]
        );
    }
}
