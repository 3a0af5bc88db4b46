//! A role's policy: which actions it allows on which resources. Of IAM's language this reads what
//! the template says: statements that allow, and `*` and `?` in names of resources.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Need;

/// All that a role allows.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Its statements, each of which allows something.
    pub statements: Vec<Statement>,
}

/// Actions that are allowed on resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is for, in a word.
    pub sid: String,
    /// `s3:GetObject`
    pub actions: Vec<String>,
    /// ARNs, in which `*` stands for any text and `?` for any character.
    pub resources: Vec<String>,
}

/// What allows something: the statement, and which of its actions and resources, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) statement: usize,
    pub(super) action: usize,
    pub(super) resource: usize,
}

impl Policy {
    /// Reads the properties of an `AWS::IAM::Role` whose references are resolved.
    pub(crate) fn of_role(properties: &Value) -> Result<Self> {
        if !properties["ManagedPolicyArns"].is_null() {
            bail!("what a managed policy allows is not said here");
        }
        let mut statements = Vec::new();
        let policies = properties["Policies"].as_array();
        for policy in policies.context("the role has no policies")? {
            let all = policy["PolicyDocument"]["Statement"].as_array();
            for statement in all.context("a policy has no statements")? {
                let read = Statement::read(statement);
                statements.push(read.with_context(|| format!("the statement {statement}"))?);
            }
        }
        Ok(Self { statements })
    }

    /// What allows this, if anything does.
    pub(super) fn grant(&self, need: &Need) -> Option<Grant> {
        let mut statements = self.statements.iter().enumerate();
        statements.find_map(|(statement, text)| {
            let is_action = |action: &String| action == need.action;
            let is_resource = |pattern: &String| is_like(&need.resource, pattern);
            Some(Grant {
                statement,
                action: text.actions.iter().position(is_action)?,
                resource: text.resources.iter().position(is_resource)?,
            })
        })
    }
}

impl Statement {
    fn read(statement: &Value) -> Result<Self> {
        for (name, value) in statement.as_object().context("it is not a mapping")? {
            match name.as_str() {
                "Effect" if value == "Allow" => {}
                "Sid" | "Action" | "Resource" => {}
                _ => bail!("{name}: {value} is not understood"),
            }
        }
        let actions = texts(&statement["Action"])?;
        if let Some(action) = actions.iter().find(|action| action.contains(['*', '?'])) {
            bail!("{action} is not one action");
        }
        let sid = statement["Sid"].as_str();
        Ok(Self {
            sid: sid.context("Sid is missing")?.to_owned(),
            actions,
            resources: texts(&statement["Resource"])?,
        })
    }
}

/// One text or a list of them.
fn texts(value: &Value) -> Result<Vec<String>> {
    let values = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    texts.context("an action or a resource is not a text")
}

/// Whether a name looks like a pattern.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.as_bytes(), pattern.as_bytes());
    let (mut at, mut in_pattern) = (0, 0);
    // Where the last `*` was, and how far in the name it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((star_at, reached)) = star else {
                    return false;
                };
                star = Some((star_at, reached + 1));
                (at, in_pattern) = (reached + 1, star_at + 1);
            }
        }
    }
    pattern[in_pattern..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role(statement: &Value) -> Value {
        json!({ "Policies": [{ "PolicyDocument": { "Statement": [statement] } }] })
    }

    #[test]
    fn names_are_like_patterns_as_in_iam() {
        for (name, pattern) in [
            ("a", "a"),
            ("a/b/c", "a/*"),
            ("a/", "a/*"),
            ("a/b/c", "*"),
            ("", "*"),
            ("a/b/b/c", "a/*/c"),
            ("abc", "a?c"),
            ("aXbXc", "a*X*c"),
        ] {
            assert!(is_like(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [
            ("a", "b"),
            ("a", ""),
            ("a", "ab"),
            ("ab", "a"),
            ("a", "a/*"),
            ("ba/b", "a/*"),
            ("ac", "a?c"),
            ("a/b", "a/*/c"),
        ] {
            assert!(!is_like(name, pattern), "{name} {pattern}");
        }
    }

    #[test]
    fn each_action_is_allowed_on_each_resource_of_its_statement_only() {
        let statement = json!({
            "Sid": "Files",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::b/in/*", "arn:aws:s3:::b/out/*"],
        });
        let policy = Policy::of_role(&role(&statement)).expect("a policy");
        let allows = |action, resource: &str| {
            let resource = resource.to_owned();
            policy.grant(&Need { action, resource }).is_some()
        };
        assert!(allows("s3:PutObject", "arn:aws:s3:::b/out/x"));
        assert!(!allows("s3:PutObject", "arn:aws:s3:::b/other/x"));
        assert!(!allows("s3:DeleteObject", "arn:aws:s3:::b/out/x"));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (name, value) in [
            ("Sid", json!(null)),
            ("Effect", json!("Deny")),
            ("Action", json!("s3:*")),
            ("NotAction", json!("s3:GetObject")),
            ("Condition", json!({})),
            ("Resource", json!({ "Fn::Sub": "x" })),
        ] {
            let mut statement = json!({
                "Sid": "Files",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/in/*",
            });
            Policy::of_role(&role(&statement)).expect("a policy");
            statement[name] = value;
            Policy::of_role(&role(&statement)).expect_err(name);
        }
        let managed =
            json!({ "ManagedPolicyArns": ["arn:aws:iam::aws:policy/Managed"], "Policies": [] });
        Policy::of_role(&managed).expect_err("managed");
    }
}
