//! Lists of recipients: CSV files that a mailing takes its audience from.

use std::collections::BTreeMap;

use sluice_definition::email_address;

use super::built_in::{ADDRESS, built_in};
use super::mailing::Recipient;
use super::values::{MailValue, Values};

/// How large a list may be, in bytes.
pub const MOST_LIST_BYTES: u64 = 64 << 20;
/// How many wrong rows are named.
const NAMED_PROBLEMS: usize = 5;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A list of recipients that was checked: each row has an e-mail address, and a field for each variable of the
/// template.
#[derive(Clone, Debug)]
pub struct RecipientList<'a> {
    csv: &'a [u8],
    address: usize,
    /// The variables of the template, and in which fields they are.
    variables: Vec<(String, usize)>,
}

/// Why a list is not sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is a workbook, another encoding or packed.
    #[error("it is not CSV in UTF-8: save it as \"CSV UTF-8\" and put it there again")]
    NotCsv,
    /// There is no header.
    #[error("it is empty: its first row names the columns, one of which is `{ADDRESS}`")]
    Empty,
    /// A column is missing.
    #[error("it has no column `{missing}`, {needs}; it has: {columns}")]
    NoColumn {
        /// The column.
        missing: String,
        /// What it is needed for.
        needs: &'static str,
        /// The columns that there are.
        columns: String,
    },
    /// A column comes twice.
    #[error("it has several columns `{0}`: leave one")]
    Twice(String),
    /// Rows cannot be sent to.
    #[error("wrong rows: {count}, such as {}", named.join("; "))]
    Rows {
        /// How many.
        count: u64,
        /// The first of them: the row, counted from 1 after the header, and what is wrong.
        named: Vec<String>,
    },
}

impl<'a> RecipientList<'a> {
    /// Reads a list for a template with these variables, and checks every row.
    ///
    /// # Errors
    ///
    /// Names the column that is missing, or the first rows that cannot be sent to and how many there are: nobody gets
    /// an e-mail until the list is right.
    pub fn new<'v>(
        file: &'a [u8],
        variables: impl IntoIterator<Item = &'v str>,
    ) -> Result<Self, ListError> {
        let csv = file.strip_prefix(BOM).unwrap_or(file);
        if csv.contains(&0) || std::str::from_utf8(csv).is_err() {
            return Err(ListError::NotCsv);
        }
        let mut reader = reader(csv);
        let header = reader.headers().map_err(|_| ListError::NotCsv)?.clone();
        if header.iter().all(str::is_empty) {
            return Err(ListError::Empty);
        }
        let place = |wanted: &str, needs: &'static str| {
            let mut places = header.iter().enumerate();
            let mut places = places
                .by_ref()
                .filter(|(_, name)| name.eq_ignore_ascii_case(wanted));
            let Some((place, _)) = places.next() else {
                return Err(ListError::NoColumn {
                    missing: wanted.to_owned(),
                    needs,
                    columns: sluice_basics::quote::shortened(
                        &header.iter().collect::<Vec<_>>().join(", "),
                        200,
                    ),
                });
            };
            if places.next().is_some() {
                return Err(ListError::Twice(wanted.to_owned()));
            }
            Ok(place)
        };
        let address = place(ADDRESS, "which has the e-mail addresses")?;
        let variables = variables.into_iter().filter(|name| !built_in(name));
        let variables = variables
            .map(|name| Ok((name.to_owned(), place(name, "which the template needs")?)))
            .collect::<Result<_, _>>()?;
        let list = Self {
            csv,
            address,
            variables,
        };
        list.check()?;
        Ok(list)
    }

    fn check(&self) -> Result<(), ListError> {
        let (mut count, mut named) = (0, Vec::new());
        for (row, recipient) in (1_u64..).zip(self.rows()) {
            let Err(problem) = recipient else { continue };
            count += 1;
            if named.len() < NAMED_PROBLEMS {
                named.push(format!("row {row}: {problem}"));
            }
        }
        if count > 0 {
            return Err(ListError::Rows { count, named });
        }
        Ok(())
    }

    /// Returns the recipients, in the order of the list. A variable whose field is blank has no value.
    pub fn recipients(&self) -> impl Iterator<Item = Recipient> {
        // Every row was read when the list was checked.
        self.rows().filter_map(Result::ok)
    }

    fn rows(&self) -> impl Iterator<Item = Result<Recipient, String>> {
        let records = reader(self.csv).into_records();
        records.map(|record| match record {
            Ok(record) => self.recipient(&record),
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => Err(format!(
                    "has {len} fields, and the header has {expected_len}"
                )),
                _ => Err("cannot be read".to_owned()),
            },
        })
    }

    fn recipient(&self, record: &csv::StringRecord) -> Result<Recipient, String> {
        let field = |place: usize| record.get(place).unwrap_or_default();
        let address = email_address(field(self.address))?;
        let values: BTreeMap<_, _> = self
            .variables
            .iter()
            .map(|(name, place)| {
                let text = Some(field(*place)).filter(|text| !text.is_empty());
                let value = text.map(|text| MailValue::Text(text.to_owned()));
                (name.clone(), value)
            })
            .collect();
        let values = Values::new(values).map_err(|error| error.to_string())?;
        Ok(Recipient { address, values })
    }
}

fn reader(csv: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Result<Vec<Recipient>, String> {
        let list = RecipientList::new(file, ["address", "first_name", "unsubscribe_url"]);
        let list = list.map_err(|error| error.to_string())?;
        Ok(list.recipients().collect())
    }

    #[test]
    fn each_row_is_a_recipient_with_the_values_that_the_template_needs() {
        let file = "\u{feff}Address,shoe size,first_name\r\n Ann@Example.com ,40,Ann\r\nbob@example.com,,\r\n";
        let recipients = read(file.as_bytes()).expect("a list");
        let text = |text: &str| MailValue::Text(text.to_owned());
        assert_eq!(recipients.len(), 2);
        assert_eq!(recipients[0].address, "ann@example.com");
        assert_eq!(recipients[0].values.get("first_name"), Some(&text("Ann")));
        assert!(!recipients[0].values.knows("shoe size"));
        assert_eq!(recipients[1].values.get("first_name"), None);
        assert!(recipients[1].values.knows("first_name"));
    }

    #[test]
    fn a_list_is_sent_to_as_a_whole_or_not_at_all() {
        let mut file = "address,first_name\n".to_owned();
        for row in 0..20 {
            file.push_str(if row % 2 == 0 {
                "a@example.com,A\n"
            } else {
                "nobody,B\n"
            });
        }
        file.push_str("c@example.com\n");
        let problem = read(file.as_bytes()).expect_err("a problem");
        assert!(
            problem.starts_with("wrong rows: 11, such as row 2: "),
            "{problem}"
        );
        assert_eq!(problem.matches("; row ").count(), 4, "{problem}");
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_to_do() {
        for (file, words) in [
            (&b""[..], "it is empty"),
            (b"\n\n", "it is empty"),
            (b"PK\x03\x04\x00\x00", "is not CSV in UTF-8"),
            (
                b"address,first_name\na@example.com,Zo\xEB\n",
                "is not CSV in UTF-8",
            ),
            (
                b"email,first_name\na@example.com,A\n",
                "no column `address`",
            ),
            (
                b"address,name\na@example.com,A\n",
                "no column `first_name`, which the template needs; it has: address, name",
            ),
            (
                b"address,first_name,Address\na@example.com,A,b@example.com\n",
                "several columns `address`",
            ),
            (
                b"address,first_name\na@example.com\n",
                "row 1: has 1 fields, and the header has 2",
            ),
        ] {
            let problem = read(file).expect_err(words);
            assert!(problem.contains(words), "{problem}");
        }
    }
}
