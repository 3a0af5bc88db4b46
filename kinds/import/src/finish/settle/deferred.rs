//! The deferred rows as their chunks have left them: read chunk after chunk, since there may be many.

use bytes::Bytes;
use sluice_aws::{BATCH, Row};
use sluice_basics::origin::Origin;
use sluice_csv::{Dialect, FieldReader, Fields};
use sluice_definition::CheckedRow;
use sluice_definition::OnDuplicate;
use sluice_import::conflict::Contender;
use sluice_import::report::numbered_records;

use super::Settling;
use crate::finish::{FinishError, REQUESTS};

/// Rows that are handed over together: as many as are written at the same time.
const ROWS_AT_ONCE: usize = BATCH * REQUESTS;

/// A deferred row.
pub(super) struct DeferredRow {
    /// Its place among the contenders.
    pub(super) index: usize,
    pub(super) number: u64,
    pub(super) checked: CheckedRow,
}

impl Settling<'_> {
    /// The objects with the deferred rows, in the order of the file.
    fn objects(&self) -> Vec<String> {
        let reports = self.reports.iter().filter(|report| report.lost.is_none());
        reports
            .filter_map(|report| report.deferred.clone())
            .collect()
    }

    async fn object(&self, key: &str) -> Result<Bytes, FinishError> {
        Ok(self.finisher.objects.get(key).await?)
    }

    /// Reads what the deferred rows want.
    pub(super) async fn read_contenders(&mut self) -> Result<(), FinishError> {
        let deferred = self.reports.iter().map(|report| report.deferred_rows);
        self.contenders
            .reserve_exact(deferred.sum::<u64>() as usize);
        for key in self.objects() {
            let part = self.object(&key).await?;
            let mut fields = FieldReader::new(Dialect::default());
            for record in numbered_records(&part) {
                let (number, record) = record?;
                let checked = self.check(&fields.read(record))?;
                let claims = self.definition.claims(&checked).into_iter();
                let wants = claims.map(|(field, value)| (field, self.hasher.want(field, &value)));
                let kept = (1..).zip(self.definition.unique_columns());
                let kept = kept.filter(|(_, column)| checked.kept.contains(column));
                let contender = Contender::new(number, wants, kept.map(|(field, _)| field));
                self.contenders.push(contender);
            }
        }
        Ok(())
    }

    /// Reads some of the deferred rows again: those whose places among the contenders are `wanted`.
    pub(super) fn read(&self, wanted: Vec<bool>) -> DeferredRows<'_> {
        DeferredRows {
            settling: self,
            objects: self.objects().into_iter(),
            rest: Vec::new().into_iter(),
            next: 0,
            wanted,
        }
    }

    /// Checks a record again. The worker has found it good: only another release can refuse it.
    fn check(&self, fields: &Fields<'_>) -> Result<CheckedRow, FinishError> {
        let checked = self.checker.check(fields);
        let mut checked = checked.map_err(|_| FinishError::Refused("a checked row".to_owned()))?;
        if self.manifest.plan.on_duplicate != OnDuplicate::Overwrite {
            checked.kept.clear();
        }
        Ok(checked)
    }

    /// A deferred row as it is stored.
    pub(super) fn row(&self, number: u64, checked: CheckedRow) -> Row {
        let task = &self.manifest.plan.task;
        let origin = Origin {
            task_id: task.task_id,
            row: number,
        };
        Row::new(&task.station_id, self.definition, checked, origin)
    }
}

/// Deferred rows that are read again.
pub(super) struct DeferredRows<'a> {
    settling: &'a Settling<'a>,
    objects: std::vec::IntoIter<String>,
    /// Those of the last object that were not handed over yet: places, numbers and records.
    rest: std::vec::IntoIter<(usize, u64, Vec<u8>)>,
    /// The place of the first row of the next object.
    next: usize,
    wanted: Vec<bool>,
}

impl DeferredRows<'_> {
    /// The next rows, of which there are at most [`ROWS_AT_ONCE`]; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<DeferredRow>, FinishError> {
        while self.rest.len() == 0 {
            let Some(key) = self.objects.next() else {
                return Ok(Vec::new());
            };
            let part = self.settling.object(&key).await?;
            let mut rest = Vec::new();
            for record in numbered_records(&part) {
                let (number, record) = record?;
                if self.wanted.get(self.next) == Some(&true) {
                    rest.push((self.next, number, record.to_vec()));
                }
                self.next += 1;
            }
            self.rest = rest.into_iter();
        }
        let mut fields = FieldReader::new(Dialect::default());
        let rows = self.rest.by_ref().take(ROWS_AT_ONCE);
        rows.map(|(index, number, record)| {
            Ok(DeferredRow {
                index,
                number,
                checked: self.settling.check(&fields.read(&record))?,
            })
        })
        .collect()
    }
}
