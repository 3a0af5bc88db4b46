//! Cells that are merged. Excel shows the value of the first cell of a range for all of them, and the file
//! has it in the first only: the others, which are covered, look blank in the file.

use std::io::{BufRead, Read, Seek};

use memchr::memmem::Finder;

use super::package::Package;
use super::sheet::{MAX_COLUMNS, MAX_ROWS, place_of};
use super::xml::Token;
use crate::FormatError;

/// The most merged ranges that are kept, in 16 MiB. A sheet in which every third row has one has 350,000.
const MAX_RANGES: usize = 1 << 20;

/// The element that says one range.
const ELEMENT: &[u8] = b"mergeCell";

/// Some cells that are merged into one. Rows count from 1, columns from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    first_row: u32,
    last_row: u32,
    first_column: u16,
    last_column: u16,
    /// Whether its first cell has a value. Cells that are merged without a value are blank.
    is_filled: bool,
}

/// The merged ranges of a sheet, row by row.
#[derive(Debug, Default)]
pub(super) struct Merges {
    /// In the order of their first rows.
    ranges: Vec<Range>,
    /// How many of them have begun.
    begun: usize,
    row: u32,
    /// Those that the row has cells of.
    active: Vec<Range>,
    /// For each column of the row, which of these has its cell.
    at: Vec<Option<usize>>,
}

impl Merges {
    /// Reads the merged ranges of a sheet. They stand behind its rows, so the part is unpacked once more for
    /// them, and read only if it has any.
    pub(super) fn read<R: Read + Seek>(
        package: &Package<R>,
        part: &str,
    ) -> Result<Self, FormatError> {
        let limits = package.expansion();
        let Some(text) = package.find_text(part, limits)? else {
            return Ok(Self::default());
        };
        // What is wrong with the text is told where its rows are read.
        if !has_ranges(text).unwrap_or(true) {
            return Ok(Self::default());
        }
        let mut part = package.part(part, limits)?;
        let mut ranges = Vec::new();
        loop {
            let range = match part.next()? {
                Token::Start(element) if element.local() == ELEMENT => {
                    let mut range = None;
                    element.attributes(|name, value| {
                        if name == b"ref" {
                            range = Some(Range::of(&value));
                        }
                        Ok(())
                    })?;
                    range
                }
                Token::Eof => break,
                _ => None,
            };
            match range {
                Some(Some(range)) if range.is_one_cell() => {}
                Some(Some(_)) if ranges.len() == MAX_RANGES => {
                    return Err(part.part().damaged("has too many merged cells"));
                }
                Some(Some(range)) => ranges.push(range),
                Some(None) => return Err(part.part().damaged("has merged cells without a place")),
                None => {}
            }
        }
        ranges.sort_unstable();
        Ok(Self {
            ranges,
            ..Self::default()
        })
    }

    /// Goes on to a row, which is below the last one. False if the ranges in it have more columns than a
    /// sheet: they overlap, which no program writes, and would take much time.
    pub(super) fn begin(&mut self, row: u32) -> bool {
        self.row = row;
        self.active.retain(|range| range.last_row >= row);
        while let Some(range) = self.ranges.get(self.begun)
            && range.first_row <= row
            && self.active.len() <= MAX_COLUMNS
        {
            self.begun += 1;
            // One that began in a row that is not in the file has no value.
            if range.last_row >= row {
                self.active.push(*range);
            }
        }
        if self.active.iter().map(Range::width).sum::<usize>() > MAX_COLUMNS {
            return false;
        }
        self.at.clear();
        for (index, range) in self.active.iter().enumerate() {
            let last = usize::from(range.last_column);
            if self.at.len() <= last {
                self.at.resize(last + 1, None);
            }
            self.at[usize::from(range.first_column)..=last].fill(Some(index));
        }
        true
    }

    /// Whether a cell of the row is covered by another one.
    pub(super) fn covers(&self, column: usize) -> bool {
        let index = self.at.get(column).copied().flatten();
        index.is_some_and(|index| !self.active[index].begins_at(self.row, column))
    }

    /// Says that a cell of the row has a value.
    pub(super) fn fill(&mut self, column: usize) {
        if let Some(Some(index)) = self.at.get(column) {
            let range = &mut self.active[*index];
            range.is_filled |= range.begins_at(self.row, column);
        }
    }

    /// The columns of the row in which cells are covered by a cell with a value: first and last.
    pub(super) fn covered(&self) -> impl Iterator<Item = (usize, usize)> {
        let filled = self.active.iter().filter(|range| range.is_filled);
        filled.filter_map(|range| {
            let has_first = range.first_row == self.row;
            let first = usize::from(range.first_column) + usize::from(has_first);
            let last = usize::from(range.last_column);
            (first <= last).then_some((first, last))
        })
    }
}

impl Range {
    /// Reads a range such as `C2:C4`.
    fn of(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let (first_column, first_row) = place_of(first)?;
        let (last_column, last_row) = place_of(last)?;
        let is_range = first_column <= last_column && first_row <= last_row;
        let is_place = first_row > 0 && last_row <= MAX_ROWS;
        (is_range && is_place).then_some(Self {
            first_row,
            last_row,
            first_column: u16::try_from(first_column).ok()?,
            last_column: u16::try_from(last_column).ok()?,
            is_filled: false,
        })
    }

    fn width(&self) -> usize {
        usize::from(self.last_column - self.first_column) + 1
    }

    fn is_one_cell(&self) -> bool {
        self.first_row == self.last_row && self.first_column == self.last_column
    }

    fn begins_at(&self, row: u32, column: usize) -> bool {
        self.first_row == row && usize::from(self.first_column) == column
    }
}

/// Whether the element's name stands anywhere in a part's text: to look for it takes far less time than to
/// read the XML, and most sheets have none.
fn has_ranges(mut text: impl BufRead) -> std::io::Result<bool> {
    let finder = Finder::new(ELEMENT);
    let mut seam: Vec<u8> = Vec::new();
    loop {
        let piece = text.fill_buf()?;
        if piece.is_empty() {
            return Ok(false);
        }
        // The name may be cut in two.
        seam.extend_from_slice(&piece[..piece.len().min(ELEMENT.len())]);
        if finder.find(&seam).is_some() || finder.find(piece).is_some() {
            return Ok(true);
        }
        if piece.len() > ELEMENT.len() {
            seam.clear();
            seam.extend_from_slice(&piece[piece.len() - ELEMENT.len()..]);
        } else {
            seam.drain(..seam.len().saturating_sub(ELEMENT.len()));
        }
        let length = piece.len();
        text.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn the_name_is_found_wherever_it_is_cut() {
        for text in ["<mergeCell/>", "mergeCell", "<x:mergeCells>"] {
            for capacity in 1..12 {
                let reader = BufReader::with_capacity(capacity, text.as_bytes());
                assert!(has_ranges(reader).unwrap(), "{text} {capacity}");
            }
        }
        assert!(!has_ranges(&b"<mergeCel/>l"[..]).unwrap());
    }

    #[test]
    fn a_range_has_two_places_in_order() {
        let range = Range::of("C2:D4").unwrap();
        assert_eq!((range.first_row, range.last_row), (2, 4));
        assert_eq!((range.first_column, range.last_column), (2, 3));
        assert!(Range::of("B7").unwrap().is_one_cell());
        for text in [
            "",
            "C4:C2",
            "D2:C2",
            "C0:C1",
            "C1:C1048577",
            "A:B",
            "1:2",
            "A1:B2:C3",
        ] {
            assert_eq!(Range::of(text), None, "{text}");
        }
    }

    #[test]
    fn cells_are_covered_where_the_first_one_has_a_value() {
        let ranges = ["A1:C1", "B3:B5", "D3:E4"];
        let mut merges = Merges {
            ranges: ranges.map(|text| Range::of(text).unwrap()).into(),
            ..Merges::default()
        };
        let covered = |merges: &Merges| merges.covered().collect::<Vec<_>>();
        assert!(merges.begin(1));
        assert!(merges.covers(1) && !merges.covers(0) && !merges.covers(3));
        assert_eq!(covered(&merges), []);
        merges.fill(0);
        assert_eq!(covered(&merges), [(1, 2)]);
        assert!(merges.begin(3));
        merges.fill(1);
        assert_eq!(covered(&merges), []);
        assert!(merges.begin(4));
        assert_eq!(covered(&merges), [(1, 1)]);
        assert!(merges.covers(3), "of blank cells");
        assert!(merges.begin(6));
        assert_eq!(covered(&merges), []);
    }
}
