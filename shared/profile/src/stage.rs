//! The stages that work has.

use std::fmt;

/// A stage of work. What is stored has its letter, what people see its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// One chunk, from its message to its commit.
    Chunk,
    /// The wait of a chunk's message in its queue.
    QueueWait,
    /// Asking whether a chunk is still to be done, and noting the try.
    Gate,
    /// Reading an object, or waiting for its next bytes.
    Read,
    /// Taking a record apart into its fields.
    Parse,
    /// Checking a row.
    Check,
    /// Looking up rows and unique values that are stored.
    LookUp,
    /// Writing rows into a table.
    WriteBatch,
    /// Calling an endpoint with rows.
    CallEndpoint,
    /// Querying rows of a table.
    Query,
    /// Writing a row as text.
    Format,
    /// Storing an object.
    PutObject,
    /// Waiting before a call is made again.
    Wait,
    /// Handing e-mails to SES.
    SendMail,
}

/// All stages with their letters and names.
const ALL: [(Stage, u8, &str); 14] = [
    (Stage::Chunk, b'c', "chunk"),
    (Stage::QueueWait, b'q', "queue_wait"),
    (Stage::Gate, b'g', "gate"),
    (Stage::Read, b'r', "read"),
    (Stage::Parse, b'a', "parse"),
    (Stage::Check, b'k', "check"),
    (Stage::LookUp, b'l', "look_up"),
    (Stage::WriteBatch, b'b', "write_batch"),
    (Stage::CallEndpoint, b'e', "call_endpoint"),
    (Stage::Query, b'y', "query"),
    (Stage::Format, b'f', "format"),
    (Stage::PutObject, b'p', "put_object"),
    (Stage::Wait, b'w', "wait"),
    (Stage::SendMail, b'm', "send_mail"),
];

impl Stage {
    /// Returns the name that people see, such as `write_batch`.
    pub fn name(self) -> &'static str {
        self.entry().2
    }

    pub(crate) fn letter(self) -> u8 {
        self.entry().1
    }

    pub(crate) fn of_letter(letter: u8) -> Option<Self> {
        let mut all = ALL.iter();
        all.find(|entry| entry.1 == letter).map(|entry| entry.0)
    }

    fn entry(self) -> (Self, u8, &'static str) {
        // The table has the order of the variants, which a test compares.
        ALL[self as usize]
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_stage_has_a_letter_and_a_name_of_its_own() {
        for (place, (stage, letter, name)) in ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, place);
            assert_eq!((stage.letter(), stage.name()), (letter, name));
            assert_eq!(Stage::of_letter(letter), Some(stage));
        }
        let letters: BTreeSet<u8> = ALL.iter().map(|entry| entry.1).collect();
        let names: BTreeSet<&str> = ALL.iter().map(|entry| entry.2).collect();
        assert_eq!((letters.len(), names.len()), (ALL.len(), ALL.len()));
    }
}
