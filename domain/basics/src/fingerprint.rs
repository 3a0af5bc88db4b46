//! A short name for content.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The first 160 bits of the content's SHA-256 as 40 hexadecimal digits.
pub fn fingerprint(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .take(20)
        .fold(String::with_capacity(40), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
