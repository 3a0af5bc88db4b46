//! What an object or a part consists of: segments, each a whole blob.
//!
//! The object of a multipart upload takes over the blobs of its parts, so completing an upload
//! copies nothing and needs no space, however large it is.

use std::ops::Range;

use rusqlite::Row;

use super::unreadable;
use crate::blobs::BlobId;
use crate::checksums::Checksums;

/// The bytes of an object or a part, by reference, and what is known about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) segments: Vec<Segment>,
    pub(crate) size_bytes: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
}

/// A blob as a part of some content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) blob: BlobId,
    pub(crate) size_bytes: u64,
}

/// Bytes of one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) blob: BlobId,
    pub(crate) bytes: Range<u64>,
}

impl Content {
    /// The blobs, in order.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = BlobId> {
        self.segments.iter().map(|segment| segment.blob)
    }

    /// Where the bytes of a range are, in order.
    pub(crate) fn extents(&self, range: &Range<u64>) -> Vec<Extent> {
        let mut extents = Vec::new();
        let mut start = 0;
        for segment in &self.segments {
            let end = start + segment.size_bytes;
            let bytes = range.start.max(start)..range.end.min(end);
            if bytes.start < bytes.end {
                extents.push(Extent {
                    blob: segment.blob,
                    bytes: bytes.start - start..bytes.end - start,
                });
            }
            start = end;
        }
        extents
    }

    /// Reads the columns `segments`, `size`, `etag` and `checksums`.
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let checksums: String = row.get("checksums")?;
        Ok(Self {
            segments: segments_of(row)?,
            size_bytes: row.get("size")?,
            etag: row.get("etag")?,
            checksums: serde_json::from_str(&checksums).map_err(unreadable)?,
        })
    }

    /// The value of the column `segments`: for each the name of its blob and its size, in 24 bytes,
    /// since an object can have ten thousand of them.
    pub(super) fn packed_segments(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.segments.len() * SEGMENT_BYTES);
        for segment in &self.segments {
            packed.extend(segment.blob.to_bytes());
            packed.extend(segment.size_bytes.to_be_bytes());
        }
        packed
    }
}

const SEGMENT_BYTES: usize = BlobId::BYTES + size_of::<u64>();

/// Reads the column `segments`.
pub(super) fn segments_of(row: &Row<'_>) -> rusqlite::Result<Vec<Segment>> {
    let packed: Vec<u8> = row.get("segments")?;
    let segments = packed.chunks(SEGMENT_BYTES).map(|segment| {
        let (blob, size) = segment.split_first_chunk()?;
        Some(Segment {
            blob: BlobId::from_bytes(*blob),
            size_bytes: u64::from_be_bytes(size.try_into().ok()?),
        })
    });
    let segments: Option<_> = segments.collect();
    segments.ok_or_else(|| unreadable(std::fmt::Error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(sizes: &[u64]) -> Content {
        let segments = sizes.iter().zip(0u8..).map(|(size, n)| Segment {
            blob: BlobId::from_bytes([n; 16]),
            size_bytes: *size,
        });
        Content {
            segments: segments.collect(),
            size_bytes: sizes.iter().sum(),
            etag: String::new(),
            checksums: Checksums::default(),
        }
    }

    #[test]
    fn a_range_over_several_segments_has_an_extent_in_each() {
        let extent = |n, bytes| Extent {
            blob: BlobId::from_bytes([n; 16]),
            bytes,
        };
        let content = content(&[10, 0, 5, 10]);
        assert_eq!(
            content.extents(&(8..17)),
            [extent(0, 8..10), extent(2, 0..5), extent(3, 0..2)]
        );
        assert_eq!(content.extents(&(10..12)), [extent(2, 0..2)]);
        assert_eq!(content.extents(&(0..0)), []);
    }
}
