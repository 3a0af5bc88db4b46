//! JSON of callers: read so that what is kept is what was sent, or refused.
//!
//! `serde_json` reads an object whose first key is one of its own private names as something else
//! than an object (its features `raw_value` and `arbitrary_precision` exchange values that way), and
//! other crates switch these features on. `Plain` builds the same [`Value`] without them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::quote::shortened;

/// How deep the JSON of a caller may be nested. Readers stop at 128 levels, and an answer puts up
/// to four around it.
pub const MAX_DEPTH: usize = 100;

/// The longest number that a message quotes, in characters.
const QUOTED_CHARS: usize = 40;

/// Why the JSON of a caller is not taken.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON, nested too deeply, or names a key twice.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// It has a number that would come back as another one.
    #[error("the number {0} has more digits than can be kept: send it as text, in quotes")]
    Number(String),
}

/// Reads JSON of a caller. A text that would not come back as the same value is refused: too deep,
/// a key twice, or a number of more digits than a double or a 64-bit integer has.
pub fn read_from_caller(text: &str) -> Result<Value, JsonError> {
    let value = read_to_depth(text, MAX_DEPTH)?;
    match numbers(text).find(|number| !comes_back(number)) {
        Some(number) => Err(JsonError::Number(shortened(number, QUOTED_CHARS))),
        None => Ok(value),
    }
}

/// Reads JSON that was stored.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    read_to_depth(text, usize::MAX)
}

fn read_to_depth(text: &str, depth: usize) -> Result<Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Plain { depth }.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// Reads a field of a request as [`read_from_caller`] does.
pub fn from_caller<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let text = Box::<RawValue>::deserialize(deserializer)?;
    read_from_caller(text.get()).map_err(D::Error::custom)
}

/// As [`from_caller`], for a field that may be missing.
pub fn given_by_caller<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    from_caller(deserializer).map(Some)
}

/// Reads a field of an answer.
pub fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Plain { depth: usize::MAX }.deserialize(deserializer)
}

/// As [`plain`], for a field that may be null.
pub fn plain_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    plain(deserializer).map(|value| Some(value).filter(|value| !value.is_null()))
}

/// Builds a [`Value`] in which every key is a key.
#[derive(Clone, Copy)]
struct Plain {
    /// How many levels may follow.
    depth: usize,
}

impl Plain {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom(format!(
                "nested more than {MAX_DEPTH} levels deep: nest it less, or send it as text"
            ))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            // Which of the two is meant cannot be told.
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("an object has the same key twice"));
            }
        }
        Ok(object.into())
    }
}

/// The numbers of a valid JSON text, as they are written.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            rest = &rest[start..];
            if let Some(string) = rest.strip_prefix('"') {
                rest = after_string(string);
                continue;
            }
            let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (number, after) = rest.split_at(end);
            rest = after;
            return Some(number);
        }
    })
}

/// What follows a string whose opening quote was taken.
fn after_string(text: &str) -> &str {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// Whether a number has the same digits once it was read and written.
fn comes_back(number: &str) -> bool {
    let read: Result<Number, _> = serde_json::from_str(number);
    read.is_ok_and(|read| {
        let before = Decimal::of(number);
        before.is_some() && before == Decimal::of(&read.to_string())
    })
}

/// A number's value: `digits` before the decimal point, times ten to the power of `exponent`.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// None if the exponent is out of all bounds.
    fn of(number: &str) -> Option<Self> {
        let (number, is_negative) = match number.strip_prefix('-') {
            Some(number) => (number, true),
            None => (number, false),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative,
                digits: String::new(),
                exponent: 0,
            });
        }
        let exponent: i64 = exponent.parse().ok()?;
        let shift = (digits.len() - significant.len()) as i64 - fraction.len() as i64;
        Some(Self {
            is_negative,
            digits: significant.to_owned(),
            exponent: exponent.checked_add(shift)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RAW: &str = "$serde_json::private::RawValue";
    const NUMBER: &str = "$serde_json::private::Number";

    #[test]
    fn private_names_of_the_json_reader_are_keys_like_any_other() {
        for name in [RAW, NUMBER] {
            for text in [
                format!(r#"{{"{name}":"[1,2,3]"}}"#),
                format!(r#"{{"{name}":"1"}}"#),
                format!(r#"[{{"{name}":{{"{name}":"{{}}"}}}}]"#),
                format!(r#"{{"{name}":[1],"b":2}}"#),
            ] {
                let taken = read_from_caller(&text).expect("JSON");
                assert_eq!(taken.to_string(), text);
                assert_eq!(read(&taken.to_string()).ok(), Some(taken));
            }
        }
    }

    #[test]
    fn a_text_that_hides_depth_in_a_private_name_is_read_back_as_it_was() {
        let hidden = "[".repeat(120) + &"]".repeat(120);
        let text = format!(r#"{{"{RAW}":"{hidden}"}}"#);
        let taken = read_from_caller(&text).expect("JSON");
        assert_eq!(read(&taken.to_string()).ok(), Some(taken));
    }

    #[test]
    fn depth_is_refused_where_an_answer_with_it_could_not_be_read() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(read_from_caller(&nested(MAX_DEPTH)).is_ok());
        let error = read_from_caller(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert!(error.to_string().contains("100 levels"), "{error}");
        assert!(read_from_caller(&nested(1_000_000)).is_err());
        assert!(read(&nested(MAX_DEPTH + 20)).is_ok(), "stored once");
    }

    #[test]
    fn a_number_that_would_change_is_refused_and_named() {
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            "0.1234567890123456789",
            "123456789012345678.5",
            "1e-400",
            "12345678901234567890123456789012345678901234567890",
        ] {
            let error = read_from_caller(&format!(r#"{{"a":["1.5e9999",{number}]}}"#));
            let message = error.expect_err(number).to_string();
            assert!(message.contains(&number[..6]), "{message}");
        }
        for number in [
            "0",
            "-0",
            "0.10",
            "1E5",
            "18446744073709551615",
            "-1.5e-7",
            "0e999",
            "5e-324",
        ] {
            assert!(read_from_caller(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn a_key_that_comes_twice_is_refused() {
        assert!(read_from_caller(r#"{"a":1,"a":1}"#).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let key = prop_oneof![
            "[a-z\"\\\\é]{0,4}",
            Just(RAW.to_owned()),
            Just(NUMBER.to_owned())
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just("[1,2]".into()),
        ];
        leaf.prop_recursive(6, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_is_read_back(value in any_json()) {
            let text = value.to_string();
            let taken = read_from_caller(&text).expect("JSON that this crate wrote");
            prop_assert_eq!(taken.to_string(), text);
            prop_assert_eq!(read(&taken.to_string()).expect("stored JSON"), taken);
        }

        #[test]
        fn any_text_is_refused_or_read_back(text in r#"[\[\]{}:,"\\$a-z0-9.eE+ -]{0,40}"#) {
            if let Ok(taken) = read_from_caller(&text) {
                prop_assert_eq!(read(&taken.to_string()).expect("stored JSON"), taken);
            }
        }
    }
}
