//! What a token says of its holder. API Gateway has checked it, and hands each claim on as text, in
//! which `7` and `"7"` are the same and an array is `[a b c]`. So the token itself is read as well,
//! from the request's header: nothing counts that not both say.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sluice_basics::ids::StationId;
use sluice_basics::json;

/// The claims that list scopes, as issuers name them.
const SCOPES: [&str; 2] = ["scope", "scp"];

/// The claims of a request.
#[derive(Debug)]
pub(crate) struct Claims<'a> {
    /// As API Gateway hands them on.
    text: &'a HashMap<String, String>,
    /// As the token has them; none of an event without its header.
    token: Option<Value>,
}

/// The request's header has no token that can be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnreadableToken;

impl<'a> Claims<'a> {
    /// The claims in their text form, with those of the header `Authorization` if there is one.
    pub(crate) fn new(
        text: &'a HashMap<String, String>,
        authorization: Option<&str>,
    ) -> Result<Self, UnreadableToken> {
        let token = match authorization {
            None => None,
            Some(header) => Some(payload(header).ok_or(UnreadableToken)?),
        };
        Ok(Self { text, token })
    }

    /// The station, if the claim is a text that is a station's id.
    pub(crate) fn station(&self) -> Option<StationId> {
        let text = self.text.get("station_id")?;
        let is_text = match &self.token {
            Some(token) => token["station_id"].as_str() == Some(text),
            // What would be the same text as a number, a truth value or nothing may be that.
            None => serde_json::from_str::<Value>(text).is_err(),
        };
        text.parse().ok().filter(|_| is_text)
    }

    /// Whom the token is about, where both forms say the same.
    pub(crate) fn subject(&self) -> Option<&str> {
        let text = self.text.get("sub")?.as_str();
        let is_text = self
            .token
            .as_ref()
            .is_none_or(|token| token["sub"].as_str() == Some(text));
        is_text.then_some(text)
    }

    /// Whether a scope is granted.
    pub(crate) fn grants(&self, scope: &str) -> bool {
        let in_text = SCOPES
            .iter()
            .filter_map(|name| self.text.get(*name))
            .any(|text| listed(text).contains(scope));
        let in_token = self.token.as_ref().is_none_or(|token| {
            let claims = SCOPES.iter().map(|name| &token[*name]);
            claims.into_iter().any(|claim| has(claim, scope))
        });
        in_text && in_token
    }
}

/// The scopes in the text form of a claim: separated by blanks, and of an array in brackets.
fn listed(text: &str) -> BTreeSet<&str> {
    let array = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    array.unwrap_or(text).split(' ').collect()
}

/// Whether a claim lists a scope: as one of several texts, or in one text.
fn has(claim: &Value, scope: &str) -> bool {
    match claim {
        Value::String(text) => text.split(' ').any(|one| one == scope),
        Value::Array(texts) => texts.iter().any(|text| text == scope),
        _ => false,
    }
}

/// What the token in a header says. Its signature was checked by the gateway.
fn payload(header: &str) -> Option<Value> {
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None => header,
    };
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload = json::read(std::str::from_utf8(&payload).ok()?).ok()?;
    payload.is_object().then_some(payload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A claim as API Gateway writes it.
    fn as_text(claim: &Value) -> String {
        match claim {
            Value::String(text) => text.clone(),
            Value::Array(values) => {
                let values: Vec<String> = values.iter().map(as_text).collect();
                format!("[{}]", values.join(" "))
            }
            other => other.to_string(),
        }
    }

    fn header(claims: &Value) -> String {
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("Bearer e30.{payload}.c2ln")
    }

    /// The text form of claims, which are an object.
    fn text_of(claims: &Value) -> HashMap<String, String> {
        let claims = claims.as_object().expect("claims").iter();
        claims
            .map(|(name, claim)| (name.clone(), as_text(claim)))
            .collect()
    }

    #[test]
    fn a_station_is_a_text_that_is_an_id() {
        for (station, is_one) in [
            (json!("demo"), true),
            (json!("7"), true),
            (json!("true"), true),
            (json!("null"), true),
            (json!(7), false),
            (json!(7.5), false),
            (json!(true), false),
            (json!(null), false),
            (json!(""), false),
            (json!(["demo"]), false),
            (json!({ "demo": 1 }), false),
            (json!("x".repeat(65)), false),
            (json!("a b"), false),
            (json!("a/b"), false),
            (json!("ä"), false),
            (json!("demo\n"), false),
        ] {
            let claims = json!({ "station_id": station });
            let (text, header) = (text_of(&claims), header(&claims));
            let read = Claims::new(&text, Some(&header)).expect("a token");
            assert_eq!(read.station().is_some(), is_one, "{claims}");
            // Without the token a text is refused that may have been none.
            let alone = Claims::new(&text, None).expect("claims");
            let may_be_else = ["7", "true", "null"].contains(&text["station_id"].as_str());
            assert_eq!(
                alone.station().is_some(),
                is_one && !may_be_else,
                "{claims}"
            );
        }
        assert_eq!(
            Claims::new(&HashMap::new(), None)
                .expect("claims")
                .station(),
            None
        );
    }

    #[test]
    fn a_token_that_says_otherwise_than_the_gateway_counts_for_nothing() {
        let text = text_of(&json!({ "station_id": "demo", "scope": "task:read" }));
        let other = header(&json!({ "station_id": "other", "scope": "task:write" }));
        let read = Claims::new(&text, Some(&other)).expect("a token");
        assert_eq!(read.station(), None);
        assert!(!read.grants("task:read") && !read.grants("task:write"));
        for header in [
            "",
            "Bearer",
            "Bearer x",
            "Basic e30.e30.e30",
            "Bearer e30.W10.e30",
        ] {
            assert_eq!(
                Claims::new(&text, Some(header)).err(),
                Some(UnreadableToken),
                "{header}"
            );
        }
    }

    #[test]
    fn scopes_are_read_in_every_form_that_issuers_write() {
        for claims in [
            json!({ "scope": "a b c" }),
            json!({ "scope": ["a", "b", "c"] }),
            json!({ "scp": ["a", "b", "c"] }),
            json!({ "scp": "a b c" }),
            json!({ "scope": "a", "scp": ["b", "c"] }),
        ] {
            let (text, header) = (text_of(&claims), header(&claims));
            for header in [None, Some(header.as_str())] {
                let read = Claims::new(&text, header).expect("claims");
                assert!(
                    ["a", "b", "c"].iter().all(|scope| read.grants(scope)),
                    "{claims}"
                );
                for other in ["[a", "c]", "a b", "", "d", "A"] {
                    assert!(!read.grants(other), "{claims} grants {other:?}");
                }
            }
        }
    }

    fn any_scope() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec!["task:read", "task:write", "task:service"]);
        prop_oneof![
            3 => known.prop_map(str::to_owned),
            1 => "[a-z:\\[\\] ,\"]{0,12}",
            1 => Just("[task:read task:write]".to_owned()),
            1 => Just("x task:service".to_owned()),
        ]
    }

    fn any_claim() -> impl Strategy<Value = Value> {
        prop_oneof![
            prop::collection::vec(any_scope(), 0..5).prop_map(Value::from),
            prop::collection::vec(any_scope(), 0..5).prop_map(|scopes| scopes.join(" ").into()),
            any_scope().prop_map(Value::from),
            Just(Value::Null),
            any_scope().prop_map(|scope| json!({ scope: true })),
            any_scope().prop_map(|scope| json!([[scope]])),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_granted_that_is_not_in_the_token(scope in any_claim(), scp in any_claim()) {
            let claims = json!({ "scope": scope, "scp": scp });
            let (text, header) = (text_of(&claims), header(&claims));
            let read = Claims::new(&text, Some(&header)).expect("a token");
            for wanted in ["task:read", "task:write", "task:service"] {
                let is_in = |claim: &Value| match claim {
                    Value::String(text) => text.split(' ').any(|one| one == wanted),
                    Value::Array(all) => all.iter().any(|one| one.as_str() == Some(wanted)),
                    _ => false,
                };
                let is_in_token = is_in(&scope) || is_in(&scp);
                prop_assert!(is_in_token || !read.grants(wanted), "{claims} grants {wanted}");
            }
        }

        #[test]
        fn every_scope_of_a_sound_token_is_granted(
            scopes in prop::collection::vec("[a-z:._-]{1,12}", 1..6),
            as_array: bool,
            name in prop::sample::select(SCOPES.to_vec()),
        ) {
            let claim = if as_array { json!(scopes) } else { json!(scopes.join(" ")) };
            let claims = json!({ name: claim });
            let (text, header) = (text_of(&claims), header(&claims));
            for header in [None, Some(header.as_str())] {
                let read = Claims::new(&text, header).expect("claims");
                for scope in &scopes {
                    prop_assert!(read.grants(scope), "{claims} lacks {scope}");
                }
            }
        }
    }
}
