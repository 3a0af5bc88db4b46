//! The apostrophes of a failed-rows file or an export, in a file that does not say any more that it is one.

use super::*;
use crate::row::FileOfRows;

/// How a file came to have apostrophes.
#[derive(Clone, Copy)]
enum Source {
    Plain,
    Reported,
    Exported,
}

/// The value of the free text `b` and the column of the key `a`, or the columns that are wrong.
fn read(source: Source, record: &str) -> Result<[String; 2], Vec<String>> {
    let definition = with(TABLE, TEXT).expect("a definition");
    let header = header("a,b");
    let naming = Naming::default();
    let file = FileOfRows {
        naming: &naming,
        header: &header,
        blank_fields: 0,
        unknown_header: &[],
        is_as_reported: !matches!(source, Source::Plain),
        is_exported: matches!(source, Source::Exported),
    };
    let checker = RowChecker::of_file(&definition, &file, &StationConfig::default());
    let checker = checker.expect("an accepted header");
    let mut reader = FieldReader::new(Dialect::default());
    let fields = reader.read(record.as_bytes());
    let looked = checker.look(&fields);
    let value = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    match checker.check(&fields) {
        Ok(row) => {
            assert!(matches!(looked, Looked::Claims(_)), "{record}");
            Ok([value(&row.values[0]), value(&row.values[1])])
        }
        Err(problems) => {
            let is_mark = |problem: &Problem| {
                problem.code == ProblemCode::NotAllowed
                    && problem.message.contains("delete the apostrophe")
            };
            assert!(problems.iter().all(is_mark), "{problems:?}");
            let wrong = problems.into_iter().map(|problem| problem.column);
            let wrong: Vec<String> = wrong.collect();
            let is_key_wrong = wrong.iter().any(|column| column == "a");
            assert_eq!(looked == Looked::NoGoodRow, is_key_wrong, "{record}");
            Err(wrong)
        }
    }
}

#[test]
fn no_apostrophe_of_a_report_is_stored_from_a_file_without_its_columns() {
    for (record, wrong) in [
        ("'007,x", &["a"][..]),
        ("'890473042418166,x", &["a"]),
        ("''007,x", &["a"]),
        // A key is digits, whatever program has marked them.
        ("'123,x", &["a"]),
        ("M1,'007", &["b"]),
        ("M1,'=1+1", &["b"]),
        ("M1, '=1+1", &["b"]),
        ("M1,'+49 30 1", &["b"]),
        ("M1,\"x;'=1;y\"", &["b"]),
        ("'007,'-x", &["a", "b"]),
    ] {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(read(Source::Plain, record), Err(wrong), "{record}");
    }
    for (record, a, b) in [
        ("007,=1+1", "007", "=1+1"),
        ("'M1',O'Neill", "'M1'", "O'Neill"),
        ("M1,'99", "M1", "'99"),
        ("M1,'quoted'", "M1", "'quoted'"),
        ("M1,rock 'n' roll", "M1", "rock 'n' roll"),
    ] {
        let stored = [a, b].map(str::to_owned);
        assert_eq!(read(Source::Plain, record), Ok(stored), "{record}");
    }
}

#[test]
fn a_file_that_says_what_it_is_loses_one_apostrophe_and_only_an_export_may_have_more() {
    let stored = |a: &str, b: &str| Ok([a, b].map(str::to_owned));
    let wrong = |column: &str| Err(vec![column.to_owned()]);
    for source in [Source::Reported, Source::Exported] {
        assert_eq!(read(source, "'007,'=1+1"), stored("007", "=1+1"));
        assert_eq!(read(source, "M1,'x'"), stored("M1", "'x'"));
    }
    assert_eq!(read(Source::Reported, "M1,''=1"), wrong("b"));
    assert_eq!(read(Source::Reported, "''007,x"), wrong("a"));
    assert_eq!(read(Source::Exported, "''007,''=1"), stored("'007", "'=1"));
}
