//! JSON of callers, stored as text: it comes back as it came, and no number, name or depth in it
//! can be one that the store does not take.

use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;
use sluice_basics::json;

pub(super) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let text = String::deserialize(deserializer)?;
    json::read(&text).map_err(serde::de::Error::custom)
}

pub(super) mod option {
    use super::{Deserialize, Deserializer, Serializer, Value, json};

    // The signature is serde's.
    #[expect(clippy::ref_option, reason = "serde passes fields by reference")]
    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Value>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| json::read(&text).map_err(serde::de::Error::custom))
            .transpose()
    }
}
