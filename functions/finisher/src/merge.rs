//! The failed rows of all chunks as one CSV, in the order of the file.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::StreamExt;
use sluice_core::books::ChunkReport;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::report::header_line;

use crate::settle::Settlement;
use crate::{FinishError, Finisher};

/// Parts that are fetched at the same time.
const AT_ONCE: usize = 8;

impl Finisher {
    /// Writes the failed-rows file, part after part. False if there is nothing to write.
    pub(crate) async fn merge_failed_rows(
        &self,
        manifest: &Manifest,
        reports: &[ChunkReport],
        settlement: &Settlement,
    ) -> Result<bool, FinishError> {
        let is_in_report = |report: &&ChunkReport| {
            report.part.is_some() || settlement.lines.contains_key(&report.chunk)
        };
        if !reports.iter().any(|report| is_in_report(&report)) {
            return Ok(false);
        }
        let plan = &manifest.plan;
        let mut file = self.objects.report(object_key::failed_rows(&plan.task));
        file.write(&header_line(&plan.header)).await?;
        let sections: Vec<_> = reports
            .iter()
            .filter(is_in_report)
            .map(|report| self.section(manifest, report, settlement))
            .collect();
        let mut sections = futures::stream::iter(sections).buffered(AT_ONCE);
        while let Some(section) = sections.next().await {
            file.write(&section?).await?;
        }
        file.finish().await?;
        Ok(true)
    }

    /// The failed rows of one chunk.
    async fn section(
        &self,
        manifest: &Manifest,
        report: &ChunkReport,
        settlement: &Settlement,
    ) -> Result<Bytes, FinishError> {
        let part = match &report.part {
            Some(part) => self.objects.get(part).await?,
            None => Bytes::new(),
        };
        match settlement.lines.get(&report.chunk) {
            Some(lines) => Ok(interleave(&part, manifest.plan.header.len(), lines)?.into()),
            None => Ok(part),
        }
    }
}

/// A part with other lines for some rows, or none.
fn interleave(
    part: &[u8],
    width: usize,
    changes: &BTreeMap<u64, Option<Vec<u8>>>,
) -> Result<Vec<u8>, FinishError> {
    let mut lines = numbered_lines(part, width)?;
    for (row, line) in changes {
        match line {
            Some(line) => lines.insert(*row, line),
            None => lines.remove(row),
        };
    }
    Ok(lines.into_values().flatten().copied().collect())
}

/// The lines of a part by row number.
pub(crate) fn numbered_lines(
    part: &[u8],
    width: usize,
) -> Result<BTreeMap<u64, &[u8]>, FinishError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(part);
    let mut record = csv::ByteRecord::new();
    let mut lines = BTreeMap::new();
    let mut start = 0;
    while reader.read_byte_record(&mut record)? {
        let end = reader.position().byte() as usize;
        let number = record
            .get(width)
            .and_then(|field| std::str::from_utf8(field).ok())
            .and_then(|field| field.parse().ok())
            .ok_or(FinishError::PartLine)?;
        lines.insert(number, &part[start..end]);
        start = end;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_to_their_places_or_away() {
        let part = b"a,2,c,d,e\n\"b\nb\",7,c,d,e\n";
        let more = BTreeMap::from([
            (2, None),
            (5, Some(b"x,5,c,d,e\n".to_vec())),
            (9, Some(b"y,9,c,d,e\n".to_vec())),
        ]);
        let merged = interleave(part, 1, &more).expect("a readable part");
        assert_eq!(
            String::from_utf8(merged).expect("UTF-8"),
            "x,5,c,d,e\n\"b\nb\",7,c,d,e\ny,9,c,d,e\n"
        );
    }
}
