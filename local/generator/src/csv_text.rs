//! Writes records as RFC 4180 has them: CRLF after each, quotes where a field needs them and, as
//! real exports do, now and then where it does not.

use std::io::{self, Write};

use crate::draw::Draw;
use crate::record::Record;

/// How many of 100 fields that need no quotes get them. With those that do need them, about 15 of
/// 100 fields are quoted.
const NEEDLESS_QUOTES_PERCENT: u32 = 9;
/// Handed on when it has this many bytes.
const BUFFER_BYTES: usize = 1 << 16;

/// What has been written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// All bytes, the header included.
    pub bytes: u64,
    /// Fields of data rows.
    pub fields: u64,
    /// Those in quotes.
    pub quoted_fields: u64,
}

/// A CSV file on its way out.
pub struct CsvText<'a, W: Write> {
    out: &'a mut W,
    buffer: Vec<u8>,
    written: Written,
}

impl<'a, W: Write> CsvText<'a, W> {
    /// A file that goes to `out`.
    pub fn new(out: &'a mut W) -> Self {
        Self {
            out,
            buffer: Vec::with_capacity(BUFFER_BYTES + 4096),
            written: Written::default(),
        }
    }

    /// Writes the header, without quotes.
    pub fn header<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for (place, name) in names.into_iter().enumerate() {
            if place > 0 {
                self.buffer.push(b',');
            }
            self.buffer.extend_from_slice(name.as_bytes());
        }
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// Writes one data row.
    pub fn record(&mut self, record: &Record, draw: &mut Draw) -> io::Result<()> {
        for (place, field) in record.fields().iter().enumerate() {
            if place > 0 {
                self.buffer.push(b',');
            }
            self.written.fields += 1;
            if needs_quotes(field) || draw.percent(NEEDLESS_QUOTES_PERCENT) {
                self.written.quoted_fields += 1;
                push_quoted(&mut self.buffer, field);
            } else {
                self.buffer.extend_from_slice(field);
            }
        }
        self.buffer.extend_from_slice(b"\r\n");
        if self.buffer.len() >= BUFFER_BYTES {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Writes what is left and says how much there was.
    pub fn finish(mut self) -> io::Result<Written> {
        self.hand_on()?;
        self.out.flush()?;
        Ok(self.written)
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.written.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

fn needs_quotes(field: &[u8]) -> bool {
    field
        .iter()
        .any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'))
}

fn push_quoted(text: &mut Vec<u8>, field: &[u8]) {
    text.push(b'"');
    for &byte in field {
        if byte == b'"' {
            text.push(b'"');
        }
        text.push(byte);
    }
    text.push(b'"');
}
