//! Why a header is not accepted, in words for the person who will mend it.

use std::fmt::Write as _;

/// Why a header is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// Required columns are missing.
    #[error("the header lacks {}: found {found}. {}", columns(.missing), advice(.missing))]
    Missing {
        /// The columns.
        missing: Vec<MissingColumn>,
        /// The headers that are there.
        found: String,
    },
    /// Two headers mean the same column.
    #[error(
        "the headers `{first}` and `{second}` both mean the column `{column}`: keep one, or map \
         the one that is meant",
        first = short(.first), second = short(.second)
    )]
    Twice {
        /// The column.
        column: String,
        /// One header.
        first: String,
        /// The other.
        second: String,
    },
    /// The mapping names a column that there is not.
    #[error(
        "the mapping names the column `{column}`, which is not one of {known}{}",
        question(.nearest.as_ref()), column = short(.column)
    )]
    UnknownColumn {
        /// The name.
        column: String,
        /// The column that may be meant.
        nearest: Option<String>,
        /// The columns there are.
        known: String,
    },
    /// The mapping names a header that there is not.
    #[error(
        "the mapping takes the column `{column}` from `{header}`, which the header lacks: found \
         {found}{}{}", question(.nearest.as_ref()), hint(.header), header = short(.header)
    )]
    UnknownHeader {
        /// The column.
        column: String,
        /// What the mapping says.
        header: String,
        /// The header that may be meant.
        nearest: Option<String>,
        /// The headers that are there.
        found: String,
    },
    /// The mapping names a header that is there more than once.
    #[error(
        "the mapping takes the column `{column}` from `{header}`, which the header has more than \
         once: rename one", header = short(.header)
    )]
    Repeated {
        /// The column.
        column: String,
        /// What the mapping says.
        header: String,
    },
    /// The mapping uses one field twice.
    #[error(
        "the mapping takes the columns `{first}` and `{second}` both from `{field}`: leave out one",
        field = short(.field)
    )]
    Shared {
        /// What the mapping says.
        field: String,
        /// One column.
        first: String,
        /// The other.
        second: String,
    },
    /// The mapping names a field by something that is no number and no letter.
    #[error(
        "the mapping takes the column `{column}` from `{field}`, but in a file without a header a \
         field is a number from 1, or a letter from A", field = short(.field)
    )]
    NoField {
        /// The column.
        column: String,
        /// What the mapping says.
        field: String,
    },
    /// The mapping names a field that rows do not have.
    #[error(
        "the mapping takes the column `{column}` from the field `{field}`, but the first row has \
         {width} fields: write its number from 1, or its letter from A",
        field = short(.field)
    )]
    UnknownField {
        /// The column.
        column: String,
        /// What the mapping says.
        field: String,
        /// How many fields there are.
        width: usize,
    },
    /// Without a header, the mapping leaves out required columns.
    #[error(
        "the file has no header, and the mapping lacks {}: say by number or letter which field it is",
        named(.0.iter())
    )]
    Unmapped(
        /// The columns.
        Vec<String>,
    ),
}

/// A required column that a header lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The column.
    pub column: String,
    /// The header that may be meant by it: the one that is most like its names.
    pub nearest: Option<String>,
}

fn columns(missing: &[MissingColumn]) -> String {
    named(missing.iter().map(|missing| &missing.column))
}

fn named<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let lead = match names.len() {
        1 => "the required column",
        _ => "the required columns",
    };
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    format!("{lead} {}", quoted.join(", "))
}

fn advice(missing: &[MissingColumn]) -> String {
    let mut advice = String::new();
    for MissingColumn { column, nearest } in missing {
        if let Some(header) = nearest {
            let header = short(header);
            let _ = write!(
                advice,
                "Did you mean `{column}` by `{header}`? Then rename or map it. "
            );
        }
    }
    if missing.iter().any(|missing| missing.nearest.is_none()) {
        advice.push_str("Add the column, or rename or map the header that means it");
    }
    advice.trim_end().trim_end_matches('.').to_owned()
}

fn question(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| {
        format!("; did you mean `{}`?", short(name))
    })
}

/// What to know where a field is named as in a file without a header.
fn hint(header: &str) -> &'static str {
    let is_number = header.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = header.len() <= 2 && header.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_number || is_letter {
        "; numbers and letters are for files without a header: say `header: false` for those"
    } else {
        ""
    }
}

/// A name's first 40 characters.
pub(super) fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// The headers of a file, for a message: at most 20 of them.
pub(super) fn describe(header: &[String]) -> String {
    let shown = header.iter().take(20);
    let mut names: Vec<String> = shown.map(|name| format!("`{}`", short(name))).collect();
    if header.len() > names.len() {
        names.push(format!("and {} more", header.len() - names.len()));
    }
    names.join(", ")
}
