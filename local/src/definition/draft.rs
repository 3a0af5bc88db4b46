//! A first definition for a file: what its header and its first rows say, and what a person has to decide.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sluice_basics::characters::comparable_name;
use sluice_basics::ids::BusinessId;
use sluice_basics::station::StationConfig;
use sluice_definition::{Column, Definition};
use sluice_formats::Sample;

/// The types that values are tried as, the narrowest first. Numbers come before yes and no, which may be 1 and 0.
const TYPES: [&str; 6] = [
    "integer",
    "decimal",
    "boolean",
    "date",
    "date_time",
    "email",
];

/// What phone numbers are called: without their country they are written like other numbers.
const PHONES: [&str; 6] = ["phone", "mobile", "tel", "手机", "电话", "telefon"];

/// More digits are a number that nobody calculates with, such as that of a card.
const MOST_DIGITS: usize = 15;

/// A column of the draft.
struct Drafted<'a> {
    name: String,
    header: &'a str,
    kind: &'static str,
    /// Whether all rows have a value, each another.
    identifies: bool,
    has_values: bool,
}

/// Drafts a definition. `file` is its name.
pub(super) fn draft(file: &str, business: Option<&BusinessId>, sample: &Sample) -> String {
    let stem = file.split('.').next().unwrap_or_default();
    let business = match business {
        Some(business) => business.to_string(),
        None => name_of(stem).unwrap_or_else(|| "new_import".to_owned()),
    };
    let table = name_of(&business).unwrap_or_else(|| "new_import".to_owned());
    let (mut columns, left_out) = columns(sample);
    let key = columns.iter().position(|column| column.identifies);
    let place = key.unwrap_or_default();
    if let Some(column) = columns.get_mut(place) {
        // As text: `007` and `7` are two keys.
        column.kind = "text";
    }
    let mut text = format!(
        "# A draft from the first {} rows of {file}: read it, and change what is not so.\n\
         # docs/definitions.md explains the fields.\n",
        sample.rows.len(),
        file = file.replace(char::is_control, " ")
    );
    let title = if stem.trim().is_empty() {
        "New import"
    } else {
        stem
    };
    let _ = writeln!(text, "business = {}", quoted(&business));
    let _ = writeln!(text, "title = {}", quoted(title));
    let _ = writeln!(text, "table = {}", quoted(&table));
    if key.is_none() {
        text.push_str(
            "# No column has another value in each row. Which columns together identify a row?\n",
        );
    }
    if let Some(column) = columns.get(place) {
        let _ = writeln!(text, "key = [{}]", quoted(&column.name));
    }
    text.push_str("on_duplicate = \"reject\"\n");
    for header in left_out {
        let header = header.replace(char::is_control, " ");
        let _ = writeln!(
            text,
            "# Left out, since its header is blank or comes twice: {header:?}"
        );
    }
    for (index, column) in columns.iter().enumerate() {
        text.push_str("\n[[columns]]\n");
        let _ = writeln!(text, "name = {}", quoted(&column.name));
        if comparable_name(column.header) != comparable_name(&column.name) {
            let _ = writeln!(text, "headers = [{}]", quoted(column.header.trim()));
        }
        if !column.has_values {
            text.push_str("# No row has a value.\n");
        }
        let _ = writeln!(text, "type = {}", quoted(column.kind));
        if index == place {
            text.push_str("required = true\n");
        }
        if matches!(column.kind, "email" | "phone") {
            text.push_str("sensitive = true\n");
        }
    }
    text
}

/// Returns the columns of a file, and the headers that cannot be columns.
fn columns(sample: &Sample) -> (Vec<Drafted<'_>>, Vec<&str>) {
    let probes = Probes::new();
    let all: BTreeSet<String> = sample
        .names
        .iter()
        .map(|name| comparable_name(name))
        .collect();
    let mut seen = BTreeSet::new();
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for (field, header) in sample.names.iter().enumerate() {
        let own = comparable_name(header);
        if own.is_empty() || !seen.insert(own.clone()) {
            left_out.push(header.as_str());
            continue;
        }
        let numbered = || format!("column_{}", field + 1);
        // A name may stand for its own header, and for no other.
        let is_free = |name: &String| {
            let comparable = comparable_name(name);
            comparable == own || !all.contains(&comparable)
        };
        let is_taken = |name: &String| matches!(name.as_str(), "pk" | "sk");
        let name = name_of(header).filter(|name| is_free(name) && !is_taken(name));
        let name = name.unwrap_or_else(numbered);
        let cells = sample
            .rows
            .iter()
            .map(|row| row.get(field).map_or("", |cell| cell.trim()));
        let values: Vec<&str> = cells.filter(|value| !value.is_empty()).collect();
        let different: BTreeSet<&str> = values.iter().copied().collect();
        columns.push(Drafted {
            name,
            header,
            kind: probes.kind_of(header, &values),
            identifies: !values.is_empty() && different.len() == sample.rows.len(),
            has_values: !values.is_empty(),
        });
    }
    (columns, left_out)
}

/// Returns a name as definitions have them: lower-case words with `_` between.
fn name_of(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let name = words.join("_");
    name.starts_with(|c: char| c.is_ascii_lowercase())
        .then_some(name)
}

/// Returns a text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A column of each type, which values are read with as an import reads them.
struct Probes {
    columns: Vec<Column>,
    config: StationConfig,
}

impl Probes {
    fn new() -> Self {
        let mut text =
            "business = \"probe\"\ntitle = \"Probe\"\ntable = \"probe\"\nkey = [\"text\"]\n\
                        [[columns]]\nname = \"text\"\ntype = \"text\"\nrequired = true\n"
                .to_owned();
        for kind in TYPES.into_iter().chain(["phone"]) {
            let _ = write!(text, "[[columns]]\nname = \"{kind}\"\ntype = \"{kind}\"\n");
        }
        let definition = Definition::parse(&text);
        Self {
            columns: definition.map_or_else(|_| Vec::new(), |definition| definition.columns),
            config: StationConfig::default(),
        }
    }

    /// Returns the narrowest type that all values are of.
    fn kind_of(&self, header: &str, values: &[&str]) -> &'static str {
        if values.is_empty() {
            return "text";
        }
        let header = header.to_lowercase();
        let is_phone = PHONES.iter().any(|name| header.contains(name))
            || values.iter().all(|value| value.starts_with('+'));
        if is_phone && self.all_are("phone", values) {
            return "phone";
        }
        let is_code = values.iter().any(|value| is_code(value));
        let kinds = TYPES.into_iter();
        kinds
            .filter(|kind| !(is_code && matches!(*kind, "integer" | "decimal")))
            .find(|kind| self.all_are(kind, values))
            .unwrap_or("text")
    }

    fn all_are(&self, kind: &str, values: &[&str]) -> bool {
        let column = self.columns.iter().find(|column| column.name == kind);
        column.is_some_and(|column| {
            let is_of_it =
                |value: &&str| matches!(column.value_of(value, &self.config), Ok(Some(_)));
            values.iter().all(is_of_it)
        })
    }
}

/// Whether a number is a code: its leading zeros, or its many digits, matter.
fn is_code(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let has_leading_zero = value.len() > 1
        && value.starts_with('0')
        && value.bytes().all(|byte| byte.is_ascii_digit());
    has_leading_zero || digits > MOST_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafted(file: &str, lines: &str) -> (String, Definition) {
        let read = sluice_formats::sample(lines.as_bytes(), true, 100);
        let read = read.expect("a text").expect("no workbook");
        let text = draft(file, None, &read);
        let definition = Definition::parse(&text);
        let definition = definition.unwrap_or_else(|error| panic!("{error}\n{text}"));
        (text, definition)
    }

    #[test]
    fn types_are_those_that_all_values_have() {
        let lines = "Tier,Coupon No,Value,Pieces,Sent,Valid Until,Mail,Mobile,Zip,Card,Note\n\
                     gold,A1,1.50,3,yes,2026-01-31,a@example.com,+8613800138000,01234,6225880137700001,\n\
                     gold,A2,2,4,no,2026-02-28,b@example.com,+8613800138001,99999,6225880137700002,\n";
        let (text, definition) = drafted("coupons 2026.csv", lines);
        let kinds = definition
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.kind.name()));
        let expected = [
            ("tier", "text"),
            ("coupon_no", "text"),
            ("value", "decimal"),
            ("pieces", "integer"),
            ("sent", "boolean"),
            ("valid_until", "date"),
            ("mail", "email"),
            ("mobile", "phone"),
            ("zip", "text"),
            ("card", "text"),
            ("note", "text"),
        ];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
        assert_eq!(definition.business.as_str(), "coupons_2026");
        assert_eq!(definition.key, ["coupon_no"]);
        let sensitive = definition.columns.iter().filter(|column| column.sensitive);
        assert_eq!(sensitive.count(), 2);
        assert!(text.contains("# No row has a value.\n"), "{text}");
    }

    #[test]
    fn every_header_becomes_a_column_or_is_named_as_left_out() {
        let lines = "会员号,Name,name,,PK,1st,\"a \"\"b\"\"\"\n1,a,b,c,d,e,f\n1,a,b,c,d,e,f\n";
        let (text, definition) = drafted("会员.csv", lines);
        let names: Vec<&str> = definition
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["column_1", "name", "column_5", "column_6", "a_b"]);
        assert_eq!(definition.columns[0].headers, ["会员号"]);
        assert_eq!(definition.business.as_str(), "new_import");
        assert!(text.contains("Which columns together"), "{text}");
        assert_eq!(text.matches("# Left out").count(), 2, "{text}");
    }
}
