//! Bearer tokens: made for development, checked as API Gateway's JWT authorizer checks them, and
//! strictly where its documentation leaves something open.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};
use sluice_api::{Code, Refusal};
use sluice_basics::ids::StationId;

/// How long a development token is good for.
const TOKEN: Duration = Duration::from_hours(30 * 24);

/// How long the token in the console's link is good for: links end up in histories.
const LINK: Duration = Duration::from_hours(24);

/// Makes and checks tokens with one key.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens of one issuer for one audience.
    pub(crate) fn new(key: &[u8], issuer: String, audience: String) -> Self {
        Self {
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
            issuer,
            audience,
        }
    }

    /// A token for a station with all scopes.
    pub fn development(&self, station: &StationId) -> Result<String, jsonwebtoken::errors::Error> {
        self.for_station(
            station,
            "task:read task:write task:service data:export station:admin score:evaluate mail:send",
            TOKEN,
        )
    }

    /// A token for the console, with the scopes that it needs.
    pub fn console(&self, station: &StationId) -> Result<String, jsonwebtoken::errors::Error> {
        self.for_station(
            station,
            "task:read task:write data:export station:admin score:evaluate mail:send",
            LINK,
        )
    }

    fn for_station(
        &self,
        station: &StationId,
        scope: &str,
        lifetime: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let now = jsonwebtoken::get_current_timestamp();
        self.sign(&json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "development",
            "station_id": station,
            "scope": scope,
            "iat": now,
            "exp": now + lifetime.as_secs(),
        }))
    }

    /// A token with any claims.
    pub fn sign(&self, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
    }

    /// Returns the claims of the request's token: its signature, its times, issuer and audience are
    /// right.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<Map<String, Value>, Refusal> {
        let mut authorizations = headers.get_all(AUTHORIZATION).into_iter();
        let (Some(authorization), None) = (authorizations.next(), authorizations.next()) else {
            return Err(unauthorized(
                "send the header `Authorization: Bearer <token>` once",
            ));
        };
        let token = authorization
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| unauthorized("send the header `Authorization: Bearer <token>`"))?;
        let refused = |why: String| {
            tracing::debug!(why, "a token is refused");
            unauthorized("the token is not valid or has expired: get a new one")
        };
        let mut validation = Validation::new(Algorithm::HS256);
        // The claims are checked below, with no leeway and no type that stands for another.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = decode::<Map<String, Value>>(token, &self.decoding, &validation)
            .map_err(|error| refused(error.to_string()))?
            .claims;
        let now = jiff::Timestamp::now().as_millisecond() as f64 / 1_000.0;
        match self.trouble(&claims, now) {
            None => Ok(claims),
            Some(claim) => Err(refused(format!("the claim {claim}"))),
        }
    }

    /// Returns the claim that is missing or wrong at a time, in seconds since 1970.
    fn trouble(&self, claims: &Map<String, Value>, now: f64) -> Option<&'static str> {
        let is_ours = |value: &Value| value.as_str() == Some(&self.audience);
        let is_for_us = match (claims.get("aud"), claims.get("client_id")) {
            (Some(Value::Array(audiences)), _) => {
                audiences.iter().any(is_ours) && audiences.iter().all(Value::is_string)
            }
            (Some(audience), _) => is_ours(audience),
            // As API Gateway does where a token names no audience.
            (None, Some(client)) => is_ours(client),
            (None, None) => false,
        };
        let has_begun = |name: &str| {
            let time = claims.get(name);
            time.is_none_or(|time| time.as_f64().is_some_and(|time| time <= now))
        };
        let expires = claims.get("exp").and_then(Value::as_f64);
        let issuer = claims.get("iss").and_then(Value::as_str);
        [
            ("exp", expires.is_some_and(|expires| expires > now)),
            ("nbf", has_begun("nbf")),
            ("iat", has_begun("iat")),
            ("iss", issuer == Some(&self.issuer)),
            ("aud", is_for_us),
        ]
        .into_iter()
        .find_map(|(name, is_right)| (!is_right).then_some(name))
    }
}

fn unauthorized(msg: &str) -> Refusal {
    Refusal::new(Code::Unauthorized, msg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(
            b"a key",
            "https://issuer.example/".to_owned(),
            "sluice".to_owned(),
        )
    }

    fn trouble(change: impl FnOnce(&mut Map<String, Value>)) -> Option<&'static str> {
        let claims = json!({
            "iss": "https://issuer.example/", "aud": "sluice", "exp": 1_000.5, "iat": 900, "nbf": 900,
        });
        let Value::Object(mut claims) = claims else {
            unreachable!("an object is written above");
        };
        change(&mut claims);
        tokens().trouble(&claims, 1_000.0)
    }

    fn with(name: &str, value: Value) -> Option<&'static str> {
        trouble(|claims| {
            claims.insert(name.to_owned(), value);
        })
    }

    #[test]
    fn a_token_is_good_from_its_first_second_to_its_last_and_not_a_second_more() {
        assert_eq!(trouble(|_| {}), None);
        for (name, good, bad) in [
            ("exp", json!(1_001), json!(1_000)),
            ("exp", json!(5e9), json!(999)),
            ("nbf", json!(1_000), json!(1_001)),
            ("iat", json!(1_000), json!(1_000.5)),
        ] {
            assert_eq!(with(name, good), None, "{name}");
            assert_eq!(with(name, bad), Some(name));
            for wrong in [json!("1000"), json!(null), json!([1_001]), json!(true)] {
                assert_eq!(with(name, wrong), Some(name));
            }
        }
        let without = |name: &'static str| trouble(|claims| drop(claims.remove(name)));
        assert_eq!(without("exp"), Some("exp"));
        assert_eq!(without("nbf"), None);
        assert_eq!(without("iat"), None);
    }

    #[test]
    fn a_token_is_of_the_issuer_and_for_the_audience_of_the_template() {
        for (name, good) in [
            ("aud", json!("sluice")),
            ("aud", json!(["other", "sluice"])),
            ("iss", json!("https://issuer.example/")),
        ] {
            assert_eq!(with(name, good), None);
        }
        for (name, bad) in [
            ("aud", json!("Sluice")),
            ("aud", json!([])),
            ("aud", json!(["sluice", 7])),
            ("aud", json!({ "sluice": true })),
            ("iss", json!("https://issuer.example")),
            ("iss", json!(["https://issuer.example/"])),
        ] {
            assert_eq!(with(name, bad.clone()), Some(name), "{bad}");
        }
        let client = |id: &str| {
            trouble(|claims| {
                claims.remove("aud");
                claims.insert("client_id".to_owned(), id.into());
            })
        };
        assert_eq!(client("sluice"), None);
        assert_eq!(client("other"), Some("aud"));
        assert_eq!(trouble(|claims| drop(claims.remove("aud"))), Some("aud"));
        assert_eq!(trouble(|claims| drop(claims.remove("iss"))), Some("iss"));
    }

    #[test]
    fn a_token_is_signed_with_our_key_and_algorithm() {
        let tokens = tokens();
        let station = "demo".parse().expect("a station");
        let checked = |tokens: &Tokens, token: &str| {
            let mut headers = HeaderMap::new();
            let value = format!("Bearer {token}").parse().expect("a value");
            headers.append(AUTHORIZATION, value);
            tokens.check(&headers).is_ok()
        };
        let token = tokens.console(&station).expect("a token");
        assert!(checked(&tokens, &token));
        let other = Tokens::new(
            b"another key",
            tokens.issuer.clone(),
            tokens.audience.clone(),
        );
        assert!(!checked(&other, &token));
        let claims = json!({ "iss": tokens.issuer, "aud": tokens.audience, "exp": 9e9 });
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let key = EncodingKey::from_secret(b"a key");
            let token = encode(&Header::new(algorithm), &claims, &key).expect("a token");
            assert!(!checked(&tokens, &token), "{algorithm:?}");
        }
        assert!(checked(&tokens, &tokens.sign(&claims).expect("a token")));
        // {"alg":"none"}, the same claims, no signature.
        let unsigned = tokens.sign(&claims).expect("a token");
        let payload = unsigned.split('.').nth(1).expect("claims");
        assert!(!checked(
            &tokens,
            &format!("eyJhbGciOiJub25lIn0.{payload}.")
        ));

        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            let value = format!("Bearer {token}").parse().expect("a value");
            twice.append(AUTHORIZATION, value);
        }
        assert!(tokens.check(&twice).is_err());
    }
}
