//! Why a task ended as it did, for programs: a code and values beside the English text. The text alone is stored;
//! code and values are read from it by the pattern that it follows (ADR 0050).

mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use sluice_basics::pattern::Patterns;

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(table::PATTERNS));

/// A reason that follows none of the patterns: the words of a business service.
pub const OTHER: &str = "other";

/// What a reason says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The kind of reason. The names are stable.
    pub code: &'static str,
    /// The values in it by name: counts as numbers, all else as text.
    pub params: BTreeMap<&'static str, Value>,
}

impl Reason {
    /// Reads a task's reason. Where several are joined by `; `, the first one that is known counts, and the
    /// parameter `more` has what follows it.
    pub fn read(text: &str) -> Self {
        if let Some((code, params)) = PATTERNS.read(text) {
            return Self { code, params };
        }
        let joints = text
            .match_indices("; ")
            .map(|(at, joint)| (at, at + joint.len()));
        for (end, next) in joints {
            if let Some((code, mut params)) = PATTERNS.read(&text[..end]) {
                params.insert("more", text[next..].into());
                return Self { code, params };
            }
        }
        Self {
            code: OTHER,
            params: BTreeMap::new(),
        }
    }

    /// Returns the values as an answer has them.
    pub fn into_params(self) -> BTreeMap<String, Value> {
        let params = self.params.into_iter();
        params
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// All codes with their patterns, in the order of the documents: a value in braces, `{name}` text and `{name#}` a
/// whole number.
pub fn patterns() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::PATTERNS.iter().copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> (&'static str, Value) {
        let Reason { code, params } = Reason::read(text);
        (code, json!(params))
    }

    #[test]
    fn a_reason_is_read_back_with_its_values() {
        assert_eq!(read("cancelled"), ("cancelled", json!({})));
        assert_eq!(
            read("2 of 3 rows were not imported (1 failed, 1 duplicate): see the failed-rows file"),
            (
                "rows_refused",
                json!({ "refused": 2, "read": 3, "failed": 1, "duplicate": 1 })
            )
        );
        assert_eq!(
            read("the workbook has no sheet `a; b`: it has `c`"),
            (
                "sheet_not_found",
                json!({ "asked": "a; b", "found": "`c`" })
            )
        );
    }

    #[test]
    fn the_first_of_several_reasons_counts_and_the_others_follow() {
        let report = "the report on the failed rows could not be made; see the log of the finisher";
        assert_eq!(read(report), ("no_report", json!({})));
        assert_eq!(
            read(&format!("{report}; more words")),
            ("no_report", json!({ "more": "more words" }))
        );
    }

    #[test]
    fn the_words_of_a_service_are_of_no_code() {
        for words in ["", "no stock", "cancelled by hand", "2 of 3 rows", "x; y"] {
            assert_eq!(read(words), (OTHER, json!({})), "{words}");
        }
    }

    #[test]
    fn a_number_too_large_to_be_one_is_text() {
        let text = format!("too many failed rows ({0} of {0})", "9".repeat(30));
        assert_eq!(read(&text).1["failed"], json!("9".repeat(30)));
    }

    #[test]
    fn every_pattern_reads_what_it_makes_and_is_found_first() {
        for (code, pattern) in patterns() {
            let numbers =
                sluice_basics::pattern::names(pattern).filter(|(_, is_number)| *is_number);
            let made = numbers.fold(pattern.to_owned(), |made, (name, _)| {
                made.replace(&format!("{{{name}#}}"), "7")
            });
            let made = made.replace(['{', '}'], "");
            assert_eq!(Reason::read(&made).code, code, "{made}");
        }
    }
}
