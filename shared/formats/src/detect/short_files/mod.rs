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
        let mut decoder = TextDecoder::guessed(Guess { encoding, is_mixed });
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

/// The files of a language: short names alone, with a place, and two or three of them.
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
    let people = (0..all).step_by((all / PEOPLE).max(1));
    let people =
        people.map(|number| person(given[number % given.len()], family[number / given.len()]));
    let people: Vec<String> = people.collect();
    let alone = given.iter().chain(&family).chain(&places);
    let mut rows: Vec<String> = alone.map(|word| (*word).to_owned()).collect();
    rows.extend(people.iter().cloned());
    let mut files: Vec<String> = rows
        .iter()
        .map(|row| format!("id,name\n1,{row}\n"))
        .collect();
    let place = |number: usize| places[number % places.len()];
    for (number, person) in people.iter().enumerate().step_by(4) {
        files.push(format!("M1;{person};{}\n", place(number)));
        let [second, third] = [7, 11].map(|step| &people[(number + step) % people.len()]);
        files.push(format!("id,name\n1,{person}\n2,{second}\n"));
        files.push(format!(
            "id,name,city\n1,{person},{}\n2,{second},\n3,{third},{}\n",
            place(number),
            place(number + 1)
        ));
    }
    files.retain(|file| !file.is_ascii());
    files
}

/// The table of counts by language and encoding, and an example of each kind of wrong file.
fn sweep() -> (BTreeMap<(&'static str, &'static str), Counts>, String) {
    let mut all = BTreeMap::new();
    let mut table = String::new();
    for names in names::ALL {
        let files = files(names);
        for (name, coding) in names.codings {
            let mut counts = Counts::default();
            for file in &files {
                if let Some(bytes) = coding.encode(file).filter(|bytes| !bytes.is_ascii()) {
                    counts.add(&bytes, file);
                }
            }
            let Counts {
                right,
                refused,
                wrong,
            } = &counts;
            let _ = writeln!(
                table,
                "{:20} {name:22} right {right:5} refused {refused:5} wrong {:5}",
                names.language,
                wrong.len()
            );
            for (read, written) in wrong.iter().take(EXAMPLES) {
                let _ = writeln!(table, "    {written:?} as {read:?}");
            }
            all.insert((names.language, *name), counts);
        }
    }
    (all, table)
}

/// Words that read as well in the encoding that is chosen, and the encodings in which they are written.
const UNDECIDED: &[(&str, &str)] = &[
    ("Mac Turkish", "İrem"),
    ("Mac Turkish", "İzmir"),
    ("Mac Turkish", "İlknur"),
    ("Mac Central European", "Veselý"),
    ("Big5", "樂"),
    ("Big5", "廖"),
    ("IBM852", "Mišo"),
    ("IBM737", "Ήρα"),
    ("Mac Greek", "Άρης"),
    ("IBM775", "Kõiv"),
    ("IBM775", "Võru"),
    ("IBM775", "Põlva"),
    ("IBM775", "Jõhvi"),
];

/// How many wrong files of an encoding are shown.
const EXAMPLES: usize = 12;

/// The least part of files in encodings that are read, in hundredths, that must be read. A name of one or two
/// Chinese characters without a surname may be two to four letters in many other encodings.
const LEAST_READ: [(&str, usize); 3] = [("Windows-1252", 88), ("GBK", 60), ("GB18030", 60)];

#[test]
fn a_file_of_few_short_names_is_never_read_in_a_wrong_encoding() {
    let (counts, table) = sweep();
    println!("{table}");
    for ((_, encoding), counts) in &counts {
        let is_undecided = |written: &String| {
            let mut known = UNDECIDED.iter();
            known.any(|(other, word)| other == encoding && written.contains(word))
        };
        let wrong = counts
            .wrong
            .iter()
            .find(|(_, written)| !is_undecided(written));
        assert_eq!(wrong, None, "{encoding}\n{table}");
    }
    for (encoding, least) in LEAST_READ {
        let of_it = counts.iter().filter(|((_, other), _)| *other == encoding);
        let (right, refused) = of_it.fold((0, 0), |(right, refused), (_, counts)| {
            (right + counts.right, refused + counts.refused)
        });
        assert!(
            right * 100 >= (right + refused) * least,
            "{encoding}: {right} right, {refused} refused\n{table}"
        );
    }
}

#[test]
fn a_file_of_few_short_names_in_unicode_is_read_whatever_its_language() {
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
