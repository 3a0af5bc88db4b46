//! Whether a page shows what was printed. `…` stands for anything; ids, times, rates and counts of
//! requests are those of another run.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// What stands for anything.
const ANYTHING: &str = "…";

/// The members of `actual` that are others in each run.
const MEASURED: [&str; 4] = ["dollars", "requests", "seconds", "write_units"];

/// Returns what is different, if the page does not show what was printed.
pub fn difference(shown: &str, printed: &str) -> Option<String> {
    let is_json = |text: &str| text.starts_with(['{', '[']);
    let (shown, printed) = (shown.trim(), printed.trim());
    if !is_json(shown) || !is_json(printed) {
        return text_difference(shown, printed);
    }
    let expected: Value = match serde_json::from_str(&completed(shown)) {
        Ok(expected) => expected,
        Err(error) => return Some(format!("the page shows no JSON: {error}\n{shown}")),
    };
    match serde_json::from_str::<Value>(printed) {
        Ok(actual) => json_difference("", &expected, &actual)
            .map(|difference| format!("{difference}\nprinted: {printed}")),
        Err(error) => Some(format!("no JSON was printed: {error}\n{printed}")),
    }
}

/// Returns whether `text` is `pattern`, in which `…` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split(ANYTHING);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn text_difference(shown: &str, printed: &str) -> Option<String> {
    if shown == ANYTHING {
        return None;
    }
    let (expected, actual) = (masked(shown), masked(printed));
    let mut actual = actual.lines();
    for expected in expected.lines() {
        let actual = actual.next().unwrap_or_default();
        if !fits(expected, actual) {
            return Some(format!(
                "shown:   {expected}\nprinted: {actual}\nall of it:\n{printed}"
            ));
        }
    }
    let more = actual.next()?;
    Some(format!("not shown: {more}\nall of it:\n{printed}"))
}

/// Replaces what is another in each run.
fn masked(text: &str) -> String {
    static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"\b\d{15,16}\b", "<id>"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
            (r"[\d.]+ s, [\d,]+ rows/s", "<rate>"),
            (r"_(ID|KEY)=\S+", "_$1=<key>"),
            (r"[\d,]+ DynamoDB, [\d,]+ S3, [\d,]+ SQS", "<requests>"),
            (
                r"[\d,]+ write units(, [\d,]+ bytes of S3 read|, \$[\d.]+)",
                "<used>",
            ),
        ]
        .into_iter()
        .map(|(pattern, mask)| (Regex::new(pattern).expect("an expression"), mask))
        .collect()
    });
    let mut text = text.to_owned();
    for (pattern, mask) in MASKS.iter() {
        text = pattern.replace_all(&text, *mask).into_owned();
    }
    text
}

/// Makes JSON of what a page shows: `…` between the members of an object or the elements of an array
/// becomes one, and in the place of a value a text.
fn completed(shown: &str) -> String {
    let mut json = String::new();
    let mut containers = Vec::new();
    let (mut in_text, mut escaped) = (false, false);
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            _ if in_text => {
                in_text = character != '"' || escaped;
                escaped = character == '\\' && !escaped;
                json.push(character);
            }
            '…' => {
                let before = json.trim_end().chars().last();
                let is_value = before == Some(':');
                if !matches!(before, Some('{' | '[' | ',' | ':')) {
                    json.push(',');
                }
                let is_member = containers.last() == Some(&'{') && !is_value;
                json.push_str(if is_member { r#""…":0"# } else { r#""…""# });
                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                if !matches!(characters.peek(), None | Some('}' | ']' | ',')) {
                    json.push(',');
                }
            }
            _ => {
                match character {
                    '"' => in_text = true,
                    '{' | '[' => containers.push(character),
                    '}' | ']' => drop(containers.pop()),
                    _ => {}
                }
                json.push(character);
            }
        }
    }
    json
}

/// Returns the first difference, with the path to it.
fn json_difference(path: &str, expected: &Value, actual: &Value) -> Option<String> {
    let differs = || Some(format!("{path}: shown {expected}, printed {actual}"));
    match (expected, actual) {
        (Value::String(text), _) if text == ANYTHING => None,
        (Value::String(expected), Value::String(actual)) => {
            let fits = fits(&masked(expected), &masked(actual));
            if fits { None } else { differs() }
        }
        (Value::Number(_), Value::Number(_)) if is_measured(path) => None,
        (Value::Number(expected), Value::Number(actual)) => {
            let same = masked(&expected.to_string()) == masked(&actual.to_string());
            if same { None } else { differs() }
        }
        (Value::Array(expected), Value::Array(actual)) => array_difference(path, expected, actual),
        (Value::Object(expected), Value::Object(actual)) => {
            object_difference(path, expected, actual)
        }
        _ if expected == actual => None,
        _ => differs(),
    }
}

fn array_difference(path: &str, expected: &[Value], actual: &[Value]) -> Option<String> {
    let end = expected.iter().position(|element| element == ANYTHING);
    if end.is_none() && expected.len() != actual.len() {
        let (shown, printed) = (expected.len(), actual.len());
        return Some(format!("{path}: shown {shown} elements, printed {printed}"));
    }
    let shown = expected.iter().take(end.unwrap_or(expected.len()));
    shown.enumerate().find_map(|(index, expected)| {
        let actual = actual.get(index).unwrap_or(&Value::Null);
        json_difference(&format!("{path}[{index}]"), expected, actual)
    })
}

fn object_difference(
    path: &str,
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
) -> Option<String> {
    let mut shown = expected.iter().filter(|(name, _)| *name != ANYTHING);
    let difference = shown.find_map(|(name, expected)| {
        let path = format!("{path}.{name}");
        match actual.get(name) {
            Some(actual) => json_difference(&path, expected, actual),
            None => Some(format!("{path}: shown {expected}, but it is not there")),
        }
    });
    difference.or_else(|| {
        let all_shown = !expected.contains_key(ANYTHING);
        let more = actual.keys().find(|name| !expected.contains_key(*name));
        let more = more.filter(|_| all_shown)?;
        Some(format!("{path}.{more}: printed and not shown"))
    })
}

fn is_measured(path: &str) -> bool {
    path.contains(".timeline[")
        || path.ends_with(".elapsed_ms")
        || path.ends_with(".rows_per_second")
        || MEASURED
            .iter()
            .any(|name| path.ends_with(&format!(".actual.{name}")))
}

#[test]
fn what_is_shown_in_part_is_compared_in_part() {
    let printed = r#"{"id":890473042418166,"rows":{"read":3,"failed":1},"at":"2026-11-21T05:04:05.1Z","list":[1,2]}"#;
    for shown in [
        r#"{"id": 890473042418199, "rows": {"read": 3, …}, "at": "2026-01-01T00:00:00Z", "list": [1, …]}"#,
        r#"{… "rows": {"failed": 1, "read": 3} …}"#,
        r#"{"list": [1, 2], "at": …, …}"#,
        "{…}",
    ] {
        assert_eq!(difference(shown, printed), None, "{shown}");
    }
    for shown in [
        r#"{"rows": {"read": 4, …}, …}"#,
        r#"{"rows": {"read": 3}, …}"#,
        r#"{"rows": {"read": 3, "failed": 1, "skipped": 0}, …}"#,
        r#"{"list": [1], …}"#,
        r#"{"list": [2, …], …}"#,
        r#"{"id": 7, …}"#,
        r#"{"at": "2026-01-01", …}"#,
        "[…]",
    ] {
        assert!(difference(shown, printed).is_some(), "{shown}");
    }
}

#[test]
fn lines_are_compared_but_for_what_is_another_in_each_run() {
    let printed =
        "Task          890475504522275\nRows read     20,000\nTime          2.1 s, 9,449 rows/s\n";
    let shown = "Task          892655143264667\nRows …   20,000\nTime          4.7 s, 4,228 rows/s";
    assert_eq!(difference(shown, printed), None);
    for wrong in [
        shown.replace("20,000", "20,001"),
        format!("{shown}\nmore"),
        shown.lines().take(2).collect::<Vec<_>>().join("\n"),
        String::new(),
    ] {
        assert!(difference(&wrong, printed).is_some(), "{wrong}");
    }
}
