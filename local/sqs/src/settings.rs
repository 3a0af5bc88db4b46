//! A queue's settings: their defaults, their ranges and their form as queue attributes.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::SqsError;
use crate::name;

/// What can be set on a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) retention_s: i64,
    pub(crate) visibility_s: i64,
    pub(crate) redrive: Option<RedrivePolicy>,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedrivePolicy {
    pub(crate) dead_letter_target_arn: String,
    pub(crate) max_receive_count: i64,
}

impl RedrivePolicy {
    /// The dead-letter queue's name.
    pub(crate) fn target(&self) -> &str {
        name::from_arn(&self.dead_letter_target_arn).unwrap_or_default()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retention_s: 345_600,
            visibility_s: 30,
            redrive: None,
        }
    }
}

impl Settings {
    /// Takes over the attributes, all or none of them.
    pub(crate) fn with(&self, attributes: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut changed = self.clone();
        for (name, value) in attributes {
            changed.set(name, value)?;
        }
        Ok(changed)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        match name {
            "MessageRetentionPeriod" => {
                self.retention_s = number("MessageRetentionPeriod", value, 60..=1_209_600)?;
            }
            "VisibilityTimeout" => {
                self.visibility_s = number("VisibilityTimeout", value, 0..=43_200)?;
            }
            "RedrivePolicy" => self.redrive = redrive_policy(value)?,
            _ => return Err(SqsError::InvalidAttributeName(name.to_owned())),
        }
        Ok(())
    }

    /// The settings as queue attributes.
    pub(crate) fn attributes(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("MessageRetentionPeriod", self.retention_s),
            ("VisibilityTimeout", self.visibility_s),
        ];
        let numbers = numbers.map(|(name, value)| (name.to_owned(), value.to_string()));
        let mut attributes = BTreeMap::from(numbers);
        if let Some(redrive) = &self.redrive {
            let policy = serde_json::json!({
                "deadLetterTargetArn": redrive.dead_letter_target_arn,
                "maxReceiveCount": redrive.max_receive_count,
            });
            attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
        }
        attributes
    }

    /// The first of `attributes` whose value is another one here.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<String> {
        let (own, others) = (self.attributes(), other.attributes());
        let names = own.keys().chain(others.keys());
        names
            .into_iter()
            .find(|name| own.get(*name) != others.get(*name))
            .cloned()
    }
}

fn number(name: &'static str, value: &str, range: RangeInclusive<i64>) -> Result<i64, SqsError> {
    match value.parse::<i64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(SqsError::InvalidAttributeValue {
            name,
            reason: format!("Must be between {} and {}.", range.start(), range.end()),
        }),
    }
}

/// Reads a redrive policy; the empty text removes it. `CloudFormation` sends the count as a number,
/// other clients as text.
fn redrive_policy(value: &str) -> Result<Option<RedrivePolicy>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let invalid = |reason: &str| SqsError::invalid("RedrivePolicy", value, reason);
    let policy: Value = serde_json::from_str(value)
        .map_err(|_| invalid("Redrive policy is not a valid JSON map."))?;
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if name::from_arn(target).is_none() {
        return Err(invalid(
            "deadLetterTargetArn must be the ARN of an SQS queue.",
        ));
    }
    let count = &policy["maxReceiveCount"];
    let count = count
        .as_i64()
        .or_else(|| count.as_str().and_then(|text| text.parse().ok()));
    match count {
        Some(max_receive_count @ 1..=1_000) => Ok(Some(RedrivePolicy {
            dead_letter_target_arn: target.to_owned(),
            max_receive_count,
        })),
        _ => Err(invalid(
            "maxReceiveCount must be an integer from 1 to 1000.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<Settings, SqsError> {
        let attributes = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Settings::default().with(&attributes)
    }

    #[test]
    fn settings_written_as_attributes_read_back_the_same() {
        let arn = name::arn("dead");
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}"#);
        let settings = set("RedrivePolicy", &policy)
            .unwrap()
            .with(&BTreeMap::from([(
                "VisibilityTimeout".to_owned(),
                "90".to_owned(),
            )]));
        let settings = settings.unwrap();
        assert_eq!(
            settings.redrive.as_ref().map(RedrivePolicy::target),
            Some("dead")
        );
        let mut again = Settings::default().with(&settings.attributes()).unwrap();
        assert_eq!(settings.first_difference(&again), None);
        again.visibility_s = 91;
        assert_eq!(
            settings.first_difference(&again).as_deref(),
            Some("VisibilityTimeout")
        );
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (name, value) in [
            ("MessageRetentionPeriod", "59"),
            ("VisibilityTimeout", "-1"),
            ("VisibilityTimeout", "soon"),
        ] {
            let refused = set(name, value);
            assert!(
                matches!(refused, Err(SqsError::InvalidAttributeValue { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn settings_that_sluice_does_not_use_are_refused() {
        assert!(matches!(
            set("DelaySeconds", "1"),
            Err(SqsError::InvalidAttributeName(_))
        ));
    }

    #[test]
    fn an_empty_redrive_policy_removes_it() {
        assert_eq!(set("RedrivePolicy", "").unwrap().redrive, None);
        assert!(set("RedrivePolicy", "[]").is_err());
    }
}
