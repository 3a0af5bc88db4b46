//! The records of CSV files that the system writes.

use std::collections::BTreeMap;

use anyhow::Result;

/// The fields of a record by the names of the header.
pub(crate) type Record = BTreeMap<String, String>;

/// Returns the records of a file, as they were before spreadsheets were kept from taking them for formulas.
pub(crate) fn records(bytes: &[u8]) -> Result<Vec<Record>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers()?.clone();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record?;
        let fields = header.iter().zip(&record);
        let fields = fields.map(|(name, field)| {
            let field = sluice_definition::reported::restore(field);
            (name.to_owned(), field.into_owned())
        });
        records.push(fields.collect());
    }
    Ok(records)
}
