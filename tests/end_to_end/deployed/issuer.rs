//! An issuer of tokens as the template's JWT authorizer wants it: RS256, with its key published
//! under `/.well-known`.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The template's default.
const AUDIENCE: &str = "sluice";
const KEY_ID: &str = "test";

/// A running issuer.
pub struct Issuer {
    /// What tokens name as their issuer.
    pub url: String,
    key: KeyPair,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}");
        let key = new_key();
        let configuration = json!({ "issuer": url, "jwks_uri": format!("{url}/jwks.json") });
        let public = key.public_key();
        let keys = json!({ "keys": [{
            "kid": KEY_ID,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }] });
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(async || Json(configuration)),
            )
            .route("/jwks.json", get(async || Json(keys)));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, key }
    }

    /// A token of a station, with all scopes.
    pub fn token(&self, station_id: &str) -> String {
        self.sign(&self.key, station_id)
    }

    /// The same, signed with another key.
    pub fn forged_token(&self, station_id: &str) -> String {
        self.sign(&new_key(), station_id)
    }

    fn sign(&self, key: &KeyPair, station_id: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID });
        let claims = json!({
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "test",
            "station_id": station_id,
            "scope": "task:read task:write task:service mail:send station:admin",
            "exp": now.expect("a clock after 1970").as_secs() + 3_600,
        });
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate(KeySize::Rsa2048).expect("a key")
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
