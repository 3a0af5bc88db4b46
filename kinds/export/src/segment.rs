//! The object of one segment: what it says of itself is what it is joined and proved by. A segment that is
//! written again is another object; the one that its chunk's marker names counts.

use sluice_aws::{AwsError, ObjectWriter, Objects};
use sluice_export::Segment;
use sluice_profile::{Stage, stage};

/// Writes the object of a segment.
#[derive(Debug)]
pub struct SegmentWriter {
    key: String,
    object: ObjectWriter,
    segment: Segment,
}

impl SegmentWriter {
    /// Begins an object.
    pub fn new(objects: &Objects, key: String, content_type: &'static str) -> Self {
        Self {
            object: objects.writer(key.clone(), content_type),
            key,
            segment: Segment::default(),
        }
    }

    /// Counts what was looked at.
    pub fn scanned(&mut self, count: u64) {
        self.segment.scanned += count;
    }

    /// Counts rows that are about to be written, the last of which has this key.
    pub fn rows(&mut self, count: u64, key: &str) {
        self.segment.rows += count;
        let first = &mut self.segment.first;
        first.get_or_insert_with(|| key.to_owned());
        self.segment.last = Some(key.to_owned());
    }

    /// Writes rows.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AwsError> {
        stage(Stage::PutObject, self.object.write(bytes)).await
    }

    /// Ends the object, which is not there if no row was written. Returns what the chunk's marker keeps.
    pub async fn finish(mut self) -> Result<Segment, AwsError> {
        if self.segment.rows > 0 {
            let written = stage(Stage::PutObject, self.object.finish()).await?;
            self.segment.object_key = Some(self.key);
            self.segment.bytes = written.bytes;
            self.segment.crc64nvme = written.crc64nvme;
        }
        Ok(self.segment)
    }
}

/// Tells the object of this try from those of others.
pub fn fresh_number() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) as u32
}
