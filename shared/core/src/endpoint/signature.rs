//! The signature by which an endpoint knows that a request is Sluice's, whole and fresh: the
//! HMAC-SHA256 of `<timestamp>.<body>` in hexadecimal digits.
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

/// Why a request is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The timestamp is no number, or the signature does not have 64 hexadecimal digits.
    #[error("timestamp or signature cannot be read")]
    Malformed,
    /// The timestamp is more than [`TOLERANCE_SECONDS`] from now.
    #[error("the request is from another time")]
    Stale,
    /// Key, timestamp and body do not give this signature.
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
    /// The signature of a body that is sent at `timestamp`, in whole seconds since 1970: 64
    /// hexadecimal digits in lower case.
    pub fn sign(&self, timestamp: u64, body: &[u8]) -> String {
        let code = self.code(&timestamp.to_string(), body).finalize();
        code.into_bytes()
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// Checks a request by its headers and its body as they came, at `now` in whole seconds
    /// since 1970. How long it takes says nothing about the right signature.
    pub fn verify(
        &self,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: u64,
    ) -> Result<(), SignatureError> {
        let sent_at: u64 = timestamp.parse().map_err(|_| SignatureError::Malformed)?;
        let signature = decode(signature).ok_or(SignatureError::Malformed)?;
        if sent_at.abs_diff(now) > TOLERANCE_SECONDS {
            return Err(SignatureError::Stale);
        }
        self.code(timestamp, body)
            .verify_slice(&signature)
            .map_err(|_| SignatureError::Wrong)
    }

    fn code(&self, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut code =
            Hmac::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        code.update(timestamp.as_bytes());
        code.update(b".");
        code.update(body);
        code
    }
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

    // The example of docs/endpoints.md; the signature is from Python's hmac.
    const KEY: &str = "an example of a key";
    const TIMESTAMP: u64 = 1_767_225_600;
    const BODY: &str = "{\"idempotency_key\":\"demo/7291/2-2\",\"rows\":[]}";
    const SIGNATURE: &str = "302d07baefb09b7e5e97baab2f39911ef14023de78c5e43269dd04f2b5933c36";

    fn key() -> SigningKey {
        KEY.parse().expect("a key")
    }

    fn verify(
        timestamp: &str,
        signature: &str,
        body: &str,
        now: u64,
    ) -> Result<(), SignatureError> {
        key().verify(timestamp, signature, body.as_bytes(), now)
    }

    #[test]
    fn the_published_example_is_signed_as_another_program_signs_it() {
        assert_eq!(key().sign(TIMESTAMP, BODY.as_bytes()), SIGNATURE);
        let timestamp = TIMESTAMP.to_string();
        assert_eq!(verify(&timestamp, SIGNATURE, BODY, TIMESTAMP), Ok(()));
        let upper_case = SIGNATURE.to_ascii_uppercase();
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
        let signature = other.sign(TIMESTAMP, BODY.as_bytes());
        assert_eq!(verify(&timestamp, &signature, BODY, TIMESTAMP), wrong);
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
        let (good, cut) = (TIMESTAMP.to_string(), &SIGNATURE[1..]);
        let not_hex = SIGNATURE.replace('a', "+");
        for (timestamp, signature) in [
            ("", SIGNATURE),
            ("now", SIGNATURE),
            ("-1", SIGNATURE),
            (&good, ""),
            (&good, cut),
            (&good, &not_hex),
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
            timestamp in 400u64..4_000_000_000,
            place: prop::sample::Index,
        ) {
            let key: SigningKey = text.parse().expect("a key");
            let signature = key.sign(timestamp, &body);
            let sent_at = timestamp.to_string();
            prop_assert_eq!(key.verify(&sent_at, &signature, &body, timestamp), Ok(()));
            let mut changed = body.clone();
            match changed.len() {
                0 => changed.push(0),
                length => changed[place.index(length)] ^= 1,
            }
            let verified = key.verify(&sent_at, &signature, &changed, timestamp);
            prop_assert_eq!(verified, Err(SignatureError::Wrong));
        }
    }
}
