//! Bearer tokens: made for development, checked as API Gateway's JWT authorizer checks them.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};
use sluice_core::api::{Code, Refusal};
use sluice_core::ids::StationId;

/// How long a development token is good for.
const DAYS: u64 = 30;

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
        self.sign(&json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "development",
            "station_id": station,
            "scope": "task:read task:write task:service",
            "exp": jsonwebtoken::get_current_timestamp() + DAYS * 86_400,
        }))
    }

    /// A token with any claims.
    pub fn sign(&self, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
    }

    /// The claims of the request's token: signature, expiry, issuer and audience are right.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<Map<String, Value>, Refusal> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| {
                let msg = "send the header `Authorization: Bearer <token>`";
                Refusal::new(Code::Unauthorized, msg)
            })?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        decode(token, &self.decoding, &validation)
            .map(|data| data.claims)
            .map_err(|error| {
                tracing::debug!(%error, "a token is refused");
                Refusal::new(
                    Code::Unauthorized,
                    "the token is not valid or has expired: get a new one",
                )
            })
    }
}
