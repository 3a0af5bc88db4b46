//! The signature by which an endpoint knows that a request is Sluice's, whole and fresh: `v2=` and
//! the HMAC-SHA256 of version, timestamp, idempotency key and body, a line each, in hexadecimal
//! digits. The first version, which leaves out the key, is sent beside it for receivers that know
//! no other.
//! <https://www.rfc-editor.org/rfc/rfc2104>

use std::fmt::{self, Write as _};
use std::str::FromStr;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far a request's time may be from the receiver's clock: a request that somebody recorded
/// is of no use to them later.
pub const TOLERANCE_SECONDS: u64 = 300;

/// A key that both sides know. Its text is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(String);

/// A key must have at least one character: with none, everybody could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is empty")]
pub struct EmptyKey;

/// A request as it came, in what is signed of it.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The header with the time.
    pub timestamp: &'a str,
    /// The header with the idempotency key.
    pub idempotency_key: &'a str,
    /// The bytes of the body.
    pub body: &'a [u8],
}

/// How a signature of the current version begins.
const VERSION: &str = "v2=";

/// Why a request is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The timestamp is no number, or the signature is not `v2=` and 64 hexadecimal digits.
    #[error("timestamp or signature cannot be read")]
    Malformed,
    /// The timestamp is more than [`TOLERANCE_SECONDS`] from now.
    #[error("the request is from another time")]
    Stale,
    /// Key, timestamp, idempotency key and body do not give this signature.
    #[error("the signature is wrong")]
    Wrong,
}

impl FromStr for SigningKey {
    type Err = EmptyKey;

    fn from_str(text: &str) -> Result<Self, EmptyKey> {
        if text.is_empty() {
            return Err(EmptyKey);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Returns the signature of a request that is sent at `timestamp`, in whole seconds since 1970.
    pub fn sign(&self, timestamp: u64, idempotency_key: &str, body: &[u8]) -> String {
        let timestamp = timestamp.to_string();
        let request = SignedRequest {
            timestamp: &timestamp,
            idempotency_key,
            body,
        };
        format!("{VERSION}{}", digits(self.code(&request)))
    }

    /// Returns the signature of the first version, of timestamp and body alone.
    pub fn sign_v1(&self, timestamp: u64, body: &[u8]) -> String {
        digits(self.code_of(&[timestamp.to_string().as_bytes(), b".", body]))
    }

    /// Checks a request by its headers and its body as they came, at `now` in whole seconds
    /// since 1970. How long it takes says nothing about the right signature.
    pub fn verify(
        &self,
        request: &SignedRequest<'_>,
        signature: &str,
        now: u64,
    ) -> Result<(), SignatureError> {
        let sent_at: u64 = request
            .timestamp
            .parse()
            .map_err(|_| SignatureError::Malformed)?;
        let signature = signature.strip_prefix(VERSION).and_then(decode);
        let signature = signature.ok_or(SignatureError::Malformed)?;
        if sent_at.abs_diff(now) > TOLERANCE_SECONDS {
            return Err(SignatureError::Stale);
        }
        self.code(request)
            .verify_slice(&signature)
            .map_err(|_| SignatureError::Wrong)
    }

    /// Neither header can have a line break, so no two requests have the same lines. The first
    /// version begins with a digit.
    fn code(&self, request: &SignedRequest<'_>) -> Hmac<Sha256> {
        self.code_of(&[
            b"v2\n",
            request.timestamp.as_bytes(),
            b"\n",
            request.idempotency_key.as_bytes(),
            b"\n",
            request.body,
        ])
    }

    fn code_of(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut code =
            Hmac::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        for part in parts {
            code.update(part);
        }
        code
    }
}

fn digits(code: Hmac<Sha256>) -> String {
    let code = code.finalize().into_bytes();
    code.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn decode(signature: &str) -> Option<[u8; 32]> {
    let digits = signature.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |index: usize| char::from(pair[index]).to_digit(16);
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The example of docs/endpoints.md; the signatures are from Python's hmac.
    const KEY: &str = "an example of a key";
    const TIMESTAMP: u64 = 1_767_225_600;
    const IDEMPOTENCY_KEY: &str = "demo/7291/2-2";
    const BODY: &str = "{\"idempotency_key\":\"demo/7291/2-2\",\"rows\":[]}";
    const SIGNATURE: &str = "v2=a472ac2e49130ddb9d8d4f8f59bc3c2ec9ff7948beda84e38484f5bbd6f3cc33";
    const SIGNATURE_V1: &str = "302d07baefb09b7e5e97baab2f39911ef14023de78c5e43269dd04f2b5933c36";

    fn key() -> SigningKey {
        KEY.parse().expect("a key")
    }

    fn verify(
        timestamp: &str,
        signature: &str,
        body: &str,
        now: u64,
    ) -> Result<(), SignatureError> {
        let request = SignedRequest {
            timestamp,
            idempotency_key: IDEMPOTENCY_KEY,
            body: body.as_bytes(),
        };
        key().verify(&request, signature, now)
    }

    #[test]
    fn the_published_example_is_signed_as_another_program_signs_it() {
        let signature = key().sign(TIMESTAMP, IDEMPOTENCY_KEY, BODY.as_bytes());
        assert_eq!(signature, SIGNATURE);
        assert_eq!(key().sign_v1(TIMESTAMP, BODY.as_bytes()), SIGNATURE_V1);
        let timestamp = TIMESTAMP.to_string();
        assert_eq!(verify(&timestamp, SIGNATURE, BODY, TIMESTAMP), Ok(()));
        let upper_case = SIGNATURE.to_ascii_uppercase().replace("V2", "v2");
        assert_eq!(verify(&timestamp, &upper_case, BODY, TIMESTAMP), Ok(()));
    }

    #[test]
    fn another_body_time_or_key_is_noticed() {
        let timestamp = TIMESTAMP.to_string();
        let body = BODY.replace("2-2", "2-3");
        let wrong = Err(SignatureError::Wrong);
        assert_eq!(verify(&timestamp, SIGNATURE, &body, TIMESTAMP), wrong);
        let later = (TIMESTAMP + 1).to_string();
        assert_eq!(verify(&later, SIGNATURE, BODY, TIMESTAMP), wrong);
        let other: SigningKey = "another key".parse().expect("a key");
        let signature = other.sign(TIMESTAMP, IDEMPOTENCY_KEY, BODY.as_bytes());
        assert_eq!(verify(&timestamp, &signature, BODY, TIMESTAMP), wrong);
    }

    #[test]
    fn another_idempotency_key_is_noticed() {
        let timestamp = TIMESTAMP.to_string();
        for idempotency_key in ["", "demo/7291/2-3", "demo/7291/2-2 ", "DEMO/7291/2-2"] {
            let request = SignedRequest {
                timestamp: &timestamp,
                idempotency_key,
                body: BODY.as_bytes(),
            };
            let verified = key().verify(&request, SIGNATURE, TIMESTAMP);
            assert_eq!(verified, Err(SignatureError::Wrong), "{idempotency_key}");
        }
    }

    #[test]
    fn a_signature_of_the_first_version_does_not_pass_as_one_of_the_second() {
        let timestamp = TIMESTAMP.to_string();
        let malformed = Err(SignatureError::Malformed);
        assert_eq!(verify(&timestamp, SIGNATURE_V1, BODY, TIMESTAMP), malformed);
        let renamed = format!("v2={SIGNATURE_V1}");
        let wrong = Err(SignatureError::Wrong);
        assert_eq!(verify(&timestamp, &renamed, BODY, TIMESTAMP), wrong);
    }

    #[test]
    fn a_request_is_good_for_five_minutes_and_no_longer() {
        let timestamp = TIMESTAMP.to_string();
        for now in [TIMESTAMP - 300, TIMESTAMP + 300] {
            assert_eq!(verify(&timestamp, SIGNATURE, BODY, now), Ok(()));
        }
        for now in [0, TIMESTAMP - 301, TIMESTAMP + 301] {
            let stale = Err(SignatureError::Stale);
            assert_eq!(verify(&timestamp, SIGNATURE, BODY, now), stale);
        }
    }

    #[test]
    fn headers_that_cannot_be_read_are_no_signature() {
        let (good, cut) = (TIMESTAMP.to_string(), &SIGNATURE[..66]);
        let next = SIGNATURE.replace("v2=", "v3=");
        let not_hex = SIGNATURE.replace('a', "+");
        for (timestamp, signature) in [
            ("", SIGNATURE),
            ("now", SIGNATURE),
            ("-1", SIGNATURE),
            (&good, ""),
            (&good, cut),
            (&good, &not_hex),
            (&good, &next),
        ] {
            let malformed = Err(SignatureError::Malformed);
            assert_eq!(verify(timestamp, signature, BODY, TIMESTAMP), malformed);
        }
    }

    #[test]
    fn a_key_is_not_empty_and_is_never_shown() {
        assert_eq!("".parse::<SigningKey>(), Err(EmptyKey));
        assert!(!format!("{:?}", key()).contains("example"));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_what_is_changed_does_not(
            text in "[ -~]{1,80}",
            body: Vec<u8>,
            idempotency_key in "[ -~]{1,40}",
            timestamp in 400u64..4_000_000_000,
            place: prop::sample::Index,
        ) {
            let key: SigningKey = text.parse().expect("a key");
            let signature = key.sign(timestamp, &idempotency_key, &body);
            let sent_at = timestamp.to_string();
            let request = SignedRequest {
                timestamp: &sent_at,
                idempotency_key: &idempotency_key,
                body: &body,
            };
            prop_assert_eq!(key.verify(&request, &signature, timestamp), Ok(()));
            let mut changed = body.clone();
            match changed.len() {
                0 => changed.push(0),
                length => changed[place.index(length)] ^= 1,
            }
            let changed = SignedRequest { body: &changed, ..request };
            let verified = key.verify(&changed, &signature, timestamp);
            prop_assert_eq!(verified, Err(SignatureError::Wrong));
        }
    }
}
