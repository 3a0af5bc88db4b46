//! The additional checksums of S3 (`x-amz-checksum-*`): named, kept, and compared.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

mod crc64nvme;

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use s3s::S3ErrorCode;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An algorithm that S3 offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The header or trailer that carries a value of this algorithm.
    pub(crate) fn header_name(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm whose value a header or trailer carries.
    pub(crate) fn of_header(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| name.eq_ignore_ascii_case(algorithm.header_name()))
    }

    /// The algorithm that a client names to create an upload.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| {
            let header = algorithm.header_name();
            let suffix = header.strip_prefix("x-amz-checksum-");
            suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(name))
        })
    }
}

/// Base64 values by algorithm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksums(BTreeMap<Algorithm, String>);

impl Checksums {
    pub(crate) fn insert(&mut self, algorithm: Algorithm, value: impl Into<String>) {
        self.0.insert(algorithm, value.into());
    }

    pub(crate) fn get(&self, algorithm: Algorithm) -> Option<String> {
        self.0.get(&algorithm).cloned()
    }

    pub(crate) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.0.keys().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds values, in place of those of the same algorithms.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether a value is of all parts' values and not of the bytes: `…-N`.
    pub(crate) fn is_composite(&self) -> bool {
        self.0.values().any(|value| is_composite(value))
    }

    /// Those of the bytes themselves.
    pub(crate) fn of_bytes(mut self) -> Self {
        self.0.retain(|_, value| !is_composite(value));
        self
    }

    /// What answers say. S3 keeps one checksum of an object: CRC64NVME unless the writer named
    /// another. Here CRC64NVME is always kept, and said where there is no other.
    pub(crate) fn shown(&self) -> Self {
        let mut shown = self.clone();
        if shown.0.len() > 1 {
            shown.0.remove(&Algorithm::Crc64Nvme);
        }
        shown
    }

    /// Refuses unless each value here is also in `computed`.
    pub(crate) fn expect_in(&self, computed: &Self) -> Result<(), Error> {
        for (algorithm, value) in &self.0 {
            if computed.0.get(algorithm) != Some(value) {
                let header = algorithm.header_name();
                let message = format!("the value of {header} is not that of the received bytes");
                return Err(Error::refused(S3ErrorCode::BadDigest, message));
            }
        }
        Ok(())
    }

    /// The composite checksums of an object whose parts have `parts`: the checksum of the parts'
    /// checksums, for those of `algorithms` that each part has.
    pub(crate) fn composite(
        parts: &[&Self],
        algorithms: impl IntoIterator<Item = Algorithm>,
    ) -> Self {
        let mut composite = Self::default();
        for algorithm in algorithms {
            if algorithm == Algorithm::Crc64Nvme {
                // S3 has it of whole objects only.
                continue;
            }
            let mut hasher = Hasher::new([algorithm]);
            let decoded = parts.iter().all(|part| {
                let value = part.0.get(&algorithm);
                let bytes = value.and_then(|value| BASE64_STANDARD.decode(value).ok());
                bytes.is_some_and(|bytes| {
                    hasher.update(&bytes);
                    true
                })
            });
            if decoded && let Some(value) = hasher.finish().get(algorithm) {
                composite.insert(algorithm, format!("{value}-{}", parts.len()));
            }
        }
        composite
    }

    /// The CRC64NVME of the bytes of all parts one after the other, from the checksums and the
    /// sizes of the parts; nothing if a part was taken in by a version that did not compute it.
    pub(crate) fn joined<'a>(parts: impl IntoIterator<Item = (&'a Self, u64)>) -> Self {
        let mut joined = Self::default();
        let mut whole = 0;
        for (part, size_bytes) in parts {
            let value = part.0.get(&Algorithm::Crc64Nvme);
            let bytes = value.and_then(|value| BASE64_STANDARD.decode(value).ok());
            let Some(bytes) = bytes.and_then(|bytes| bytes.try_into().ok()) else {
                return joined;
            };
            whole = crc64nvme::join(whole, u64::from_be_bytes(bytes), size_bytes);
        }
        let whole = BASE64_STANDARD.encode(whole.to_be_bytes());
        joined.insert(Algorithm::Crc64Nvme, whole);
        joined
    }
}

fn is_composite(value: &str) -> bool {
    value.contains('-')
}

/// Copies the five `checksum_…` fields of a message of `s3s` into [`Checksums`].
macro_rules! checksums_of {
    ($message:expr) => {{
        use $crate::checksums::{Algorithm, Checksums};
        let mut checksums = Checksums::default();
        for (algorithm, value) in [
            (Algorithm::Crc32, &$message.checksum_crc32),
            (Algorithm::Crc32c, &$message.checksum_crc32c),
            (Algorithm::Crc64Nvme, &$message.checksum_crc64nvme),
            (Algorithm::Sha1, &$message.checksum_sha1),
            (Algorithm::Sha256, &$message.checksum_sha256),
        ] {
            if let Some(value) = value {
                checksums.insert(algorithm, value.clone());
            }
        }
        checksums
    }};
}

/// Copies those of [`Checksums`] that answers say into the five `checksum_…` fields of a message of `s3s`.
macro_rules! set_checksums {
    ($message:expr, $checksums:expr) => {{
        use $crate::checksums::Algorithm;
        let shown = $checksums.shown();
        $message.checksum_crc32 = shown.get(Algorithm::Crc32);
        $message.checksum_crc32c = shown.get(Algorithm::Crc32c);
        $message.checksum_crc64nvme = shown.get(Algorithm::Crc64Nvme);
        $message.checksum_sha1 = shown.get(Algorithm::Sha1);
        $message.checksum_sha256 = shown.get(Algorithm::Sha256);
    }};
}

pub(crate) use {checksums_of, set_checksums};

/// Computes several checksums in one pass.
#[derive(Default)]
pub(crate) struct Hasher(ChecksumHasher);

impl Hasher {
    pub(crate) fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut hasher = ChecksumHasher::default();
        for algorithm in algorithms {
            match algorithm {
                Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
                Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
                Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
                Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
                Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
            }
        }
        Self(hasher)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Checksums {
        let computed = self.0.finalize();
        checksums_of!(computed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_composite_checksum_is_that_of_the_parts_checksums() {
        let part = |bytes: &[u8]| {
            let mut hasher = Hasher::new([Algorithm::Crc32]);
            hasher.update(bytes);
            hasher.finish()
        };
        let parts = [part(b"first"), part(b"second")];

        let mut joined = crc32fast::Hasher::new();
        joined.update(&crc32fast::hash(b"first").to_be_bytes());
        joined.update(&crc32fast::hash(b"second").to_be_bytes());
        let expected = BASE64_STANDARD.encode(joined.finalize().to_be_bytes());

        let composite = Checksums::composite(&[&parts[0], &parts[1]], Algorithm::ALL);
        assert_eq!(
            composite.get(Algorithm::Crc32),
            Some(format!("{expected}-2"))
        );
        assert_eq!(composite.algorithms().count(), 1);
        assert!(composite.is_composite());
    }

    #[test]
    fn only_parts_that_all_have_a_crc64nvme_are_joined() {
        let part = |bytes: &[u8]| {
            let mut hasher = Hasher::new([Algorithm::Crc64Nvme]);
            hasher.update(bytes);
            hasher.finish()
        };
        let (first, second) = (part(b"1234"), part(b"56789"));
        let joined = Checksums::joined([(&first, 4), (&second, 5)]);
        let value = joined.get(Algorithm::Crc64Nvme);
        assert_eq!(value.as_deref(), Some("rosUhgp5mIg="));

        let without = Checksums::default();
        assert!(Checksums::joined([(&first, 4), (&without, 5)]).is_empty());
    }

    #[test]
    fn algorithms_are_found_by_what_clients_call_them() {
        for algorithm in Algorithm::ALL {
            assert_eq!(
                Algorithm::of_header(algorithm.header_name()),
                Some(algorithm)
            );
        }
        assert_eq!(Algorithm::of_name("CRC64NVME"), Some(Algorithm::Crc64Nvme));
        assert_eq!(Algorithm::of_name("SHA1"), Some(Algorithm::Sha1));
        assert_eq!(Algorithm::of_name("MD5"), None);
    }
}
