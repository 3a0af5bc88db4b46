//! The stamp on every stored row that says which row of which task wrote it.

use std::fmt;
use std::str::FromStr;

use crate::ids::TaskId;

/// Which row wrote an item. With it a worker that meets a row already stored can tell its own
/// earlier try from another's row, without reading before it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The import.
    pub task_id: TaskId,
    /// The row in its file, as a spreadsheet numbers it.
    pub row: u64,
}

/// A stored stamp that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin stamp")]
pub struct NotAnOrigin(String);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.task_id, self.row)
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let parse = || {
            let (task, row) = text.split_once(':')?;
            Some(Self {
                task_id: task.parse().ok()?,
                row: row.parse().ok()?,
            })
        };
        parse().ok_or_else(|| NotAnOrigin(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back() {
        let origin = Origin {
            task_id: 12.try_into().expect("a task id"),
            row: 700_001,
        };
        assert_eq!(origin.to_string().parse(), Ok(origin));
        assert!("x:1".parse::<Origin>().is_err());
    }
}
