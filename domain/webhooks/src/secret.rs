//! The secret that a station and its receiver share, and the signature that is made with it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// The header with the message's id, the same at every try.
pub const WEBHOOK_ID: &str = "webhook-id";
/// The header with the time of the try, in whole seconds since 1970.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures: one, or two while a secret is being replaced.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// For how long a replaced secret still signs, beside the new one.
pub const ROTATION: Duration = Duration::from_hours(24);

/// How many bytes a secret has.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A secret. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

/// A text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `{PREFIX}` and 24 to 64 random bytes in base64")]
pub struct SecretProblem;

impl FromStr for WebhookSecret {
    type Err = SecretProblem;

    fn from_str(text: &str) -> Result<Self, SecretProblem> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretProblem)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretProblem)?;
        if BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(SecretProblem)
        }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    /// Returns the text that [`FromStr`] reads, for where secrets are kept.
    pub fn to_stored(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Returns a digest by which the same secret is known again.
    pub fn key_id(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"webhook secret\n")
            .chain_update(&self.0)
            .finalize();
        STANDARD.encode(&digest[..12])
    }

    /// Returns the signature of a message.
    pub fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let code = self.code(&[format!("{id}.{timestamp}.").as_bytes(), body]);
        format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()))
    }

    fn code(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut code = Hmac::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in parts {
            code.update(part);
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_message_is_signed_as_the_scheme_says() {
        // The example of the scheme's own libraries.
        let secret: WebhookSecret = TEXT.parse().expect("a secret");
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_is_long_enough_and_never_shown() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for good in [TEXT.to_owned(), of(24), of(64)] {
            let secret: WebhookSecret = good.parse().expect(&good);
            assert_eq!(secret.to_stored(), good);
            assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        }
        for bad in [
            String::new(),
            "whsec_".to_owned(),
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            "whsec_not base64 at all, but long enough".to_owned(),
            of(23),
            of(65),
        ] {
            assert_eq!(bad.parse::<WebhookSecret>(), Err(SecretProblem), "{bad}");
        }
    }

    #[test]
    fn the_same_secret_is_known_again() {
        let secret: WebhookSecret = TEXT.parse().expect("a secret");
        let other = WebhookSecret(vec![7; 24]);
        assert_eq!(secret.key_id(), secret.clone().key_id());
        assert_ne!(secret.key_id(), other.key_id());
    }
}
