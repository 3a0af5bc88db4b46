//! Files of one to three short rows in every encoding that they come in: their letters are stored as they
//! were written, or the file or its rows are refused.

mod code_pages;
mod encoders;
mod names;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::text::TextDecoder;
use names::Names;

/// What becomes of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    right: usize,
    refused: usize,
    /// As they would be stored, and as they were written.
    wrong: Vec<(String, String)>,
}

impl Counts {
    /// Adds what becomes of a file: the text that would be stored of it.
    fn add(&mut self, bytes: &[u8], written: &str) {
        let Ok(Detected::Text {
            encoding, is_mixed, ..
        }) = detect(bytes, true, None)
        else {
            self.refused += 1;
            return;
        };
        let mut read = Vec::new();
        let mut decoder = TextDecoder::new(Guess { encoding, is_mixed });
        let pushed = decoder.push(bytes, true, &mut |text| {
            read.extend_from_slice(text);
            Ok(())
        });
        pushed.expect("any bytes are decoded");
        let lines: Vec<&[u8]> = read.split(|byte| *byte == b'\n').collect();
        let other = lines
            .iter()
            .zip(written.split('\n'))
            .find(|(read, written)| {
                // What is lost or malformed is an error of its row.
                let is_accepted = |text: &&str| !text.contains(char::REPLACEMENT_CHARACTER);
                let read = str::from_utf8(read).ok().filter(is_accepted);
                read.is_some_and(|read| read != *written)
            });
        if let Some((read, written)) = other {
            let read = String::from_utf8_lossy(read).into_owned();
            self.wrong.push((read, (*written).to_owned()));
        } else if read == written.as_bytes() {
            self.right += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// About as many people of a language are made of its names.
const PEOPLE: usize = 120;

/// Returns the files of a language: short names alone, with a place, and two or three of them, under
/// a header in English, in the language, or none.
fn files(names: &Names) -> Vec<String> {
    let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
    let (given, family, places) = (words(names.given), words(names.family), words(names.places));
    let person = |given: &str, family: &str| {
        if names.is_joined {
            format!("{family}{given}")
        } else {
            format!("{given} {family}")
        }
    };
    let all = family.len() * given.len();
    // Each family name with some given names, others each time.
    let people: Vec<String> = (0..all)
        .step_by((all / PEOPLE).max(1))
        .map(|number| person(given[number % given.len()], family[number / given.len()]))
        .collect();
    let alone = given.iter().chain(&family).chain(&places);
    let mut rows: Vec<String> = alone.map(|word| (*word).to_owned()).collect();
    rows.extend(people.iter().cloned());
    let mut files: Vec<String> = rows
        .iter()
        .map(|row| format!("id,name\n1,{row}\n"))
        .collect();
    let header = names.header;
    let place = |number: usize| places[number % places.len()];
    for (number, person) in people.iter().enumerate().step_by(4) {
        let [second, third] = [7, 11].map(|step| &people[(number + step) % people.len()]);
        let [here, there] = [place(number), place(number + 1)];
        files.push(format!("M1;{person};{here}\n"));
        files.push(format!("id,name\n1,{person}\n2,{second}\n"));
        files.push(format!(
            "id,name,city\n1,{person},{here}\n2,{second},\n3,{third},{there}\n"
        ));
        files.push(format!("{header}\n1;{person};{here}\n"));
        files.push(format!(
            "{header}\n1;{person};\n2;{second};{here}\n3;{third};{there}\n"
        ));
    }
    files.retain(|file| !file.is_ascii());
    files
}

/// What becomes of the files of every language in each of its encodings, by encoding.
fn sweep() -> BTreeMap<&'static str, Counts> {
    let mut all: BTreeMap<&'static str, Counts> = BTreeMap::new();
    for names in names::ALL {
        let files = files(names);
        for (name, coding) in names.codings {
            let counts = all.entry(name).or_default();
            for file in &files {
                if let Some(bytes) = coding.encode(file).filter(|bytes| !bytes.is_ascii()) {
                    counts.add(&bytes, file);
                }
            }
        }
    }
    all
}

/// Writes the counts as a table, with some of the wrong files.
fn table(all: &BTreeMap<&'static str, Counts>) -> String {
    const EXAMPLES: usize = 12;
    let mut table = String::new();
    for (name, counts) in all {
        let (right, refused, wrong) = (counts.right, counts.refused, counts.wrong.len());
        let _ = writeln!(
            table,
            "{name:22} right {right:5} refused {refused:5} wrong {wrong:5}"
        );
        for (read, written) in counts.wrong.iter().take(EXAMPLES) {
            let _ = writeln!(table, "    {written:?} as {read:?}");
        }
    }
    table
}

/// How many files of the encodings that are read must be read rightly. Whoever changes a rule may
/// raise these.
const LEAST_RIGHT: [(&str, usize); 3] = [("GB18030", 387), ("GBK", 675), ("Windows-1252", 2593)];

/// How many files of all encodings are read wrongly: words that Western Europe or China write as
/// well. Whoever changes a rule may lower this.
const MOST_WRONG: usize = 381;

#[test]
fn files_of_a_few_short_names_are_read_rightly_or_refused() {
    let all = sweep();
    let table = table(&all);
    println!("{table}");
    for (encoding, least) in LEAST_RIGHT {
        let right = all[encoding].right;
        assert!(right >= least, "{encoding}: {right} of {least}\n{table}");
    }
    let wrong: usize = all.values().map(|counts| counts.wrong.len()).sum();
    assert!(wrong <= MOST_WRONG, "{wrong} of {MOST_WRONG}\n{table}");
}

#[test]
fn files_of_a_few_short_names_in_unicode_are_read_whatever_their_language() {
    for names in names::ALL {
        let mut counts = Counts::default();
        let files = files(names);
        for file in &files {
            counts.add(file.as_bytes(), file);
            let marked = format!("\u{FEFF}{file}");
            let utf16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
            counts.add(&utf16, file);
        }
        let all = 2 * files.len();
        assert_eq!(counts.right, all, "{}: {counts:?}", names.language);
    }
}
