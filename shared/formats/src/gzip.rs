//! Unpacks gzip as its bytes come: RFC 1952, of any number of members. Zeros after the last one are
//! padding, as tapes leave; anything else there is an error, since it may have been a member.

use std::io::Write;

use flate2::write::GzDecoder;

use crate::{FormatError, Limits};

/// A member's first byte.
const MAGIC: u8 = 0x1F;

/// Unpacks one file.
pub(crate) struct Gunzip {
    limits: Limits,
    state: State,
    read_bytes: u64,
    output_bytes: u64,
}

enum State {
    /// Before the first byte.
    Start,
    /// Gives out at most 32 KiB a write, however much is packed into the bytes written.
    Member {
        decoder: Box<GzDecoder<Vec<u8>>>,
        is_first: bool,
    },
    BetweenMembers,
    Padding,
}

impl Gunzip {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: State::Start,
            read_bytes: 0,
            output_bytes: 0,
        }
    }

    /// Unpacks `bytes` and gives what comes out to `emit`.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            match &mut self.state {
                State::Start => self.state = State::member(true),
                State::BetweenMembers if first == 0 => self.state = State::Padding,
                State::BetweenMembers if first != MAGIC => {
                    return Err(FormatError::GzipTrailingData);
                }
                State::BetweenMembers => self.state = State::member(false),
                State::Padding => {
                    if rest.iter().any(|&byte| byte != 0) {
                        return Err(FormatError::GzipTrailingData);
                    }
                    return Ok(());
                }
                State::Member { decoder, is_first } => {
                    let had_header = decoder.header().is_some();
                    let Ok(read) = decoder.write(rest) else {
                        return Err(match (had_header, *is_first) {
                            (false, false) => FormatError::GzipTrailingData,
                            _ => FormatError::GzipDamaged,
                        });
                    };
                    rest = &rest[read..];
                    self.read_bytes += read as u64;
                    if read == 0 {
                        self.end_member(emit)?;
                        self.state = State::BetweenMembers;
                    } else {
                        self.drain(emit)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(
        &mut self,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        match &mut self.state {
            State::Start => Err(FormatError::GzipCutOff),
            // A member that would take another byte has not ended.
            State::Member { decoder, .. } => match decoder.write(&[0]) {
                Ok(0) => self.end_member(emit),
                _ => Err(FormatError::GzipCutOff),
            },
            State::BetweenMembers | State::Padding => Ok(()),
        }
    }

    fn end_member(
        &mut self,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        if let State::Member { decoder, .. } = &mut self.state {
            // Checks the length and the checksum.
            decoder.try_finish().map_err(|_| FormatError::GzipDamaged)?;
        }
        self.drain(emit)
    }

    fn drain(
        &mut self,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let State::Member { decoder, .. } = &mut self.state else {
            return Ok(());
        };
        let output = decoder.get_mut();
        if output.is_empty() {
            return Ok(());
        }
        self.output_bytes += output.len() as u64;
        self.limits.check(self.read_bytes, self.output_bytes)?;
        emit(output)?;
        output.clear();
        Ok(())
    }
}

impl State {
    fn member(is_first: bool) -> Self {
        Self::Member {
            decoder: Box::new(GzDecoder::new(Vec::new())),
            is_first,
        }
    }
}
