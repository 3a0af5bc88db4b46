//! What an import replaces, kept before it does: so that an undo can restore it.
//!
//! A row is replaced only if it is as its image says, every column of it. So the image of a row that was
//! replaced is the last one that was kept of it: who kept another one before could not write. Objects have a
//! sequence, which grows from try to try and, where others keep changing rows, from round to round. Should two
//! tries at the same time have kept different images under the same sequence, neither is certain.

use std::collections::HashMap;
use std::ops::{Not, RangeInclusive};

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;

use crate::error::AwsError;
use crate::objects::Objects;
use crate::row_writer::Before;

/// Objects that are read at the same time.
const AT_ONCE: usize = 4;

/// The images of a part of an import's rows: of a chunk, or of those that waited for the end.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// Where they lie.
    pub objects: &'a Objects,
    /// The import.
    pub task: &'a TaskRef,
    /// The chunk; none for rows that waited for the end.
    pub chunk: Option<u32>,
}

/// What an imported row has replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Image {
    /// Nothing: there was no row with its key.
    Nothing,
    /// This row.
    Row(Before),
    /// One of several, and it is not known which.
    Uncertain,
}

/// A line of an object.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    row: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Before>,
    #[serde(default, skip_serializing_if = "Not::not")]
    uncertain: bool,
}

impl Line {
    fn image(self) -> Image {
        match self.before {
            _ if self.uncertain => Image::Uncertain,
            Some(before) => Image::Row(before),
            None => Image::Nothing,
        }
    }
}

impl Images<'_> {
    /// The sequence of the next object.
    pub async fn next_sequence(&self) -> Result<u32, AwsError> {
        let keys = self.keys().await?;
        let last = keys.into_iter().map(|(sequence, _, _)| sequence).max();
        Ok(last.map_or(0, |last| last + 1))
    }

    /// How many objects there are.
    pub async fn count(&self) -> Result<u64, AwsError> {
        Ok(self.keys().await?.len() as u64)
    }

    /// Keeps what some rows are about to replace.
    pub async fn keep(&self, sequence: u32, images: Vec<(u64, Image)>) -> Result<(), AwsError> {
        let rows = images.iter().map(|(row, _)| *row);
        let (Some(first), Some(last)) = (rows.clone().min(), rows.max()) else {
            return Ok(());
        };
        let mut lines = Vec::new();
        for (row, image) in images {
            let line = serde_json::to_vec(&Line {
                row,
                uncertain: image == Image::Uncertain,
                before: match image {
                    Image::Row(before) => Some(before),
                    Image::Nothing | Image::Uncertain => None,
                },
            });
            lines.extend(line.map_err(|error| AwsError::new("keeping images", error))?);
            lines.push(b'\n');
        }
        let name = format!("{:08x}", rand::random::<u32>());
        let key = object_key::images(self.task, self.chunk, sequence, first..=last, &name);
        self.objects.put(&key, "application/x-ndjson", lines).await
    }

    /// Reads what rows have replaced. Those that are not among the images have replaced nothing. None if there are
    /// fewer objects than were counted once: some have expired, or were deleted.
    pub async fn of_rows(
        &self,
        rows: RangeInclusive<u64>,
        at_least: u64,
    ) -> Result<Option<HashMap<u64, Image>>, AwsError> {
        let mut keys = self.keys().await?;
        if (keys.len() as u64) < at_least {
            return Ok(None);
        }
        keys.retain(|(_, of, _)| of.start() <= rows.end() && rows.start() <= of.end());
        let read = keys.into_iter().map(|(sequence, _, key)| async move {
            let bytes = self.objects.get(&key).await?;
            Ok::<_, AwsError>((sequence, bytes))
        });
        let objects = futures::stream::iter(read).buffered(AT_ONCE);
        let objects: Vec<(u32, bytes::Bytes)> = objects.try_collect().await?;
        let mut last = Last::default();
        for (sequence, bytes) in objects {
            for line in bytes.split(|byte| *byte == b'\n') {
                if line.is_empty() {
                    continue;
                }
                let line: Line = serde_json::from_slice(line)
                    .map_err(|error| AwsError::new("reading images", error))?;
                if rows.contains(&line.row) {
                    last.add(sequence, line.row, line.image());
                }
            }
        }
        Ok(Some(last.images()))
    }

    async fn keys(&self) -> Result<Vec<(u32, RangeInclusive<u64>, String)>, AwsError> {
        let keys = self
            .objects
            .list(&object_key::all_images(self.task, self.chunk))
            .await?;
        let parsed = keys.into_iter().filter_map(|key| {
            let (sequence, rows) = object_key::parse_images(&key)?;
            Some((sequence, rows, key))
        });
        Ok(parsed.collect())
    }
}

/// The last image of each row.
#[derive(Debug, Default)]
struct Last(HashMap<u64, (u32, Image)>);

impl Last {
    fn add(&mut self, sequence: u32, row: u64, image: Image) {
        match self.0.get_mut(&row) {
            Some((known, _)) if sequence < *known => {}
            Some((known, kept)) if sequence == *known => {
                if *kept != image {
                    *kept = Image::Uncertain;
                }
            }
            _ => {
                self.0.insert(row, (sequence, image));
            }
        }
    }

    fn images(self) -> HashMap<u64, Image> {
        let images = self.0.into_iter();
        images.map(|(row, (_, image))| (row, image)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(name: &str) -> Image {
        let before = serde_json::from_value(json!({ "name": { "S": name } }));
        Image::Row(before.expect("an image"))
    }

    #[test]
    fn the_last_image_counts_in_whatever_order_they_are_read() {
        let kept = [row("a"), Image::Nothing, row("c")];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut last = Last::default();
            for sequence in order {
                last.add(sequence, 5, kept[sequence as usize].clone());
            }
            assert_eq!(last.images()[&5], row("c"), "{order:?}");
        }
    }

    #[test]
    fn of_two_images_with_the_same_sequence_neither_is_certain_unless_they_are_the_same() {
        let mut last = Last::default();
        last.add(0, 5, row("a"));
        last.add(0, 5, row("a"));
        last.add(0, 6, row("a"));
        last.add(0, 6, Image::Nothing);
        last.add(0, 6, row("a"));
        let images = last.images();
        assert_eq!(images[&5], row("a"));
        assert_eq!(images[&6], Image::Uncertain);
    }

    #[test]
    fn an_image_is_read_as_it_was_kept() {
        for image in [row("a"), Image::Nothing, Image::Uncertain] {
            let line = Line {
                row: 5,
                uncertain: image == Image::Uncertain,
                before: match &image {
                    Image::Row(before) => Some(before.clone()),
                    _ => None,
                },
            };
            let json = serde_json::to_string(&line).expect("JSON");
            let read: Line = serde_json::from_str(&json).expect("a line");
            assert_eq!(read.image(), image, "{json}");
        }
    }
}
