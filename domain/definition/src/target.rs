//! Where the rows of a definition go: into a table, or to an endpoint that is called with them.

use std::time::Duration;

use super::column::is_name;
use super::error::Mistake;
use super::file::EndpointTable;

/// Rows in one call, unless a definition says otherwise.
const BATCH_ROWS: i64 = 100;
/// How long one call may take, unless a definition says otherwise.
const TIMEOUT_SECONDS: i64 = 10;

/// Who takes the rows of a business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Rows are stored in the table of this logical name; the functions' environment says which
    /// table that is.
    Table(String),
    /// Rows are sent to an HTTP endpoint.
    Endpoint(Endpoint),
}

/// An HTTP endpoint that is called once for each batch of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its logical name; the functions' environment says where it is.
    pub name: String,
    /// Rows in one call, 1 to 1,000. The last batch of a chunk may have fewer.
    pub batch_rows: usize,
    /// How long one call may take, from connecting to the last byte of the answer: 1 to 60
    /// seconds.
    pub timeout: Duration,
}

impl Endpoint {
    /// Its name for people: `back office` for `back_office`.
    pub fn title(&self) -> String {
        self.name.replace('_', " ")
    }
}

impl Target {
    /// Returns the one of both that a definition file names, if it is right.
    pub(super) fn of_file(
        table: Option<String>,
        endpoint: Option<EndpointTable>,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Self> {
        match (table, endpoint) {
            (Some(_), Some(_)) => {
                let problem = "rows go into a `table` or to an `[endpoint]`, not both";
                mistakes.push(Mistake::new("endpoint", problem));
                None
            }
            (None, None) => {
                let problem = "name the table that the rows are stored in, or an `[endpoint]` that takes them";
                mistakes.push(Mistake::new("table", problem));
                None
            }
            (Some(table), None) => {
                mistakes.extend(check_name("table", &table).err());
                Some(Self::Table(table))
            }
            (None, Some(endpoint)) => Some(Self::Endpoint(endpoint.checked(mistakes))),
        }
    }
}

impl EndpointTable {
    fn checked(self, mistakes: &mut Vec<Mistake>) -> Endpoint {
        mistakes.extend(check_name("endpoint.name", &self.name).err());
        let batch_rows = self.batch_rows.unwrap_or(BATCH_ROWS);
        mistakes.extend(check_range("endpoint.batch_rows", batch_rows, 1_000).err());
        let timeout_seconds = self.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
        mistakes.extend(check_range("endpoint.timeout_seconds", timeout_seconds, 60).err());
        Endpoint {
            name: self.name,
            batch_rows: batch_rows as usize,
            timeout: Duration::from_secs(timeout_seconds.unsigned_abs()),
        }
    }
}

fn check_name(field: &'static str, name: &str) -> Result<(), Mistake> {
    if is_name(name) {
        return Ok(());
    }
    let problem = "a name has lower-case letters, digits and `_`, and begins with a letter";
    Err(Mistake::new(field, problem))
}

fn check_range(field: &'static str, number: i64, most: i64) -> Result<(), Mistake> {
    if (1..=most).contains(&number) {
        return Ok(());
    }
    let problem = format!("must be between 1 and {most}, not {number}");
    Err(Mistake::new(field, problem))
}
