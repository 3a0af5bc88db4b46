//! A list of orders as a file: one order a line, as JSON (NDJSON). Read in pieces, in bounded memory.

use memchr::memchr;
use serde::Deserialize;

use super::OrderNo;

/// The longest line that is kept. An order has less, however it is written.
const MOST_LINE_BYTES: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Finds the lines of a list that are orders. Blank lines are none.
#[derive(Debug, Default)]
pub struct OrderLines {
    buffer: Vec<u8>,
    /// How much of `buffer` was given out.
    taken: usize,
    /// Where the file goes on after what was given out.
    offset: u64,
    /// Bytes of the line at hand that were dropped, because it is too long.
    dropped: u64,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The order; none if the line is too long to be kept.
    pub order: Option<Vec<u8>>,
    /// The byte of the file after the line and its end.
    pub end: u64,
}

impl OrderLines {
    /// Adds bytes, which may end anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole line.
    pub fn next_line(&mut self) -> Option<Line> {
        loop {
            let rest = &self.buffer[self.taken..];
            let Some(length) = memchr(b'\n', rest) else {
                if rest.len() > MOST_LINE_BYTES {
                    self.dropped += rest.len() as u64;
                    self.taken = self.buffer.len();
                }
                return None;
            };
            let line = rest[..length].to_vec();
            self.taken += length + 1;
            let line = self.line(&line, length as u64 + 1);
            if line.is_some() {
                return line;
            }
        }
    }

    /// Returns the last line, if the list does not end with the end of one.
    pub fn finish(mut self) -> Option<Line> {
        let line = self.buffer.split_off(self.taken);
        let bytes = line.len() as u64;
        self.line(&line, bytes)
    }

    fn line(&mut self, line: &[u8], bytes: u64) -> Option<Line> {
        let dropped = std::mem::take(&mut self.dropped);
        self.offset += dropped + bytes;
        let end = self.offset;
        let text = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        if dropped > 0 || text.len() > MOST_LINE_BYTES {
            return Some(Line { order: None, end });
        }
        let text = text.trim_ascii();
        let order = (!text.is_empty()).then(|| text.to_vec());
        order.map(|order| Line {
            order: Some(order),
            end,
        })
    }
}

/// Returns the own number of the order in a line, if it has one that can be read.
pub fn number_of(order: &[u8]) -> Option<OrderNo> {
    #[derive(Deserialize)]
    struct Numbered {
        #[serde(default)]
        order_no: Option<OrderNo>,
    }
    let numbered: Numbered = serde_json::from_slice(order).ok()?;
    numbered.order_no
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a list that is read in pieces of `size` bytes.
    fn lines(list: &[u8], size: usize) -> Vec<Line> {
        let mut lines = OrderLines::default();
        let mut found = Vec::new();
        for piece in list.chunks(size) {
            lines.push(piece);
            found.extend(std::iter::from_fn(|| lines.next_line()));
        }
        found.extend(lines.finish());
        found
    }

    #[test]
    fn blank_lines_are_no_orders_and_the_last_line_needs_no_end() {
        let list = "\u{feff}{\"a\":1}\r\n\n  \n7\nx";
        for size in 1..list.len() {
            let found = lines(list.as_bytes(), size);
            let orders: Vec<_> = found.iter().map(|line| line.order.as_deref()).collect();
            assert_eq!(orders, [Some(&b"{\"a\":1}"[..]), Some(b"7"), Some(b"x")]);
            assert_eq!(found.last().map(|line| line.end), Some(list.len() as u64));
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_in_bounded_memory() {
        let mut list = vec![b'x'; 3 * MOST_LINE_BYTES];
        list.extend(b"\n1\n");
        let mut reader = OrderLines::default();
        let mut found = Vec::new();
        for piece in list.chunks(64 << 10) {
            reader.push(piece);
            assert!(reader.buffer.len() <= MOST_LINE_BYTES + (64 << 10));
            found.extend(std::iter::from_fn(|| reader.next_line()));
        }
        assert_eq!(found[0].order, None);
        assert_eq!(found[1].order.as_deref(), Some(&b"1"[..]));
        assert_eq!(found[1].end, list.len() as u64);
        assert_eq!(lines(&list, usize::MAX >> 1), found, "at once as well");
    }

    #[test]
    fn the_own_number_is_read_whatever_else_is_wrong() {
        for (line, number) in [
            (r#"{"order_no":"SO-1","colour":[1,{}]}"#, Some("SO-1")),
            (r#"{"lines":7,"order_no":"SO-2"}"#, Some("SO-2")),
            (r#"{"order_no":null}"#, None),
            (r#"{"order_no":7}"#, None),
            ("{}", None),
            ("nonsense", None),
        ] {
            let found = number_of(line.as_bytes());
            assert_eq!(found.as_ref().map(OrderNo::as_str), number, "{line}");
        }
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_pieces(list in "[a\n\r ]{0,60}", size in 1usize..20) {
            prop_assert_eq!(lines(list.as_bytes(), size), lines(list.as_bytes(), 1000));
        }
    }
}
