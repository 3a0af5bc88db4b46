//! A header in a file that is said to have none, and whose names the definition does not know: in another
//! language, say. Only the other lines can tell that it is one.

use std::collections::HashMap;

use sluice_basics::characters::{comparable_name, is_unseen};

/// Longer fields are no names of columns.
const MAX_NAME_BYTES: usize = 1024;
/// How many values of a field must have a digit for it to be remarkable that a first line has none. Those of
/// a key have one as a rule.
const VALUES: usize = 3;
const VALUES_OF_KEY: usize = 1;
/// The same for a line that is not the first one.
const VALUES_OF_KEY_BEFORE: usize = 2;

/// Looks for such a header in the lines of a file. A header has words in all of its fields: no digit and no
/// `@`.
#[derive(Debug, Default)]
pub struct UnknownHeader {
    fields: Vec<Values>,
    /// The lines of words, as names are compared.
    lines: HashMap<Vec<String>, Seen>,
    /// How many lines there are.
    count: usize,
}

/// The values of a field.
#[derive(Clone, Copy, Debug, Default)]
struct Values {
    all: usize,
    /// Those with a digit or an `@`.
    telling: usize,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    first: usize,
    times: usize,
}

impl UnknownHeader {
    /// Adds the next line that is not blank.
    pub fn add(&mut self, line: &[String]) {
        if self.fields.len() < line.len() {
            self.fields.resize(line.len(), Values::default());
        }
        let mut is_of_words = true;
        for (values, text) in self.fields.iter_mut().zip(line) {
            let is_telling = text
                .chars()
                .any(|c| c.is_numeric() || matches!(c, '@' | '＠'));
            values.all += usize::from(!text.chars().all(is_unseen));
            values.telling += usize::from(is_telling);
            is_of_words &= !is_telling && text.len() <= MAX_NAME_BYTES;
        }
        if is_of_words {
            let first = self.count;
            let seen = self.lines.entry(names_of(line));
            seen.or_insert(Seen { first, times: 0 }).times += 1;
        }
        self.count += 1;
    }

    /// Returns the fields of the header, as names are compared; none if no line is clearly one. `key` has the
    /// fields of the key.
    ///
    /// The first line is one if it stands in the file again, or has words in a field where all others have
    /// digits. A later one must do both, and differ from the others in the key.
    pub fn found(self, key: &[usize]) -> Vec<String> {
        let mut lines: Vec<(Vec<String>, Seen)> = self.lines.into_iter().collect();
        lines.sort_by_key(|(_, seen)| seen.first);
        let differs = |line: &[String], times: usize, field: usize, least: usize| {
            let is_filled = line.get(field).is_some_and(|name| !name.is_empty());
            let values = self.fields.get(field).copied().unwrap_or_default();
            is_filled && values.telling >= least && values.telling + times == values.all
        };
        let is_header = |(line, seen): &(Vec<String>, Seen)| {
            if seen.first > 0 {
                let mut fields = key.iter();
                return seen.times > 1
                    && fields.any(|&field| differs(line, seen.times, field, VALUES_OF_KEY_BEFORE));
            }
            let least = |field: usize| {
                if key.contains(&field) {
                    VALUES_OF_KEY
                } else {
                    VALUES
                }
            };
            seen.times > 1
                || (0..line.len()).any(|field| differs(line, seen.times, field, least(field)))
        };
        let header = lines.into_iter().find(is_header);
        header.map(|(line, _)| line).unwrap_or_default()
    }
}

/// The fields of a line as names are compared, without blank ones at its end.
fn names_of(line: &[String]) -> Vec<String> {
    let mut names: Vec<String> = line.iter().map(|name| comparable_name(name)).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header among these lines, whose first field is the key.
    fn found(lines: &[&str]) -> String {
        let mut header = UnknownHeader::default();
        for line in lines {
            let fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            header.add(&fields);
        }
        header.found(&[0]).join(",")
    }

    #[test]
    fn a_first_line_of_words_above_keys_with_digits_is_a_header() {
        assert_eq!(found(&["Nummer,Ruf-Name,", "M1,Ann,x"]), "nummer,rufname");
        assert_eq!(
            found(&["编号,客户,备注", "1,王伟,x", "2,李娜,"]),
            "编号,客户,备注"
        );
        assert_eq!(
            found(&[
                "Konto,Wer,Wo",
                "ann,Ann,Weg 5",
                "bo,Bo,Weg 6",
                "cy,Cy,",
                "di,Di,12"
            ]),
            "konto,wer,wo",
            "three addresses have digits"
        );
    }

    #[test]
    fn a_line_of_words_that_comes_again_is_a_header() {
        assert_eq!(
            found(&["Konto,Wer", "ann,Ann", "konto,WER", "bo,Bo"]),
            "konto,wer"
        );
        let joined = [
            "M1,Ann",
            "M2,Bo",
            "Nummer,Wer",
            "M3,Cy",
            "Nummer,Wer",
            "M4,Di",
        ];
        assert_eq!(found(&joined), "nummer,wer");
    }

    #[test]
    fn rows_are_no_headers() {
        for lines in [
            &["M1,Ann", "M2,Bo", "M1,Ann"][..],
            &["ann,Ann", "bo,Bo"],
            &["Nummer,Wer"],
            &[],
            // Somebody without an address, and somebody whose house has a name.
            &["ann,Ann,", "bo,Bo,Weg 5", "cy,Cy,Weg 6", "di,Di,Weg 7"],
            &["ann,Ann,Rose Cottage", "bo,Bo,Weg 5", "cy,Cy,Weg 6"],
            &["Nummer 1,Wer", "M1,Ann"],
            // A key that is a word among others, once and again.
            &["M1,Ann", "M2,Bo", "ADMIN,Root", "M3,Cy"],
            &["ann,Ann", "bo,Bo", "cy,Cy", "bo,Bo"],
            &["ADMIN,Root", "GUEST,Guest", "M1,Ann"],
        ] {
            assert_eq!(found(lines), "", "{lines:?}");
        }
    }
}
