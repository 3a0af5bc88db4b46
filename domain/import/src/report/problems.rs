//! What is wrong with a reported row, for programs: code and values of each problem, read from the report's text,
//! which may be in another language than English.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_basics::pattern::Patterns;

use super::language::in_english;

/// One thing wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodedProblem {
    /// The column at fault; empty when the whole row is meant.
    pub column: String,
    /// What kind of problem it is. The names are stable.
    pub code: String,
    /// The values in its message by name, such as `{"max": 100}`: counts as numbers, all else as text.
    pub params: BTreeMap<String, Value>,
}

/// The messages with values in them, as those write them who find the problem.
static MESSAGES: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        ("", "must be between {min} and {max}"),
        ("", "must be at least {min}"),
        ("", "must be at most {max}"),
        ("", "at most {max#} characters are allowed"),
        ("", "at most {max#} digits are allowed"),
        ("", "at most {max#} bytes can be kept unique"),
        ("", "the key has {bytes#} bytes, {max#} are allowed"),
        (
            "",
            "the row takes {bytes#} bytes, at most {max#} can be stored",
        ),
        ("", "must be one of: {allowed}"),
        ("", "must look like {example}: {hint}"),
        ("", "must look like {example}"),
        (
            "",
            "must be a phone number of {country} with all its digits, or one with + and its country code, such as {example}",
        ),
        ("", "already taken by row {row#} of this file"),
        (
            "",
            "is a time that the clocks of {time_zone} skip: write another, or the offset from UTC",
        ),
        (
            "",
            "has the invisible control character {character}: delete it, or export the file again",
        ),
        (
            "",
            "is an error value of a spreadsheet ({error}): correct the formula, or type the value",
        ),
        (
            "",
            "field {field#} goes on after its closing quote: {advice}",
        ),
        (
            "",
            "field {field#} has whole rows of the table in it: {advice}",
        ),
        (
            "",
            "the row has {fields#} fields, the first line has {columns#}: {advice}",
        ),
        (
            "",
            "the import of this part of the file failed again and again because of this row: {cause}; look at its values, correct it and import it again",
        ),
    ])
});

/// Takes a report's joined columns, codes and messages apart, and returns the messages in English beside them.
/// Problems of the whole row have no column, and come alone.
pub(super) fn apart(columns: &str, codes: &str, message: &str) -> (Vec<CodedProblem>, String) {
    let mut columns = columns.split("; ").peekable();
    let mut rest = message;
    let mut problems = Vec::new();
    let mut messages = Vec::new();
    let mut is_english = true;
    for code in codes.split("; ").filter(|code| !code.is_empty()) {
        let column = columns.next().unwrap_or_default();
        let own = rest
            .strip_prefix(column)
            .and_then(|own| own.strip_prefix(": "));
        let own = own.unwrap_or(rest);
        let next = columns.peek().map(|next| format!("; {next}: "));
        let end = next.and_then(|next| own.find(&next)).unwrap_or(own.len());
        let english = in_english(&own[..end]);
        is_english &= english == own[..end];
        let params = MESSAGES.read(&english).map(|(_, params)| params);
        messages.push(super::message(column, &english));
        let params = params.unwrap_or_default().into_iter();
        problems.push(CodedProblem {
            column: column.to_owned(),
            code: code.to_owned(),
            params: params
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        });
        rest = own.get(end + 2..).unwrap_or_default();
    }
    let english = if is_english {
        message.to_owned()
    } else {
        messages.join("; ")
    };
    (problems, english)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_are_taken_apart_with_their_values() {
        let (problems, _) = apart(
            "name; gender; phone; points",
            "too_long; not_allowed; duplicate; not_a_number",
            "name: at most 100 characters are allowed; gender: must be one of: male, female; phone: already taken by \
             row 7 of this file; points: must be a whole number, such as 1200",
        );
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (&*problem.column, &*problem.code, json!(problem.params)))
            .collect();
        assert_eq!(
            found,
            [
                ("name", "too_long", json!({ "max": 100 })),
                (
                    "gender",
                    "not_allowed",
                    json!({ "allowed": "male, female" })
                ),
                ("phone", "duplicate", json!({ "row": 7 })),
                ("points", "not_a_number", json!({})),
            ]
        );
    }

    #[test]
    fn a_problem_of_the_whole_row_has_no_column() {
        let message = "the row has 3 fields, the first line has 2: a missing or extra delimiter";
        let (problems, english) = apart("", "field_count", message);
        assert_eq!(english, message);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].column, "");
        assert_eq!(problems[0].params["fields"], json!(3));
    }

    #[test]
    fn one_column_may_have_several_problems() {
        let message = "name: at most 5 characters are allowed; name: must look like A1";
        let (problems, english) = apart("name; name", "too_long; pattern", message);
        assert_eq!(english, message);
        assert_eq!(problems[0].params["max"], json!(5));
        assert_eq!(problems[1].params["example"], json!("A1"));
    }

    #[test]
    fn a_report_that_a_person_changed_has_problems_without_values() {
        let (problems, english) = apart("", "too_long; pattern", "edited");
        assert!(problems.iter().all(|problem| problem.params.is_empty()));
        assert_eq!(english, "edited");
        assert!(apart("", "", "").0.is_empty());
    }

    #[test]
    fn a_report_in_chinese_has_the_same_problems_and_is_told_in_english() {
        let (problems, english) = apart(
            "name; phone; x",
            "too_long; duplicate; refused",
            "name: 最多 100 个字符; phone: 已被本文件第 7 行使用; x: Kunde gesperrt",
        );
        assert_eq!(problems[0].params["max"], json!(100));
        assert_eq!(problems[1].params["row"], json!(7));
        assert_eq!(
            english,
            "name: at most 100 characters are allowed; phone: already taken by row 7 of this file; x: Kunde gesperrt"
        );
    }
}
