//! Makes a file: follows the plan row by row, and tells of each flawed row as it is written.

use std::io::{self, Write};

use crate::column::Column;
use crate::csv_text::CsvText;
use crate::draw::Draw;
use crate::flaw::{Defect, FlawKind, Flawed};
use crate::member_no::MemberNumbers;
use crate::options::{InvalidOption, Options};
use crate::plan::{Plan, Step};
use crate::record::Record;
use crate::spoil::spoil;

/// The row of the first data row, as a spreadsheet numbers it.
const FIRST_ROW: u64 = 2;

/// What a finished file holds. `good + bad + duplicate` is `rows`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Data rows.
    pub rows: u64,
    /// Rows that can be imported.
    pub good: u64,
    /// Rows with a defect.
    pub bad: u64,
    /// Rows with the key of an earlier good row.
    pub duplicate: u64,
    /// The file's size, with its header.
    pub bytes: u64,
    /// The share of the data rows' fields that are in quotes, 0 to 100.
    pub quoted_fields_percent: f64,
}

/// Why there is no file, or only a part of it.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The options were refused; nothing was written.
    #[error(transparent)]
    InvalidOption(#[from] InvalidOption),
    /// The output failed.
    #[error("the file could not be written")]
    Write(#[from] io::Error),
}

/// Writes a member file to `out`, which needs no buffer of its own, and calls `on_flaw` for each
/// flawed row in the order of the rows. The first data row is good unless all are to be bad.
///
/// ```
/// let options = local_generator::Options {
///     rows: 1000,
///     seed: 1,
///     bad_percent: 5.0,
///     duplicate_percent: 2.0,
/// };
/// let mut file = Vec::new();
/// let mut flaws = Vec::new();
/// let summary = local_generator::generate(&options, &mut file, |flaw| flaws.push(flaw))?;
/// assert_eq!((summary.good, summary.bad, summary.duplicate), (930, 50, 20));
/// assert_eq!(flaws.len(), 70);
/// # Ok::<(), local_generator::GenerateError>(())
/// ```
pub fn generate(
    options: &Options,
    out: &mut impl Write,
    mut on_flaw: impl FnMut(Flawed),
) -> Result<Summary, GenerateError> {
    let counts = options.counts()?;
    let mut rows = Rows::new(options.seed);
    let mut text = CsvText::new(out);
    text.header(Column::ALL.map(Column::name));

    for (index, step) in (0..).zip(Plan::new(options.seed, counts)) {
        let flaw = match step {
            Step::Good => {
                rows.good(index);
                None
            }
            Step::Bad(defect) => {
                rows.bad(index, defect);
                Some(FlawKind::Bad(defect))
            }
            Step::Duplicate { of } => {
                rows.duplicate(index, of);
                let of_row = of + FIRST_ROW;
                Some(FlawKind::Duplicate { of_row })
            }
        };
        text.record(&rows.record, &mut rows.draw)?;
        if let Some(kind) = flaw {
            let row = index + FIRST_ROW;
            on_flaw(Flawed { row, kind });
        }
    }

    let written = text.finish()?;
    Ok(Summary {
        rows: counts.rows,
        good: counts.rows - counts.bad - counts.duplicate,
        bad: counts.bad,
        duplicate: counts.duplicate,
        bytes: written.bytes,
        quoted_fields_percent: written.quoted_fields as f64 * 100.0 / written.fields.max(1) as f64,
    })
}

/// Makes any row from its index, so that nothing has to be kept of the rows before.
struct Rows {
    draw: Draw,
    member_numbers: MemberNumbers,
    record: Record,
    earlier: Record,
}

impl Rows {
    fn new(seed: u64) -> Self {
        Self {
            draw: Draw::for_rows(seed),
            member_numbers: MemberNumbers::new(seed),
            record: Record::default(),
            earlier: Record::default(),
        }
    }

    fn good(&mut self, index: u64) {
        self.draw.move_to_row(index);
        self.record
            .draw_good(self.member_numbers.of_row(index), &mut self.draw);
    }

    fn bad(&mut self, index: u64, defect: Defect) {
        self.good(index);
        spoil(&mut self.record, defect, &mut self.draw);
    }

    /// A row with the key of the row `of`: the same in every field in some cases, in some fields in
    /// others.
    fn duplicate(&mut self, index: u64, of: u64) {
        self.good(of);
        std::mem::swap(&mut self.record, &mut self.earlier);
        self.good(index);
        let whole_row = self.draw.percent(30);
        for column in Column::ALL {
            if column == Column::MemberNo || whole_row || self.draw.percent(50) {
                self.record.swap_field(column, &mut self.earlier);
            }
        }
    }
}
