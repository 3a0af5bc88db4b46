//! The references of a template, resolved to the names that things have in this process.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use super::arn;

const PSEUDO: [(&str, &str); 4] = [
    ("AWS::StackName", "sluice"),
    ("AWS::AccountId", arn::ACCOUNT),
    ("AWS::Region", arn::REGION),
    ("AWS::Partition", "aws"),
];

/// Parameters that have no default in the template, as they are in this process: it signs tokens
/// itself, and its console comes from the address of its API.
const REQUIRED: [(&str, &str); 2] = [
    ("JwtIssuer", "https://issuer.example.com/"),
    ("ConsoleOrigin", "https://console.invalid"),
];

/// Parameters that are empty by default, and what they are here.
const HERE: [(&str, &str); 2] = [
    ("MailSender", "no-reply@sluice.example"),
    ("MailIdentity", "no-reply@sluice.example"),
];

/// What references can point at.
pub(super) struct Scope {
    sqs_url: String,
    parameters: BTreeMap<String, Value>,
    /// Logical id and type.
    resources: BTreeMap<String, String>,
    conditions: BTreeMap<String, Yaml>,
    mappings: Yaml,
}

impl Scope {
    pub(super) fn new(
        template: &Yaml,
        sqs_url: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut parameters = BTreeMap::new();
        for (name, parameter) in mapping(&template["Parameters"]) {
            let value = given.get(&name).map(|value| Yaml::String(value.clone()));
            let here = HERE.iter().find(|(known, _)| *known == name);
            let value = value.or_else(|| here.map(|(_, value)| Yaml::String((*value).to_owned())));
            let required = REQUIRED.iter().find(|(required, _)| *required == name);
            let value = value.or_else(|| match &parameter["Default"] {
                Yaml::Null => required.map(|(_, value)| Yaml::String((*value).to_owned())),
                default => Some(default.clone()),
            });
            let value = value.with_context(|| format!("the parameter {name} has no value"))?;
            let value = plain(&value);
            check_limits(&name, &parameter, &value)?;
            check_pattern(&name, &parameter, &value)?;
            parameters.insert(name, value);
        }
        for name in given.keys() {
            if !parameters.contains_key(name) {
                bail!("infra/template.yaml has no parameter {name}");
            }
        }
        let resources = mapping(&template["Resources"])
            .map(|(id, resource)| (id, resource["Type"].as_str().unwrap_or_default().to_owned()))
            .collect();
        Ok(Self {
            sqs_url: sqs_url.trim_end_matches('/').to_owned(),
            parameters,
            resources,
            conditions: mapping(&template["Conditions"]).collect(),
            mappings: template["Mappings"].clone(),
        })
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = (&String, &String)> {
        self.resources.iter()
    }

    /// The local name of a table, queue or bucket: its logical id without its type.
    pub(super) fn name(&self, id: &str) -> Result<String> {
        let kind = self
            .resources
            .get(id)
            .with_context(|| format!("there is no resource {id}"))?;
        let suffix = kind.rsplit("::").next().unwrap_or_default();
        let mut name = String::from("sluice");
        for character in id.strip_suffix(suffix).unwrap_or(id).chars() {
            if character.is_ascii_uppercase() {
                name.push('-');
            }
            name.push(character.to_ascii_lowercase());
        }
        Ok(name)
    }

    /// A value with every reference in it replaced. What is `AWS::NoValue` is not there.
    pub(super) fn resolve(&self, yaml: &Yaml) -> Result<Value> {
        match yaml {
            Yaml::Tagged(tagged) if tagged.tag == "If" => {
                let [condition, then, otherwise] = arguments(&tagged.value)?;
                let condition = condition.as_str().context("!If wants a condition's name")?;
                self.resolve(if self.condition(condition)? {
                    then
                } else {
                    otherwise
                })
            }
            Yaml::Tagged(tagged) if tagged.tag == "FindInMap" => {
                self.find_in_map(arguments(&tagged.value)?)
            }
            Yaml::Tagged(tagged) => {
                let text = tagged.value.as_str();
                let text = text.with_context(|| format!("{} wants a text", tagged.tag))?;
                if tagged.tag == "Ref" {
                    self.reference(text)
                } else if tagged.tag == "GetAtt" {
                    self.attribute(text)
                } else if tagged.tag == "Sub" {
                    self.substitute(text)
                } else {
                    bail!("{} is not understood", tagged.tag)
                }
            }
            Yaml::Sequence(values) => {
                let values = values.iter().map(|value| self.resolve(value));
                let values: Result<Vec<Value>> = values.collect();
                Ok(values?
                    .into_iter()
                    .filter(|value| !value.is_null())
                    .collect())
            }
            Yaml::Mapping(_) => {
                let mut object = Map::new();
                for (key, value) in mapping(yaml) {
                    let value = self.resolve(&value)?;
                    if !value.is_null() {
                        object.insert(key, value);
                    }
                }
                Ok(Value::Object(object))
            }
            other => Ok(plain(other)),
        }
    }

    /// Returns the value of a map, which two keys name.
    fn find_in_map(&self, path: &[Yaml; 3]) -> Result<Value> {
        let mut found = &self.mappings;
        for key in path {
            let key = as_text(&self.resolve(key)?);
            found = found
                .get(&key)
                .with_context(|| format!("there is no {key} in the mappings"))?;
        }
        Ok(plain(found))
    }

    fn condition(&self, name: &str) -> Result<bool> {
        let condition = self.conditions.get(name);
        self.holds(condition.with_context(|| format!("there is no condition {name}"))?)
    }

    fn holds(&self, condition: &Yaml) -> Result<bool> {
        let Yaml::Tagged(tagged) = condition else {
            bail!("a condition is not a function");
        };
        if tagged.tag == "Condition" {
            self.condition(tagged.value.as_str().context("!Condition wants a name")?)
        } else if tagged.tag == "Equals" {
            let [one, other] = arguments(&tagged.value)?;
            Ok(as_text(&self.resolve(one)?) == as_text(&self.resolve(other)?))
        } else if tagged.tag == "Not" {
            let [condition] = arguments(&tagged.value)?;
            Ok(!self.holds(condition)?)
        } else {
            bail!("{} is not understood in a condition", tagged.tag)
        }
    }

    fn reference(&self, name: &str) -> Result<Value> {
        if name == "AWS::NoValue" {
            return Ok(Value::Null);
        }
        if let Some((_, value)) = PSEUDO.iter().find(|(pseudo, _)| *pseudo == name) {
            return Ok(Value::from(*value));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        Ok(match self.resources.get(name).map(String::as_str) {
            None => bail!("there is nothing named {name}"),
            Some("AWS::SQS::Queue") => Value::from(format!(
                "{}/000000000000/{}",
                self.sqs_url,
                self.name(name)?
            )),
            Some("AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::Logs::LogGroup") => {
                Value::from(self.name(name)?)
            }
            Some(_) => Value::from(name),
        })
    }

    /// ARNs of what policies and events name; other attributes stand for the thing itself.
    fn attribute(&self, text: &str) -> Result<Value> {
        let (id, attribute) = text
            .split_once('.')
            .with_context(|| format!("{text} has no attribute"))?;
        let name = self.name(id)?;
        let kind = self.resources[id].as_str();
        Ok(Value::from(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn::table(&name),
            ("AWS::DynamoDB::Table", "StreamArn") => arn::stream(&name),
            ("AWS::SQS::Queue", "Arn") => arn::queue(&name),
            ("AWS::S3::Bucket", "Arn") => arn::bucket(&name),
            ("AWS::Logs::LogGroup", "Arn") => format!("{}:*", arn::log_group(&name)),
            ("AWS::IAM::Role", "Arn") => arn::role(&name),
            _ => name,
        }))
    }

    fn substitute(&self, text: &str) -> Result<Value> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').context("a `${` without `}`")?;
            result.push_str(before);
            let value = if name.contains('.') {
                self.attribute(name)?
            } else {
                self.reference(name)?
            };
            result.push_str(value.as_str().unwrap_or_default());
            rest = after;
        }
        result.push_str(rest);
        Ok(Value::from(result))
    }
}

/// The arguments of a function that wants just so many.
fn arguments<const COUNT: usize>(yaml: &Yaml) -> Result<&[Yaml; COUNT]> {
    yaml.as_sequence()
        .and_then(|values| values.as_slice().try_into().ok())
        .with_context(|| format!("a function wants {COUNT} arguments"))
}

/// Parameters are texts to CloudFormation, whatever their type.
fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn check_limits(name: &str, parameter: &Yaml, value: &Value) -> Result<()> {
    let number: Option<i64> = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    if parameter["Type"].as_str() != Some("Number") {
        return Ok(());
    }
    let number = number.with_context(|| format!("{name} must be a whole number"))?;
    let (min, max) = (
        parameter["MinValue"].as_i64(),
        parameter["MaxValue"].as_i64(),
    );
    if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
        let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
        bail!("{name} is {number}: it must be between {min} and {max}");
    }
    Ok(())
}

/// CloudFormation wants the whole value to match.
fn check_pattern(name: &str, parameter: &Yaml, value: &Value) -> Result<()> {
    let Some(pattern) = parameter["AllowedPattern"].as_str() else {
        return Ok(());
    };
    let regex = Regex::new(&format!("^(?:{pattern})$"))?;
    if !regex.is_match(&as_text(value)) {
        let wanted = parameter["ConstraintDescription"].as_str();
        bail!(
            "{name} {}",
            wanted.unwrap_or("does not have the form that it must have")
        );
    }
    Ok(())
}

fn mapping(yaml: &Yaml) -> impl Iterator<Item = (String, Yaml)> + '_ {
    yaml.as_mapping()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone())))
}

fn plain(yaml: &Yaml) -> Value {
    serde_json::to_value(yaml).unwrap_or(Value::Null)
}
