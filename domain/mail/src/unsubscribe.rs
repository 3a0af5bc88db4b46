//! Links by which recipients unsubscribe: who has the link of an e-mail can take that address off the station's
//! mailings, and nothing else.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::StationId;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Sha256;

/// The key with which a station's links are signed: 32 random bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnsubscribeKey(String);

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// Whose mailings.
    pub station: StationId,
    /// Which address.
    pub address: String,
    signature: Vec<u8>,
}

/// A text that is no link of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this link is not complete: open it as it stands in the e-mail")]
pub struct NoToken;

impl UnsubscribeKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn mac(&self, station: &StationId, address: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        // No station's id has a line break in it.
        mac.update(format!("unsubscribe\n{station}\n{address}").as_bytes());
        Some(mac)
    }

    /// Signs a link.
    pub fn sign(&self, station: &StationId, address: &str) -> UnsubscribeToken {
        let mac = self.mac(station, address);
        let signature = mac.map(|mac| mac.finalize().into_bytes().to_vec());
        UnsubscribeToken {
            station: station.clone(),
            address: address.to_owned(),
            signature: signature.unwrap_or_default(),
        }
    }

    /// Whether a link was signed with this key.
    pub fn verifies(&self, token: &UnsubscribeToken) -> bool {
        let mac = self.mac(&token.station, &token.address);
        mac.is_some_and(|mac| mac.verify_slice(&token.signature).is_ok())
    }
}

impl fmt::Debug for UnsubscribeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsubscribeKey").finish_non_exhaustive()
    }
}

impl fmt::Display for UnsubscribeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = URL_SAFE_NO_PAD.encode(&self.address);
        let signature = URL_SAFE_NO_PAD.encode(&self.signature);
        write!(f, "{}.{address}.{signature}", self.station)
    }
}

impl FromStr for UnsubscribeToken {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let mut parts = text.split('.');
        let (Some(station), Some(address), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoToken);
        };
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| NoToken);
        Ok(Self {
            station: station.parse().map_err(|_| NoToken)?,
            address: String::from_utf8(bytes(address)?).map_err(|_| NoToken)?,
            signature: bytes(signature)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_one_station_and_one_address_and_is_signed_for_them() {
        let key = UnsubscribeKey::new([7; 32]);
        let station: StationId = "demo_1".parse().expect("a station");
        let token = key.sign(&station, "ann@example.com");
        let read: UnsubscribeToken = token.to_string().parse().expect("a token");
        assert_eq!(read, token);
        assert!(key.verifies(&read));
        assert!(!UnsubscribeKey::new([8; 32]).verifies(&read));
        let of_other = UnsubscribeToken {
            address: "bob@example.com".to_owned(),
            ..read.clone()
        };
        assert!(!key.verifies(&of_other));
        let of_other = UnsubscribeToken {
            station: "demo_2".parse().expect("a station"),
            ..read.clone()
        };
        assert!(!key.verifies(&of_other));
        let unsigned = UnsubscribeToken {
            signature: Vec::new(),
            ..read
        };
        assert!(!key.verifies(&unsigned));
        for text in [
            "",
            "demo",
            "demo.a",
            "demo.a.b.c",
            "de mo.YQ.YQ",
            "demo.!.YQ",
        ] {
            assert_eq!(text.parse::<UnsubscribeToken>(), Err(NoToken), "{text}");
        }
    }
}
